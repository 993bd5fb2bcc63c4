"""The public gradcheck accepts what is right and names what is wrong."""

import numpy as np
import pytest

import minitorch_np as mt
from minitorch_np import nn
from minitorch_np.testing import GradcheckError, NonDifferentiableError, gradcheck

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


class Changes(nn.Module):
    """y = 2 x, with a chosen array changed in place."""

    def __init__(self, what):
        super().__init__()
        self.what = what

    def forward(self, x):
        return np.multiply(x, 2, out=x if self.what == "x" else None)

    def backward(self, dy):
        return np.multiply(dy, 2, out=dy if self.what == "dy" else None)


@pytest.mark.parametrize("what", ["x", "dy"])
def test_a_module_that_changes_what_it_is_given(what):
    assert gradcheck(Changes(None), X)
    with pytest.raises(ValueError, match="read-only"):
        gradcheck(Changes(what), X)


class Masks(nn.Module):
    """Dropout with its generator in a list."""

    def __init__(self):
        super().__init__()
        self.generators = [np.random.default_rng(0)]

    def forward(self, x):
        mask = self.generators[0].random(x.shape) > 0.5
        self.save(mask)
        return x * mask

    def backward(self, dy):
        (mask,) = self.saved()
        return dy * mask


def test_randomness_is_the_same_wherever_it_comes_from():
    assert gradcheck(Masks(), X)


def test_large_arrays_are_sampled():
    calls = 0

    class Counting(nn.Linear):
        def forward(self, x):
            nonlocal calls
            calls += 1
            return super().forward(x)

    assert gradcheck(Counting(200, 100), RNG.normal(size=(2, 200)), max_elements=10)
    assert calls < 100


# ---- kinks -------------------------------------------------------------------------------------


def kink(module, x, **settings):
    """What gradcheck says of a point without a derivative."""
    with pytest.raises(NonDifferentiableError) as caught:
        gradcheck(module, x, **settings)
    sentence = str(caught.value)
    assert "\n" not in sentence and sentence.endswith("move the input away from it")
    return sentence


AT_ZERO = np.array([[1.0, 0.0, -2.0, 3.0]])


@pytest.mark.parametrize("module", [nn.ReLU(), nn.LeakyReLU(), nn.ELU(0.5)])
def test_a_rectifier_at_zero(module):
    sentence = kink(module, AT_ZERO)
    assert "got a kink at 1 of 4 elements checked, first input 0 at index (0, 1)" in sentence
    assert gradcheck(module, AT_ZERO + 1e-3)


def test_the_slopes_are_told():
    assert "slope 0 to the left, 0.126 to the right and 0 from" in kink(nn.ReLU(), np.zeros(1))


@pytest.mark.parametrize("module", [nn.MaxPool2d(2), nn.AdaptiveMaxPool2d(1)])
def test_a_tie_of_the_largest(module):
    x = np.array([[[[1.0, 5.0], [5.0, 2.0]]]])
    assert "got a kink at 2 of 4 elements checked" in kink(module, x)
    x[0, 0, 0, 0] = 6
    assert gradcheck(module, x)


@pytest.mark.parametrize("distance", [3e-7, 9e-7, -3e-7, -9e-7])
def test_a_kink_beside_the_point(distance):
    assert "a kink at 1 of 2" in kink(nn.ReLU(), np.array([distance, 1.0]))
    assert gradcheck(nn.ReLU(), np.array([distance, 1.0]), eps=1e-7)


def test_a_kink_seen_by_a_parameter():
    layer = nn.Linear(2, 2, bias=False)
    layer.weight.data = [[1.0, -1.0], [1.0, 2.0]]
    sentence = kink(nn.Sequential(layer, nn.ReLU()), np.array([[1.0, 1.0]]))
    assert "a kink at 4 of 6 elements checked" in sentence  # two inputs and a row of the weight


def test_the_mean_of_both_slopes_is_right_at_a_kink():
    assert gradcheck(nn.L1Loss(), np.ones(2), np.ones(2))  # sign(0) = 0


class WrongReLU(nn.Module):
    """The derivative above 0 is a little wrong."""

    factor = 1.001

    def forward(self, x):
        self.save(x)
        return np.maximum(x, 0)

    def backward(self, dy):
        (x,) = self.saved()
        return dy * (x > 0) * self.factor


def test_a_wrong_gradient_is_not_excused_by_a_kink_elsewhere():
    for seed in range(5):  # in whatever order elements are drawn
        with pytest.raises(GradcheckError, match="expected the gradient of input 0") as caught:
            gradcheck(WrongReLU(), np.array([1.0, 0.0]), rng=seed)
        assert not isinstance(caught.value, NonDifferentiableError)


def test_at_a_kink_what_no_slope_explains_is_wrong():
    class Beyond(WrongReLU):
        def backward(self, dy):
            (x,) = self.saved()
            return dy * (x >= 0) * 1.5

    with pytest.raises(GradcheckError, match="expected the gradient of input 0") as caught:
        gradcheck(Beyond(), np.zeros(1))
    assert not isinstance(caught.value, NonDifferentiableError)


def test_a_bend_is_no_kink():
    """Between the slopes of a sharp bend there is room for a gradient that is wrong."""

    class Bend(nn.Module):
        def forward(self, x):
            self.save(x)
            return 1e4 * x * x + x

        def backward(self, dy):
            (x,) = self.saved()
            return dy * (2e4 * x + 1.001)

    with pytest.raises(GradcheckError, match="expected the gradient of input 0") as caught:
        gradcheck(Bend(), np.zeros(1))
    assert not isinstance(caught.value, NonDifferentiableError)


def test_a_step_has_no_derivative():
    class Step(nn.Module):
        def forward(self, x):
            self.save(x)
            return (x >= 0) * 1.0

        def backward(self, dy):
            self.saved()
            return dy * 0

    assert gradcheck(Step(), np.ones(2))
    assert "a kink at 1 of 2" in kink(Step(), np.array([0.0, 1.0]))


class Many(nn.Module):
    """Layers one after the other, in a container of whatever kind."""

    def __init__(self, container):
        super().__init__()
        self.layers = container

    def forward(self, x):
        for layer in self.children_in_order():
            x = layer(x)
        return x

    def backward(self, dy):
        for layer in reversed(self.children_in_order()):
            dy = layer.backward(dy)
        return dy

    def children_in_order(self):
        return list(self.layers.values() if isinstance(self.layers, dict) else self.layers)


@pytest.mark.parametrize("container", [list, tuple, lambda layers: dict(enumerate(layers))])
def test_layers_where_nothing_finds_them_are_refused(container):
    layers = [nn.Linear(3, 3, rng=0), nn.Linear(3, 2, rng=0)]
    assert gradcheck(Many(nn.ModuleList(layers)), RNG.normal(size=(4, 3)))
    with pytest.raises(TypeError, match=r"a Linear in the \w+ 'layers' of Many.* use ModuleList"):
        gradcheck(Many(container(layers)), RNG.normal(size=(4, 3)))


def test_a_second_name_for_what_is_registered_is_no_mistake():
    layers = [nn.Linear(3, 3, rng=0)]
    module = Many(layers)
    module.first = layers[0]
    assert gradcheck(module, RNG.normal(size=(4, 3)))


def test_a_gradient_that_is_assigned_is_told_from_a_wrong_one():
    class Assigns(Scale):
        def backward(self, dy):
            dx = super().backward(dy)
            self.w.grad -= 1  # as if nothing had been there before
            return dx

    with pytest.raises(GradcheckError, match=r"'w' .* assigned, and has to be added"):
        gradcheck(Assigns(), RNG.normal(size=(4, 3)))
    with pytest.raises(GradcheckError, match=r"from backward$"):
        gradcheck(Scale("dw"), RNG.normal(size=(4, 3)))
