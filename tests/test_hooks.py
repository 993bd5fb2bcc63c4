"""Hooks: they see and may replace what a module computes, and leave nothing behind."""

import copy
import gc
import weakref

import numpy as np
import pytest

from minitorch_np import nn

X = np.array([[-1.0, 2.0]])


def untouched(module):
    return not {"forward", "backward"} & set(vars(module))


def test_a_forward_hook_sees_module_arguments_and_output():
    relu, seen = nn.ReLU(), []
    relu.register_forward_hook(lambda *args: seen.append(args))
    y = relu(X)
    ((module, args, output),) = seen
    assert module is relu and len(args) == 1 and args[0] is X and output is y


def test_a_backward_hook_sees_dx_and_dy():
    relu, seen = nn.ReLU(), []
    relu.register_full_backward_hook(lambda *args: seen.append(args))
    relu(X)
    dy = np.ones_like(X)
    dx = relu.backward(dy)
    ((module, seen_dx, seen_dy),) = seen
    assert module is relu and seen_dx is dx and seen_dy is dy


def test_hooks_run_in_order_and_a_result_is_handed_on():
    relu, seen = nn.ReLU(), []
    relu.register_forward_hook(lambda m, args, y: y + 1)
    relu.register_forward_hook(lambda m, args, y: seen.append(y.copy()))
    relu.register_forward_hook(lambda m, args, y: y * 10)
    relu.register_full_backward_hook(lambda m, dx, dy: dx - 1)
    relu.register_full_backward_hook(lambda m, dx, dy: dx * 2)
    assert relu(X).tolist() == [[10.0, 30.0]] and seen[0].tolist() == [[1.0, 3.0]]
    assert relu.backward(np.ones_like(X)).tolist() == [[-2.0, 0.0]]


def test_remove_leaves_no_wrapper():
    relu = nn.ReLU()
    assert untouched(relu)
    one = relu.register_forward_hook(lambda *args: None)
    two = relu.register_forward_hook(lambda *args: None)
    back = relu.register_full_backward_hook(lambda *args: None)
    assert {"forward", "backward"} <= set(vars(relu))
    one.remove()
    one.remove()
    assert "forward" in vars(relu)
    two.remove()
    back.remove()
    assert untouched(relu)
    again = relu.register_forward_hook(lambda m, args, y: y + 1)
    assert relu(X)[0, 1] == 3
    again.remove()
    assert relu(X)[0, 1] == 2 and untouched(relu)


def test_a_handle_is_a_context():
    relu = nn.ReLU()
    with relu.register_forward_hook(lambda m, args, y: y + 1):
        assert relu(X)[0, 1] == 3
    assert relu(X)[0, 1] == 2 and untouched(relu)


def test_a_hook_may_remove_itself():
    relu, seen = nn.ReLU(), []

    def once(module, args, y):
        seen.append(1)
        handle.remove()

    handle = relu.register_forward_hook(once)
    relu.register_forward_hook(lambda *args: seen.append(2))
    relu(X)
    relu(X)
    assert seen == [1, 2, 2]


def test_inside_a_sequential_and_on_it():
    net, seen = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.Tanh()), nn.Linear(3, 1)), []
    for name, module in net.named_modules():
        module.register_forward_hook(lambda *args, name=name: seen.append(("f", name)))
        module.register_full_backward_hook(lambda *args, name=name: seen.append(("b", name)))
    y = net(X)
    assert seen == [("f", n) for n in ("0", "1.0", "1", "2", "")]
    seen.clear()
    net.backward(np.ones_like(y))
    assert seen == [("b", n) for n in ("2", "1.0", "1", "0", "")]


def test_a_hook_inside_changes_what_the_others_get(rng):
    net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1)).double()
    y = net(X)
    dx = net.backward(np.ones_like(y))
    net[1].register_full_backward_hook(lambda m, dx, dy: 2 * dx)
    net(X)
    np.testing.assert_allclose(net.backward(np.ones_like(y)), 2 * dx)


def test_records_stay_paired_under_hooks():
    relu = nn.ReLU()
    relu.register_full_backward_hook(lambda *args: None)
    relu(X)
    relu.backward(X)
    with pytest.raises(RuntimeError, match="no record"):
        relu.backward(X)


def test_a_layer_on_data_gives_its_hook_none():
    layer, seen = nn.Linear(2, 1, input_grad=False), []
    layer.register_full_backward_hook(lambda m, dx, dy: seen.append(dx))
    layer(X)
    layer.backward(np.ones((1, 1)))
    assert seen == [None]


def test_hooks_on_a_loss():
    """A loss's backward needs no dy; its hooks have to let that through."""
    criterion, seen = nn.MSELoss(), []
    with (
        criterion.register_forward_hook(lambda m, args, loss: seen.append(loss)),
        criterion.register_full_backward_hook(lambda m, dx, *dy: seen.append(dx.tolist())),
    ):
        criterion(np.array([1.0, 3.0]), np.array([1.0, 1.0]))
        assert criterion.backward().tolist() == [0.0, 2.0]
        assert criterion.backward(0.5).tolist() == [0.0, 1.0]
    assert seen == [2.0, [0.0, 2.0], [0.0, 1.0]]


def test_copies_have_no_hooks():
    net, seen = nn.Sequential(nn.ReLU()), []
    handle = net[0].register_forward_hook(lambda *args: seen.append(1))
    twin = copy.deepcopy(net)
    twin(X)
    assert not seen and untouched(twin[0])
    twin[0].register_forward_hook(lambda *args: seen.append(2))
    net(X)
    twin(X)
    assert seen == [1, 2]
    handle.remove()
    twin(X)
    assert seen == [1, 2, 2]


def test_an_exception_in_a_hook_comes_through_and_recording_is_as_before():
    net = nn.Sequential(nn.ReLU())

    def broken(*args):
        raise ValueError("broken hook")

    handle = net[0].register_forward_hook(broken)
    with pytest.raises(ValueError, match="broken hook"):
        net(X)
    handle.remove()
    net.eval()
    net(X)
    net.train()
    net(X)
    net.backward(X)


def test_hooks_equal_pytorchs_order(torch):
    orders = []
    for lib, x in ((nn, X), (torch.nn, torch.tensor(X, requires_grad=True))):
        net, order = lib.Sequential(lib.ReLU(), lib.Sequential(lib.Tanh(), lib.Identity())), []
        for name, module in net.named_modules():
            module.register_forward_hook(lambda *a, n=name, o=order: o.append("f" + n))
        y = net(x)
        order.append(tuple(y.shape))
        orders.append(order)
    assert orders[0] == orders[1]


def test_a_hooked_module_can_be_collected():
    relu = nn.ReLU()
    relu.register_forward_hook(lambda *args: None)
    gone = weakref.ref(relu)
    del relu
    gc.collect()
    assert gone() is None
