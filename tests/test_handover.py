"""Compiled work on threads that are awake: right whatever they are doing, and gone in time."""

import itertools
import os
import pickle
import signal
import threading
import time

import numpy as np
import pytest
from engines import finish, needs_numba, run, start

import minitorch_np as mt
from minitorch_np import nn, optim
from minitorch_np.nn import affine
from minitorch_np.threads import ThreadedLoop, gemm, hold_words, multiply, side_by_side
from minitorch_np.threads.crew import HANDOVER, Crew

pytestmark = needs_numba


@pytest.fixture(autouse=True)
def on_two_threads():
    before = mt.get_num_threads()
    mt.set_num_threads(2)
    yield
    mt.set_num_threads(before)


def normal(*shape, dtype=np.float32):
    return np.random.default_rng(0).standard_normal(shape).astype(dtype)


class AsModule(ThreadedLoop):
    """A loop whose parts the tests hand to crews of their own."""

    def _use(self, module):
        return module


@AsModule("intp, real[:, ::1], real[:, ::1], real[:, ::1]")
def product(first, last, part, blas, a, b, y):
    multiply(blas, a[first:last], b, y[first:last], 0.0)


def doubled(crew, parts, wake=True):
    """What 300 x 100 times 100 x 30 gives in bands of rows by ``crew``; None if it was not done."""
    a, b, y = normal(300, 100), normal(100, 30), np.full((300, 30), np.nan, np.float32)
    loop = product.compiled(y.dtype)
    blocks = np.empty((parts, loop.WORDS), np.int64)
    loop.lay_out(blocks, 0, 0, len(a), gemm(y.dtype), a, b, y)
    done = crew.spread(loop.part.address, blocks, wake, hold_words())
    return y if done else None


EXPECTED = normal(300, 100) @ normal(100, 30)


@pytest.mark.parametrize("parts", [2, 3, 7])
def test_every_part_is_done_once(parts):
    crew = Crew()
    for pause in (0, 0, 0, 0.01, 0, 0.05, 0):  # awake, and after going to sleep
        time.sleep(pause)
        np.testing.assert_allclose(doubled(crew, parts), EXPECTED, rtol=1e-4, atol=1e-4)


def test_small_work_wakes_threads_only_when_it_comes_often():
    crew = Crew()
    assert doubled(crew, 2, wake=False) is None
    time.sleep(0.05)
    assert doubled(crew, 2, wake=False) is None
    deadline = time.monotonic() + 10
    while doubled(crew, 2, wake=False) is None:
        assert time.monotonic() < deadline
    time.sleep(0.2)  # it went to sleep again
    assert doubled(crew, 2, wake=False) is None


def test_nobody_works_while_another_has_the_threads():
    crew = Crew()
    inside = []
    crew.run([lambda: inside.append(doubled(crew, 2)), lambda: None])
    assert inside == [None]
    assert doubled(crew, 2) is not None


def test_python_and_compiled_work_take_turns():
    crew = Crew()
    for i in range(200):
        seen = []
        crew.run([lambda seen=seen: seen.append(0), lambda seen=seen: seen.append(1)])
        assert sorted(seen) == [0, 1]
        if i % 50 == 0:
            time.sleep(0.01)
        np.testing.assert_allclose(doubled(crew, 2), EXPECTED, rtol=1e-4, atol=1e-4)


def times(a, b):
    """What a layer makes of a, whose weight is b transposed."""
    y = affine.forward(a, nn.Parameter(b.T), None)
    assert y is not None
    return y


def test_products_have_the_same_bits_whatever_the_threads_are_doing():
    x, dy, layer = normal(64, 784), normal(64, 128), nn.Linear(784, 128, rng=0)

    def bits():
        layer.zero_grad()
        arrays = layer(x), layer.backward(dy), layer.weight.grad, layer.bias.grad
        return b"".join(array.tobytes() for array in arrays)

    expected = bits()
    for pause in (0, 0, 0.05, 0):
        time.sleep(pause)
        assert bits() == expected
    inside = []
    side_by_side([lambda: None, lambda: inside.append(bits())])
    assert inside == [expected]


def operands():
    """Pairs of matrices that BLAS can take as they are, and some that it cannot."""
    a, b = normal(200, 150), normal(150, 100)
    wide = normal(150, 200)
    yield a, b
    yield a.copy(order="F"), b
    yield a, b.copy(order="F")
    yield np.repeat(a, 2, axis=1)[:, ::2], b
    yield np.concatenate([a, a], axis=1)[:, 150:], wide[:, 50:150]
    yield a[::-1], b[:, ::-1]
    yield np.broadcast_to(a[:1], a.shape), b
    yield a, np.broadcast_to(b[:, :1], b.shape)
    frozen = a.copy()
    frozen.flags.writeable = False
    yield frozen, b
    yield a.astype(np.float64), b.astype(np.float64)
    yield a.astype(np.float64), b
    yield a.astype(">f4"), b
    yield a.astype(np.float16), b.astype(np.float16)
    yield np.frombuffer(b"\0" + a.tobytes(), np.uint8)[1:].view(np.float32).reshape(a.shape), b


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("factors", list(operands()), ids=map(str, itertools.count()))
def test_linear_on_any_layout(factors, threads):
    mt.set_num_threads(threads)
    x, upstream = factors
    dtype = np.float32 if x.dtype == np.float16 else np.result_type(x, np.float32)
    layer = nn.Linear(150, 80, rng=0)
    for p in layer.parameters():
        p.cast(dtype)
    w, b = layer.weight.data, layer.bias.data
    dy = np.resize(upstream, (len(x), 80))
    for upstream in (dy, dy.copy(order="F"), dy.astype(">f4"), np.broadcast_to(dy[:1], dy.shape)):
        exact_x, exact_dy = x.astype(np.float64), upstream.astype(np.float64)
        close = {"rtol": 1e-4, "atol": 1e-2}
        for repeat in range(2):
            np.testing.assert_allclose(layer(x), exact_x @ w.T + b, **close)
            np.testing.assert_allclose(layer.backward(upstream), exact_dy @ w, **close)
            times = repeat + 1  # gradients accumulate
            np.testing.assert_allclose(layer.weight.grad, times * exact_dy.T @ exact_x, **close)
            np.testing.assert_allclose(layer.bias.grad, times * exact_dy.sum(axis=0), **close)
        layer.zero_grad()


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("frozen", ["weight", "bias", "both", "none"])
@pytest.mark.parametrize("shape", [(2, 3, 4), (64, 300, 200), (1, 300, 200), (5000, 40, 30)])
def test_linear_leaves_alone_what_is_frozen(shape, frozen, threads):
    mt.set_num_threads(threads)
    n, d_in, d_out = shape
    x, dy, layer = normal(n, d_in), normal(n, d_out), nn.Linear(d_in, d_out, rng=0)
    for name in ("weight", "bias"):
        getattr(layer, name).requires_grad = frozen not in (name, "both")
    layer(x)
    dx = layer.backward(dy)
    np.testing.assert_allclose(dx, dy @ layer.weight.data, rtol=1e-3, atol=1e-3)
    for p, grad in ((layer.weight, dy.T @ x), (layer.bias, dy.sum(axis=0))):
        assert p.has_grad == p.requires_grad
        if p.has_grad:
            np.testing.assert_allclose(p.grad, grad, rtol=1e-3, atol=1e-2)


@pytest.mark.parametrize("shape", [(3, 600_000, 2), (2, 2, 900_000), (6, 900_000, 1)])
def test_more_threads_than_rows_or_features(shape, capfd):
    """An empty band would be one that BLAS complains of, on the terminal."""
    mt.set_num_threads(8)
    n, d_in, d_out = shape
    x, dy, layer = normal(n, d_in), normal(n, d_out), nn.Linear(d_in, d_out, rng=0)
    np.testing.assert_allclose(layer(x), x @ layer.weight.data.T + layer.bias.data, atol=1e-2)
    np.testing.assert_allclose(layer.backward(dy), dy @ layer.weight.data, atol=1e-3)
    np.testing.assert_allclose(layer.weight.grad, dy.T @ x, atol=1e-3)
    assert capfd.readouterr() == ("", "")


def test_a_weight_or_bias_that_was_replaced_is_refused_or_right():
    layer = nn.Linear(4, 3, rng=0)
    layer.weight = nn.Parameter(normal(3, 5))
    with pytest.raises(ValueError):
        layer(normal(6, 4))
    layer = nn.Linear(4, 3, rng=0)
    layer.bias = nn.Parameter(np.zeros(2, np.float32))
    with pytest.raises(ValueError):
        layer(normal(6, 4))
    layer.bias = nn.Parameter(np.ones(3))  # of another dtype
    np.testing.assert_allclose(layer(normal(6, 4)), normal(6, 4) @ layer.weight.data.T + 1, 1e-5)


@pytest.mark.parametrize("size", [39_999, 40_000, 40_001, 400_003])
@pytest.mark.parametrize("threads", [2, 3])
def test_optimizers_step_every_element(size, threads):
    mt.set_num_threads(threads)
    p, q = (nn.Parameter(normal(size)) for _ in range(2))
    ours = optim.Adam([p], lr=0.1)
    for _ in range(3):
        p.grad = normal(size)
        ours.step()
    mt.set_num_threads(1)
    alone = optim.Adam([q], lr=0.1)
    for _ in range(3):
        q.grad = normal(size)
        alone.step()
    np.testing.assert_array_equal(p.data, q.data)


def test_two_threads_train_two_nets():
    def train(seed, out):
        rng = np.random.default_rng(seed)
        net = nn.Sequential(
            nn.Linear(300, 200, rng=seed), nn.ReLU(), nn.Linear(200, 200, rng=seed), nn.ReLU(),
            nn.Linear(200, 10, rng=seed),
        )  # fmt: skip
        criterion, opt = nn.CrossEntropyLoss(), optim.Adam(net.parameters())
        for _ in range(60):
            x = rng.standard_normal((64, 300)).astype(np.float32)
            out.append(criterion(net(x), rng.integers(0, 10, 64)))
            opt.zero_grad()
            net.backward(criterion.backward())
            opt.step()

    expected = [[], []]
    for seed in range(2):
        train(seed, expected[seed])
    losses = [[], []]
    threads = [threading.Thread(target=train, args=(seed, losses[seed])) for seed in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert losses == expected


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:This process.*multi-threaded:DeprecationWarning")
def test_a_forked_child_has_threads_of_its_own():
    a, b = normal(300, 200), normal(200, 300)
    expected = times(a, b).tobytes()
    for _ in range(5):
        pid = os.fork()
        if pid == 0:
            os._exit(0 if all(times(a, b).tobytes() == expected for _ in range(20)) else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert times(a, b).tobytes() == expected


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers here")
def test_ctrl_c_comes_through_when_the_work_is_done():
    a, b = normal(1500, 1500), normal(1500, 1500)
    expected, layer = times(a, b), nn.Linear(1500, 1500, rng=0)

    def interrupt(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        for i in range(5):
            with pytest.raises(KeyboardInterrupt):
                signal.setitimer(signal.ITIMER_REAL, 0.002 * (i + 1))
                while True:
                    layer.backward(layer(a))
            layer.weight.grad[:] = 0  # no thread writes there any more
            time.sleep(0.01)
            assert not layer.weight.grad.any()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    np.testing.assert_array_equal(times(a, b), expected)


ENDING = """
import numpy as np
import minitorch_np as mt
from minitorch_np.nn import affine
from minitorch_np.threads import side_by_side
mt.set_num_threads(3)
a = np.ones((400, 400), np.float32)
for _ in range(3):
    assert (affine.forward(a, mt.nn.Parameter(a), None) == 400).all()
    {also}
print("ended")
"""


@pytest.mark.parametrize("also", ["pass", "side_by_side([int, int])"])
def test_a_process_ends_while_its_threads_have_their_eyes_open(also, tmp_path):
    code = ENDING.format(also=also)
    assert run(code, tmp_path, MINITORCH_NP_ENGINE="numba") == "ended"
    for _ in range(4):
        pair = [start(code, tmp_path, MINITORCH_NP_ENGINE="numba") for _ in range(2)]
        assert [finish(process) for process in pair] == ["ended"] * 2


def test_without_a_cache_directory_it_is_compiled_in_memory():
    code = ENDING.format(also="pass")
    assert run(code, "/proc/nowhere", MINITORCH_NP_ENGINE="numba") == "ended"


def test_the_threads_sleep_when_nothing_comes():
    times(normal(300, 200), normal(200, 300))
    time.sleep(0.2)
    before = time.process_time()
    time.sleep(0.3)
    assert time.process_time() - before < 0.1
    assert HANDOVER.module() is not None


def test_a_pickled_layer_has_the_same_bits():
    """Its dtype is another object than NumPy's own, and must not send it another way."""
    x, dy, layer = normal(30, 7), normal(30, 3), nn.Linear(7, 3, rng=0)
    copy = pickle.loads(pickle.dumps(layer))
    for ours, theirs in ((layer(x), copy(x)), (layer.backward(dy), copy.backward(dy))):
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(layer.weight.grad, copy.weight.grad)
    assert affine.forward(x, copy.weight, copy.bias) is not None


class Tied(nn.Parameter):
    """Four numbers in each of six rows."""

    data = property(lambda self: np.repeat(self._data, 6, axis=0))


class Counting(nn.Parameter):
    """Counts its gradients."""

    count = 0

    def accumulate(self, operation, *args, **kwargs):
        super().accumulate(operation, *args, **kwargs)
        self.count += 1


def test_subclasses_of_parameter_go_their_own_way():
    layer = nn.Linear(4, 6, rng=0)
    layer.weight = Tied(normal(1, 4))
    with pytest.raises(ValueError):
        layer.backward(layer(normal(8, 4)))
    layer.weight, layer.bias = Counting(normal(6, 4)), Counting(normal(6))
    layer.backward(layer(normal(8, 4)))
    assert layer.weight.count == layer.bias.count == 1


@pytest.mark.parametrize("size", [8, 600])
def test_the_gradient_itself_as_input(size):
    for role in ("x", "dy"):
        layer = nn.Linear(size, size, rng=0)
        layer.weight.grad = normal(size, size)
        other, aliased = normal(size, size) + 1, layer.weight.grad
        x, dy = (aliased, other) if role == "x" else (other, aliased)
        expected = aliased + dy.T @ x
        layer(x)
        dx = dy @ layer.weight.data
        np.testing.assert_allclose(layer.backward(dy), dx, rtol=1e-3, atol=1e-3)
        np.testing.assert_allclose(layer.weight.grad, expected, rtol=1e-3, atol=1e-2)


FORKING = """
import os, sys, threading, time
import numpy as np
from minitorch_np import nn, set_num_threads
from minitorch_np.threads import matmul
set_num_threads(2)

def train():
    layer, x, a = nn.Linear(200, 300, rng=0), np.ones((128, 200), np.float32), np.ones((300, 300))
    while True:
        layer.backward(layer(x))
        matmul(a, a)

for _ in range(2):
    threading.Thread(target=train, daemon=True).start()
layer, x = nn.Linear(200, 300, rng=0), np.ones((128, 200), np.float32)
layer(x)
for _ in range(200):
    pid = os.fork()
    if pid == 0:
        layer.backward(layer(x))
        os._exit(0)
    os.waitpid(pid, 0)
print("forked")
os._exit(0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_forks_while_other_threads_multiply(tmp_path):
    code = "import warnings; warnings.simplefilter('ignore')\n" + FORKING
    assert run(code, tmp_path, MINITORCH_NP_ENGINE="numba", PYTHONUNBUFFERED="1") == "forked"
