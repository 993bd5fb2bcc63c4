"""The loss before the first step, as the training script prints it."""

import importlib
import math
from pathlib import Path

import numpy as np
import pytest

import minitorch_np as mt
from minitorch_np import nn
from minitorch_np.data import DataLoader, TensorDataset
from minitorch_np.training import fit

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.fixture
def first_loss(monkeypatch):
    monkeypatch.syspath_prepend(EXAMPLES)
    return importlib.import_module("lab.first_loss")


@pytest.fixture
def images(rng):
    x = rng.normal(size=(1200, 6)).astype(np.float32)
    return TensorDataset(x, rng.integers(0, 4, 1200))


def trained(images, callbacks, scale=0.01, epochs=2):
    """The weights after training, all of whose random numbers come from one seed."""
    mt.manual_seed(0)
    net = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 4))
    nn.init.normal_(net[3].weight, std=scale)
    optimizer = mt.optim.Adam(net.parameters())
    loader = DataLoader(images, 100, shuffle=True)
    fit(net, nn.CrossEntropyLoss(), optimizer, loader, epochs=epochs, callbacks=callbacks)
    return net.state_dict()


def test_training_is_the_same_to_the_bit(first_loss, images, capsys):
    plain = trained(images, [])
    assert "first loss" not in capsys.readouterr().out
    watched = trained(images, [first_loss.FirstLoss(images, 4)])
    (line,) = capsys.readouterr().out.splitlines()  # once, not every epoch
    assert line.startswith("first loss 1.4") and line.endswith("(log 4 = 1.386)")
    assert plain.keys() == watched.keys()
    for name, value in plain.items():
        np.testing.assert_array_equal(watched[name], value)


def test_large_initial_weights_are_told(first_loss, images, capsys):
    trained(images, [first_loss.FirstLoss(images, 4)], scale=30, epochs=1)
    (line,) = capsys.readouterr().out.splitlines()
    assert "(log 4 = 1.386): WARNING: far more than guessing costs" in line


def test_it_is_the_loss_on_the_first_thousand_in_eval_mode(first_loss, images, capsys):
    net, criterion = nn.Sequential(nn.Linear(6, 4), nn.Dropout(0.9)), nn.CrossEntropyLoss()
    state = mt.training.State(net, criterion, mt.optim.SGD(net.parameters(), lr=1), 1, 1)
    callback = first_loss.FirstLoss(images, 4)
    callback.on_epoch_begin(state)
    x, y = images[:1000]
    assert net.training and not net[0]._records
    expected = criterion(net.eval()(x), y)
    assert capsys.readouterr().out.startswith(f"first loss {expected:.4g} (")
    state.step = 1
    callback.on_epoch_begin(state)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("loss", "warning"),
    [
        (math.log(10), None),
        (0.6 * math.log(10), None),
        (1.4 * math.log(10), None),
        (0.4 * math.log(10), "far less than guessing costs; look for labels among the inputs"),
        (1.6 * math.log(10), "far more than guessing costs"),
        (math.inf, "not finite; look at the scale of the images"),
        (math.nan, "not finite; look at the scale of the images"),
    ],
)
def test_what_is_far(first_loss, loss, warning):
    for criterion in (nn.CrossEntropyLoss(label_smoothing=0.1), nn.NLLLoss()):
        line = first_loss.verdict(loss, criterion, 10)
        assert line.startswith(f"first loss {loss:.4g} (log 10 = 2.303)")
        assert ("WARNING" in line) == (warning is not None)
        assert warning is None or warning in line


def test_other_losses_have_no_such_measure(first_loss):
    assert first_loss.verdict(0.09, nn.SoftmaxMSELoss(), 10) == "first loss 0.09"
