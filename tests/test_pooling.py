"""What the four proofs do not ask of pooling: PyTorch over a grid, ties, NaN, engines, threads."""

from itertools import product

import numpy as np
import pytest
from arrays import LAYOUTS, close, relaid
from engines import needs_numba, on_engines
from hypothesis import assume, given
from hypothesis import strategies as st
from passes import channels_last, images
from pooling_cases import GRID

import minitorch_np as mt
from minitorch_np import nn
from minitorch_np.nn.pooling import arrays, loops, windows

WINDOWS = ("MaxPool2d", "AvgPool2d")
LAYERS = (
    lambda: nn.MaxPool2d(3, 2, 1),
    lambda: nn.AvgPool2d(3, 2, 1, count_include_pad=False),
    lambda: nn.AdaptiveAvgPool2d((2, 3)),
    lambda: nn.AdaptiveMaxPool2d((2, 3)),
    lambda: nn.ZeroPad2d((1, 2, 0, -1)),
)
every_layer = pytest.mark.parametrize("build", LAYERS, ids=lambda build: type(build()).__name__)


pytestmark = pytest.mark.usefixtures("the_number_of_threads_as_it_was")


def pass_through(layer, x, seed=1):
    """y and dx, for an upstream gradient drawn with this seed."""
    y = layer(x)
    return y, layer.backward(images(*y.shape, seed=seed, dtype=y.dtype))


def theirs(torch, name, arguments, x, seed=1):
    """What PyTorch makes of it."""
    x = torch.tensor(x, requires_grad=True)
    y = getattr(torch.nn, name)(**arguments)(x)
    dy = images(*y.shape, seed=seed, dtype=y.detach().numpy().dtype)
    y.backward(torch.tensor(dy))
    return y.detach().numpy(), x.grad.numpy()


# ---- PyTorch -----------------------------------------------------------------------------------


@on_engines
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("row", GRID, ids=lambda row: "-".join(row[:2]))
def test_rows_of_the_case_table_equal_pytorch(row, dtype, engine, torch):
    name, _, arguments, size = row
    mt.set_engine(engine)
    tolerance = {"rtol": 1e-5, "atol": 1e-6} if dtype == np.float32 else {}
    for n, channels in ((5, 9), (1, 1), (0, 2)):
        x = images(n, channels, *size, dtype=dtype)
        expected = theirs(torch, name, arguments, x)
        for actual, twin in zip(
            pass_through(getattr(nn, name)(**arguments), x), expected, strict=True
        ):
            assert actual.dtype == dtype
            close(actual, twin, **tolerance)


@st.composite
def sliding(draw):
    """A pooling layer that PyTorch takes, its arguments, and the size of images it takes."""
    name = draw(st.sampled_from(WINDOWS))
    size = [draw(st.integers(1, 9)) for _ in range(2)]
    kernel = [draw(st.integers(1, 4)) for _ in range(2)]
    arguments = {
        "kernel_size": tuple(kernel),
        "stride": draw(st.none() | st.tuples(st.integers(1, 4), st.integers(1, 4))),
        "padding": tuple(draw(st.integers(0, k // 2)) for k in kernel),
        "ceil_mode": draw(st.booleans()),
    }
    dilation = [1, 1]
    if name == "MaxPool2d":
        dilation = [draw(st.integers(1, 3)) for _ in range(2)]
        arguments["dilation"] = tuple(dilation)
    else:
        arguments["count_include_pad"] = draw(st.booleans())
        arguments["divisor_override"] = draw(st.sampled_from([None, None, 1, 5, -2]))
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    # There may be windows that see no pixel: PyTorch writes beyond the image then.
    assume(max(dilation) == 1 or all(s >= r for s, r in zip(size, reach, strict=True)))
    return name, arguments, size


@pytest.mark.parity
@on_engines
@given(case=sliding(), seed=st.integers(0, 2**32 - 1))
def test_sliding_windows_equal_pytorchs(engine, case, seed, torch):
    name, arguments, size = case
    x = np.random.default_rng(seed).integers(-3, 3, (2, 3, *size)).astype(np.float64)  # many ties
    mt.set_engine(engine)
    layer = getattr(nn, name)(**arguments)
    try:
        expected = theirs(torch, name, arguments, x)
    except RuntimeError:
        with pytest.raises(ValueError, match="expected images that hold a window"):
            layer(x)
        return
    for layout in (x, channels_last(x)):
        for actual, twin in zip(pass_through(layer, layout), expected, strict=True):
            close(actual, twin)


@pytest.mark.parity
@given(
    name=st.sampled_from(["AdaptiveAvgPool2d", "AdaptiveMaxPool2d"]),
    size=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    output_size=st.integers(1, 12)
    | st.tuples(st.none() | st.integers(1, 12), st.none() | st.integers(1, 12)),
    seed=st.integers(0, 2**32 - 1),
)
def test_adaptive_windows_equal_pytorchs(name, size, output_size, seed, torch):
    x = np.random.default_rng(seed).integers(-3, 3, (2, 3, *size)).astype(np.float64)
    expected = theirs(torch, name, {"output_size": output_size}, x)
    for layout in (x, channels_last(x)):
        for actual, twin in zip(
            pass_through(getattr(nn, name)(output_size), layout), expected, strict=True
        ):
            close(actual, twin)


@pytest.mark.parity
@given(
    size=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    padding=st.integers(-2, 3) | st.tuples(*[st.integers(-3, 3)] * 4),
)
def test_zeros_equal_pytorchs(size, padding, torch):
    x = images(2, 3, *size, dtype=np.float64)
    try:
        expected = theirs(torch, "ZeroPad2d", {"padding": padding}, x)
    except RuntimeError:
        with pytest.raises(ValueError, match="expected images that can be cropped"):
            nn.ZeroPad2d(padding)(x)
        return
    for actual, twin in zip(pass_through(nn.ZeroPad2d(padding), x), expected, strict=True):
        close(actual, twin)


@pytest.mark.parametrize(
    "name, arguments",
    [
        ("MaxPool2d", (2,)),
        ("MaxPool2d", ((3, 2), 2, (1, 0), 2, False, True)),
        ("AvgPool2d", (2,)),
        ("AvgPool2d", ((3, 2), None, 1, True, False, 5)),
        ("AdaptiveAvgPool2d", ((None, 3),)),
        ("AdaptiveMaxPool2d", (2,)),
        ("ZeroPad2d", (2,)),
        ("ZeroPad2d", ((1, 2, -1, 0),)),
    ],
)
def test_reads_as_pytorchs(name, arguments, torch):
    assert repr(getattr(nn, name)(*arguments)) == repr(getattr(torch.nn, name)(*arguments))


# ---- ties and odd numbers ----------------------------------------------------------------------


@on_engines
@pytest.mark.parametrize("build", [lambda: nn.MaxPool2d(2), lambda: nn.AdaptiveMaxPool2d(2)])
def test_the_first_of_equals_gets_the_gradient(build, engine):
    mt.set_engine(engine)
    layer = build()
    rows = [[1, 1, 0, 2], [1, 1, 2, 2], [0, 3, -1, -2], [3, 0, -1, -1]]
    layer(np.array(rows, np.float64)[None, None])
    dx = layer.backward(np.array([[[[1.0, 2.0], [3.0, 4.0]]]]))
    expected = [[1, 0, 0, 2], [0, 0, 0, 0], [0, 3, 4, 0], [0, 0, 0, 0]]
    np.testing.assert_array_equal(dx[0, 0], expected)


@on_engines
@given(seed=st.integers(0, 2**32 - 1), padding=st.integers(0, 1))
@pytest.mark.parity
def test_nan_and_infinity_as_in_pytorch(engine, seed, padding, torch):
    mt.set_engine(engine)
    odd = [np.nan, np.inf, -np.inf, -np.inf, -np.inf, 0.0, 1.0]
    x = np.random.default_rng(seed).choice(odd, (2, 9, 5, 4))
    arguments = {"kernel_size": 3, "stride": 2, "padding": padding}
    expected = theirs(torch, "MaxPool2d", arguments, x)
    for actual, twin in zip(pass_through(nn.MaxPool2d(**arguments), x), expected, strict=True):
        np.testing.assert_array_equal(actual, twin)


@pytest.mark.parametrize("place", range(4))
def test_nan_comes_through_an_adaptive_maximum(place):
    x = images(1, 1, 2, 2)
    x.flat[place] = np.nan
    layer = nn.AdaptiveMaxPool2d(1)
    assert np.isnan(layer(x)).all()
    assert layer.backward(np.ones((1, 1, 1, 1), np.float32)).flat[place] == 1


@on_engines
def test_a_window_that_sees_nothing(engine):
    """Its two places are before and behind the image."""
    mt.set_engine(engine)
    layer = nn.MaxPool2d(2, padding=1, dilation=5)
    y, dx = pass_through(layer, images(2, 3, 4, 4))
    assert (y == -np.inf).all() and y.shape == (2, 3, 1, 1)
    assert not dx.any()


@on_engines
@pytest.mark.parametrize("name", [*WINDOWS, "AdaptiveAvgPool2d", "AdaptiveMaxPool2d"])
def test_half_precision_and_integers(name, engine):
    mt.set_engine(engine)
    large = np.full((1, 2, 4, 4), 40_000, np.float16)  # their sum would overflow
    layer = getattr(nn, name)(2)
    y = layer(large)
    assert y.dtype == np.float16 and (y == np.float16(40_000)).all()
    assert layer.backward(y).dtype == np.float16
    whole = np.arange(32).reshape(1, 2, 4, 4)
    np.testing.assert_array_equal(layer(whole), layer(whole.astype(np.float64)))


# ---- engines, layouts, threads -----------------------------------------------------------------


@needs_numba
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("channels", [1, 3, 8, 37])
@pytest.mark.parametrize(
    "row", [row for row in GRID if row[0] in WINDOWS], ids=lambda row: "-".join(row[:2])
)
def test_both_engines_give_the_same_numbers(row, channels, dtype, monkeypatch):
    name, _, arguments, size = row
    monkeypatch.setattr(arrays, "AT_ONCE", 3 * channels * size[0] * size[1])
    layer = getattr(nn, name)(**arguments)
    x = images(7, channels, *size, dtype=dtype)
    x[::2] = np.round(x[::2])  # ties
    mt.set_engine("numpy")
    expected = pass_through(layer, x)
    mt.set_engine("numba")
    for actual, twin in zip(pass_through(layer, x), expected, strict=True):
        np.testing.assert_array_equal(actual, twin)


@needs_numba
def test_the_loops_are_what_runs():
    mt.set_engine("numba")
    for loop in (
        *loops.max_forward.values(),
        *loops.max_backward.values(),
        loops.sum_forward,
        loops.sum_backward,
    ):
        assert loop.compiled(np.dtype(np.float32)) is not None


@on_engines
@every_layer
def test_layouts_in_memory(build, engine):
    mt.set_engine(engine)
    layer, x = build(), images(2, 3, 7, 6)
    y, dx = pass_through(layer, x)
    dy = images(*y.shape, seed=1)
    for result in (y, dx):
        assert result.transpose(0, 2, 3, 1).flags.c_contiguous
    hostile_xs = [channels_last(x), *(relaid(x, layout) for layout in LAYOUTS)]
    hostile_dys = [channels_last(dy), *(relaid(dy, layout) for layout in LAYOUTS)]
    for hostile_x, hostile_dy in product(hostile_xs, hostile_dys):
        # Sums of another order differ in the last digits.
        close(layer(hostile_x), y, rtol=1e-5, atol=1e-6)
        close(layer.backward(hostile_dy), dx, rtol=1e-5, atol=1e-6)


@on_engines
@every_layer
def test_the_number_of_threads_changes_nothing(build, engine, monkeypatch):
    mt.set_engine(engine)
    monkeypatch.setattr(windows, "GRAIN", 1)
    layer, x = build(), images(7, 3, 6, 5)
    mt.set_num_threads(1)
    expected = pass_through(layer, x)
    for threads in (2, 3, 9):
        mt.set_num_threads(threads)
        for _ in range(3):
            for actual, alone in zip(pass_through(layer, x), expected, strict=True):
                assert actual.tobytes() == alone.tobytes()


@on_engines
@pytest.mark.parametrize("places, dtype", [(11 * 11, np.int8), (12 * 12, np.int32)])
def test_what_max_pooling_remembers(places, dtype, engine):
    mt.set_engine(engine)
    side = int(places**0.5)
    layer = nn.MaxPool2d(side, stride=1)
    x = np.zeros((1, 1, side, side + 1))
    x[..., -1] = 1.0
    x[..., -1, -1] = 2.0
    y = layer(x)
    np.testing.assert_array_equal(y.ravel(), [0, 2])
    remembered = layer.saved()[0]
    assert remembered.dtype == dtype and remembered.ravel().tolist() == [0, places - 1]


@on_engines
@every_layer
def test_refuses_a_gradient_of_another_shape(build, engine):
    mt.set_engine(engine)
    layer = build()
    y = layer(images(2, 3, 6, 5))
    with pytest.raises(ValueError, match=f"{type(layer).__name__}: expected dy of shape"):
        layer.backward(y[1:])
