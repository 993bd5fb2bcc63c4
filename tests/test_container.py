"""Sequential, ModuleList, Residual: names, the manners of a list, and where backward ends."""

import numpy as np
import pytest

from minitorch_np import nn

X = np.linspace(-1, 1, 12).reshape(3, 4)


def names(container):
    return [name for name, _ in container.named_children()]


def kinds(container):
    return [type(module).__name__ for module in container]


def records(module):
    return sum(len(part._records) for part in module.modules())


def three():
    return nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Tanh())


# ---- the manners of a list ---------------------------------------------------------------------


def test_names_from_positions_and_from_a_mapping():
    assert names(three()) == ["0", "1", "2"]
    net = nn.Sequential({"hidden": nn.Linear(4, 4), "act": nn.ReLU()})
    assert names(net) == ["hidden", "act"] and net.hidden is net[0] and net.act is net[-1]
    assert list(net.state_dict()) == ["hidden.weight", "hidden.bias"]
    assert names(nn.Sequential()) == []


@pytest.mark.parametrize("build", [lambda: three(), lambda: nn.ModuleList(three())])
def test_indexing(build):
    net = build()
    assert len(net) == 3
    assert net[0] is net[-3] and net[2] is net[-1] and net[np.int64(1)] is net[1]
    for index in (3, -4):
        with pytest.raises(IndexError, match=f"expected an index below 3, got {index}"):
            net[index]
    with pytest.raises(TypeError):
        net["0"]
    assert kinds(net) == ["Linear", "ReLU", "Tanh"]


def test_slices_share_their_modules():
    net = three()
    tail = net[1:]
    assert isinstance(tail, nn.Sequential) and kinds(tail) == ["ReLU", "Tanh"]
    assert tail[0] is net[1] and names(tail) == ["1", "2"]
    assert kinds(net[::-1]) == ["Tanh", "ReLU", "Linear"] and len(net[3:]) == 0
    list_ = nn.ModuleList(net)[1:]
    assert isinstance(list_, nn.ModuleList) and names(list_) == ["0", "1"]


def test_slices_are_named_as_pytorchs(torch):
    ours = three()
    theirs = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.ReLU(), torch.nn.Tanh())
    for part in (slice(1, None), slice(None, 1), slice(None, None, 2)):
        assert names(ours[part]) == [n for n, _ in theirs[part].named_children()]


def test_append_extend_insert():
    net = three()
    assert net.append(nn.Sigmoid()) is net and net.extend([nn.ReLU(), nn.Tanh()]) is net
    assert names(net) == [str(i) for i in range(6)]
    net.insert(1, nn.Identity())
    assert kinds(net) == ["Linear", "Identity", "ReLU", "Tanh", "Sigmoid", "ReLU", "Tanh"]
    assert names(net) == [str(i) for i in range(7)]
    net.insert(-1, nn.Flatten())
    assert kinds(net)[-2:] == ["Flatten", "Tanh"]
    assert getattr(net, "0") is net[0] and net(X).shape == (3, 4)


def test_set_and_delete():
    net = three()
    net[1] = nn.Sigmoid()
    net[-1] = nn.ReLU()
    assert kinds(net) == ["Linear", "Sigmoid", "ReLU"]
    del net[0]
    assert kinds(net) == ["Sigmoid", "ReLU"] and names(net) == ["0", "1"]
    assert not hasattr(net, "2") and list(net.parameters()) == []
    del net[-1]
    assert kinds(net) == ["Sigmoid"]
    with pytest.raises(IndexError):
        del net[1]
    with pytest.raises(IndexError):
        net[1] = nn.ReLU()
    assert kinds(net) == ["Sigmoid"]


def test_delete_a_slice():
    net = three()
    del net[1:]
    assert kinds(net) == ["Linear"] and names(net) == ["0"]


def test_deleting_keeps_the_names_of_a_mapping():
    net = nn.Sequential({"a": nn.ReLU(), "b": nn.Tanh(), "c": nn.Sigmoid()})
    del net[0]
    assert names(net) == ["b", "c"] and kinds(net) == ["Tanh", "Sigmoid"]


@pytest.mark.parametrize("change", ["append", "insert", "extend", "set"])
def test_a_refused_module_changes_nothing(change):
    net = three()
    with pytest.raises(TypeError, match="expected a Module"):
        if change == "append":
            net.append(np.tanh)
        elif change == "insert":
            net.insert(0, None)
        elif change == "extend":
            net.extend([None])
        else:
            net[0] = np.tanh
    assert kinds(net) == ["Linear", "ReLU", "Tanh"] and names(net) == ["0", "1", "2"]


def test_a_name_that_is_a_method_is_refused():
    with pytest.raises(KeyError, match="'forward' exists already"):
        nn.Sequential({"forward": nn.ReLU()})


def test_module_list_is_registered_and_has_no_forward():
    layers = nn.ModuleList([nn.Linear(4, 4) for _ in range(2)])
    assert [n for n, _ in layers.named_parameters()] == [
        "0.weight",
        "0.bias",
        "1.weight",
        "1.bias",
    ]
    assert nn.ModuleList(layers)[0] is layers[0] and len(nn.ModuleList()) == 0
    with pytest.raises(NotImplementedError, match=r"expected a forward method"):
        layers(X)


def test_a_shared_module_in_a_sequential(rng):
    """One Tanh in three places: backward in reverse order finds the right record."""
    tanh = nn.Tanh()
    tied = nn.Sequential(tanh, nn.Linear(4, 4), tanh, nn.Linear(4, 4), tanh).double()
    loose = nn.Sequential(nn.Tanh(), tied[1], nn.Tanh(), tied[3], nn.Tanh())
    y, dy = tied(X), rng.standard_normal((3, 4))
    dx = tied.backward(dy)
    np.testing.assert_array_equal(loose(X), y)
    np.testing.assert_array_equal(loose.backward(dy), dx)
    assert records(tied) == 0


# ---- where backward ends -----------------------------------------------------------------------


def on_data():
    return nn.Linear(4, 2, input_grad=False)


@pytest.mark.parametrize(
    "before",
    [
        lambda: nn.Flatten(),
        lambda: nn.Dropout(0.5),
        lambda: nn.Sequential(nn.Flatten(), nn.Dropout(0.5)),
        lambda: nn.Sequential(nn.Linear(4, 4).requires_grad_(False), nn.ReLU()),
        lambda: nn.Residual(nn.ReLU()),
    ],
    ids=["flatten", "dropout", "nested", "frozen", "residual"],
)
def test_what_cannot_be_trained_may_stand_before_a_layer_on_data(before):
    net = nn.Sequential(before(), on_data(), nn.Tanh())
    for _ in range(3):
        y = net(X)
        assert net.backward(np.ones_like(y)) is None
        assert records(net) == 0
    assert net[1].weight.has_grad


def test_reused_modules_before_a_layer_on_data_leave_no_records():
    tanh = nn.Tanh()
    net = nn.Sequential(nn.Sequential(tanh, tanh), on_data())
    for _ in range(3):
        net.backward(np.ones_like(net(X)))
    assert records(net) == 0


def test_only_the_records_of_what_lies_before_are_forgotten():
    """One activation before a layer on data and in a trained branch of the same pass."""

    class Branches(nn.Module):
        def __init__(self, tanh, other):
            super().__init__()
            self.tanh, self.fc = tanh, nn.Linear(4, 2)
            self.onto_data = nn.Sequential(other, on_data(), other)

        def forward(self, x):
            return self.tanh(self.fc(x)) + self.onto_data(x) + self.onto_data(2 * x)

        def backward(self, dy):
            self.onto_data.backward(dy)
            self.onto_data.backward(dy)
            return self.fc.backward(self.tanh.backward(dy))

    shared = nn.Tanh()
    net, apart = Branches(shared, shared).double(), Branches(nn.Tanh(), nn.Tanh()).double()
    apart.load_state_dict(net.state_dict())
    for model in (net, apart):
        model(-X)  # an earlier pass, whose records must not be taken for this one's
        y = model(X)
        model.backward(np.ones_like(y))
    for p, q in zip(net.parameters(), apart.parameters(), strict=True):
        np.testing.assert_array_equal(p.grad, q.grad)


def test_records_of_two_passes_stay_apart_before_a_layer_on_data(rng):
    net = nn.Sequential(nn.Tanh(), on_data(), nn.Tanh()).double()
    twin = nn.Sequential(nn.Tanh(), nn.Linear(4, 2), nn.Tanh()).double()
    twin.load_state_dict(net.state_dict())
    for model in (net, twin):
        y_1, y_2 = model(X), model(-2 * X)
        model.backward(np.ones_like(y_2))
        model.backward(np.full_like(y_1, 3.0))
        assert records(model) == 0
    np.testing.assert_array_equal(net[1].weight.grad, twin[1].weight.grad)


@pytest.mark.parametrize("depth", [0, 1])
def test_a_trainable_layer_before_a_layer_on_data_is_an_error(depth):
    before = nn.Linear(4, 4)
    for _ in range(depth):
        before = nn.Sequential(before, nn.ReLU())
    net = nn.Sequential(before, nn.ReLU(), on_data())
    y = net(X)
    with pytest.raises(RuntimeError, match=r"gradient for child '0'.*input_grad=False, or let its"):
        net.backward(np.ones_like(y))


def test_a_nested_layer_on_data_ends_the_outer_backward_too():
    net = nn.Sequential(nn.Flatten(), nn.Sequential(nn.Flatten(), on_data()), nn.Tanh())
    assert net.backward(np.ones_like(net(X))) is None and records(net) == 0
    bad = nn.Sequential(nn.Linear(4, 4), nn.Sequential(on_data()))
    y = bad(X)
    with pytest.raises(RuntimeError, match="drop its input_grad=False"):
        bad.backward(np.ones_like(y))


def test_input_grad_is_an_attribute():
    layer = nn.Linear(4, 2)
    layer.input_grad = False
    assert layer.backward(np.ones_like(layer(X))) is None
    layer.input_grad = True
    assert layer.backward(np.ones_like(layer(X))).shape == X.shape


# ---- Residual ----------------------------------------------------------------------------------


def test_residual_adds_and_names_its_body():
    net = nn.Residual(nn.Linear(4, 4), nn.ReLU())
    assert names(net) == ["body"] and names(net.body) == ["0", "1"]
    assert nn.Residual(nn.ReLU()).body.__class__ is nn.ReLU
    np.testing.assert_array_equal(nn.Residual(nn.ReLU())(X), X + np.maximum(X, 0))


def test_residual_of_nothing_doubles():
    net = nn.Residual()
    np.testing.assert_array_equal(net(X), 2 * X)
    np.testing.assert_array_equal(net.backward(X), 2 * X)


def test_residual_refuses_a_body_without_a_gradient():
    net = nn.Residual(nn.Linear(4, 4, input_grad=False))
    net(X)
    with pytest.raises(RuntimeError, match="Residual: expected a gradient from its body"):
        net.backward(X)


def test_residual_refuses_to_broadcast():
    with pytest.raises(ValueError, match=r"keep the shape \(3, 4\) of its input, got \(3, 1\)"):
        nn.Residual(nn.Linear(4, 1))(X)
