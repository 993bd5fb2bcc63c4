"""Who decides that a forward pass is remembered."""

import threading
import tracemalloc

import numpy as np
import pytest

import minitorch_np as mt
from minitorch_np import nn

X = np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4)
NO_RECORD = "found no record of a forward pass"


def records(module):
    return sum(len(part._records) for part in module.modules())


def mlp():
    return nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 2))


# ---- who decides -------------------------------------------------------------------------------


def test_eval_leaves_nothing():
    net = mlp().eval()
    for _ in range(3):
        net(X)
    assert records(net) == 0
    with pytest.raises(RuntimeError, match=NO_RECORD):
        net.backward(np.ones((3, 2)))


def test_the_outermost_module_decides_over_a_training_child():
    net = mlp().eval()
    net[1].train()
    net(X)
    assert records(net) == 0


def test_a_frozen_child_in_a_training_net_still_records():
    net, same = mlp(), mlp()
    same.load_state_dict(net.state_dict())
    net[0].eval()
    net[1].eval()
    for model in (net, same):
        model.backward(np.ones_like(model(X)))
    assert net[0].weight.has_grad
    np.testing.assert_array_equal(net[0].weight.grad, same[0].weight.grad)


def test_a_child_that_is_called_alone_is_the_outermost():
    net = mlp().eval()
    net[1].train()
    net[1](X)
    assert records(net) == 1


def test_forward_called_directly_goes_by_its_own_flag():
    tanh = nn.Tanh()
    tanh.forward(X)
    assert records(tanh) == 1
    tanh.eval().forward(X)
    assert records(tanh) == 1


def test_an_error_in_forward_leaves_the_decision_as_it_was():
    net = mlp()
    with pytest.raises(ValueError, match="Linear: expected x"):
        net(np.ones((3, 7)))
    assert mt.is_grad_enabled() is None
    net.eval()
    net(X)
    assert records(net) == 0


def test_is_grad_enabled_inside_a_pass():
    class Asks(nn.Module):
        def forward(self, x):
            return mt.is_grad_enabled()

    asks = Asks()
    assert mt.is_grad_enabled() is None
    assert asks(X) is True and asks.eval()(X) is False
    with mt.enable_grad():
        assert mt.is_grad_enabled() is True and asks(X) is True
    with mt.no_grad():
        assert mt.is_grad_enabled() is False and asks.train()(X) is False


# ---- no_grad and enable_grad ---------------------------------------------------------------------


def test_no_grad_overrules_training_and_enable_grad_eval():
    net = mlp()
    with mt.no_grad():
        net(X)
    assert records(net) == 0
    net.eval()
    with mt.enable_grad():
        y = net(X)
    assert records(net) == 3
    assert net.backward(np.ones_like(y)).shape == X.shape


def test_they_nest_and_the_innermost_decides():
    net = mlp()
    with mt.no_grad():
        with mt.enable_grad():
            net(X)
            with mt.no_grad():
                net(X)
        assert records(net) == 3
        net(X)
    assert records(net) == 3
    net(X)
    assert records(net) == 6


def test_one_object_nests_and_is_used_again():
    net, off, on = mlp(), mt.no_grad(), mt.enable_grad()
    for _ in range(2):
        with off, off:
            with on:
                assert mt.is_grad_enabled() is True
            assert mt.is_grad_enabled() is False
            net(X)
        assert mt.is_grad_enabled() is None
    assert records(net) == 0


def test_an_error_inside_ends_them():
    with pytest.raises(ZeroDivisionError), mt.no_grad():
        1 / 0  # noqa: B018
    assert mt.is_grad_enabled() is None


def test_a_part_of_a_forward_pass_can_be_left_out():
    class Distilled(nn.Module):
        def __init__(self):
            super().__init__()
            self.teacher, self.student = mlp(), mlp()

        def forward(self, x):
            with mt.no_grad():
                aim = self.teacher(x)
            return self.student(x) - aim

        def backward(self, dy):
            return self.student.backward(dy)

    net = Distilled()
    y = net(X)
    assert records(net.teacher) == 0 and records(net.student) == 3
    net.backward(np.ones_like(y))
    assert records(net) == 0


def test_threads_decide_for_themselves():
    nets = {"off": mlp(), "on": mlp(), "eval": mlp().eval(), "train": mlp()}
    meet, problems = threading.Barrier(4, timeout=20), []

    def work(name):
        try:
            meet.wait()
            for _ in range(50):
                if name == "off":
                    with mt.no_grad():
                        nets[name](X)
                elif name == "on":
                    with mt.enable_grad():
                        nets[name].eval()(X)
                else:
                    nets[name](X)
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in nets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    assert {name: records(net) for name, net in nets.items()} == {
        "off": 0,
        "on": 150,
        "eval": 0,
        "train": 150,
    }


def test_a_new_thread_does_not_inherit_the_decision():
    net, seen = mlp(), []

    def work():
        seen.append(mt.is_grad_enabled())
        net(X)

    with mt.no_grad():
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert seen == [None] and records(net) == 3


def test_one_object_in_two_threads():
    """Entered here, entered there, left here, left there."""
    off, meet, problems = mt.no_grad(), threading.Barrier(2, timeout=20), []

    def first():
        with off:
            meet.wait()  # the first is inside
            meet.wait()  # both are
        assert mt.is_grad_enabled() is None
        meet.wait()  # the second alone is

    def second():
        meet.wait()
        with off:
            meet.wait()
            meet.wait()
            assert mt.is_grad_enabled() is False
        assert mt.is_grad_enabled() is None

    def guarded(work):
        try:
            work()
        except BaseException as error:
            problems.append(error)
            meet.abort()

    threads = [threading.Thread(target=guarded, args=(work,)) for work in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems


# ---- losses --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["MSELoss", "CrossEntropyLoss"])
def test_a_loss_remembers_its_last_call_whatever_the_recording(name):
    criterion = getattr(nn, name)().eval()
    target = X if name == "MSELoss" else np.array([0, 1, 2])
    with mt.no_grad():
        criterion(2 * X, target)
        criterion(3 * X, target)
    last = criterion.backward()
    fresh = getattr(nn, name)()
    fresh(3 * X, target)
    np.testing.assert_array_equal(last, fresh.backward())


def test_a_validation_loop_leaks_nothing():
    criterion = nn.MSELoss()
    x = np.zeros((100, 1000))
    criterion(x, x)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(20):
        criterion(x, x)
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert after - before < 2 * x.nbytes


def test_a_loss_that_was_never_called_names_itself_and_the_remedy():
    with pytest.raises(RuntimeError, match=r"^MSELoss\(\): .*call the loss first"):
        nn.MSELoss().backward()


# ---- an empty stack ------------------------------------------------------------------------------


def test_an_empty_stack_names_the_module_and_the_remedy():
    layer = nn.Linear(4, 2)
    y = layer(X)
    layer.backward(y)
    with pytest.raises(RuntimeError) as caught:
        layer.backward(y)
    text = str(caught.value)
    assert text.startswith("Linear(in_features=4, out_features=2, bias=True): ")
    assert NO_RECORD in text and "training mode" in text and "enable_grad()" in text


def test_discard_forgets_the_newest_record_here_and_below():
    net = mlp()
    y = net(X)
    net(2 * X)
    net.discard()
    same = mlp()
    same.load_state_dict(net.state_dict())
    same(X)
    np.testing.assert_array_equal(net.backward(y), same.backward(y))
    net.discard()  # nothing there: nothing happens
    assert records(net) == 0
