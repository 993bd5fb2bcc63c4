"""How arrays lie in memory, and copies of them in another order."""

import numpy as np
import pytest

import minitorch_np as mt
from minitorch_np import nn
from minitorch_np.nn.layout import swapped


@pytest.mark.parametrize("engine", ["numpy", "auto"])
@pytest.mark.parametrize(
    "shape", [(64, 49, 64), (3, 1, 50_000), (1, 400, 301), (0, 3, 4), (2, 0, 5)]
)
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "uint8", "int64", ">f4"])
def test_swapped_is_a_contiguous_copy(engine, shape, dtype):
    mt.set_engine(engine)
    x = (np.arange(np.prod(shape)) % 251).reshape(shape).astype(dtype)
    y = swapped(x)
    assert y.dtype == x.dtype and y.flags.c_contiguous and not np.may_share_memory(x, y)
    np.testing.assert_array_equal(y, x.transpose(0, 2, 1))


def test_swapped_takes_what_cannot_be_written():
    x = np.random.default_rng(0).random((40, 50, 60), np.float32)
    want = x.transpose(0, 2, 1).copy()
    x.flags.writeable = False
    np.testing.assert_array_equal(swapped(x), want)


@pytest.mark.parametrize("shape", [(64, 64, 7, 7), (1, 2, 3, 5), (0, 4, 3, 3), (5, 1, 300, 90)])
def test_flatten_is_in_logical_order_whatever_the_layout(shape):
    x = np.random.default_rng(0).random(shape, np.float32)
    last = x.transpose(0, 2, 3, 1).copy().transpose(0, 3, 1, 2)
    np.testing.assert_array_equal(nn.Flatten()(last), x.reshape(len(x), int(np.prod(shape[1:]))))
