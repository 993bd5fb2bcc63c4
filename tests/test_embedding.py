"""Embedding: repeated numbers, padding, and a frozen table."""

import numpy as np
import pytest
from arrays import close
from hypothesis import given
from hypothesis import strategies as st

from minitorch_np import nn


@given(numbers=st.lists(st.integers(0, 4), max_size=30))
def test_repeated_numbers_add_up(numbers):
    table = nn.Embedding(5, 2).double()
    dy = np.arange(2.0 * len(numbers)).reshape(-1, 2)
    table(np.array(numbers, np.int64))
    assert table.backward(dy) is None
    expected = np.zeros((5, 2))
    np.add.at(expected, np.array(numbers, np.int64), dy)
    close(table.weight.grad, expected, rtol=1e-12)


@pytest.mark.parity
@pytest.mark.parametrize("padding", [2, -1])
def test_padding_stays_as_it_is(padding, torch):
    table, twin = nn.Embedding(5, 3, padding), torch.nn.Embedding(5, 3, padding)
    assert not table.weight.data[padding].any()
    table.weight.data = twin.weight.detach().numpy()
    x = np.array([[0, 2, 4], [4, 4, 1]])
    y, y_torch = table(x), twin(torch.tensor(x))
    close(y, y_torch.detach())
    dy = np.random.default_rng(0).standard_normal(y.shape).astype(np.float32)
    table.backward(dy)
    y_torch.backward(torch.tensor(dy))
    close(table.weight.grad, twin.weight.grad, rtol=1e-6)
    assert not table.weight.grad[padding].any()


def test_a_frozen_table_takes_no_gradient():
    table = nn.Embedding(5, 3).requires_grad_(False)
    table.backward(table(np.array([1, 2])))
    assert not table.weight.has_grad


@pytest.mark.parametrize("integer", [np.uint8, np.int32, np.uint64])
def test_any_integers(integer):
    table = nn.Embedding(5, 3, rng=0)
    close(table(np.array([4, 0], integer)), table.weight.data[[4, 0]])
