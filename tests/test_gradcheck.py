"""The public gradcheck accepts what is right and names what is wrong."""

import numpy as np
import pytest

import minitorch_np as mt
from minitorch_np import nn
from minitorch_np.testing import GradcheckError, gradcheck

RNG = np.random.default_rng(0)


class Scale(nn.Module):
    """y = x w, with a chosen mistake."""

    def __init__(self, mistake=None):
        super().__init__()
        self.w = nn.Parameter(np.array([2.0, 3.0, 4.0], np.float32))
        self.mistake = mistake

    def forward(self, x):
        self.save(x)
        return x * self.w.data

    def backward(self, dy):
        (x,) = self.saved()
        dw = (dy * x).sum(axis=0)
        dx = dy * self.w.data
        if self.mistake == "dx":
            dx[1, 2] *= 1.001
        if self.mistake == "dw":
            dw[1] += 0.01
        if self.mistake == "shape":
            dx = dx.sum(axis=0)
        self.w.grad += dw
        return dx


X = RNG.normal(size=(4, 3))


@pytest.mark.parametrize(
    ("mistake", "where"),
    [
        ("dx", r"input 0 at index \(1, 2\)"),
        ("dw", r"parameter 'w' at index \(1,\)"),
        ("shape", r"shape \(4, 3\) for input 0, got \(3,\)"),
    ],
)
def test_names_the_array_and_the_index(mistake, where):
    with pytest.raises(GradcheckError, match=where) as caught:
        gradcheck(Scale(mistake), X)
    assert "\n" not in str(caught.value)


def test_right_is_right_and_nothing_is_left_behind():
    layer = Scale()
    assert gradcheck(layer, X.astype(np.float32)) is True
    assert layer.w.dtype == np.float32
    assert not layer.w.has_grad
    assert not layer._records


@pytest.mark.parametrize(
    "module",
    [
        nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2)),
        nn.Residual(nn.Linear(3, 3), nn.Sigmoid()),
        nn.Linear(3, 2, input_grad=False),
        nn.Dropout(0.5),
        nn.Dropout(0.5, rng=3),
        nn.Linear(3, 2).eval(),
    ],
)
def test_modules(module):
    assert gradcheck(module, X)


def test_losses():
    assert gradcheck(nn.CrossEntropyLoss(label_smoothing=0.1), X, np.array([0, 2, 1, 1]))
    assert gradcheck(nn.MSELoss(reduction="none"), X, RNG.normal(size=(4, 3)).round().astype(int))


def test_a_loss_with_a_mistake():
    class Wrong(nn.CrossEntropyLoss):
        def backward(self, dy=1.0):
            return super().backward(dy) * 1.01

    with pytest.raises(GradcheckError, match="input 0"):
        gradcheck(Wrong(), X, np.array([0, 2, 1, 1]))


def test_several_inputs():
    class Product(nn.Module):
        def forward(self, a, b):
            self.save(a, b)
            return a * b

        def backward(self, dy):
            a, b = self.saved()
            return dy * b, dy * a * self.factor

    Product.factor = 1
    assert gradcheck(Product(), X, X + 1)
    Product.factor = 2
    with pytest.raises(GradcheckError, match="input 1"):
        gradcheck(Product(), X, X + 1)


def test_package_randomness_is_not_consumed():
    mt.manual_seed(0)
    a = mt.manual_seed(0).random()
    mt.manual_seed(0)
    gradcheck(nn.Dropout(0.5), X)
    from minitorch_np.random import get_rng

    assert get_rng().random() == a


def test_large_arrays_are_sampled():
    calls = 0

    class Counting(nn.Linear):
        def forward(self, x):
            nonlocal calls
            calls += 1
            return super().forward(x)

    assert gradcheck(Counting(200, 100), RNG.normal(size=(2, 200)), max_elements=10)
    assert calls < 100
