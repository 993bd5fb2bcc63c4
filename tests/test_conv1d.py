"""What the four proofs do not ask of a convolution over sequences."""

import numpy as np
import pytest
from engines import on_engines
from passes import there_and_back

import minitorch_np as mt
from minitorch_np import nn, optim


def test_sequences_are_images_of_one_row(rng):
    settings = {"stride": 2, "dilation": 3, "groups": 2}
    layer = nn.Conv1d(4, 6, 3, padding=2, **settings)
    wide = {name: (1, n) for name, n in settings.items() if name != "groups"}
    twin = nn.Conv2d(4, 6, (1, 3), padding=(0, 2), groups=2, **wide)
    twin.load_state_dict({"weight": layer.weight.data[:, :, None], "bias": layer.bias.data})
    x, dy = rng.standard_normal((3, 4, 11)), rng.standard_normal((3, 6, 5))
    y, dx, dw, db = there_and_back(layer, x, dy)
    expected = there_and_back(twin, x[:, :, None], dy[:, :, None])
    for a, b in zip((y[:, :, None], dx[:, :, None], dw[:, :, None], db), expected, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parity
@on_engines
@pytest.mark.parametrize("inputs, outputs, length", [(1, 16, 2000), (32, 64, 100)])
def test_float32_on_long_sequences(inputs, outputs, length, engine, torch, rng):
    mt.set_engine(engine)
    ours = nn.Conv1d(inputs, outputs, 5, padding="same", rng=0)
    theirs = torch.nn.Conv1d(inputs, outputs, 5, padding="same")
    theirs.load_state_dict({k: torch.tensor(v) for k, v in ours.state_dict().items()})
    x = rng.standard_normal((9, inputs, length)).astype(np.float32)
    dy = rng.standard_normal((9, outputs, length)).astype(np.float32)
    xt = torch.tensor(x, requires_grad=True)
    yt = theirs(xt)
    yt.backward(torch.tensor(dy))
    twins = [yt, xt.grad, theirs.weight.grad, theirs.bias.grad]
    for a, b in zip(there_and_back(ours, x, dy), twins, strict=True):
        b = b.detach().numpy()
        assert np.abs(a - b).max() <= 2e-5 * np.abs(b).max()


@on_engines
def test_sequences_whose_channels_lie_side_by_side_are_not_copied(engine, rng):
    mt.set_engine(engine)
    layer, x = nn.Conv1d(3, 4, 3), rng.standard_normal((2, 3, 7)).astype(np.float32)
    last = np.ascontiguousarray(x.transpose(0, 2, 1)).transpose(0, 2, 1)
    last.flags.writeable = False
    dy = rng.standard_normal((2, 4, 5)).astype(np.float32)
    results = there_and_back(layer, last, dy)
    for a, b in zip(results, there_and_back(layer, x, dy), strict=True):
        np.testing.assert_array_equal(a, b)
    for sequences in results[:2]:
        assert sequences.transpose(0, 2, 1).flags.c_contiguous
    layer(last)
    assert np.shares_memory(layer.saved()[0], last)


@pytest.mark.parity
def test_steps_in_lockstep_with_pytorch(torch, rng):
    ours = nn.Sequential(nn.Conv1d(2, 4, 3, padding=1), nn.BatchNorm1d(4), nn.Conv1d(4, 2, 2))
    theirs = torch.nn.Sequential(
        torch.nn.Conv1d(2, 4, 3, padding=1), torch.nn.BatchNorm1d(4), torch.nn.Conv1d(4, 2, 2)
    )
    theirs.load_state_dict({k: torch.tensor(v) for k, v in ours.state_dict().items()})
    steps = optim.SGD(ours.parameters(), lr=0.05, momentum=0.9)
    twin = torch.optim.SGD(theirs.parameters(), lr=0.05, momentum=0.9)
    for _ in range(10):
        x = rng.standard_normal((5, 2, 6)).astype(np.float32)
        dy = rng.standard_normal((5, 2, 5)).astype(np.float32)
        for optimizer in (steps, twin):
            optimizer.zero_grad()
        ours(x)
        ours.backward(dy)
        theirs(torch.tensor(x)).backward(torch.tensor(dy))
        steps.step()
        twin.step()
    for name, value in theirs.state_dict().items():
        np.testing.assert_allclose(ours.state_dict()[name], value, rtol=1e-3, atol=1e-4)


@pytest.mark.parity
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"padding": "same"},
        {"stride": 2, "padding": 2, "dilation": 3, "groups": 2, "bias": False},
    ],
)
def test_readable(settings, torch):
    assert repr(nn.Conv1d(4, 6, 3, **settings)) == repr(torch.nn.Conv1d(4, 6, 3, **settings))
