"""Packed memory: what happens to a parameter that an optimizer has packed, one test a row."""

import copy
import pickle

import numpy as np
import pytest
from arrays import close
from hypothesis import given, settings
from hypothesis import strategies as st

import minitorch_np as mt
from minitorch_np import nn, optim

X = np.linspace(-1, 1, 20, dtype=np.float32).reshape(5, 4)
LABELS = np.array([0, 1, 2, 0, 1])


def mlp():
    return nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3))


def train(net, optimizer, steps=1):
    criterion, losses = nn.CrossEntropyLoss(), []
    for _ in range(steps):
        optimizer.zero_grad()
        losses.append(criterion(net(X), LABELS))
        net.backward(criterion.backward())
        optimizer.step()
    return losses


def twins(n=2):
    """``n`` equal nets."""
    net = mlp()
    return [net, *(copy.deepcopy(net) for _ in range(n - 1))]


def equal(a, b):
    for p, q in zip(a.parameters(), b.parameters(), strict=True):
        np.testing.assert_array_equal(p.data, q.data)


def arena(*modules):
    """The one arena that all of their parameters lie in."""
    homes = [p._home for module in modules for p in module.parameters()]
    assert all(home is not None for home in homes)
    (found,) = {id(home.arena): home.arena for home in homes}.values()
    for p, home in zip((p for m in modules for p in m.parameters()), homes, strict=True):
        np.testing.assert_array_equal(found.data[home.start : home.stop], p.data.ravel())
        assert np.shares_memory(p.data, found.data) or not p.size
    return found


# ---- packing itself ------------------------------------------------------------------------------


def test_packed_in_order_into_one_buffer_values_and_gradients_kept():
    net = mlp()
    net[0].weight.grad += 3
    before = net.state_dict()
    optim.SGD(net.parameters(), lr=0.1)
    packed = arena(net)
    assert packed.data.size == sum(p.size for p in net.parameters()) == packed.grad.size
    starts = [p._home.start for p in net.parameters()]
    assert starts == sorted(starts) and packed.data.ctypes.data % 64 == 0
    for name, value in net.state_dict().items():
        np.testing.assert_array_equal(value, before[name])
    assert net[0].weight.has_grad and (net[0].weight.grad == 3).all()
    assert not net[2].weight.has_grad and not net[2].weight.grad.any()


def test_never_repacked():
    net = mlp()
    optim.SGD(net[0].parameters(), lr=0.1)
    first = arena(net[0])
    optim.SGD(net.parameters(), lr=0.1)
    assert arena(net[0]) is first and arena(net[2]) is not first


# ---- the rows of the table -----------------------------------------------------------------------


def assign_data(p, value):
    p.data = value


def assign_in_place(p, value):
    p.data *= 0
    p.data += value


def initialise(p, value):
    nn.init.zeros_(p)
    nn.init.constant_(p, value.flat[0])


@pytest.mark.parametrize("write", [assign_data, assign_in_place, initialise])
def test_writing_goes_into_the_packed_memory(write):
    net = mlp()
    optimizer = optim.SGD(net.parameters(), lr=1.0)
    packed, p = arena(net), net[2].weight
    memory = p.data
    write(p, np.full(p.shape, 0.5, np.float32))
    assert p.data is memory and arena(net) is packed and (p.data == 0.5).all()
    p.grad += 1
    optimizer.step()
    assert (p.data == -0.5).all()


def test_load_state_dict_goes_into_the_packed_memory():
    net, other = mlp(), mlp()
    optimizer, other_optimizer = (optim.Adam(n.parameters(), lr=0.01) for n in (net, other))
    packed = arena(net)
    net.load_state_dict(other.state_dict())
    assert arena(net) is packed
    assert train(net, optimizer, 5) == train(other, other_optimizer, 5)
    equal(net, other)


@pytest.mark.parametrize("cast", ["double", "float"])
def test_a_change_of_dtype_gives_new_memory_and_the_optimizer_says_so(cast):
    net = mlp() if cast == "double" else mlp().double()
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    train(net, optimizer)
    getattr(net, cast)()
    assert all(p._home is None for p in net.parameters())
    before = net.state_dict()
    with pytest.raises(RuntimeError) as caught:
        train(net, optimizer)
    text = str(caught.value)
    assert text.startswith("SGD.step: ") and "make a new optimizer" in text
    equal(net, copy.deepcopy(net))
    for name, value in net.state_dict().items():
        np.testing.assert_array_equal(value, before[name])
    again = optim.SGD(net.parameters(), lr=0.1)
    losses = train(net, again, 20)
    assert losses[-1] < losses[0]
    with pytest.raises(RuntimeError, match="make a new optimizer"):
        optimizer.step()


def test_there_and_back_again_is_new_memory_too():
    net = mlp()
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    net.double().float()
    with pytest.raises(RuntimeError, match="make a new optimizer"):
        train(net, optimizer)


def test_a_cast_that_changes_nothing_keeps_the_memory():
    net = mlp()
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    packed = arena(net)
    net.float()
    assert arena(net) is packed
    train(net, optimizer)


def test_a_cast_of_another_part_does_not_disturb():
    net = mlp()
    both, head = optim.SGD(net.parameters(), lr=0.1), optim.SGD(net[2].parameters(), lr=0.1)
    net[0].double()
    for p in net[2].parameters():
        p.grad += 1
    head.step()
    with pytest.raises(RuntimeError, match="make a new optimizer"):
        both.step()


def test_a_second_optimizer_over_all_shares_the_memory():
    net, same = twins()
    first, second = (optim.SGD(net.parameters(), lr=rate) for rate in (0.1, 0.02))
    one, two = (optim.SGD(same.parameters(), lr=rate) for rate in (0.02, 0.1))
    assert first is not second and arena(net) is not arena(same)
    for _ in range(5):
        train(net, first)
        train(net, second)
        train(same, two)
        train(same, one)
    equal(net, same)


def test_a_second_optimizer_over_some_shares_the_memory():
    """Held against one parameter at a time, each with an optimizer of its own."""
    net, same = twins()
    whole = optim.Adam(net.parameters(), lr=0.01)
    some = optim.SGD([net[0].bias, net[2].weight], lr=0.05, momentum=0.9)
    apart = [optim.Adam([p], lr=0.01) for p in same.parameters()]
    few = [optim.SGD([p], lr=0.05, momentum=0.9) for p in (same[0].bias, same[2].weight)]
    criterion = nn.CrossEntropyLoss()
    for _ in range(10):
        for model, optimizers in ((net, [whole, some]), (same, [*apart, *few])):
            model.zero_grad()
            criterion(model(X), LABELS)
            model.backward(criterion.backward())
            for optimizer in optimizers:
                optimizer.step()
        for p, q in zip(net.parameters(), same.parameters(), strict=True):
            close(p.data, q.data, rtol=1e-5, atol=1e-7)
    arena(net)


def by_pickle(value):
    return pickle.loads(pickle.dumps(value))


@pytest.mark.parametrize("how", [copy.deepcopy, by_pickle])
def test_a_copied_net_has_loose_memory_of_its_own(how):
    net = mlp()
    optimizer = optim.Adam(net.parameters(), lr=0.01)
    train(net, optimizer, 3)
    net(X)
    twin = how(net)
    assert all(p._home is None and not p.has_grad for p in twin.parameters())
    assert not any(part._records for part in twin.modules())
    equal(net, twin)
    before = twin.state_dict()
    train(net, optimizer, 3)
    for name, value in twin.state_dict().items():
        np.testing.assert_array_equal(value, before[name])
    train(twin, optim.Adam(twin.parameters(), lr=0.01))
    assert arena(twin) is not arena(net)


@pytest.mark.parametrize("how", [copy.deepcopy, by_pickle])
@pytest.mark.parametrize("rule", [optim.SGD, optim.Adam, optim.NAdam, optim.RMSprop])
def test_an_optimizer_copied_with_its_net_stays_tied_to_it(how, rule):
    net = mlp()
    optimizer = rule(net.parameters(), lr=0.01)
    train(net, optimizer, 3)
    twin, its_optimizer = how((net, optimizer))
    assert its_optimizer.param_groups[0]["params"][0] is twin[0].weight
    assert arena(twin) is not arena(net)
    assert train(net, optimizer, 5) == train(twin, its_optimizer, 5)
    equal(net, twin)


def test_a_thawed_parameter_goes_on_with_its_own_step_count():
    """Held against optimizers of one parameter each, of which the frozen ones rest."""
    net, same = twins()
    whole = optim.Adam(net.parameters(), lr=0.01, weight_decay=0.1)
    apart = {
        name: optim.Adam([p], lr=0.01, weight_decay=0.1) for name, p in same.named_parameters()
    }
    criterion = nn.CrossEntropyLoss()
    for step in range(9):
        frozen = 3 <= step < 6
        net[0].requires_grad_(not frozen)
        for model in (net, same):
            model.zero_grad()
            criterion(model(X), LABELS)
            model.backward(criterion.backward())
        whole.step()
        for name, optimizer in apart.items():
            if not (frozen and name.startswith("0.")):
                optimizer.step()
        for p, q in zip(net.parameters(), same.parameters(), strict=True):
            close(p.data, q.data, rtol=1e-5, atol=1e-7)
    steps = [entry["step"] for entry in whole.state_dict()["state"].values()]
    assert steps == [6, 6, 9, 9]


def test_tied_weights_are_packed_once_and_updated_once():
    def tied():
        net = nn.Sequential(nn.Linear(4, 4, bias=False), nn.Tanh(), nn.Linear(4, 4, bias=False))
        net[2].weight = net[0].weight
        return net

    net = tied()
    before = net[0].weight.data.copy()
    optimizer = optim.SGD([net[0].weight, net[2].weight], lr=0.5)
    assert arena(net).data.size == 16
    y = net(X)
    net.backward(np.ones_like(y))
    g = net[0].weight.grad.copy()
    optimizer.step()
    np.testing.assert_array_equal(net[0].weight.data, before - np.float32(0.5) * g)
    assert net[2].weight is net[0].weight


def test_a_kept_state_never_changes_under_you():
    net = mlp()
    optimizer = optim.Adam(net.parameters(), lr=0.1)
    train(net, optimizer)
    best, state = net.state_dict(), optimizer.state_dict()
    kept, kept_state = copy.deepcopy(best), copy.deepcopy(state)
    train(net, optimizer, 3)
    for name, value in best.items():
        np.testing.assert_array_equal(value, kept[name])
        assert not np.shares_memory(value, arena(net).data)
    for number, entry in state["state"].items():
        for name, value in entry.items():
            np.testing.assert_array_equal(value, kept_state["state"][number][name])


# ---- any shapes, any optimizers, any gradients ---------------------------------------------------


class Momentum:
    """SGD with momentum over a list of arrays, one after the other: the reference."""

    def __init__(self, members, lr, mu):
        self.members, self.lr, self.mu, self.buffers = members, lr, mu, {}

    def step(self, values, grads):
        for i in self.members:
            if grads[i] is not None:
                first = i not in self.buffers
                b = grads[i] if first else self.mu * self.buffers[i] + grads[i]
                self.buffers[i] = b
                values[i] = values[i] - self.lr * b


shapes = st.lists(st.lists(st.integers(0, 4), max_size=3).map(tuple), min_size=1, max_size=6)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@settings(max_examples=40)
@given(shapes=shapes, data=st.data())
def test_any_layout_equals_the_reference(dtype, shapes, data):
    """Shapes with zeros and scalars, overlapping optimizers, duplicates, partial gradients."""
    mt.set_engine("numpy")
    rng = np.random.default_rng(0)
    values = [np.asarray(rng.standard_normal(shape), dtype) for shape in shapes]
    ps = [nn.Parameter(value) for value in values]
    some = st.lists(st.integers(0, len(ps) - 1), min_size=1, max_size=8)
    optimizers, references = [], []
    grads = [None] * len(ps)
    for _ in range(data.draw(st.integers(1, 6), label="actions")):
        action = data.draw(st.sampled_from(["optimizer", "step", "freeze", "write"]))
        if action == "optimizer" or not optimizers:
            members = data.draw(some, label="members")
            rate = 0.1 / (1 + len(optimizers))
            optimizers.append(optim.SGD([ps[i] for i in members], lr=rate, momentum=0.9))
            references.append(Momentum(list(dict.fromkeys(members)), rate, 0.9))
        elif action == "freeze":
            i = data.draw(st.integers(0, len(ps) - 1))
            ps[i].requires_grad_(not ps[i].requires_grad)
        elif action == "write":
            i = data.draw(st.integers(0, len(ps) - 1))
            values[i] = values[i] + dtype(1)
            ps[i].data = values[i]
        for i, p in enumerate(ps):
            p.zero_grad()
            grads[i] = None
            if data.draw(st.booleans()) and p.requires_grad:
                grads[i] = np.asarray(rng.standard_normal(p.shape), dtype)
                p.grad += grads[i] / 2
                p.accumulate(np.divide, grads[i], dtype(2))
        which = data.draw(st.integers(0, len(optimizers) - 1))
        optimizers[which].step()
        references[which].step(values, grads)
        for p, value in zip(ps, values, strict=True):
            assert p.dtype == dtype
            close(p.data, value, rtol=1e-12 if dtype is np.float64 else 2e-5, atol=1e-6)


@given(shapes=shapes, order=st.randoms(use_true_random=False))
def test_gradients_survive_packing_and_stale_ones_do_not_come_back(shapes, order):
    ps = [nn.Parameter(np.zeros(shape)) for shape in shapes]
    loose = [p for p in ps if order.random() < 0.3]
    for i, p in enumerate(ps):
        if i % 2:
            p.grad += i
        elif i % 3:
            p.grad += 99
            p.zero_grad()
    packed = [p for p in ps if not any(p is q for q in loose)]
    order.shuffle(packed)
    if packed:
        optim.SGD(packed, lr=0.1)
    for i, p in enumerate(ps):
        assert p.has_grad == bool(i % 2)
        assert (p.grad == (i if i % 2 else 0)).all()
    everyone = [p for p in ps if p.size]
    for p in everyone:
        p.grad[...] = 0
    for p in everyone:  # nobody's memory is another's
        p.grad += 1
        p.data += 1
    assert all((p.grad == 1).all() and (p.data == 1).all() for p in everyone)
