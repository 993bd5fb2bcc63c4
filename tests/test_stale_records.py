"""Records that nobody takes back: dropped where that is provably safe, and never elsewhere."""

import warnings

import numpy as np
import pytest

import minitorch_np as mt
from minitorch_np import nn, optim
from minitorch_np.module import MANY_RECORDS, TOO_MANY_RECORDS

X = np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4)


def records(module):
    return sum(len(part._records) for part in module.modules())


def mlp():
    return nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 2))


def everything(net):
    return [optim.SGD(net.parameters(), lr=0.01)]


def in_groups(net):
    weights = [net[0].weight, net[2].weight]
    biases = [{"params": [net[0].bias, net[2].bias], "weight_decay": 0.0}]
    return [optim.SGD([{"params": weights, "weight_decay": 0.1}, *biases], lr=0.01)]


def in_halves(net):
    return [optim.SGD(net[0].parameters(), lr=0.01), optim.SGD(net[2].parameters(), lr=0.01)]


def partly_frozen(net):
    optimizer = optim.SGD(net.parameters(), lr=0.01)
    net[0].requires_grad_(False)
    return [optimizer]


def all_frozen_but_the_optimizers(net):
    net[0].requires_grad_(False)
    return [optim.SGD(net[2].parameters(), lr=0.01)]


@pytest.mark.parametrize(
    "make",
    [everything, in_groups, in_halves, partly_frozen, all_frozen_but_the_optimizers],
    ids=lambda make: make.__name__,
)
def test_forward_only_passes_between_steps_stay_bounded(make):
    """Measuring in training mode after each backward: old records can never be used again."""
    net, same = mlp(), mlp()
    same.load_state_dict(net.state_dict())
    pairs = [(net, make(net)), (same, make(same))]
    for i in range(3000):
        for model, optimizers in pairs:
            for optimizer in optimizers:
                optimizer.zero_grad()
            model.backward(np.ones_like(model(X)))
            for optimizer in optimizers:
                optimizer.step()
            if model is net:
                net(X)  # and no backward
        if i % 500 == 0:
            assert all(len(part._records) <= 2 * MANY_RECORDS for part in net.modules())
    assert all(len(part._records) <= 2 * MANY_RECORDS for part in net.modules())
    for p, q in zip(net.parameters(), same.parameters(), strict=True):
        np.testing.assert_array_equal(p.data, q.data)


def accumulate(net, n):
    """n forward passes, then their n backward passes; returns the inputs' gradients."""
    inputs = [np.float32(1 + 0.01 * i) * X for i in range(n)]
    ys = [net(x) for x in inputs]
    return [net.backward(np.ones_like(y)) for y in reversed(ys)][::-1]


def test_gradient_accumulation_never_loses_a_record():
    n = 3 * MANY_RECORDS
    net, same = mlp(), mlp()
    same.load_state_dict(net.state_dict())
    for model in (net, same):
        (optimizer,) = everything(model)
        model.backward(np.ones_like(model(X)))
        optimizer.step()  # so that there is a step to be newer than
        optimizer.zero_grad()
    dxs = accumulate(net, n)
    for i, dx in enumerate(dxs):
        same(np.float32(1 + 0.01 * i) * X)
        np.testing.assert_array_equal(dx, same.backward(np.ones((3, 2), np.float32)))
    for p, q in zip(net.parameters(), same.parameters(), strict=True):
        np.testing.assert_allclose(p.grad, q.grad, rtol=1e-4)
    assert records(net) == 0


@pytest.mark.parametrize("which", ["head only", "another net", "no gradient", "none"])
def test_nothing_is_dropped_that_may_still_be_used(which):
    """An optimizer that has not stepped all of this net proves nothing."""
    n = 2 * MANY_RECORDS + 10
    net, other = mlp(), mlp()
    members = {"head only": net[2], "another net": other, "no gradient": net, "none": other}
    optimizer = optim.SGD(members[which].parameters(), lr=0.1)
    for _ in range(n):
        net(X)
    if which == "no gradient":  # a parameter without a gradient is skipped
        net[0].weight.grad += 1
        net[2].weight.grad += 1
    elif which != "none":
        for p in members[which].parameters():
            p.grad += 1
    if which != "none":
        optimizer.step()
    for _ in range(n):
        net(X)
    assert records(net) == 3 * 2 * n
    for _ in range(2 * n):
        net.backward(np.ones((3, 2), np.float32))


def test_records_newer_than_the_last_step_are_kept_and_older_ones_go():
    n = MANY_RECORDS - 10
    net = mlp()
    (optimizer,) = everything(net)
    for _ in range(n):
        net(X)
    net.backward(np.ones_like(net(X)))
    optimizer.step()
    for _ in range(n):
        net(X)
    assert n <= len(net[0]._records) <= n + 20
    for _ in range(n):
        net.backward(np.ones((3, 2), np.float32))


def test_two_nets_in_one_optimizer():
    one, two = mlp(), mlp()
    optimizer = optim.SGD([*one.parameters(), *two.parameters()], lr=0.01)
    for _ in range(3 * MANY_RECORDS):
        optimizer.zero_grad()
        for net in (one, two):
            net.backward(np.ones_like(net(X)))
        optimizer.step()
        one(X)
    assert all(len(part._records) <= 2 * MANY_RECORDS for part in one.modules())


@pytest.mark.parametrize("how", ["enable_grad", "inside a pass"])
def test_the_same_holds_under_enable_grad(how):
    class Outer(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp()

        def forward(self, x):
            with mt.enable_grad():
                return self.net(x)

    outer = Outer().eval()
    call = outer if how == "inside a pass" else outer.net
    (optimizer,) = everything(outer.net)
    n = 2 * MANY_RECORDS + 10
    with mt.enable_grad():
        dxs = [call(X) for _ in range(n)]
        assert len(outer.net[0]._records) == n  # no step: nothing is dropped
        for dy in dxs:
            outer.net.backward(dy)
        for _ in range(4 * MANY_RECORDS):
            optimizer.zero_grad()
            outer.net.backward(np.ones_like(call(X)))
            optimizer.step()
            call(X)
    assert all(len(part._records) <= 2 * MANY_RECORDS + n for part in outer.modules())


def test_the_warning_comes_once_and_names_the_module_and_the_remedy():
    tanh, other = nn.Tanh(), nn.ReLU()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(3 * TOO_MANY_RECORDS):
            tanh(X)
        for _ in range(MANY_RECORDS + 10):
            other(X)
    (warning,) = caught
    text = str(warning.message)
    assert text.startswith("Tanh(): ") and "eval()" in text and "no_grad()" in text
    assert issubclass(warning.category, UserWarning)
    assert warning.filename == __file__
    assert records(tanh) == 3 * TOO_MANY_RECORDS


def test_honest_use_does_not_warn():
    """A cell used a thousand times in one forward pass, as in a long recurrent net."""
    cell = nn.Tanh()
    y = X
    for _ in range(1000):
        y = cell(y)
    for _ in range(1000):
        y = cell.backward(y)
    assert records(cell) == 0
