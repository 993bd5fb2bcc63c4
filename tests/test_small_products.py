"""Products and sums of few elements, which go to BLAS by a shorter way than NumPy's own."""

import numpy as np
import pytest

from minitorch_np import nn
from minitorch_np.sums import FEW as FEW_TERMS
from minitorch_np.sums import column_sums
from minitorch_np.threads import matmul
from minitorch_np.threads.product import FEW

EDGE = int(FEW**0.5)  # a product of EDGE x EDGE elements is the last of the small ones


EMPTY = [(0, 3, 2), (3, 0, 2), (3, 2, 0)]
SMALL = [(1, 1, 1), (1, 50, 7), (9, 1, 5), (300, 1, 200), (16, 32, 10)]
AT_THE_EDGE = [(EDGE, 3, EDGE), (EDGE, 3, EDGE + 1), (FEW + 1, 2, 1)]


def normal(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


def turned(x: np.ndarray) -> np.ndarray:
    return x.T.copy().T


def spaced(x: np.ndarray) -> np.ndarray:
    wide = np.zeros((len(x), 2 * x.shape[1]), x.dtype)
    wide[:, ::2] = x
    return wide[:, ::2]


@pytest.mark.parametrize("layout", [np.array, turned, spaced])
@pytest.mark.parametrize(("n", "k", "m"), [*EMPTY, *SMALL, *AT_THE_EDGE])
def test_a_small_product_is_the_product(n, k, m, layout):
    a, b = layout(normal(n, k)), layout(normal(k, m))
    a.flags.writeable = b.flags.writeable = False
    expected = a.astype(np.float64) @ b.astype(np.float64)
    into = [None, np.full((n, m), np.nan, np.float32), turned(np.full((n, m), np.nan, np.float32))]
    into += [np.full((n, 2 * m), np.nan, np.float32)[:, :m], spaced(normal(n, m))]
    for out in into:
        y = matmul(a, b, out)
        assert y.dtype == np.float32
        assert out is None or y is out
        np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("n", "k", "m"), [(1, 1, 1), (1, 1, 3), (3, 1, 1), (3, 1, 4), (2, 3, 2)])
def test_nan_and_infinity_are_not_lost(n, k, m):
    a = np.zeros((n, k), np.float32)
    for bad in (np.nan, np.inf):
        b = np.full((k, m), bad, np.float32)
        with np.errstate(invalid="ignore"):
            assert np.isnan(matmul(a, b)).all()
            assert np.isnan(matmul(b.T, a.T)).all()


@pytest.mark.parametrize("k", [1, 3])
def test_results_of_another_kind(k):
    a, b = normal(4, k), normal(k, 5)
    for out in (
        np.empty((4, 5)),
        np.empty((4, 5), np.float64, order="F"),
        np.empty((4, 5), ">f4"),
        np.frombuffer(bytearray(1 + 80), np.uint8)[1:].view(np.float32).reshape(4, 5),
    ):
        assert matmul(a, b, out) is out
        np.testing.assert_allclose(out, a @ b, rtol=1e-6)
    for out in (np.empty((4, 6), np.float32), np.empty((5, 4), np.float32)):
        with pytest.raises(ValueError):
            matmul(a, b, out)
    locked = np.empty((4, 5), np.float32)
    locked.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        matmul(a, b, locked)
    with pytest.raises(ValueError):
        matmul(a, normal(k + 1, 5))


def test_a_bias_of_another_dtype_than_the_weight():
    layer = nn.Linear(3, 2)
    layer.bias.cast(np.float64)
    y = layer(np.ones((4, 3), np.float32))
    layer.backward(np.ones_like(y))
    np.testing.assert_array_equal(layer.bias.grad, [4, 4])


def test_the_other_product_of_a_pair_is_done_too():
    a, b, c, d = normal(4, 3), normal(3, 5), normal(6, 3), normal(3, 2)
    e = np.empty((6, 2), np.float32)
    np.testing.assert_allclose(matmul(a, b, also=(c, d, e)), a @ b, rtol=1e-6)
    np.testing.assert_allclose(e, c @ d, rtol=1e-6)


def test_a_small_product_goes_into_one_of_its_factors():
    a, b = normal(5, 5), normal(5, 5)
    expected = a @ b
    np.testing.assert_allclose(matmul(a, b, out=a), expected, rtol=1e-5)


def test_batches_of_matrices():
    for a, b in ((normal(2, 3, 4), normal(4, 5)), (normal(2, 3), normal(5, 3, 4))):
        np.testing.assert_allclose(matmul(a, b), a @ b, rtol=1e-5)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize(
    "shape",
    [
        *[(0, 3), (1, 4), (64, FEW_TERMS // 64), (64, 129), (1025, 2)],
        *[(9000, 1), (4999, 7), (1100, 255), (200, 256), (50, 257), (1500, 256), (40_000, 20)],
    ],
)
def test_sums_of_few_rows_and_of_many(shape, dtype):
    x = normal(*shape).astype(dtype)
    expected = x.astype(np.float64).sum(axis=0)
    tolerance = 100 * np.finfo(dtype).eps
    for layout in (np.array, turned, spaced):
        out = np.empty(shape[1], dtype)
        assert column_sums(layout(x), out) is out
        np.testing.assert_allclose(out, expected, rtol=tolerance, atol=tolerance * 10)
        assert column_sums(layout(x)).dtype == dtype


def test_infinities_are_summed():
    x = np.array([[1, np.inf, np.inf], [1, 2, -np.inf]])
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(column_sums(x), [2, np.inf, np.nan])
