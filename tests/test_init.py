"""Initial values: bounds, moments, PyTorch's formulas, reproducible draws, errors."""

import inspect
import math

import numpy as np
import pytest
from arrays import close

import minitorch_np as mt
from minitorch_np import nn
from minitorch_np.nn import Parameter, init

SHAPES = [(300, 200), (80, 120, 3), (40, 20, 3, 5)]
GAINS = ["linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu"]
RANDOM = [
    name for name in init.__all__ if "rng" in inspect.signature(getattr(init, name)).parameters
]


def drawn(name, shape, seed=0, **options):
    return getattr(init, name)(np.empty(shape), rng=seed, **options)


def fans(shape):
    kernel = math.prod(shape[2:])
    return shape[1] * kernel, shape[0] * kernel


def uniform_on(x, low, high):
    """The bounds are kept and nearly reached; mean and variance are the uniform's."""
    width = high - low
    assert low <= x.min() < low + 0.01 * width and high - 0.01 * width < x.max() <= high
    close(x.mean(), (low + high) / 2, rtol=0, atol=0.02 * width)
    close(x.var(), width**2 / 12, rtol=0.03)


def normal_with(x, mean, std):
    """Mean, deviation, and the share within one and two deviations are the normal's."""
    close(x.mean(), mean, rtol=0, atol=0.03 * std)
    close(x.std(), std, rtol=0.02)
    z = abs(x - mean) / std
    close((z < 1).mean(), 0.6827, rtol=0, atol=0.01)
    close((z < 2).mean(), 0.9545, rtol=0, atol=0.005)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_uniform_and_normal(shape):
    uniform_on(drawn("uniform_", shape), 0, 1)
    uniform_on(drawn("uniform_", shape, a=-3, b=-1), -3, -1)
    normal_with(drawn("normal_", shape), 0, 1)
    normal_with(drawn("normal_", shape, mean=5, std=0.1), 5, 0.1)


@pytest.mark.parametrize("gain", [1.0, 5 / 3])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_xavier(shape, gain):
    fan_in, fan_out = fans(shape)
    bound = gain * math.sqrt(6 / (fan_in + fan_out))
    uniform_on(drawn("xavier_uniform_", shape, gain=gain), -bound, bound)
    normal_with(drawn("xavier_normal_", shape, gain=gain), 0, bound / math.sqrt(3))


@pytest.mark.parametrize("mode", ["fan_in", "fan_out"])
@pytest.mark.parametrize("options", [{}, {"a": math.sqrt(5)}, {"nonlinearity": "relu"}], ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_kaiming(shape, options, mode):
    slope = 0.0 if "nonlinearity" in options else options.get("a", 0.0)
    fan = fans(shape)[mode == "fan_out"]
    std = math.sqrt(2 / (1 + slope**2)) / math.sqrt(fan)
    uniform_on(
        drawn("kaiming_uniform_", shape, mode=mode, **options),
        -math.sqrt(3) * std,
        math.sqrt(3) * std,
    )
    normal_with(drawn("kaiming_normal_", shape, mode=mode, **options), 0, std)


def test_constants():
    x = np.full((3, 2), np.nan)
    assert init.zeros_(x) is x and not x.any()
    assert (init.ones_(x) == 1).all() and (init.constant_(x, -2.5) == -2.5).all()


# ---- PyTorch -----------------------------------------------------------------------------------


@pytest.mark.parametrize("nonlinearity", GAINS)
@pytest.mark.parametrize("param", [None, 0.2, 0, math.sqrt(5)])
def test_gains_equal_pytorchs(nonlinearity, param, torch):
    expected = torch.nn.init.calculate_gain(nonlinearity, param)
    close(init.calculate_gain(nonlinearity, param), expected, rtol=1e-15)


@pytest.mark.parametrize(
    "name, options",
    [
        ("uniform_", {"a": -2, "b": 3}),
        ("normal_", {"mean": 1, "std": 2}),
        ("constant_", {"val": 4}),
        ("zeros_", {}),
        ("ones_", {}),
        ("xavier_uniform_", {"gain": 2.0}),
        ("xavier_normal_", {"gain": 2.0}),
        ("kaiming_uniform_", {"a": math.sqrt(5)}),
        ("kaiming_uniform_", {"mode": "fan_out", "nonlinearity": "relu"}),
        ("kaiming_normal_", {}),
        ("kaiming_normal_", {"mode": "fan_out", "nonlinearity": "tanh"}),
    ],
)
def test_the_distribution_equals_pytorchs(name, options, torch):
    """Under PyTorch's names, with PyTorch's defaults and arguments."""
    torch.manual_seed(0)
    for shape in SHAPES:
        theirs = getattr(torch.nn.init, name)(torch.empty(shape), **options).numpy()
        rng = {"rng": 0} if name in RANDOM else {}
        ours = getattr(init, name)(np.empty(shape), **options, **rng)
        scale = abs(theirs).max()
        close(ours.mean(), theirs.mean(), rtol=0, atol=0.03 * scale)
        close(ours.std(), theirs.std(), rtol=0.03, atol=1e-7)
        if "uniform" in name:
            close(abs(ours).max(), scale, rtol=0.01)


def test_argument_names_and_defaults_are_pytorchs(torch):
    for name in init.__all__:
        ours = inspect.signature(getattr(init, name)).parameters
        theirs = inspect.signature(getattr(torch.nn.init, name)).parameters
        shared = [n for n in theirs if n != "generator"]
        assert [n for n in ours if n != "rng"] == shared, name
        for n in shared:
            assert ours[n].default == theirs[n].default, (name, n)


@pytest.mark.parametrize("size", [(784, 128), (10, 300)])
def test_a_linear_layer_starts_as_pytorchs(size, torch):
    ours, theirs = nn.Linear(*size, rng=0), torch.nn.Linear(*size)
    bound = 1 / math.sqrt(size[0])
    uniform_on(ours.weight.data, -bound, bound)
    assert abs(ours.bias.data).max() <= bound
    assert abs(theirs.weight.detach().numpy()).max() <= bound
    close(ours.weight.data.std(), theirs.weight.std().item(), rtol=0.05)
    assert ours.weight.dtype == ours.bias.dtype == np.float32


# ---- draws -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RANDOM)
def test_draws_are_reproducible(name):
    x = drawn(name, (4, 5), seed=3)
    np.testing.assert_array_equal(x, drawn(name, (4, 5), seed=3))
    np.testing.assert_array_equal(x, drawn(name, (4, 5), seed=np.random.default_rng(3)))
    assert (x != drawn(name, (4, 5), seed=4)).any()
    fill = getattr(init, name)
    mt.manual_seed(3)
    np.testing.assert_array_equal(x, fill(np.empty((4, 5))))
    assert (x != fill(np.empty((4, 5)))).any()  # the generator has moved on


@pytest.mark.parametrize("name", RANDOM)
def test_a_generator_of_its_own_leaves_the_packages_alone(name):
    expected = mt.manual_seed(5).random()
    mt.manual_seed(5)
    drawn(name, (4, 5), seed=1)
    close(init.uniform_(np.empty(1)), [expected])


def test_the_global_state_of_numpy_is_left_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    for name in RANDOM:
        getattr(init, name)(np.empty((4, 5)))
    mt.manual_seed(1)
    nn.Linear(3, 3)
    nn.Dropout()(np.ones(3))
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


# ---- in place, and errors ----------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted({*init.__all__} - {"calculate_gain"}))
def test_fills_parameters_and_arrays_in_place(name):
    fill, options = getattr(init, name), {"val": 2.0} if name == "constant_" else {}
    p = Parameter(np.full((3, 4), np.nan, np.float32))
    memory = p.data
    assert fill(p, **options) is p and p.data is memory
    assert p.dtype == np.float32 and np.isfinite(p.data).all() and not p.has_grad
    x = np.full((4, 3), np.nan).T
    assert fill(x, **options) is x and np.isfinite(x).all()


@pytest.mark.parametrize(
    "name", ["xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_"]
)
@pytest.mark.parametrize("shape", [(), (5,)])
def test_refuses_shapes_without_fans(name, shape):
    with pytest.raises(ValueError, match=r"at least 2 dimensions.*uniform_ or normal_"):
        drawn(name, shape)


def test_refuses_unknown_names():
    with pytest.raises(ValueError, match="'fan_in' or 'fan_out', got 'fan_mid'"):
        drawn("kaiming_normal_", (2, 2), mode="fan_mid")
    with pytest.raises(ValueError, match=r"calculate_gain: expected one of linear, .*got 'swish'"):
        init.calculate_gain("swish")
    with pytest.raises(ValueError, match="got 'swish'"):
        drawn("kaiming_uniform_", (2, 2), nonlinearity="swish")


def test_refusing_changes_nothing():
    x = np.ones(5)
    with pytest.raises(ValueError):
        init.xavier_normal_(x)
    assert (x == 1).all()
