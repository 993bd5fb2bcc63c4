"""Compiled loops whose parts run on several threads."""

import numpy as np
import pytest
from engines import needs_numba

import minitorch_np as mt
from minitorch_np.engine.written import write_down
from minitorch_np.threads import ThreadedLoop, gemm, multiply, one_blas_thread

pytestmark = needs_numba

SINGLE = np.dtype(np.float32)


@pytest.fixture(autouse=True)
def on_three_threads():
    before = mt.get_num_threads()
    mt.set_num_threads(3)
    mt.set_engine("numba")
    yield
    mt.set_num_threads(before)


def square(value):
    """A function of this file that a loop calls."""
    return value * value


@ThreadedLoop("real[:, ::1], intp[::1], int8[::1], float64, intp, real[:, :, ::1]")
def everything(first, last, part, x, owner, small, a, shift, y):
    """Say who did which row, and change it."""
    for i in range(first, last):
        owner[i] = part
        for j in range(x.shape[1]):
            y[0, i, j] = square(x[i, j]) * a + shift + small[i]


@ThreadedLoop("intp, real[:, ::1], real[:, ::1], real[:, ::1]")
def rows_of_a_product(first, last, part, blas, a, b, y):
    """A band of rows."""
    if last > first:
        multiply(blas, a[first:last], b.T, y[first:last], 1.0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("size", "parts"), [(10, 1), (10, 3), (2, 3), (0, 2), (1000, 7)])
def test_every_step_is_done_once_with_all_arguments(dtype, size, parts):
    x, owner = np.ones((size, 4), dtype) * 3, np.full(size, -1)
    x.flags.writeable = False
    y = np.zeros((1, size, 4), dtype)
    loop = everything.compiled(np.dtype(dtype))
    for _ in range(3):
        loop(size, parts, x, owner, (np.arange(size) % 5).astype(np.int8), 0.5, -2, y)
        expected = 4.5 - 2 + np.arange(size) % 5
        np.testing.assert_array_equal(y[0], np.repeat(expected[:, None], 4, axis=1))
        assert sorted(owner.tolist()) == owner.tolist() and set(owner.tolist()) <= set(range(parts))


def test_it_does_not_matter_who_has_the_threads():
    loop, y = everything.compiled(SINGLE), np.zeros((1, 6, 4), np.float32)
    owner, inside = np.full(6, -1), []

    def work():
        loop(6, 3, np.ones((6, 4), np.float32), owner, np.zeros(6, np.int8), 1.0, 0, y)
        inside.append(owner.tolist())

    mt.threads.side_by_side([work, lambda: None])
    assert inside == [[0, 0, 1, 1, 2, 2]] and (y == 1).all()


def test_blas_in_a_loop():
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal((n, 20)).astype(np.float32) for n in (50, 30))
    y = np.ones((50, 30), np.float32)
    with one_blas_thread:
        rows_of_a_product.compiled(SINGLE)(50, 3, gemm(SINGLE), a, b, y)
    np.testing.assert_allclose(y, 1 + a @ b.T, rtol=1e-4, atol=1e-5)
    in_python = np.ones((50, 30), np.float32)
    multiply(gemm(SINGLE), a, b.T, in_python, 1.0)
    np.testing.assert_allclose(y, in_python, rtol=1e-4, atol=1e-5)


def test_a_loop_is_written_down_with_what_it_calls():
    before, loop = write_down(everything._function, "loop")
    assert "def square(value)" in before and before.count("numba.njit") == 1
    assert "Say who" not in loop and "square(x[i, j])" in loop
    before, _ = write_down(rows_of_a_product._function, "loop")
    assert before == "from minitorch_np.threads.blas_call import multiply as multiply"


def test_the_numpy_engine_has_no_loops():
    mt.set_engine("numpy")
    assert everything.compiled(SINGLE) is None
    mt.set_engine("numba")
    assert everything.compiled(np.dtype(np.float16)) is None
