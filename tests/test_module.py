"""Modules: what assigning to an attribute registers, walks, modes, state, text."""

import copy

import numpy as np
import pytest

from minitorch_np import nn


def tree(nn, parameter, buffer):
    """The same nested architecture in either library."""

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(3, 3)
            self.scale = parameter(3)
            self.register_buffer("mean", buffer(3))
            self.register_buffer("seen", buffer(1), persistent=False)
            self.register_buffer("absent", None)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.bias = parameter(2)
            self.stem = nn.Sequential(nn.Linear(4, 3), nn.ReLU())
            self.blocks = nn.ModuleList([Block(), Block()])
            self.act = nn.Tanh()
            self.again = self.act  # one module under two names
            self.head = nn.Linear(3, 2, bias=False)
            self.register_buffer("steps", buffer(1))
            self.tied = self.blocks[0].scale  # one parameter under two names

    return Net()


def numpy_tree():
    return tree(nn, lambda n: nn.Parameter(np.ones(n, np.float32)), np.zeros)


@pytest.fixture
def pair(torch):
    """The architecture here, and in PyTorch."""
    return numpy_tree(), tree(
        torch.nn, lambda n: torch.nn.Parameter(torch.ones(n)), lambda n: torch.zeros(n)
    )


# ---- names, as PyTorch's ---------------------------------------------------------------------


@pytest.mark.parametrize("walk", ["named_parameters", "named_modules", "named_children"])
@pytest.mark.parametrize("prefix", ["", "net"])
def test_names_equal_pytorchs(pair, walk, prefix):
    ours, theirs = pair
    arguments = {} if walk == "named_children" else {"prefix": prefix}
    names = [name for name, _ in getattr(ours, walk)(**arguments)]
    assert names == [name for name, _ in getattr(theirs, walk)(**arguments)]


def test_buffers_and_state_equal_pytorchs(pair):
    ours, theirs = pair
    assert [n for n, _ in ours.named_buffers()] == [n for n, _ in theirs.named_buffers()]
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert list(ours.state_dict(prefix="a.")) == list(theirs.state_dict(prefix="a."))
    assert len(list(ours.buffers())) == len(list(theirs.buffers()))


@pytest.mark.parametrize("walk", ["named_parameters", "named_buffers"])
def test_without_recursion(pair, walk):
    ours, theirs = pair
    names = [name for name, _ in getattr(ours, walk)(recurse=False)]
    assert names == [name for name, _ in getattr(theirs, walk)(recurse=False)]
    assert len(list(ours.parameters(recurse=False))) == len(list(theirs.parameters(recurse=False)))


def test_a_shared_buffer_comes_once(torch):
    def shared(nn, buffer):
        net = nn.Sequential(nn.ReLU(), nn.ReLU())
        net[0].register_buffer("a", buffer)
        net[1].register_buffer("b", buffer)
        return net

    ours, theirs = shared(nn, np.zeros(2)), shared(torch.nn, torch.zeros(2))
    assert [n for n, _ in ours.named_buffers()] == [n for n, _ in theirs.named_buffers()]


def test_apply_visits_children_first_as_pytorch(pair):
    orders = []
    for net in pair:
        order = []
        assert net.apply(lambda module, order=order: order.append(type(module).__name__)) is net
        orders.append(order)
    assert orders[0] == orders[1]
    assert orders[0][-1] == "Net"


# ---- registration ----------------------------------------------------------------------------


def test_tied_parameters_come_once_in_parameters_and_twice_in_the_state():
    a, b = nn.Linear(3, 3), nn.Linear(3, 3)
    b.weight = a.weight
    net = nn.Sequential(a, b)
    assert [name for name, _ in net.named_parameters()] == ["0.weight", "0.bias", "1.bias"]
    assert len(list(net.parameters())) == 3
    assert list(net.state_dict()) == ["0.weight", "0.bias", "1.weight", "1.bias"]


def test_tied_modules_come_once_in_modules_and_twice_in_the_state():
    shared = nn.Linear(2, 2)
    net = nn.Sequential(shared, nn.ReLU(), shared)
    assert list(net.modules()) == [net, shared, net[1]]
    assert list(net.children()) == [shared, net[1]]
    assert len(list(net.parameters())) == 2
    assert list(net.state_dict()) == ["0.weight", "0.bias", "2.weight", "2.bias"]


def test_none_takes_a_parameter_out():
    layer = nn.Linear(2, 3)
    layer.bias = None
    assert list(layer.state_dict()) == ["weight"] and len(list(layer.parameters())) == 1
    y = layer(np.ones((1, 2)))
    assert layer.backward(y).shape == (1, 2)


def test_none_takes_a_module_out():
    net = nn.Residual(nn.Linear(2, 2))
    net.body = None
    assert list(net.parameters()) == [] and list(net.children()) == []


def test_an_attribute_changes_its_kind():
    module = nn.Module()
    module.part = nn.Parameter(np.zeros(2))
    module.part = nn.Linear(1, 1)
    assert [n for n, _ in module.named_parameters()] == ["part.weight", "part.bias"]
    module.part = nn.Parameter(np.zeros(3))
    assert [n for n, _ in module.named_parameters()] == ["part"]
    assert list(module.children()) == []
    module.register_buffer("mean", np.zeros(1))
    module.mean = nn.Parameter(np.ones(1))
    assert list(module.buffers()) == [] and len(list(module.parameters())) == 2


def test_reassigning_keeps_the_place():
    net = nn.Sequential(nn.Linear(1, 1), nn.ReLU(), nn.Tanh())
    setattr(net, "1", nn.Sigmoid())
    assert [type(m).__name__ for m in net] == ["Linear", "Sigmoid", "Tanh"]
    assert [type(m).__name__ for m in net.children()] == ["Linear", "Sigmoid", "Tanh"]


@pytest.mark.parametrize("name", ["weight", "body"])
def test_a_plain_value_does_not_silently_replace_what_is_trained(name):
    """As in PyTorch: the parameter would still look like one, and never be trained again."""
    module = nn.Linear(2, 2) if name == "weight" else nn.Residual(nn.Linear(2, 2))
    with pytest.raises(TypeError, match=name):
        setattr(module, name, np.zeros((2, 2)))
    assert list(module.parameters())


def test_delete():
    layer = nn.Linear(2, 3)
    del layer.bias
    assert list(layer.state_dict()) == ["weight"] and not hasattr(layer, "bias")
    with pytest.raises(AttributeError):
        del layer.bias
    module = nn.Module()
    module.register_buffer("mean", np.zeros(2))
    del module.mean
    assert module.state_dict() == {}


def test_super_init_may_be_forgotten():
    class Net(nn.Module):
        def __init__(self):
            self.fc = nn.Linear(2, 2)

    assert len(list(Net().parameters())) == 2


def test_registered_parameter_none_can_come_later():
    module = nn.Module()
    module.register_parameter("bias", None)
    assert module.bias is None and list(module.parameters()) == []
    module.register_parameter("bias", nn.Parameter(np.zeros(2)))
    assert [n for n, _ in module.named_parameters()] == ["bias"]


@pytest.mark.parametrize("name", ["", "a.b", "forward", "training", 3])
def test_refuses_names(name):
    with pytest.raises(KeyError):
        nn.Module().add_module(name, nn.ReLU())
    with pytest.raises(KeyError):
        nn.Module().register_buffer(name, np.zeros(1))
    with pytest.raises(KeyError):
        nn.Module().register_parameter(name, nn.Parameter(np.zeros(1)))


def test_add_module_refuses_what_is_no_module():
    with pytest.raises(TypeError, match="expected a Module as 'act', got <ufunc 'tanh'>"):
        nn.Module().add_module("act", np.tanh)


def test_buffers():
    module = nn.Module()
    module.register_buffer("mean", [0.0, 1.0])
    module.register_buffer("scratch", np.zeros(3), persistent=False)
    module.register_buffer("later", None)
    assert [n for n, _ in module.named_buffers()] == ["mean", "scratch"]
    assert list(module.state_dict()) == ["mean"]
    module.mean = module.mean + 1  # assigning keeps it a buffer
    module.later = 5
    assert module.state_dict()["mean"].tolist() == [1, 2]
    assert [n for n, _ in module.named_buffers()] == ["mean", "scratch", "later"]
    module.later += 1
    assert isinstance(module.later, np.ndarray) and module.later == 6
    module.register_buffer("scratch", np.ones(1))  # persistent now
    assert sorted(module.state_dict()) == ["later", "mean", "scratch"]
    module.mean = None
    assert "mean" not in module.state_dict()


# ---- changes to the whole tree -----------------------------------------------------------------


def test_train_and_eval_reach_everything():
    net = numpy_tree()
    assert net.eval() is net and not any(m.training for m in net.modules())
    assert net.train() is net and all(m.training for m in net.modules())
    net.blocks[0].eval()
    assert net.training and not net.blocks[0].fc.training and net.blocks[1].fc.training


def test_train_calls_what_a_child_overrides():
    """A frozen part that stays in eval mode says so by overriding train, as in PyTorch."""

    class Frozen(nn.Sequential):
        def train(self, mode=True):
            return super().train(False)

    net = nn.Sequential(Frozen(nn.Dropout()), nn.Dropout())
    net.train()
    assert [m.training for m in (net, net[0], net[0][0], net[1])] == [True, False, False, True]


def test_requires_grad_and_zero_grad():
    net = numpy_tree()
    for p in net.parameters():
        p.grad += 1
    net.zero_grad()
    assert not any(p.has_grad for p in net.parameters())
    assert net.head.requires_grad_(False) is net.head
    assert [n for n, p in net.named_parameters() if not p.requires_grad] == ["head.weight"]
    net.requires_grad_()
    assert all(p.requires_grad for p in net.parameters())


def test_float_and_double():
    net = numpy_tree()
    net.register_buffer("count", np.zeros(1, np.int64))
    assert net.double() is net
    assert {p.dtype for p in net.parameters()} == {np.dtype("f8")}
    net.float()
    assert {p.dtype for p in net.parameters()} == {np.dtype("f4")}
    assert net.blocks[0].mean.dtype == np.float32 and net.count.dtype == np.int64
    assert net.tied is net.blocks[0].scale


def test_casting_keeps_a_gradient():
    layer = nn.Linear(2, 2)
    layer.weight.grad += 3
    layer.double()
    assert layer.weight.has_grad and layer.weight.grad.dtype == np.float64
    assert (layer.weight.grad == 3).all() and not layer.bias.has_grad


def test_casting_does_not_look_at_a_stale_gradient():
    """What lies in a stale gradient is left over, and may be beyond float32."""
    layer = nn.Linear(2, 2).double()
    layer.weight.grad += 1e300
    layer.zero_grad()
    layer.float()  # a warning is an error here
    assert not layer.weight.grad.any()


# ---- loading ---------------------------------------------------------------------------------


def test_state_is_a_copy():
    net = numpy_tree()
    state = net.state_dict()
    for value in state.values():
        value += 1
    for name, value in net.state_dict().items():
        assert (value != state[name]).all()
    best = net.state_dict()
    net.head.weight.data += 1
    assert (best["head.weight"] != net.head.weight.data).all()


@pytest.mark.parametrize(
    "change, error, sentence",
    [
        (lambda s: s.pop("head.weight"), KeyError, "missing [head.weight]"),
        (lambda s: s.update(extra=np.zeros(1)), KeyError, "unexpected [extra]"),
        (lambda s: s.update(tied=np.zeros(4)), ValueError, "'tied' of shape (3,), got (4,)"),
        (lambda s: s.update(tied=np.zeros((1, 3))), ValueError, "of shape (3,), got (1, 3)"),
        (lambda s: s.update(tied=np.array(list("abc"))), TypeError, "numbers in 'tied'"),
        (lambda s: s.update(tied=np.zeros(3, complex)), TypeError, "numbers in 'tied'"),
    ],
)
def test_nothing_is_half_loaded(change, error, sentence):
    net, other = numpy_tree(), numpy_tree()
    state = {name: value + 1 for name, value in other.state_dict().items()}
    change(state)
    before = net.state_dict()
    with pytest.raises(error) as caught:
        net.load_state_dict(state)
    assert sentence in str(caught.value) and "Net.load_state_dict" in str(caught.value)
    for name, value in net.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


def test_not_strict():
    net = numpy_tree()
    result = net.load_state_dict({"head.weight": np.ones((2, 3)), "extra": [1]}, strict=False)
    assert result.unexpected_keys == ["extra"]
    assert "bias" in result.missing_keys and "head.weight" not in result.missing_keys
    assert (net.head.weight.data == 1).all()
    with pytest.raises(ValueError, match="expected 'bias' of shape"):
        net.load_state_dict({"head.weight": np.zeros((2, 3)), "bias": [1.0]}, strict=False)
    assert (net.head.weight.data == 1).all()


def test_many_keys_are_abridged():
    with pytest.raises(KeyError, match=r"stem.0.bias, and 9 more\]"):
        numpy_tree().load_state_dict({})


def test_loading_keeps_memory_dtype_and_ties():
    net = numpy_tree()
    memory, state = net.bias.data, net.state_dict()
    state["bias"] = [5, 6]
    state["blocks.0.scale"] = state["tied"] = np.arange(3.0)
    net.load_state_dict(state)
    assert net.bias.data is memory and memory.dtype == np.float32 and memory.tolist() == [5, 6]
    assert net.tied is net.blocks[0].scale and net.tied.data.tolist() == [0, 1, 2]


def test_loads_pytorchs_nested_state(pair):
    ours, theirs = pair
    ours.load_state_dict(theirs.state_dict())
    for name, value in theirs.state_dict().items():
        np.testing.assert_array_equal(ours.state_dict()[name], value)
    theirs.load_state_dict(
        {k: type(v)(ours.state_dict()[k]) for k, v in theirs.state_dict().items()}
    )


def test_deepcopy_keeps_what_is_tied_tied():
    net = numpy_tree()
    twin = copy.deepcopy(net)
    assert twin.tied is twin.blocks[0].scale and twin.again is twin.act
    assert twin.tied is not net.tied
    assert [n for n, _ in twin.named_parameters()] == [n for n, _ in net.named_parameters()]


# ---- text ------------------------------------------------------------------------------------


def test_repr():
    assert repr(nn.Sequential(nn.Flatten(), nn.Residual(nn.Linear(4, 4, input_grad=False)))) == (
        "Sequential(\n"
        "  (0): Flatten(start_dim=1, end_dim=-1)\n"
        "  (1): Residual(\n"
        "    (body): Linear(in_features=4, out_features=4, bias=True, input_grad=False)\n"
        "  )\n"
        ")"
    )
    assert repr(nn.ReLU()) == "ReLU()" and repr(nn.Sequential()) == "Sequential()"


def test_repr_of_pytorchs_layers(torch):
    for name, arguments in (("Linear", (4, 3)), ("Flatten", ()), ("ReLU", ()), ("Identity", ())):
        ours, theirs = getattr(nn, name)(*arguments), getattr(torch.nn, name)(*arguments)
        assert repr(ours) == repr(theirs)


def test_a_module_without_forward_or_backward_says_so():
    class Half(nn.Module):
        def forward(self, x):
            return x

    with pytest.raises(NotImplementedError, match=r"Module\(\): expected a forward method"):
        nn.Module()(1)
    with pytest.raises(NotImplementedError, match=r"Half\(\): expected a backward method"):
        Half().backward(1)
