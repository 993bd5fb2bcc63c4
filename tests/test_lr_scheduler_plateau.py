"""ReduceLROnPlateau, in lockstep with PyTorch over random metrics."""

import json
import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_lr_scheduler import assert_same, assert_sentence, parameter, rates, sgd, torch_sgd

from minitorch_np.optim.lr_scheduler import ReduceLROnPlateau


def metrics(kind, rng):
    """A hundred values: a noisy descent, a few levels (ties), anything at all, or failures."""
    if kind == "descent":
        return np.exp(-np.arange(100) / 20) + 0.02 * rng.normal(size=100)
    if kind == "levels":
        return rng.integers(-2, 3, 100) / 2
    if kind == "anything":
        return rng.normal(size=100) * 10 ** rng.uniform(-9, 9, 100)
    values = rng.normal(size=100)
    values[rng.random(100) < 0.3] = math.nan
    values[rng.random(100) < 0.1] = math.inf
    values[rng.random(100) < 0.05] = -math.inf
    return values


def assert_in_lockstep(torch, options, values):
    mine = ReduceLROnPlateau(sgd(), **options)
    twin = torch.optim.lr_scheduler.ReduceLROnPlateau(torch_sgd(torch), **options)
    for step, value in enumerate(values):
        mine.step(value)
        twin.step(value)
        assert_same(mine, twin)
        assert (mine.best if mine.best is not None else twin.best) == twin.best
        assert mine.num_bad_epochs == twin.num_bad_epochs
        assert mine.cooldown_counter == twin.cooldown_counter
        assert mine.in_cooldown == twin.in_cooldown
        if step % 23 == 20:
            fresh = ReduceLROnPlateau(sgd())
            fresh.load_state_dict(json.loads(json.dumps(mine.state_dict())))
            assert fresh.state_dict() == mine.state_dict()
            mine = fresh


@pytest.mark.parametrize("kind", ["descent", "levels", "anything", "failures"])
@pytest.mark.parametrize(("mode", "threshold_mode"), [*product(["min", "max"], ["rel", "abs"])])
def test_lockstep(mode, threshold_mode, kind, torch, rng):
    for patience, cooldown in product((0, 1, 3), (0, 2)):
        options = {
            "mode": mode,
            "factor": 0.5,
            "patience": patience,
            "threshold": [0, 1e-4, 0.3, 1][rng.integers(4)],
            "threshold_mode": threshold_mode,
            "cooldown": cooldown,
            "min_lr": [0, 0.02, [0.001, 0.01, 0.2]][rng.integers(3)],
            "eps": [1e-8, 0.01][rng.integers(2)],
        }
        assert_in_lockstep(torch, options, metrics(kind, rng))


@given(
    options=st.fixed_dictionaries(
        {
            "mode": st.sampled_from(["min", "max"]),
            "factor": st.floats(0, 0.99),
            "patience": st.integers(0, 5),
            "threshold": st.floats(0, 2),
            "threshold_mode": st.sampled_from(["rel", "abs"]),
            "cooldown": st.integers(0, 5),
            "min_lr": st.floats(0, 0.5),
            "eps": st.floats(0, 0.1),
        }
    ),
    values=st.lists(st.floats(), max_size=60),
)
def test_any_options_and_metrics(torch, options, values):
    assert_in_lockstep(torch, options, values)


def test_metrics_of_other_types(torch):
    scheduler = ReduceLROnPlateau(sgd())
    for value in (3, np.float32(2), np.array(1.0), torch.tensor(0.5)):
        scheduler.step(value)
        assert scheduler.best == float(value)
        json.dumps(scheduler.state_dict())


@pytest.mark.parametrize("value", [None, "0.5", b"1", True, [0.1], 1j, np.ones(2)])
def test_what_is_no_metric(value):
    scheduler = ReduceLROnPlateau(sgd())
    before = scheduler.state_dict()
    with pytest.raises(TypeError) as caught:
        scheduler.step(value)
    assert str(caught.value).startswith("ReduceLROnPlateau.step: expected metrics to be a number")
    assert scheduler.state_dict() == before


def test_a_step_needs_a_metric():
    with pytest.raises(TypeError, match="metrics"):
        ReduceLROnPlateau(sgd()).step()


@pytest.mark.parametrize("best", ["1", True, [1.0]])
def test_a_best_that_is_no_number(best):
    scheduler = ReduceLROnPlateau(sgd())
    with pytest.raises(TypeError) as caught:
        scheduler.load_state_dict({**scheduler.state_dict(), "best": best})
    assert_sentence(caught.value, "ReduceLROnPlateau", f"best to be a number, got {best!r}")


def test_a_group_that_comes_later(torch):
    mine = ReduceLROnPlateau(sgd((0.3, 0.05)), patience=0, min_lr=0.01)
    twin = torch.optim.lr_scheduler.ReduceLROnPlateau(
        torch_sgd(torch, (0.3, 0.05)), patience=0, min_lr=0.01
    )
    mine.optimizer.add_param_group({"params": [parameter()], "lr": 1})
    twin.optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(3))], "lr": 1})
    for value in (1, 2, 3):
        mine.step(value)
        twin.step(value)
        assert rates(mine.optimizer) == pytest.approx(rates(twin.optimizer), rel=1e-12)
        assert mine.get_last_lr() == rates(mine.optimizer)


def test_a_group_that_comes_later_with_a_list_of_lowest_rates():
    scheduler = ReduceLROnPlateau(sgd((0.3, 0.05)), patience=0, min_lr=[0.1, 0.01])
    scheduler.optimizer.add_param_group({"params": [parameter()], "lr": 1})
    with pytest.raises(RuntimeError) as caught:
        scheduler.step(1)
    sentence = "one min_lr for each of 3 groups, got 2; append one to scheduler.min_lr"
    assert_sentence(caught.value, "ReduceLROnPlateau", sentence)
    assert scheduler.last_epoch == 0
    scheduler.min_lr.append(0.4)
    for value in (1, 2):
        scheduler.step(value)
    assert rates(scheduler.optimizer) == [0.1, 0.01, 0.4]
