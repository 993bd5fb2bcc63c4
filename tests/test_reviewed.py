"""Mistakes that a review found once, and that shall not come back."""

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import minitorch_np as mt
from minitorch_np import nn, optim, threads
from minitorch_np.data import DataLoader, Subset, TensorDataset
from minitorch_np.testing import GradcheckError, gradcheck
from minitorch_np.training import Callback, evaluate, fit, predict

X = np.random.default_rng(0).normal(size=(6, 4))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_child_can_draw_while_another_thread_draws():
    script = """
import os, threading, warnings
import numpy as np
from minitorch_np import nn
warnings.simplefilter("ignore")
def draw():
    while True:
        nn.Dropout()(np.ones((1000, 1000), np.float32))
threading.Thread(target=draw, daemon=True).start()
for _ in range(15):
    pid = os.fork()
    if not pid:
        nn.Dropout()(np.ones(3))
        os._exit(0)
    os.waitpid(pid, 0)
print("fine", flush=True)
os._exit(0)
"""
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=60)
    assert result.stdout.split() == [b"fine"]


def test_linear_over_many_dimensions_is_one_product(monkeypatch):
    shapes = []
    real = threads.matmul

    def watched(a, b, out=None, also=None):
        shapes.extend([a.shape] if also is None else [a.shape, also[0].shape])
        return real(a, b, out, also)

    monkeypatch.setattr("minitorch_np.nn.linear.matmul", watched)
    layer = nn.Linear(4, 3)
    y = layer(X.reshape(2, 3, 4))
    dx = layer.backward(np.ones_like(y))
    assert y.shape == (2, 3, 3)
    assert dx.shape == (2, 3, 4)
    assert shapes == [(6, 4), (3, 6), (6, 3)]


def test_bias_gradient_over_a_million_rows_is_accurate():
    layer = nn.Linear(1, 1, input_grad=False)
    layer(np.zeros((10**6, 1), np.float32))
    layer.backward(np.full((10**6, 1), 0.1, np.float32))
    assert layer.bias.grad[0] == pytest.approx(1e5, rel=1e-6)


@pytest.mark.parametrize(
    "call",
    [
        lambda: mt.metrics.accuracy(np.eye(4), np.zeros((4, 1), int)),
        lambda: mt.metrics.accuracy(np.eye(4), [0]),
        lambda: mt.metrics.confusion_matrix([1], [-1], 3),
        lambda: mt.metrics.confusion_matrix([0], [3], 3),
        lambda: mt.metrics.confusion_matrix([0], [0, 1], 3),
    ],
)
def test_metrics_refuse_what_would_broadcast(call):
    with pytest.raises(ValueError, match="expected"):
        call()


@pytest.mark.parametrize("indices", [[False, True, True], [0.9, 1.7], [[0, 1]]])
def test_subset_refuses_masks_and_fractions(indices):
    with pytest.raises(TypeError, match="flatnonzero"):
        Subset(TensorDataset(np.arange(3)), indices)
    assert len(Subset(TensorDataset(np.arange(3)), [])) == 0


class Scale(nn.Module):
    """y = w x, with a chosen mistake."""

    def __init__(self, mistake):
        super().__init__()
        self.w = nn.Parameter(np.ones(4))
        self.mistake = mistake

    def forward(self, x):
        self.save(x)
        return x * self.w.data

    def backward(self, dy):
        (x,) = self.saved()
        if self.mistake == "assigns":
            self.w.grad = (dy * x).sum(axis=0)
        else:
            self.w.grad += (dy * x).sum(axis=0)
        return None if self.mistake == "returns nothing" else dy * self.w.data


@pytest.mark.parametrize("mistake", ["assigns", "returns nothing"])
def test_gradcheck_sees(mistake):
    with pytest.raises(GradcheckError):
        gradcheck(Scale(mistake), X)
    assert gradcheck(Scale(None), X)


def test_gradcheck_wants_a_gradient_for_each_input():
    class Product(nn.Module):
        def forward(self, a, b):
            self.save(a, b)
            return a * b

        def backward(self, dy):
            return dy * self.saved()[1]

    with pytest.raises(GradcheckError, match="each of 2 inputs"):
        gradcheck(Product(), X, X)


def test_ctrl_c_waits_for_slices_that_are_being_written():
    before = threading.active_count()
    array = np.zeros(2)
    begun = threading.Event()

    def work(i):
        if i:
            begun.set()
            time.sleep(0.3)
        else:  # the caller would do what nobody has begun
            assert begun.wait(10)
        array[i] = 1

    mt.set_num_threads(2)
    try:
        for _ in range(3):
            array[:] = 0
            begun.clear()
            timer = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))
            timer.start()
            with pytest.raises(KeyboardInterrupt):
                threads.side_by_side([lambda: work(1), lambda: work(0)])
            assert array[1] == 1
            timer.join()
    finally:
        mt.set_num_threads(os.cpu_count() or 1)
    assert threading.active_count() <= before + 1


def test_a_parameters_own_gradient_can_be_given_back():
    p = nn.Parameter(np.zeros(2))
    p.grad = [1.0, 2.0]
    g = p.grad
    p.zero_grad()
    p.grad = g
    assert p.has_grad
    assert p.grad.tolist() == [1, 2]


def test_half_precision_losses_do_not_overflow():
    ones = np.ones(100_000, np.float16)
    assert nn.MSELoss()(ones, 0 * ones) == 1
    assert nn.SoftmaxMSELoss()(np.zeros((200_000, 2), np.float16), np.zeros(200_000, int)) == 0.25


@pytest.mark.parametrize(
    "layer", [nn.ReLU(), nn.Sigmoid(), nn.Tanh(), nn.Softmax(), nn.LogSoftmax(), nn.Dropout()]
)
@pytest.mark.parametrize("shape", [(6, 1), (1, 4), (4,), (6, 4, 1)])
def test_layers_refuse_a_gradient_of_another_shape(layer, shape):
    layer(X)
    with pytest.raises(ValueError, match="expected dy of shape"):
        layer.backward(np.ones(shape))


def test_flatten_refuses_a_gradient_of_another_shape():
    layer = nn.Flatten()
    layer(X.reshape(2, 3, 4))
    with pytest.raises(ValueError, match=r"\(2, 12\)"):
        layer.backward(np.ones((12, 2)))


def test_text_and_complex_numbers_are_no_input():
    for x in ([["1", "2"]], [[1j, 2j]]):
        with pytest.raises(TypeError, match="real numbers"):
            nn.Linear(2, 2)(x)


def loader(n=8, batch_size=4, **options):
    return DataLoader(TensorDataset(X[:1].repeat(n, 0), np.zeros(n, int)), batch_size, **options)


def train(batches, criterion=None, **options):
    net = nn.Linear(4, 2)
    optimizer = optim.SGD(net.parameters())
    return fit(net, criterion or nn.CrossEntropyLoss(), optimizer, batches, **options)


def test_losses_that_are_no_means_are_refused():
    with pytest.raises(ValueError, match="reduction='mean'"):
        train(loader(), nn.CrossEntropyLoss(reduction="sum"))


def test_empty_loaders_are_said_before_training():
    empty = loader(batch_size=16, drop_last=True)
    for options in ({"batches": empty}, {"batches": loader(), "validation": empty}):
        with pytest.raises(ValueError, match="at least one batch"):
            train(**options)
    for call in (predict, lambda m, b: evaluate(m, nn.CrossEntropyLoss(), b)):
        with pytest.raises(ValueError, match="at least one batch"):
            call(nn.Linear(4, 2), [])


def test_a_loader_that_runs_dry_is_no_epoch():
    class Once:
        def __init__(self):
            self.batches = iter(loader())

        def __len__(self):
            return 2

        def __iter__(self):
            return self.batches

    with pytest.raises(ValueError, match="epoch 2"):
        train(Once(), epochs=2)


def test_callbacks_that_began_are_ended_whatever_the_others_do():
    ended = []

    class Good(Callback):
        def on_fit_end(self, state):
            ended.append(1)

    class Bad(Callback):
        def on_fit_begin(self, state):
            raise OSError("disk full")

        def on_fit_end(self, state):
            ended.append("never begun")

    with pytest.raises(OSError, match="disk full"):
        train(loader(), callbacks=[Good(), Bad(), Good()])
    assert ended == [1]


def test_a_forward_that_fails_leaves_no_records():
    class Fails(nn.Module):
        def forward(self, x):
            raise ZeroDivisionError

    net = nn.Sequential(nn.Tanh(), nn.Tanh(), Fails())
    net[0](X)  # of a pass of its own, which stays
    with pytest.raises(ZeroDivisionError):
        net(X)
    assert [len(m._records) for m in net] == [1, 0, 0]


def test_a_read_only_buffer_stops_a_load_before_it_begins():
    net = nn.Linear(2, 2)
    net.register_buffer("mean", np.broadcast_to(0.0, 3))
    state = {"weight": np.ones((2, 2)), "bias": np.ones(2), "mean": np.ones(3)}
    before = net.state_dict()
    with pytest.raises(ValueError, match="read-only"):
        net.load_state_dict(state)
    assert np.array_equal(net.weight.data, before["weight"])


def test_a_state_dict_is_no_path():
    with pytest.raises(TypeError, match="load_file"):
        nn.Linear(2, 2).load_state_dict("model.safetensors")


def test_an_empty_parameter_between_two_is_not_taken_for_one_of_them():
    a, empty, b = (nn.Parameter(np.ones(n)) for n in (2, 0, 3))
    optim.SGD([a, empty, b])
    optimizer = optim.SGD([a, b], lr=1.0)
    for p in (a, b):
        p.grad += 1
    optimizer.step()
    arena = a._home.arena
    assert (arena.stepped > 0).tolist() == [True, False, True]
    assert not a.data.any()
    assert not b.data.any()


def test_interpreted_loops_are_not_taken_for_compiled_ones():
    script = "import minitorch_np as mt; print(mt.get_engine())"
    env = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    env.pop("MINITORCH_NP_ENGINE", None)
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, env=env)
    assert result.stdout.split() == [b"numpy"]
