"""The moving average of weights: PyTorch's, swapped in and out, saved, and in packed memory."""

import copy
import json
import pickle

import numpy as np
import pytest
from rules import DTYPES, ENGINES, SHAPES, parameters

from minitorch_np import nn, optim, set_engine

on_engines = pytest.mark.parametrize("engine", ENGINES)
in_dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)


@pytest.fixture(autouse=True)
def _engine_as_before():
    yield
    set_engine("auto")


def walk(params, ema, steps, start=0):
    """Change the parameters at random, and average."""
    for t in range(start, start + steps):
        rng = np.random.default_rng(t)
        for p in params:
            p.data = p.data + rng.standard_normal(p.shape)
        ema.update()


def averages(ema):
    return np.concatenate([average.ravel() for average in ema.state_dict()["averages"]])


@pytest.mark.parity
@on_engines
@in_dtypes
@pytest.mark.parametrize("decay", [0.0, 0.5, 0.999, 1.0])
def test_equals_pytorchs(torch, decay, dtype, engine):
    set_engine(engine)
    swa = torch.optim.swa_utils
    params = parameters(dtype)
    theirs = torch.nn.ParameterList([torch.nn.Parameter(torch.tensor(p.data)) for p in params])
    twin = swa.AveragedModel(theirs, multi_avg_fn=swa.get_ema_multi_avg_fn(decay))
    ema = optim.ExponentialMovingAverage(params, decay)
    for t in range(60):
        walk(params, ema, 1, start=t)
        with torch.no_grad():
            for p, q in zip(params, theirs, strict=True):
                q.copy_(torch.tensor(p.data))
        twin.update_parameters(theirs)
        expected = np.concatenate([q.detach().numpy().ravel() for q in twin.parameters()])
        rtol, atol = (1e-5, 1e-5) if dtype == np.float32 else (1e-11, 1e-12)
        np.testing.assert_allclose(averages(ema), expected, rtol=rtol, atol=atol)


@on_engines
def test_applied_for_a_block_and_undone_also_by_an_error(engine):
    set_engine(engine)
    params = parameters(np.float64)
    ema = optim.ExponentialMovingAverage(params, 0.5)
    walk(params, ema, 5)
    before = [p.data.copy() for p in params]
    arrays = [p.data for p in params]
    with ema.applied():
        for p, average in zip(params, ema.state_dict()["averages"], strict=True):
            np.testing.assert_array_equal(p.data, average)
    with pytest.raises(ZeroDivisionError), ema.applied():
        raise ZeroDivisionError
    for p, old, array in zip(params, before, arrays, strict=True):
        np.testing.assert_array_equal(p.data, old)
        assert p.data is array
    ema.copy_to_parameters()
    np.testing.assert_array_equal(np.concatenate([p.data.ravel() for p in params]), averages(ema))


def test_it_shares_the_memory_of_optimizers_made_before_and_after():
    params = parameters(np.float32)
    first = optim.SGD(params[3:] + params[:3], lr=1.0)  # another order
    ema = optim.ExponentialMovingAverage(iter(params), 0.0)
    second = optim.SGD(params, lr=1.0)
    for optimizer in (first, second):
        for p in params:
            p.grad = np.ones(p.shape)
        optimizer.step()
        ema.update()
        for p, average in zip(params, ema.state_dict()["averages"], strict=True):
            np.testing.assert_array_equal(p.data, average)


def test_tied_and_mixed_parameters_are_averaged_once_each():
    p, q = nn.Parameter(np.zeros(3, np.float32)), nn.Parameter(np.zeros((2, 2)))
    ema = optim.ExponentialMovingAverage([p, q, p], 0.5)
    walk([p, q], ema, 3)
    shapes = [(average.shape, average.dtype) for average in ema.state_dict()["averages"]]
    assert shapes == [((3,), np.float32), ((2, 2), np.float64)]


@on_engines
def test_resuming_equals_never_having_stopped(engine):
    set_engine(engine)
    params = parameters(np.float32)
    ema = optim.ExponentialMovingAverage(params, 0.9)
    walk(params, ema, 7)
    saved = pickle.loads(pickle.dumps([ema.state_dict(), [p.data for p in params]]))
    walk(params, ema, 7, start=7)
    again = [nn.Parameter(data) for data in saved[1]]
    resumed = optim.ExponentialMovingAverage(again)
    resumed.load_state_dict(saved[0])
    walk(again, resumed, 7, start=7)
    np.testing.assert_array_equal(averages(resumed), averages(ema))


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_copy_with_its_net_stays_tied_to_it(copied):
    net = nn.Linear(3, 2)
    ema = optim.ExponentialMovingAverage(net.parameters(), 0.5)
    walk(list(net.parameters()), ema, 3)
    net_2, ema_2 = copied((net, ema))
    for own, mine in ((net, ema), (net_2, ema_2)):
        walk(list(own.parameters()), mine, 3, start=3)
    np.testing.assert_array_equal(averages(ema), averages(ema_2))
    with ema_2.applied():
        assert not np.array_equal(net.weight.data, net_2.weight.data)


def test_a_change_of_dtype_is_said():
    net = nn.Linear(3, 2)
    ema = optim.ExponentialMovingAverage(net.parameters())
    net.double()
    for call in (ema.update, ema.copy_to_parameters, ema.applied().__enter__):
        with pytest.raises(RuntimeError, match="make a new one after a change of dtype"):
            call()


@pytest.mark.parametrize("decay", [-0.1, 1.1, float("nan"), "0.9", None])
def test_a_bad_decay_is_refused(decay):
    with pytest.raises(ValueError, match=r"^ExponentialMovingAverage: expected decay in \[0, 1\]"):
        optim.ExponentialMovingAverage(parameters(np.float32), decay)


def test_no_parameters_are_refused():
    with pytest.raises(ValueError, match="expected at least one parameter, got none"):
        optim.ExponentialMovingAverage([])


def spoilt():
    good = optim.ExponentialMovingAverage(parameters(np.float32)).state_dict()
    yield {}
    yield "a string"
    yield {**good, "averages": good["averages"][1:]}
    yield {**good, "averages": [average[..., None] for average in good["averages"]]}
    yield {**good, "decay": 2.0}
    yield {**good, "updates": None}


@pytest.mark.parametrize("state", list(spoilt()))
def test_a_state_that_does_not_fit_is_refused_and_changes_nothing(state):
    params = parameters(np.float32)
    ema = optim.ExponentialMovingAverage(params, 0.5)
    walk(params, ema, 3)
    before = averages(ema)
    with pytest.raises(ValueError, match=r"^ExponentialMovingAverage"):
        ema.load_state_dict(state)
    np.testing.assert_array_equal(averages(ema), before)
    assert ema.decay == 0.5 and ema.updates == 3


def test_a_state_is_numbers_and_arrays():
    state = optim.ExponentialMovingAverage(parameters(np.float32)).state_dict()
    assert [average.shape for average in state.pop("averages")] == list(SHAPES)
    json.dumps(state)


# ---- groups ----------------------------------------------------------------------------------


def test_only_matrices_decay():
    params = parameters(np.float32)
    optimizer = optim.SGD(optim.weight_decay_groups(iter(params), 0.1), lr=1.0)
    before = [p.data.copy() for p in params]
    for p in params:
        p.grad = np.zeros(p.shape)
    optimizer.step()
    for p, old in zip(params, before, strict=True):
        np.testing.assert_allclose(p.data, old * (0.9 if p.ndim > 1 else 1), rtol=1e-6)


def test_a_group_that_would_be_empty_is_left_out():
    (group,) = optim.weight_decay_groups([nn.Parameter(np.zeros(3))], 0.1)
    assert group["weight_decay"] == 0.0
