"""Four proofs for every layer of the table: derivatives, PyTorch, invariants, state."""

import contextlib
import copy
import pickle
from itertools import product

import numpy as np
import pytest
from arrays import LAYOUTS, central_differences, close, read_only, relaid
from cases import LAYERS
from hypothesis import given
from hypothesis import strategies as st
from layer_case import LayerCase
from rules import ENGINES

import minitorch_np as mt
from minitorch_np import nn
from minitorch_np.nn.activation import pass_on

every_layer = pytest.mark.parametrize("case", LAYERS, ids=lambda case: case.id)
with_twin = pytest.mark.parametrize(
    "case", [case for case in LAYERS if case.twin is not None], ids=lambda case: case.id
)
refusals = [
    pytest.param(refused, id=f"{case.id}-{refused.what}")
    for case in LAYERS
    for refused in case.refused
]
seeds = st.integers(0, 2**32 - 1)


@pytest.fixture(params=ENGINES, autouse=True)
def _engine(request):
    """A layer may run as a compiled loop; for each test anew, as each ends with "auto"."""
    mt.set_engine(request.param)


def build(case: LayerCase) -> nn.Module:
    return case.build().train(case.training)


def recorded(case):
    """A context in which forward passes are recorded and draw the same numbers as last time."""
    mt.manual_seed(7)
    return contextlib.nullcontext() if case.training else mt.enable_grad()


def run(case, module, x):
    with recorded(case):
        return module(x)


def gradients(module):
    """The parameters' gradients, by name; marks none as used."""
    return {name: p.grad.copy() for name, p in module.named_parameters() if p.has_grad}


def records(module):
    return sum(len(part._records) for part in module.modules())


def there_and_back(case, module, x, dy):
    """Return y, dx and the parameters' gradients of one pass."""
    module.zero_grad()
    y = run(case, module, x)
    dx = module.backward(dy)
    return y, dx, gradients(module)


def all_close(actual, expected, **tolerance):
    assert actual.keys() == expected.keys()
    for name in expected:
        close(actual[name], expected[name], what=name, **tolerance)


def draw(case, seed, shape):
    """A float64 module, an input of this shape, and an upstream gradient."""
    rng = np.random.default_rng(seed)
    module = build(case).double()
    x = case.draw(rng, shape)
    with mt.no_grad():
        dy = rng.standard_normal(np.shape(module(x)))
    return module, x, np.asarray(dy), rng


# ---- 1: derivatives --------------------------------------------------------------------------


@every_layer
def test_derivatives_under_a_random_upstream_gradient(case, rng):
    for shape in case.shapes:
        module = build(case).double()
        x = case.draw(rng, shape)
        y = run(case, module, x)
        dy = np.asarray(rng.standard_normal(np.shape(y)))
        dx = module.backward(dy)

        def objective(module=module, x=x, dy=dy):
            mt.manual_seed(7)
            with mt.no_grad():
                return float((dy * module(x)).sum())

        if x.dtype.kind == "f" and getattr(module, "input_grad", True):
            close(dx, central_differences(objective, x), rtol=1e-6, atol=1e-8, what=f"dx {shape}")
        else:
            assert dx is None
        for name, p in module.named_parameters():
            assert p.has_grad, name
            numeric = central_differences(objective, p.data)
            close(p.grad, numeric, rtol=1e-6, atol=1e-8, what=f"{name} {shape}")


# ---- 2: PyTorch ------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@with_twin
def test_equals_pytorch(case, dtype, torch, rng):
    tolerance = (
        {"rtol": 1e-9, "atol": 1e-14} if dtype == "float64" else {"rtol": 2e-5, "atol": 2e-6}
    )
    for shape in case.shapes:
        module, twin = build(case), case.twin(torch).train(case.training)
        module = module.double() if dtype == "float64" else module.float()
        twin = twin.to(getattr(torch, dtype))
        twin.load_state_dict({k: torch.tensor(v) for k, v in module.state_dict().items()})
        x = case.draw(rng, shape)
        x = x.astype(dtype) if x.dtype.kind == "f" else x
        x_torch = torch.tensor(x, requires_grad=x.dtype.kind == "f")
        y, y_torch = run(case, module, x), twin(x_torch)
        close(y, y_torch.detach(), what=f"y {shape}", **tolerance)
        assert y.dtype == dtype
        dy = np.asarray(rng.standard_normal(y.shape), dtype)
        dx = module.backward(dy)
        y_torch.backward(torch.tensor(dy))
        if dx is not None:
            close(dx, x_torch.grad, what=f"dx {shape}", **tolerance)
        expected = {k: p.grad.numpy() for k, p in twin.named_parameters()}
        all_close(gradients(module), expected, **tolerance)


@pytest.mark.parametrize("dtype, large", [("float64", 1e4), ("float64", 1e300), ("float32", 1e38)])
@pytest.mark.parametrize(
    "case",
    [
        c
        for c in LAYERS
        if c.twin is not None and not list(c.build().parameters())
        if "Norm" not in c.name and "Avg" not in c.name
    ],  # the squares of a norm and the sum of a mean overflow, PyTorch's too
    ids=lambda case: case.id,
)
def test_extreme_inputs_give_finite_numbers(case, dtype, large, torch, rng):
    module, twin = build(case), case.twin(torch).train(case.training)
    x = np.asarray(rng.choice([-large, large, 0.0, 1.0], case.largest), dtype)
    x_torch = torch.tensor(x, requires_grad=True)
    y, y_torch = run(case, module, x), twin(x_torch)
    dy = np.asarray(rng.standard_normal(y.shape), dtype)
    dx = module.backward(dy)
    y_torch.backward(torch.tensor(dy))
    assert np.isfinite(y).all() and np.isfinite(dx).all()
    close(y, y_torch.detach(), rtol=1e-5, atol=1e-30)
    theirs = x_torch.grad.numpy()
    fine = np.isfinite(theirs)
    # PyTorch's slope of the tanh form holds (1 - tanh²) x², which becomes 0 · inf; ours does not.
    assert fine.any() if case.id == "GELU-tanh" else fine.all()
    close(dx[fine], theirs[fine], rtol=1e-5, atol=1e-6)


# ---- 3: invariants ---------------------------------------------------------------------------


@pytest.mark.parametrize("case", [c for c in LAYERS if c.per_sample], ids=lambda case: case.id)
@given(seed=seeds)
def test_a_batch_equals_its_singles(case, seed):
    for shape in (shape for shape in case.shapes if len(shape) > 1):
        module, x, dy, _ = draw(case, seed, shape)
        y, dx, whole = there_and_back(case, module, x, dy)
        module.zero_grad()
        for i in range(len(x)):
            one = slice(i, i + 1)
            close(run(case, module, x[one]), y[one])
            part = module.backward(dy[one])
            if dx is not None:
                close(part, dx[one])
        if len(x):
            all_close(gradients(module), whole)


@every_layer
@given(seed=seeds, a=st.floats(-3, 3), b=st.floats(-3, 3))
def test_backward_is_linear(case, seed, a, b):
    for shape in case.shapes:
        module, x, dy, rng = draw(case, seed, shape)
        other = np.asarray(rng.standard_normal(dy.shape))
        _, dx_1, grads_1 = there_and_back(case, module, x, dy)
        _, dx_2, grads_2 = there_and_back(case, module, x, other)
        _, dx, grads = there_and_back(case, module, x, a * dy + b * other)
        if dx is not None:
            close(dx, a * dx_1 + b * dx_2)
        all_close(grads, {k: a * grads_1[k] + b * grads_2[k] for k in grads_1})


@pytest.mark.parametrize("nested", [False, True], ids=["in turn", "nested"])
@every_layer
@given(seed=seeds)
def test_gradients_accumulate_and_records_pair_last_in_first_out(case, nested, seed):
    module, x, dy, rng = draw(case, seed, case.largest)
    x_2, dy_2 = case.draw(rng, x.shape), np.asarray(rng.standard_normal(dy.shape))
    twin, twin_2 = copy.deepcopy(module), copy.deepcopy(module)
    with recorded(case):
        y, y_2 = twin(x), twin_2(x_2)
    dx, dx_2 = twin.backward(dy), twin_2.backward(dy_2)
    with recorded(case):
        z = module(x)
        if nested:
            z_2 = module(x_2)
            d_2, d = module.backward(dy_2), module.backward(dy)
        else:
            d = module.backward(dy)
            z_2 = module(x_2)
            d_2 = module.backward(dy_2)
    close(z, y)
    close(z_2, y_2)
    if dx is not None:
        close(d, dx)
        close(d_2, dx_2)
    first, second = gradients(twin), gradients(twin_2)
    all_close(gradients(module), {k: first[k] + second[k] for k in first})
    assert records(module) == 0


class Twice(nn.Module):
    """One module on two inputs, in one forward pass."""

    def __init__(self, shared):
        super().__init__()
        self.shared = shared

    def forward(self, x, z):
        return self.shared(x), self.shared(z)

    def backward(self, dys):
        dz = self.shared.backward(dys[1])
        return self.shared.backward(dys[0]), dz


@every_layer
def test_used_twice_in_one_forward(case, rng):
    shared = build(case).double()
    x, z = case.draw(rng, case.largest), case.draw(rng, case.largest)
    net = Twice(shared).train(case.training)
    with recorded(case):
        y_x, y_z = net(x, z)
    dys = rng.standard_normal((2, *y_x.shape))
    dx, dz = net.backward(dys)
    total = gradients(net)
    parts = [copy.deepcopy(shared), copy.deepcopy(shared)]
    with recorded(case):
        ys = [part(value) for part, value in zip(parts, (x, z), strict=True)]
    ds = [part.backward(dy) for part, dy in zip(parts, dys, strict=True)]
    close(y_x, ys[0])
    close(y_z, ys[1])
    if dx is not None:
        close(dx, ds[0])
        close(dz, ds[1])
    first, second = map(gradients, parts)
    all_close(total, {f"shared.{k}": first[k] + second[k] for k in first})


@every_layer
def test_any_memory_layout_and_nothing_changed(case):
    for shape in case.shapes:
        module, x, dy, _ = draw(case, 0, shape)
        y, dx, grads = there_and_back(case, module, read_only(x), read_only(dy))
        before = module.state_dict()
        for x_layout, dy_layout in product(LAYOUTS, LAYOUTS):
            hostile_x, hostile_dy = relaid(x, x_layout), relaid(dy, dy_layout)
            y_2, dx_2, grads_2 = there_and_back(case, module, hostile_x, hostile_dy)
            close(y_2, y)
            if dx is not None:
                close(dx_2, dx)
            all_close(grads_2, grads)
            np.testing.assert_array_equal(hostile_x, x)
            np.testing.assert_array_equal(hostile_dy, dy)
        for name, p in module.named_parameters():
            np.testing.assert_array_equal(p.data, before[name])


@every_layer
def test_inputs_may_change_dtype_between_calls(case, rng):
    """A layer with parameters computes in theirs, one without in the input's."""
    owns = bool(list(case.build().parameters(recurse=False)))
    for dtype in (np.float32, np.float64):
        module = build(case)
        x = case.draw(rng, case.largest)
        x = x.astype(dtype) if x.dtype.kind == "f" else x
        y = run(case, module, x)
        dx = module.backward(np.asarray(rng.standard_normal(y.shape), dtype))
        expected = np.float32 if owns else dtype
        if owns or not list(module.parameters()):
            assert y.dtype == expected
            assert dx is None or dx.dtype == expected
        for name, p in module.named_parameters():
            assert p.dtype == p.grad.dtype == np.float32, name


@pytest.mark.parametrize("shape", [(5, 7), (2, 3, 4), (), (0, 3)], ids=str)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_relus_loop_gives_numpys_bits(dtype, shape, rng):
    """So both engines give the same, -0, NaN and infinity included, however the arrays lie."""
    loop = pass_on.compiled(np.dtype(dtype))
    assert (loop is not None) == (mt.get_engine() == "numba" and dtype is not np.float16)
    odd = np.array([-np.inf, -1.5, -0.0, 0.0, 1e-7, 2.5, np.inf, np.nan], dtype)
    x, dy = (np.asarray(rng.choice(odd, shape)) for _ in range(2))
    y = np.maximum(x, 0)
    relu = nn.ReLU()
    with np.errstate(invalid="ignore"):  # inf · 0
        expected = dy * (y > 0)
        for hostile_x in (x, *(relaid(x, layout) for layout in LAYOUTS)):
            for hostile_dy in (dy.copy(), *(relaid(dy, layout) for layout in LAYOUTS)):
                assert relu(hostile_x).tobytes() == y.tobytes()
                dx = relu.backward(hostile_dy)
                assert dx.dtype == dtype and dx.shape == shape
                assert dx.tobytes() == expected.tobytes()
                assert hostile_dy.tobytes() == dy.tobytes()


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", ">f4"])
def test_relu_of_large_arrays_gives_numpys_bits(dtype, rng, the_number_of_threads_as_it_was):
    odd = np.array([-np.inf, -1.5, -0.0, 0.0, 1e-7, 2.5, np.inf, np.nan], dtype)
    x = rng.choice(odd, (7, 99_991)).T  # dense, and several blocks on several threads
    dy = rng.choice(odd[3:6], x.shape[::-1]).T
    relu, y = nn.ReLU(), np.maximum(x, 0)
    for threads in (1, 2):
        mt.set_num_threads(threads)
        assert relu(x).tobytes() == y.tobytes()
        dx = relu.backward(dy)
        assert dx.dtype == (dy * (y > 0)).dtype
        assert dx.tobytes() == (dy * (y > 0)).tobytes()


@pytest.mark.parametrize("name", ["ReLU", "Sigmoid", "Tanh", "Softmax", "LogSoftmax"])
@pytest.mark.parametrize("integer", [np.uint8, np.int64])
def test_integers_go_in_as_numbers(name, integer):
    x = np.array([[0, 1, 7], [3, 200, 5]])
    expected = getattr(nn, name)()(x.astype(np.float64))
    close(getattr(nn, name)()(x.astype(integer)), expected, rtol=1e-3, atol=1e-3)


class Tagged(np.ndarray):
    """A subclass of ndarray, as np.memmap is one."""


@every_layer
def test_takes_a_subclass_of_ndarray(case, rng):
    module = build(case)
    x = case.draw(rng, case.largest)
    expected = run(case, module, x)
    close(run(case, module, x.view(Tagged)), expected)


@every_layer
def test_two_passes_give_two_outputs(case, rng):
    """An output is not a buffer that the next call overwrites."""
    module = build(case)
    x = case.draw(rng, case.largest)
    y = run(case, module, x)
    before = y.copy()
    run(case, module, case.draw(rng, case.largest))
    np.testing.assert_array_equal(y, before)


# ---- 4: state --------------------------------------------------------------------------------


@every_layer
def test_eval_keeps_nothing_and_training_gives_it_back(case, rng):
    module = build(case)
    x = case.draw(rng, case.largest)
    y = run(case, module, x)
    module.backward(np.ones_like(y))
    assert records(module) == 0
    module.eval()
    for _ in range(3):
        assert module(x).shape == y.shape
    assert records(module) == 0
    assert not module.training and module.train().training


@pytest.mark.parametrize("how", ["pickle", "deepcopy"])
@every_layer
def test_copies_are_complete_and_alone(case, how, rng):
    module = build(case)
    x = case.draw(rng, case.largest)
    calls = []
    module.register_forward_hook(lambda *args: calls.append("forward"))
    module.register_full_backward_hook(lambda *args: calls.append("backward"))
    expected = run(case, module, x)
    assert calls == ["forward"]
    twin = copy.deepcopy(module) if how == "deepcopy" else pickle.loads(pickle.dumps(module))
    assert records(twin) == 0
    assert twin.training == module.training
    assert repr(twin) == repr(module)
    for (name, p), (twin_name, q) in zip(
        module.named_parameters(), twin.named_parameters(), strict=True
    ):
        assert name == twin_name and p is not q and not np.shares_memory(p.data, q.data)
        assert not q.has_grad
    np.testing.assert_array_equal(run(case, twin, x), expected)
    assert calls == ["forward"]
    assert "forward" not in vars(twin) and "backward" not in vars(twin)
    twin.backward(np.ones_like(expected))
    assert calls == ["forward"]
    module.backward(np.ones_like(expected))
    assert calls == ["forward", "backward"]


@every_layer
def test_state_dict_round_trip(case, rng):
    module, other = build(case), build(case)
    x = case.draw(rng, case.largest)
    result = other.load_state_dict(module.state_dict())
    assert result.missing_keys == result.unexpected_keys == []
    np.testing.assert_array_equal(run(case, other, x), run(case, module, x))
    for name, value in module.state_dict().items():
        assert not any(np.shares_memory(value, p.data) for p in module.parameters()), name


@with_twin
def test_loads_pytorchs_state_dict(case, torch, rng):
    module, twin = build(case), case.twin(torch).train(case.training)
    theirs = twin.state_dict()
    module.load_state_dict(theirs)
    assert list(module.state_dict()) == list(theirs)
    x = np.asarray(case.draw(rng, case.largest))
    x = x.astype(np.float32) if x.dtype.kind == "f" else x
    close(run(case, module, x), twin(torch.tensor(x)).detach(), rtol=2e-5, atol=2e-6)


# ---- errors ----------------------------------------------------------------------------------


@pytest.mark.parametrize("refused", refusals)
def test_refuses(refused):
    with pytest.raises(refused.error) as caught:
        refused.call()
    assert refused.sentence in str(caught.value)


@pytest.mark.parametrize(  # what has something to remember
    "case",
    [c for c in LAYERS if c.name != "Identity" and c.variant != "empty"],
    ids=lambda c: c.id,
)
def test_backward_without_forward_names_the_module(case, rng):
    module = build(case)
    with pytest.raises(RuntimeError, match="found no record of a forward pass") as caught:
        module.backward(np.ones(case.largest))
    names = {type(part).__name__ for part in module.modules()}
    assert any(str(caught.value).startswith(name) for name in names)


@pytest.mark.parametrize("case", [c for c in LAYERS if c.name == "Linear"], ids=lambda c: c.id)
def test_backward_refuses_a_gradient_of_another_shape(case):
    layer = build(case)
    y = layer(np.ones((2, layer.in_features)))
    with pytest.raises(ValueError, match="expected dy of shape"):
        layer.backward(np.ones((3, *y.shape[1:])))
