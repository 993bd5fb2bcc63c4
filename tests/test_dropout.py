"""Dropout's draws: how many zeros, what scale, whose numbers."""

import numpy as np
import pytest
from arrays import close

import minitorch_np as mt
from minitorch_np import nn
from minitorch_np.random import get_rng

ONES = np.ones((400, 500), np.float32)


@pytest.mark.parametrize("p", [0.1, 0.3, 0.5, 0.9])
def test_zeros_and_the_scale_of_the_rest(p):
    y = nn.Dropout(p, rng=0)(ONES)
    kept = y[y != 0]
    share = 1 - kept.size / y.size
    assert abs(share - p) < 5 * np.sqrt(p * (1 - p) / y.size)
    close(kept, np.full(kept.shape, 1 / (1 - p)), rtol=2**-16 / (1 - p) + 1e-6)
    assert len(np.unique(kept)) == 1 and y.dtype == np.float32


@pytest.mark.parametrize("p", [0.1, 0.25, 0.3])
def test_the_scale_is_that_of_the_rounded_probability(p):
    """p counts in steps of 2⁻¹⁶, and the scale uses the same p: the mean of y is exactly x."""
    x = np.ones(100)
    scale = nn.Dropout(p, rng=0)(x).max()
    rounded = round(p * 2**16) / 2**16
    close(scale * (1 - rounded), 1.0, rtol=1e-15)


def test_draws_have_no_pattern():
    zeros = nn.Dropout(0.5, rng=0)(ONES) == 0
    for axis in (0, 1):
        close(zeros.mean(axis=axis).std(), np.sqrt(0.25 / zeros.shape[axis]), rtol=0.2)
        neighbours = (zeros == np.roll(zeros, 1, axis)).mean()
        assert abs(neighbours - 0.5) < 0.01


def test_backward_goes_through_the_same_mask():
    dropout = nn.Dropout(0.4)
    x = np.linspace(1, 2, 50)
    first, second = dropout(x), dropout(x)
    assert (first != second).any()
    dy = np.linspace(-1, 1, 50)
    close(dropout.backward(dy), dy * second / x)
    close(dropout.backward(dy), dy * first / x)


def test_eval_passes_through_and_draws_nothing():
    dropout = nn.Dropout(0.5).eval()
    before = mt.manual_seed(3).random()
    mt.manual_seed(3)
    np.testing.assert_array_equal(dropout(ONES), ONES)
    assert get_rng().random() == before


def test_a_frozen_dropout_inside_a_training_net_passes_through():
    net = nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.9))
    net[1].eval()
    y = net(np.ones((2, 3)))
    np.testing.assert_array_equal(y, net[0](np.ones((2, 3))))
    net[0].discard()
    np.testing.assert_array_equal(net[1].backward(y), y)


def test_all_and_nothing():
    assert not nn.Dropout(1.0)(ONES).any()
    np.testing.assert_array_equal(nn.Dropout(0.0)(ONES), ONES)


@pytest.mark.parametrize("shape", [(), (0, 3), (7,), (3, 5)])
def test_the_same_seed_gives_the_same_zeros(shape):
    x = np.ones(shape)
    mt.manual_seed(5)
    y = nn.Dropout()(x)
    mt.manual_seed(5)
    np.testing.assert_array_equal(nn.Dropout()(x), y)
    own = nn.Dropout(rng=5)
    np.testing.assert_array_equal(nn.Dropout(rng=np.random.default_rng(5))(x), own(x))


# ---- whole channels ----------------------------------------------------------------------------


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_whole_channels_are_zero_or_kept(p):
    x = np.ones((60, 50, 3, 2), np.float32)
    y = nn.Dropout2d(p, rng=0)(x)
    assert y.dtype == np.float32 and y.shape == x.shape
    assert (y == y[:, :, :1, :1]).all()
    zeros = y[:, :, 0, 0] == 0
    assert abs(zeros.mean() - p) < 5 * np.sqrt(p * (1 - p) / zeros.size)
    close(y[y != 0], np.full((y != 0).sum(), 1 / (1 - p)), rtol=2**-16 / (1 - p) + 1e-6)


def test_channels_are_decided_as_values_are():
    """One draw for each, of the same generator."""
    of_channels = nn.Dropout2d(0.3, rng=7)(np.ones((4, 5, 2, 3)))
    of_values = nn.Dropout(0.3, rng=7)(np.ones((4, 5)))
    np.testing.assert_array_equal(of_channels[:, :, 1, 2], of_values)


def test_backward_goes_through_the_same_channels(rng):
    dropout, x = nn.Dropout2d(0.4), rng.uniform(1, 2, (5, 6, 3, 2))
    first, second = dropout(x), dropout(x)
    assert (first != second).any()
    dy = rng.standard_normal(x.shape)
    close(dropout.backward(dy), dy * second / x)
    close(dropout.backward(dy), dy * first / x)


def test_channels_stay_side_by_side_in_memory():
    dropout, x = nn.Dropout2d(0.5), np.ones((4, 5, 6, 3), np.float32).transpose(0, 3, 1, 2)
    y = dropout(x)
    assert y.strides == dropout.backward(y).strides == x.strides


def test_channels_in_eval_pass_through_and_draw_nothing():
    before = mt.manual_seed(3).random()
    mt.manual_seed(3)
    x = np.ones((2, 3, 4, 4))
    assert nn.Dropout2d().eval()(x) is x
    assert get_rng().random() == before


def test_repr():
    assert repr(nn.Dropout(0.25)) == "Dropout(p=0.25)"
    assert repr(nn.Dropout2d(0.25)) == "Dropout2d(p=0.25)"
