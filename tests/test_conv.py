"""What the four proofs do not ask of a convolution: large images, layouts, threads."""

import numpy as np
import pytest
from arrays import close
from engines import on_engines
from passes import images, there_and_back

import minitorch_np as mt
from minitorch_np import nn
from minitorch_np.nn.conv import arrays, base

pytestmark = pytest.mark.usefixtures("the_number_of_threads_as_it_was")


@on_engines
@pytest.mark.parametrize("groups", [1, 2])
def test_images_whose_patches_are_made_in_bands_of_rows(engine, groups, monkeypatch):
    """As large images are, by making room for a few rows only."""
    layer = nn.Conv2d(4, 6, 3, stride=(2, 1), padding=1, groups=groups, rng=0).double()
    x = images(3, 4, 11, 7, dtype=np.float64)
    mt.set_engine(engine)
    expected = there_and_back(layer, x, dy := images(3, 6, 6, 7, dtype=np.float64))
    for at_once in (1, 300, 700):
        monkeypatch.setattr(base, "MOST", at_once)
        monkeypatch.setattr(arrays, "AT_ONCE", at_once)
        for a, b in zip(there_and_back(layer, x, dy), expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


@on_engines
def test_the_number_of_threads_changes_nothing_but_rounding(engine, monkeypatch):
    mt.set_engine(engine)
    monkeypatch.setattr(base, "GRAIN", 1)
    monkeypatch.setattr(arrays, "GRAIN", 1)
    layer, x, dy = nn.Conv2d(3, 8, 3, padding=1, rng=0), images(7, 3, 9, 9), images(7, 8, 9, 9)
    mt.set_num_threads(1)
    expected = there_and_back(layer, x, dy)
    for threads in (2, 3, 9):
        mt.set_num_threads(threads)
        results = [there_and_back(layer, x, dy) for _ in range(3)]
        for first, *others in zip(*results, strict=True):
            assert all(first.tobytes() == other.tobytes() for other in others)
        for a, b in zip(results[0], expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


@on_engines
def test_layouts_in_memory(engine):
    mt.set_engine(engine)
    layer = nn.Conv2d(3, 4, 3, padding="same", rng=0)
    x, dy = images(2, 3, 6, 5), images(2, 4, 6, 5)
    expected = there_and_back(layer, x, dy)
    hostile = np.zeros((2, 6, 5, 3, 2), np.float32)
    hostile[..., 0] = x.transpose(0, 2, 3, 1)
    frozen = x.copy()
    frozen.flags.writeable = False
    unaligned = np.zeros(x.nbytes + 1, np.uint8)[1:].view(np.float32).reshape(x.shape)
    unaligned[:] = x
    last = np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    upstream = np.ascontiguousarray(dy.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    upstream.flags.writeable = False
    for other in (
        hostile[..., 0].transpose(0, 3, 1, 2),
        frozen,
        unaligned,
        last,
        x[:, ::-1][:, ::-1],
    ):
        for a, b in zip(there_and_back(layer, other, upstream), expected, strict=True):
            np.testing.assert_array_equal(a, b)
    y, dx, *_ = there_and_back(layer, last, upstream)
    assert (
        y.transpose(0, 2, 3, 1).flags.c_contiguous and dx.transpose(0, 2, 3, 1).flags.c_contiguous
    )
    layer(last)
    assert layer.saved()[0].base is not None  # no copy of what lies channels last already


@pytest.mark.parity
@on_engines
@pytest.mark.parametrize("batch", [1, 2, 64])
def test_float32_on_images_of_a_net(engine, batch, torch):
    mt.set_engine(engine)
    for inputs, outputs, size in ((1, 32, 28), (32, 64, 14), (64, 8, 40)):
        if inputs == 64 and batch == 64:
            continue
        ours = nn.Conv2d(inputs, outputs, 3, padding=1, rng=0)
        theirs = torch.nn.Conv2d(inputs, outputs, 3, padding=1)
        theirs.load_state_dict({k: torch.tensor(v) for k, v in ours.state_dict().items()})
        x, dy = images(batch, inputs, size, size), images(batch, outputs, size, size, seed=1)
        xt = torch.tensor(x, requires_grad=True)
        yt = theirs(xt)
        yt.backward(torch.tensor(dy))
        twins = [yt, xt.grad, theirs.weight.grad, theirs.bias.grad]
        for a, b in zip(there_and_back(ours, x, dy), twins, strict=True):
            b = b.detach().numpy()
            assert np.abs(a - b).max() <= 2e-5 * np.abs(b).max()


@on_engines
def test_gradients_accumulate_and_frozen_parameters_get_none(engine):
    mt.set_engine(engine)
    layer, x, dy = nn.Conv2d(2, 3, 2, rng=0), images(2, 2, 4, 4), images(2, 3, 3, 3)
    once = there_and_back(layer, x, dy)
    for _ in range(2):
        layer(x)
        layer.backward(dy)
    np.testing.assert_allclose(layer.weight.grad, 2 * once[2], rtol=1e-6)
    np.testing.assert_allclose(layer.bias.grad, 2 * once[3], rtol=1e-6)
    layer.zero_grad()
    layer.weight.requires_grad = False
    layer(x)
    np.testing.assert_array_equal(layer.backward(dy), once[1])
    assert not layer.weight.has_grad and layer.bias.has_grad


def test_the_bias_gradient_of_many_pixels_is_accurate():
    layer = nn.Conv2d(1, 1, 1, input_grad=False, rng=0)
    x = np.zeros((20, 1, 250, 250), np.float32)
    for engine in ("numpy", "auto"):
        mt.set_engine(engine)
        layer.zero_grad()
        layer(x)
        layer.backward(np.full(x.shape, 0.1, np.float32))
        assert layer.bias.grad[0] == pytest.approx(x.size * 0.1, rel=1e-5)


def test_a_convolution_is_a_linear_layer_that_slides():
    layer, x = nn.Conv2d(3, 5, (4, 6), rng=0).double(), images(2, 3, 4, 6, dtype=np.float64)
    expected = x.reshape(2, -1) @ layer.weight.data.reshape(5, -1).T + layer.bias.data
    close(layer(x)[:, :, 0, 0], expected)


def test_readable():
    layer = nn.Conv2d(4, 8, 3, stride=2, padding=1, dilation=(1, 2), groups=2, bias=False)
    assert repr(layer) == (
        "Conv2d(4, 8, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), dilation=(1, 2), "
        "groups=2, bias=False)"
    )
    assert repr(nn.Conv2d(1, 2, 3)) == "Conv2d(1, 2, kernel_size=(3, 3), stride=(1, 1))"
