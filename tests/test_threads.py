"""Threads: how many, work split over them, and BLAS as the user left it."""

import itertools
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from threadpoolctl import ThreadpoolController, threadpool_limits

import minitorch_np as mt
from minitorch_np import nn
from minitorch_np.threads import in_blocks, matmul, one_blas_thread, side_by_side, slices
from minitorch_np.threads.crew import _Task

LARGE = (300, 200, 300)  # (n, k, m) of a product that is worth several threads


@pytest.fixture(autouse=True)
def the_number_of_threads_as_it_was():
    before = mt.get_num_threads()
    mt.set_num_threads(2)
    yield
    mt.set_num_threads(before)


BLAS = ThreadpoolController().select(user_api="blas").lib_controllers


def blas_threads():
    return [library.get_num_threads() for library in BLAS]


@pytest.fixture
def blas_on_two():
    """BLAS on two threads, as far as it goes, whatever the machine has."""
    with threadpool_limits(2, user_api="blas"):
        if 2 not in blas_threads():
            pytest.skip("this BLAS has one thread or cannot be asked")
        yield


def operands(n, k, m, dtype=np.float64):
    rng = np.random.default_rng(0)
    return rng.standard_normal((n, k)).astype(dtype), rng.standard_normal((k, m)).astype(dtype)


def within(seconds, work):
    """Run ``work`` on a thread of its own and return its result; fail if it hangs."""
    results = []

    def run():
        try:
            results.append((work(), None))
        except BaseException as error:
            results.append((None, error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    assert results, f"not done after {seconds} seconds"
    value, error = results[0]
    if error is not None:
        raise error
    return value


# ---- how many --------------------------------------------------------------------------------


def test_what_is_set_is_what_one_gets():
    for n in (1, 3, 2):
        mt.set_num_threads(n)
        assert mt.get_num_threads() == n


@pytest.mark.parametrize("n", [0, -1, 1.5, 2.0, "2", None, True, float("nan")])
def test_a_bad_number_is_refused(n):
    with pytest.raises(ValueError) as caught:
        mt.set_num_threads(n)
    message = str(caught.value)
    assert message.startswith("set_num_threads: expected") and message.endswith(f"got {n!r}")
    assert "\n" not in message
    assert mt.get_num_threads() == 2


def child(code, **environment):
    """Run Python code in a new process; returns what it printed, or its last line of error."""
    drop = {"MINITORCH_NP_NUM_THREADS", "OMP_NUM_THREADS", *environment}
    inherited = {name: value for name, value in os.environ.items() if name not in drop}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**inherited, **{k: v for k, v in environment.items() if v is not None}},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout.strip() if done.returncode == 0 else done.stderr.strip().splitlines()[-1]


ASK = "import minitorch_np.threads as t; print(t.get_num_threads())"


def test_the_environment_decides_at_first():
    assert child(ASK, MINITORCH_NP_NUM_THREADS="3") == "3"
    assert child(ASK) == str(len(os.sched_getaffinity(0)))
    both = "import minitorch_np.threads as t; t.set_num_threads(5); print(t.get_num_threads())"
    assert child(both, MINITORCH_NP_NUM_THREADS="3") == "5"


@pytest.mark.parametrize("text", ["0", "-2", "two", "1.5"])
def test_a_bad_environment_says_so(text):
    assert child(ASK, MINITORCH_NP_NUM_THREADS=text) == (
        f"ValueError: MINITORCH_NP_NUM_THREADS: expected an integer of at least 1, got {text!r}"
    )


# ---- slices, side by side --------------------------------------------------------------------


def split(n, grain, work):
    """Call ``work(start, stop)`` for slices of ``range(n)``, side by side."""
    side_by_side([partial(work, part.start, part.stop) for part in slices(n, grain)])


@given(n=st.integers(0, 5000), grain=st.integers(1, 600), threads=st.integers(1, 9))
def test_slices_cover_the_range_once(n, grain, threads):
    mt.set_num_threads(threads)
    edges = []
    split(n, grain, lambda start, stop: edges.append((start, stop)))
    edges.sort()
    assert len(edges) <= threads
    assert edges[0][0] == 0 and edges[-1][1] == n
    assert all(a[1] == b[0] for a, b in itertools.pairwise(edges))
    assert all(stop - start >= grain for start, stop in edges) or len(edges) == 1


@given(
    n=st.integers(0, 300),
    at_once=st.integers(1, 50),
    grain=st.integers(1, 90),
    threads=st.integers(1, 9),
)
def test_blocks_cover_the_range_in_order(n, at_once, grain, threads):
    mt.set_num_threads(threads)
    blocks = in_blocks(lambda block: (block.start, block.stop), n, at_once, grain)
    assert [i for start, stop in blocks for i in range(start, stop)] == list(range(n))
    used = 4 if min(threads, n // grain) > 1 else 1
    assert all(0 < stop - start <= used * at_once for start, stop in blocks)


def test_a_failing_block_says_so():
    with pytest.raises(ZeroDivisionError):
        in_blocks(lambda block: 1 // (block.start - 4), 8, at_once=2, grain=8)


def test_slices_run_side_by_side():
    meeting = threading.Barrier(2, timeout=5)  # broken if one waits for the other
    split(2, 1, lambda start, stop: meeting.wait())


@pytest.mark.parametrize("failing", [{0}, {1}, {2}, {0, 1, 2}])
def test_an_error_comes_after_all_slices_have_ended(failing):
    mt.set_num_threads(3)
    ended = []

    def work(start, stop):
        if start in failing:
            ended.append(start)
            raise KeyError(start)
        time.sleep(0.1)
        ended.append(start)

    with pytest.raises(KeyError) as caught:
        split(3, 1, work)
    assert sorted(ended) == [0, 1, 2]
    assert caught.value.args[0] in failing
    total = []
    split(3, 1, lambda start, stop: total.append(stop - start))  # goes on as before
    assert sum(total) == 3


def filled(n, pause=0.0):
    """What split leaves in an array of zeros to which every slice adds one."""
    x = np.zeros(n)

    def work(start, stop):
        x[start:stop] += 1
        time.sleep(pause)

    split(n, 1, work)
    return x


def test_split_inside_split():
    seen = []

    def outer(start, stop):
        seen.append(filled(7))
        split(2, 1, lambda start, stop: seen.append(filled(3)))

    within(20, lambda: split(4, 1, outer))
    assert len(seen) >= 4
    assert all((x == 1).all() for x in seen)


@pytest.mark.parametrize("meddle", [False, True], ids=["alone", "while the number changes"])
def test_many_callers_at_once(meddle):
    stop, wrong = threading.Event(), []

    def caller():
        while not stop.is_set():
            try:
                if not (filled(50, pause=1e-4) == 1).all():
                    wrong.append("a slice was left out, or done twice")
            except BaseException as error:
                wrong.append(error)

    threads = [threading.Thread(target=caller) for _ in range(4)]
    for thread in threads:
        thread.start()
    for n in range(300):
        if meddle:
            mt.set_num_threads(n % 5 + 1)
        time.sleep(0.001)
    stop.set()
    for thread in threads:
        thread.join(20)
    assert wrong == []
    assert not any(thread.is_alive() for thread in threads)


def test_no_warning_comes_from_a_slice():
    x = np.zeros(10)
    with np.errstate(all="ignore"):
        split(10, 1, lambda start, stop: np.divide(1.0, x[start:stop], out=x[start:stop]))
    assert np.isinf(x).all()


INTERRUPTED = """
import signal, time
from minitorch_np.threads import set_num_threads, side_by_side
set_num_threads(2)
def split(work):
    side_by_side([lambda: work(0), lambda: work(1)])
def interrupt(*_):
    raise KeyboardInterrupt
def slow(start):
    time.sleep(0.3 * start)
signal.signal(signal.SIGALRM, interrupt)
signal.setitimer(signal.ITIMER_REAL, 0.1)
try:
    split(slow)
    print("not interrupted")
except KeyboardInterrupt:
    pass
for _ in range(3):
    done = []
    def work(start):
        time.sleep(0.05 * start)
        done.append(start)
    signal.alarm(5)
    split(work)
    signal.alarm(0)
    print(sorted(done))
"""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers here")
def test_after_an_interrupt_split_goes_on():
    """Ctrl-C while the caller waits for another thread's slice."""
    assert child(INTERRUPTED).splitlines() == ["[0, 1]"] * 3


fork = pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="this system cannot fork"
)
quietly = pytest.mark.filterwarnings("ignore:This process.*multi-threaded:DeprecationWarning")


def in_fork(work, seconds=20):
    """Run ``work`` in a forked child; its result must be True."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            code = 0 if work() is True else 2
        finally:
            os._exit(code)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return "it hangs"


@fork
@quietly
def test_a_forked_child_splits_too():
    filled(10)  # the parent's threads exist
    assert in_fork(lambda: bool((filled(10) == 1).all())) == 0
    assert (filled(10) == 1).all()


@fork
@quietly
def test_a_child_forked_while_others_split():
    stop = threading.Event()

    def caller():
        while not stop.is_set():
            filled(10, pause=1e-3)

    thread = threading.Thread(target=caller)
    thread.start()
    try:
        codes = [in_fork(lambda: bool((filled(10) == 1).all())) for _ in range(5)]
    finally:
        stop.set()
        thread.join()
    assert codes == [0] * 5


# ---- matmul ----------------------------------------------------------------------------------


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize(
    ("n", "k", "m"),
    [(2, 3, 4), (1, 1, 1), (0, 3, 4), (3, 0, 4), (3, 4, 0), LARGE, (1, 900, 900), (900, 5000, 1),
     (7, 1000, 1001), (1001, 1000, 7), (257, 129, 255)],
)  # fmt: skip
def test_matmul_is_numpys(n, k, m, threads):
    mt.set_num_threads(threads)
    for dtype, rtol in ((np.float32, 1e-4), (np.float64, 1e-11)):
        a, b = operands(n, k, m, dtype)
        expected = np.matmul(a, b)
        tall, wide = np.repeat(a, 2, axis=0)[::2], np.asfortranarray(b)
        buffer = np.full((m, n), np.nan, dtype).T
        for result in (
            matmul(a, b),
            matmul(tall, b),
            matmul(np.asfortranarray(a), wide),
            matmul(a, wide),
            matmul(a[:, ::-1], b[::-1]),
            matmul(a, b, out=buffer),
        ):
            assert result.dtype == dtype and result.shape == (n, m)
            np.testing.assert_allclose(result, expected, rtol=rtol, atol=rtol * 10)
        assert matmul(a, b, out=buffer) is buffer


def test_matmul_of_a_stack_and_of_mixed_types():
    a, b = operands(*LARGE)
    stack = np.stack([a, 2 * a])
    np.testing.assert_allclose(matmul(stack, b), np.matmul(stack, b))
    mixed = matmul(a.astype(np.float32), b)
    assert mixed.dtype == np.float64
    np.testing.assert_allclose(mixed, np.matmul(a.astype(np.float32), b))


def test_matmul_into_one_of_its_operands():
    a, b = operands(300, 300, 300)
    expected = np.matmul(a, b)
    np.testing.assert_allclose(matmul(a, other := b.copy(), out=other), expected)
    np.testing.assert_allclose(matmul(other := a.copy(), b, out=other), expected)


@pytest.mark.parametrize("out", [(305, 300), (300, 305), (295, 300), (300,)], ids=str)
def test_matmul_refuses_an_out_of_another_shape(out):
    a, b = operands(*LARGE)
    with pytest.raises(ValueError):
        matmul(a, b, out=np.zeros(out))


def test_matmul_refuses_what_numpy_refuses():
    a, b = operands(*LARGE)
    with pytest.raises(ValueError):
        matmul(a, a[:-1])
    with pytest.raises(TypeError):
        matmul(a, b, out=np.zeros((300, 300), np.int64))


# ---- BLAS ------------------------------------------------------------------------------------


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_blas_is_afterwards_as_it_was(blas_on_two, threads):
    mt.set_num_threads(threads)
    before = blas_threads()
    a, b = operands(*LARGE)
    matmul(a, b)
    assert blas_threads() == before
    for broken in ({"out": np.zeros((3, 3))}, {"out": np.zeros((300, 300), bool)}):
        with pytest.raises((ValueError, TypeError)):
            matmul(a, b, **broken)
        assert blas_threads() == before


def test_blas_is_afterwards_as_it_was_under_many_callers(blas_on_two):
    before = blas_threads()
    pairs = [operands(*LARGE), operands(64, 784, 128), operands(7, 1000, 1001)]
    products = [a @ b for a, b in pairs]
    wrong = []

    def caller(seed):
        for i in range(20):
            a, b = pairs[(seed + i) % 3]
            try:
                if i % 5 == seed:
                    with pytest.raises(ValueError):
                        matmul(a, b, out=np.zeros((3, 3)))
                else:
                    expected = products[(seed + i) % 3]
                    np.testing.assert_allclose(matmul(a, b), expected, atol=1e-9)
            except BaseException as error:
                wrong.append(error)

    threads = [threading.Thread(target=caller, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert blas_threads() == before


def test_products_in_numpy_and_in_compiled_loops_hold_blas_together(blas_on_two):
    """Who leaves first may not give BLAS its threads back while the other is inside."""
    layer, x, before = nn.Linear(300, 300, rng=0), np.ones((200, 300), np.float32), blas_threads()
    highest = []

    def train():
        for _ in range(200):
            layer.backward(layer(x))

    layer(x)
    thread = threading.Thread(target=train)
    thread.start()
    while thread.is_alive():
        with one_blas_thread:
            for _ in range(20):
                highest.append(min(blas_threads()))
    thread.join()
    assert max(highest) == 1
    assert blas_threads() == before


def test_a_limit_of_one_is_never_raised():
    """Watched from inside: no thread count above one is ever set."""
    with threadpool_limits(1, user_api="blas"):
        highest, stop = [0], threading.Event()

        def watch():
            while not stop.is_set():
                highest[0] = max(highest[0], *blas_threads())
                time.sleep(1e-4)

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            mt.set_num_threads(4)
            a, b = operands(*LARGE)
            for _ in range(30):
                matmul(a, b)
        finally:
            stop.set()
            watcher.join()
        assert highest[0] == 1 and max(blas_threads()) == 1


def test_a_limit_that_the_user_changes_between_products_holds(blas_on_two):
    a, b = operands(*LARGE)
    matmul(a, b)
    with threadpool_limits(1, user_api="blas"):
        matmul(a, b)
        assert max(blas_threads()) == 1
    assert 2 in blas_threads()


@fork
@quietly
def test_a_child_forked_during_a_product_has_its_blas_back(blas_on_two):
    mt.set_num_threads(1)
    a, b = operands(2500, 2500, 2500)
    small, other = operands(*LARGE)
    before, codes = blas_threads(), []

    def check():
        matmul(small, other)
        return blas_threads() == before

    def forking():
        while blas_threads() == before:
            time.sleep(1e-3)
        codes.append(in_fork(check))

    thread = threading.Thread(target=forking, daemon=True)
    thread.start()
    matmul(a, b)
    thread.join(20)
    assert codes == [0]
    assert blas_threads() == before


@pytest.mark.parametrize("moment", ["taken", "begun"])
def test_a_job_that_ctrl_c_interrupted_is_neither_waited_for_nor_done_twice(moment):
    done = []

    class Taken(dict):
        def setdefault(self, key, who):
            answer = super().setdefault(key, who)
            if moment == "taken" and not interrupted:
                interrupted.append(True)
                raise KeyboardInterrupt  # as the interpreter does when a call has returned
            return answer

    def job():
        done.append(True)
        if moment == "begun":
            raise KeyboardInterrupt

    interrupted = []
    task = _Task(job)
    task._taken = Taken()
    with pytest.raises(KeyboardInterrupt):
        task.finish()
    task.finish()
    task.do()  # a worker that comes late
    assert done == [True]


INTERRUPTED_OFTEN = """
import random, signal
import numpy as np
import minitorch_np as mt
from minitorch_np.threads import matmul
mt.set_engine("numpy")
mt.set_num_threads(2)
a = np.random.default_rng(0).standard_normal((500, 500))
expected = matmul(a, a)
def interrupt(*_):
    raise KeyboardInterrupt
signal.signal(signal.SIGALRM, interrupt)
random.seed(0)
for _ in range(300):
    try:
        signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-5, 4e-3))
        while True:
            matmul(a, a)
    except KeyboardInterrupt:
        signal.setitimer(signal.ITIMER_REAL, 0)
    assert (matmul(a, a) == expected).all()
print("right")
"""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers here")
def test_products_after_many_interrupts_are_right():
    assert child(INTERRUPTED_OFTEN) == "right"
