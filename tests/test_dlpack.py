"""Arrays of other libraries, through DLPack, wherever arrays enter."""

import numpy as np
import pytest
from cases import LAYERS
from loss_cases import LOSSES

import minitorch_np as mt
from minitorch_np import nn
from minitorch_np.data import DataLoader, TensorDataset


class Foreign:
    """An array of a library that speaks DLPack and nothing else."""

    dtype = "float64"

    def __init__(self, array):
        self._array = np.array(array)

    def __dlpack__(self, **settings):
        return self._array.__dlpack__(**settings)

    def __dlpack_device__(self):
        return self._array.__dlpack_device__()


class OnAnotherDevice(Foreign):
    def __dlpack__(self, **settings):
        raise BufferError("Cannot export from a GPU.")


X = np.array([[0.5, -1.0, 2.0], [1.5, 3.0, -2.0]])
WITH_TORCH = [pytest.param("torch", marks=pytest.mark.parity), "another library"]


@pytest.fixture(params=WITH_TORCH)
def foreign(request):
    """Makes another library's array of NumPy's."""
    if request.param == "torch":
        return request.getfixturevalue("torch").tensor
    return Foreign


def outcome(build, call):
    """What a module, always the same, makes of what it is given: y, dx, gradients."""
    mt.manual_seed(3)
    module = build()
    y = call(module)
    dy = np.cos(np.arange(y.size)).reshape(y.shape) if isinstance(y, np.ndarray) else 1.0
    gradients = [module.backward(dy), *(p.grad for p in module.parameters())]
    return [np.asarray(y), *(g for g in gradients if g is not None)]


@pytest.mark.parametrize("case", LAYERS, ids=lambda case: case.id)
def test_every_layer(case, foreign, rng):
    x = case.draw(rng, case.largest)
    expected = outcome(case.build, lambda layer: layer(x))
    found = outcome(case.build, lambda layer: layer(foreign(x)))
    for a, b in zip(found, expected, strict=True):
        assert type(a) is type(b) and a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("case", LOSSES, ids=lambda case: case.id)
def test_every_loss(case, foreign, rng):
    shape = case.shapes[0]
    x, t = case.draw(rng, shape), case.target(rng, shape)
    expected = outcome(case.build, lambda loss: loss(x, t))
    for given in ((foreign(x), foreign(t)), (foreign(x), t), (x, foreign(t))):
        for a, b in zip(
            outcome(case.build, lambda loss, given=given: loss(*given)), expected, strict=True
        ):
            assert type(a) is type(b) and a.dtype == b.dtype
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("mode", ["eval", "no_grad"])
def test_inference(mode, foreign):
    net = nn.Sequential(nn.ReLU(), nn.Linear(3, 2))
    expected = net(X)
    if mode == "eval":
        y = net.eval()(foreign(X))
    else:
        with mt.no_grad():
            y = net(foreign(X))
    np.testing.assert_array_equal(y, expected)
    assert type(y) is np.ndarray


def test_a_gradient_from_above(foreign):
    layer = nn.Linear(3, 2)
    dy, dx = np.ones((2, 2)), []
    for given in (dy, foreign(dy)):
        layer(X)
        dx.append(layer.backward(given))
    np.testing.assert_array_equal(*dx)


def test_a_parameter_is_a_copy_and_keeps_the_type(foreign):
    given = foreign(X.astype(np.float32))
    p = nn.Parameter(given)
    assert p.dtype == np.float32
    p.data *= 2
    np.testing.assert_array_equal(np.from_dlpack(given), X)
    p.data = given
    np.testing.assert_array_equal(p.data, X)
    p.grad = foreign(X + 1)
    np.testing.assert_array_equal(p.grad, X + 1)
    with pytest.raises(TypeError, match="Parameter: expected floating-point data, got int64"):
        nn.Parameter(foreign(np.arange(3)))


def test_a_state_of_another_library(foreign):
    layer = nn.BatchNorm1d(3).double()
    state = {name: value + 1 for name, value in layer.state_dict().items()}
    layer.load_state_dict({name: foreign(value) for name, value in state.items()})
    for name, value in layer.state_dict().items():
        np.testing.assert_array_equal(value, state[name])


def test_a_data_set_shares_memory(foreign):
    given = foreign(X)
    dataset = TensorDataset(given, foreign(np.arange(2)))
    assert np.shares_memory(dataset.tensors[0], np.from_dlpack(given))
    ((x, y),) = DataLoader(dataset, batch_size=2)
    np.testing.assert_array_equal(x, X)
    assert y.tolist() == [0, 1]


def test_an_input_is_not_copied_and_not_changed(foreign):
    given, seen = foreign(X), []
    layer = nn.ReLU()
    with layer.register_forward_hook(lambda module, args, y: seen.append(args[0])):
        layer(given)
    assert np.shares_memory(seen[0], np.from_dlpack(given))
    np.testing.assert_array_equal(np.from_dlpack(given), X)


@pytest.mark.parametrize(
    ("take", "owner"),
    [
        (lambda x: nn.ReLU()(x), ""),
        (lambda x: nn.MSELoss()(X, x), ""),
        (nn.Parameter, "Parameter: "),
        (lambda x: nn.Linear(3, 2).load_state_dict({"weight": x}, False), "'weight': "),
        (TensorDataset, "TensorDataset: "),
    ],
)
def test_what_cannot_be_shared(take, owner):
    with pytest.raises(TypeError) as caught:
        take(OnAnotherDevice(X))
    assert str(caught.value).endswith(
        f"{owner}expected an array that NumPy can share, got a test_dlpack.OnAnotherDevice of "
        "float64: Cannot export from a GPU; detach it, move it to the CPU or convert it to float32"
    )


def test_what_cannot_be_shared_of_pytorchs(torch):
    for tensor, said in (
        (torch.ones(3, requires_grad=True), "tensors that require gradient"),
        (torch.ones(3, dtype=torch.bfloat16), "of torch.bfloat16: Unsupported dtype"),
        (torch.ones(3, device="meta"), "meta"),
    ):
        with pytest.raises(TypeError, match=said):
            nn.ReLU()(tensor)


def test_what_is_no_array_is_left_alone():
    assert nn.Identity()("text") == "text"
    assert nn.Identity()(3) == 3
