"""Compiled work on threads that are awake: right whatever they are doing, and gone in time."""

import itertools
import os
import signal
import threading
import time

import numpy as np
import pytest
from engines import finish, needs_numba, run, start

import minitorch_np as mt
from minitorch_np import nn, optim
from minitorch_np.threads import matmul, side_by_side
from minitorch_np.threads.blas import gemm
from minitorch_np.threads.crew import HANDOVER, Crew
from minitorch_np.threads.product import BANDS

pytestmark = needs_numba


@pytest.fixture(autouse=True)
def on_two_threads():
    before = mt.get_num_threads()
    mt.set_num_threads(2)
    yield
    mt.set_num_threads(before)


def normal(*shape, dtype=np.float32):
    return np.random.default_rng(0).standard_normal(shape).astype(dtype)


def doubled(crew, parts, wake=True):
    """What 300 x 100 times 100 x 30 gives in bands of rows by ``crew``; None if it was not done."""
    a, b, y = normal(300, 100), normal(100, 30), np.full((300, 30), np.nan, np.float32)
    bands = BANDS.module()
    blocks = np.empty((parts, bands.WORDS), np.int64)
    assert bands.lay_out(a, b, y, True, gemm(y.dtype), blocks)
    done = crew.spread(bands.band_float32.address, blocks, wake)
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


def test_products_have_the_same_bits_whatever_the_threads_are_doing():
    a, b = normal(64, 784), normal(784, 128)
    dw, e = np.empty((784, 128), np.float32), np.empty((64, 784), np.float32)
    dy, weight = normal(64, 128), normal(128, 784)

    def bits():
        matmul(a.T, dy, out=dw, also=(dy, weight, e))
        return matmul(a, b).tobytes() + dw.tobytes() + e.tobytes()

    expected = bits()
    for pause in (0, 0, 0.05, 0):
        time.sleep(pause)
        assert bits() == expected
    inside = []
    side_by_side([lambda: inside.append(bits()), lambda: None])
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
def test_products_of_any_layout(factors, threads):
    mt.set_num_threads(threads)
    a, b = factors
    expected = np.matmul(a.astype(np.float64), b.astype(np.float64))
    tolerance = (
        {"rtol": 1e-2, "atol": 0.2} if a.dtype == np.float16 else {"rtol": 1e-4, "atol": 1e-4}
    )
    other = np.empty((200, 100), np.result_type(a, b))
    for _ in range(3):
        y = matmul(a, b, also=(a, b, other))
        assert y.dtype == np.matmul(a[:1], b).dtype
        np.testing.assert_allclose(y, expected, **tolerance)
        np.testing.assert_allclose(other, expected, **tolerance)
        np.testing.assert_allclose(matmul(a, b), expected, **tolerance)


def test_a_result_in_the_middle_of_a_larger_array():
    a, b = normal(300, 200), normal(200, 300)
    room = np.full((310, 320), 7, np.float32)
    matmul(a, b, out=room[5:305, 10:310])
    np.testing.assert_allclose(room[5:305, 10:310], a @ b, rtol=1e-3, atol=1e-3)
    room[5:305, 10:310] = 7
    assert (room == 7).all()


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
    expected = matmul(a, b).tobytes()
    for _ in range(5):
        pid = os.fork()
        if pid == 0:
            os._exit(0 if all(matmul(a, b).tobytes() == expected for _ in range(20)) else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert matmul(a, b).tobytes() == expected


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers here")
def test_ctrl_c_comes_through_when_the_work_is_done():
    a, b = normal(1500, 1500), normal(1500, 1500)
    expected = matmul(a, b)

    def interrupt(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    y = np.empty_like(expected)
    try:
        for i in range(5):
            with pytest.raises(KeyboardInterrupt):
                signal.setitimer(signal.ITIMER_REAL, 0.002 * (i + 1))
                while True:
                    matmul(a, b, out=y)
            y[:] = 0  # no thread writes there any more
            time.sleep(0.01)
            assert not y.any()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    np.testing.assert_array_equal(matmul(a, b), expected)


ENDING = """
import numpy as np
import minitorch_np as mt
from minitorch_np.threads import matmul, side_by_side
mt.set_num_threads(3)
a = np.ones((400, 400), np.float32)
for _ in range(3):
    assert (matmul(a, a) == 400).all()
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
    matmul(normal(300, 200), normal(200, 300))
    time.sleep(0.2)
    before = time.process_time()
    time.sleep(0.3)
    assert time.process_time() - before < 0.1
    assert HANDOVER.module() is not None


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
