"""Four proofs for every loss of the table: derivatives, PyTorch, invariants, state."""

import copy
import math
import pickle
from itertools import product

import numpy as np
import pytest
from arrays import LAYOUTS, central_differences, close, read_only, relaid
from hypothesis import given, settings
from hypothesis import strategies as st
from loss_cases import LOSSES, LossCase
from rules import ENGINES

import minitorch_np as mt
from minitorch_np import nn

every_loss = pytest.mark.parametrize("case", LOSSES, ids=lambda case: case.id)
# Without the grid: one row for each loss and reduction.
PLAIN = [c for c in LOSSES if c.variant in {"mean", "sum", "none", "weight-some-ignored-mean"}]
plain_losses = pytest.mark.parametrize("case", PLAIN, ids=lambda case: case.id)
refusals = [
    pytest.param(refused, id=f"{case.id}-{refused.what}")
    for case in LOSSES
    for refused in case.refused
]
seeds = st.integers(0, 2**32 - 1)


@pytest.fixture(params=ENGINES, autouse=True)
def _engine(request):
    """A loss may run as a compiled loop; for each test anew, as each ends with "auto"."""
    mt.set_engine(request.param)


def draw(case: LossCase, seed, shape):
    """A loss, its input and target, and an upstream gradient that fits the reduction."""
    rng = np.random.default_rng(seed)
    x = case.draw(rng, shape)
    target = case.target(rng, shape)
    criterion = case.build()
    none = criterion.reduction == "none"
    each = np.shape(criterion(x, target)) if none else ()  # a loss per element, or per sample
    dy = np.asarray(rng.standard_normal(each)) if none else float(rng.standard_normal())
    return case.build(), x, target, dy


# ---- 1: derivatives --------------------------------------------------------------------------


@every_loss
def test_derivatives_under_a_random_upstream_gradient(case):
    for shape in case.shapes:
        criterion, x, target, dy = draw(case, 0, shape)
        loss = criterion(x, target)
        dx = criterion.backward(dy)
        assert dx.shape == x.shape
        if np.isfinite(loss).all():

            def objective(criterion=criterion, x=x, target=target, dy=dy):
                return float(np.sum(dy * criterion(x, target)))

            close(dx, central_differences(objective, x), rtol=1e-6, atol=1e-8, what=str(shape))
        else:
            assert not dx.any()


@pytest.mark.parametrize(  # a loss per sample needs an upstream gradient per sample
    "case", [c for c in LOSSES if c.build().reduction != "none"], ids=lambda case: case.id
)
def test_backward_without_dy_is_the_gradient_of_the_loss(case):
    criterion, x, target, _ = draw(case, 1, case.shapes[0])
    criterion(x, target)
    dx = criterion.backward()
    np.testing.assert_array_equal(dx, criterion.backward(1.0))


# ---- 2: PyTorch ------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@every_loss
def test_equals_pytorch(case, dtype, torch):
    tolerance = (
        {"rtol": 1e-9, "atol": 1e-14} if dtype == "float64" else {"rtol": 2e-5, "atol": 2e-6}
    )
    for shape in case.shapes:
        criterion, x, target, dy = draw(case, 2, shape)
        x = x.astype(dtype)
        target = target.astype(dtype) if target.dtype.kind == "f" else target
        x_torch = torch.tensor(x, requires_grad=True)
        twin = case.twin(torch)
        twin = twin.to(getattr(torch, dtype)) if hasattr(twin, "to") else twin
        loss, loss_torch = criterion(x, target), twin(x_torch, torch.tensor(target))
        close(loss, loss_torch.detach(), what=f"loss {shape}", **tolerance)
        loss_torch.backward(torch.tensor(dy, dtype=getattr(torch, dtype)))
        dx = criterion.backward(dy)
        close(dx, x_torch.grad, what=f"dx {shape}", **tolerance)
        assert dx.dtype == dtype
        if criterion.reduction == "none":
            assert loss.dtype == dtype and loss.shape == dy.shape
        else:
            assert type(loss) is float


@pytest.mark.parametrize("dtype, large", [("float64", 1e4), ("float64", 1e300), ("float32", 1e38)])
@pytest.mark.parametrize(
    "case",
    [c for c in LOSSES if c.name in {"CrossEntropyLoss", "SoftmaxMSELoss"} and len(c.shapes) > 1],
    ids=lambda case: case.id,
)
def test_extreme_logits_give_finite_numbers(case, dtype, large, torch, rng):
    if "weight" in case.variant:
        large /= 10  # weights of up to 3 times 2 · 10^38 are beyond float32 by themselves
    criterion, x, target, dy = draw(case, 3, (7, 5))
    x = np.asarray(rng.choice([-large, large, 0.0, 1.0], x.shape), dtype)
    x_torch = torch.tensor(x, requires_grad=True)
    twin = case.twin(torch)
    twin = twin.to(getattr(torch, dtype)) if hasattr(twin, "to") else twin
    loss, loss_torch = criterion(x, target), twin(x_torch, torch.tensor(target))
    dx = criterion.backward(dy)
    assert np.isfinite(loss).all() and np.isfinite(dx).all()
    loss_torch.backward(torch.tensor(dy, dtype=getattr(torch, dtype)))
    if torch.isfinite(loss_torch).all():  # its float32 sum overflows earlier
        close(loss, loss_torch.detach(), rtol=1e-5, atol=1e-6)
    close(dx, x_torch.grad, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("ignored", [False, True])
@pytest.mark.parametrize("weight", [None, [1.0, 2.0, 0.5]])
@pytest.mark.parametrize("name", ["CrossEntropyLoss", "NLLLoss"])
def test_masked_classes(name, weight, ignored, reduction, torch):
    """A logit of -inf takes a class out; it must not make NaN of 0 · inf, nor a warning."""
    x = np.array([[0.5, -np.inf, 1.0], [-np.inf, 0.0, 2.0], [-np.inf, -np.inf, 3.0]])
    target = np.array([0, 2, -100 if ignored else 2])
    x_torch = torch.tensor(x, requires_grad=True)
    criterion = getattr(nn, name)(weight, reduction=reduction)
    tensor = None if weight is None else torch.tensor(weight, dtype=torch.float64)
    twin = getattr(torch.nn, name)(tensor, reduction=reduction)
    loss, loss_torch = criterion(x, target), twin(x_torch, torch.tensor(target))
    close(loss, loss_torch.detach())
    dy = np.arange(1.0, 4.0) if reduction == "none" else 1.0
    loss_torch.backward(torch.tensor(dy, dtype=torch.float64))
    close(criterion.backward(dy), x_torch.grad)


def test_cross_entropy_is_log_softmax_and_nll(rng):
    x, target = rng.standard_normal((6, 4)), rng.integers(0, 4, 6)
    log_softmax, nll = nn.LogSoftmax(), nn.NLLLoss(weight=[1, 2, 3, 4])
    expected = nll(log_softmax(x), target)
    criterion = nn.CrossEntropyLoss(weight=[1, 2, 3, 4])
    close(criterion(x, target), expected)
    close(criterion.backward(), log_softmax.backward(nll.backward()))


# ---- 3: invariants ---------------------------------------------------------------------------


@every_loss
@settings(max_examples=5)
@given(seed=seeds)
def test_backward_is_linear(case, seed):
    criterion, x, target, dy = draw(case, seed, case.shapes[0])
    other = 0.5 - dy
    criterion(x, target)
    one, two = criterion.backward(dy), criterion.backward(other)
    close(criterion.backward(2 * dy - 3 * other), 2 * one - 3 * two)


@every_loss
@settings(max_examples=5)
@given(seed=seeds)
def test_a_batch_is_its_samples(case, seed):
    criterion, x, target, dy = draw(case, seed, case.shapes[0])
    if criterion.reduction == "mean":
        criterion = copy.deepcopy(criterion)
        criterion.reduction = "sum"  # the mean's divisor belongs to the whole batch
    whole = criterion(x, target)
    dx = criterion.backward(dy)
    parts = []
    for i in range(len(x)):
        one = slice(i, i + 1)
        parts.append(criterion(x[one], target[one]))
        close(criterion.backward(dy[one] if np.ndim(dy) else dy), dx[one])
    close(np.concatenate(parts) if np.ndim(whole) else sum(parts), whole)


@plain_losses
def test_any_memory_layout_and_nothing_changed(case):
    for shape in case.shapes:
        criterion, x, target, dy = draw(case, 0, shape)
        loss = criterion(read_only(x), read_only(target))
        dx = criterion.backward(read_only(dy) if np.ndim(dy) else dy)
        for x_layout, t_layout in product(LAYOUTS, LAYOUTS):
            hostile_x, hostile_t = relaid(x, x_layout), relaid(target, t_layout)
            again = criterion(hostile_x, hostile_t)
            close(again, loss)
            close(criterion.backward(relaid(dy, x_layout) if np.ndim(dy) else dy), dx)
            np.testing.assert_array_equal(hostile_x, x)
            np.testing.assert_array_equal(hostile_t, target)


@pytest.mark.parametrize(
    "case, integer",
    [
        pytest.param(case, integer, id=f"{case.id}-{integer.__name__}")
        for case in PLAIN
        for integer in (np.int8, np.int32, np.uint8, np.uint64)
        if "ignored" not in case.variant or np.iinfo(integer).min <= -100
    ],
)
def test_labels_of_every_integer_type(case, integer):
    criterion, x, target, dy = draw(case, 0, case.shapes[0])
    if target.dtype.kind == "f":  # no labels, but integers will do
        target = (np.arange(x.size) % 2).reshape(x.shape)
    loss = criterion(x, target)
    dx = criterion.backward(dy)
    close(criterion(x, target.astype(integer)), loss)
    np.testing.assert_array_equal(criterion.backward(dy), dx)


@pytest.mark.parametrize("dtype", [np.float64, np.float16, np.int64])
def test_the_target_does_not_decide_the_dtype(dtype, rng):
    criterion = nn.MSELoss("none")
    x, target = rng.standard_normal((2, 5)).astype(np.float32), np.arange(10).reshape(2, 5)
    loss = criterion(x, target.astype(dtype))
    assert loss.dtype == criterion.backward(np.ones((2, 5))).dtype == np.float32
    close(loss, (x - target) ** 2, rtol=1e-5)


@every_loss
def test_two_calls_give_two_gradients(case):
    """A gradient is not a buffer that the next call overwrites, nor one that backward eats."""
    criterion, x, target, dy = draw(case, 0, case.shapes[0])
    criterion(x, target)
    dx = criterion.backward(dy)
    before = dx.copy()
    np.testing.assert_array_equal(criterion.backward(dy), before)
    criterion(x / 2, target)
    criterion.backward(dy)
    np.testing.assert_array_equal(dx, before)


def test_ignored_samples_count_for_nothing(rng):
    x, target = rng.standard_normal((6, 4)), np.array([1, -100, 2, 0, -100, 3])
    used = target != -100
    for build in (nn.CrossEntropyLoss, nn.NLLLoss):
        some, all_of_them = build(), build()
        close(some(x, target), all_of_them(x[used], target[used]))
        dx = some.backward()
        close(dx[used], all_of_them.backward())
        assert not dx[~used].any()


@pytest.mark.parametrize("name", ["CrossEntropyLoss", "NLLLoss", "SoftmaxMSELoss", "MSELoss"])
def test_mean_over_nothing_is_nan_and_its_gradient_empty(name):
    criterion = getattr(nn, name)()
    x = np.zeros((0, 3))
    loss = criterion(x, x if name == "MSELoss" else np.zeros(0, int))
    assert math.isnan(loss)
    assert criterion.backward().shape == (0, 3)


# ---- 4: state --------------------------------------------------------------------------------


@every_loss
def test_copies_state_and_modes(case):
    criterion, x, target, dy = draw(case, 0, case.shapes[0])
    loss = criterion.eval()(x, target)
    dx = criterion.backward(dy)  # eval mode does not stop a loss
    for twin in (copy.deepcopy(criterion), pickle.loads(pickle.dumps(criterion)), case.build()):
        twin.load_state_dict(criterion.state_dict())
        with pytest.raises(RuntimeError, match="call the loss first"):
            twin.backward(dy)
        np.testing.assert_array_equal(twin(x, target), loss)
        np.testing.assert_array_equal(twin.backward(dy), dx)
        assert repr(twin) == repr(criterion)


def test_a_class_weight_is_a_buffer_as_pytorchs(torch):
    criterion, twin = nn.CrossEntropyLoss([1.0, 2.0]), torch.nn.CrossEntropyLoss(torch.ones(2))
    assert list(criterion.state_dict()) == list(twin.state_dict()) == ["weight"]
    criterion.load_state_dict(twin.state_dict())
    assert criterion.weight.tolist() == [1.0, 1.0]
    assert list(nn.NLLLoss().state_dict()) == []
    assert not list(criterion.parameters())


def test_loading_a_class_weight_leaves_the_callers_array_alone():
    weight = read_only([1.0, 2.0])
    criterion = nn.CrossEntropyLoss(weight)
    criterion.load_state_dict({"weight": [3.0, 4.0]})
    assert weight.tolist() == [1.0, 2.0] and criterion.weight.tolist() == [3.0, 4.0]


def test_repr_names_what_is_not_the_default():
    assert repr(nn.CrossEntropyLoss()) == "CrossEntropyLoss()"
    assert repr(nn.NLLLoss(ignore_index=3, reduction="sum")) == (
        "NLLLoss(ignore_index=3, reduction='sum')"
    )
    assert "label_smoothing=0.1" in repr(nn.CrossEntropyLoss(label_smoothing=0.1))


@pytest.mark.parametrize("refused", refusals)
def test_refuses(refused):
    with pytest.raises(refused.error) as caught:
        refused.call()
    assert refused.sentence in str(caught.value)


@pytest.mark.parametrize("epsilon", [-0.1, 1.1, math.nan])
def test_label_smoothing_out_of_range(epsilon):
    with pytest.raises(ValueError, match=r"expected label_smoothing in \[0, 1\]"):
        nn.CrossEntropyLoss(label_smoothing=epsilon)


@pytest.mark.parametrize("ignore_index", [None, "0", 1.0, 10**20])
@pytest.mark.parametrize("name", ["CrossEntropyLoss", "NLLLoss"])
def test_an_ignore_index_that_is_no_label_is_refused(name, ignore_index):
    with pytest.raises(ValueError, match=f"^{name}: expected ignore_index to be an integer"):
        getattr(nn, name)(ignore_index=ignore_index)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_what_an_ignored_row_holds_does_not_matter(smoothing):
    x = np.array([[1.0, 2.0], [np.nan, 0.0], [np.inf, 1.0], [-np.inf, -np.inf], [0.0, 3.0]])
    criterion = nn.CrossEntropyLoss(ignore_index=1, label_smoothing=smoothing)
    with np.errstate(invalid="ignore"):
        loss = criterion(x, [0, 1, 1, 1, 0])
    dx = criterion.backward()
    assert np.isfinite(loss) and not dx[1:4].any() and np.isfinite(dx).all()


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_no_classes(smoothing):
    criterion = nn.CrossEntropyLoss(label_smoothing=smoothing)
    assert math.isnan(criterion(np.zeros((0, 0)), np.zeros(0, int)))
    assert criterion.backward().shape == (0, 0)
