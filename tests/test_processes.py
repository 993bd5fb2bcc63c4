"""Packed memory, threads and engines in child processes, and two trainings side by side."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from engines import on_engines

import minitorch_np as mt
from minitorch_np import nn, optim

PROCESSES = """
import multiprocessing, os, sys, threading
import numpy as np
import minitorch_np as mt
from minitorch_np import nn, optim
from minitorch_np.threads import matmul, side_by_side

X = np.linspace(-1, 1, 20, dtype=np.float32).reshape(5, 4)
LABELS = np.array([0, 1, 2, 0, 1])

def train(net, optimizer, steps):
    criterion = nn.CrossEntropyLoss()
    for _ in range(steps):
        optimizer.zero_grad()
        criterion(net(X), LABELS)
        net.backward(criterion.backward())
        optimizer.step()

def use_everything():
    '''The pool of threads, a product that BLAS splits, and a large step of the engine.'''
    x = np.ones(400_000, np.float32)
    halves = x[:200_000], x[200_000:]
    side_by_side([lambda half=half: np.negative(half, out=half) for half in halves])
    assert (x == -1).all()
    a = np.ones((400, 400), np.float32)
    assert (matmul(a, a) == 400).all()
    p = nn.Parameter(np.zeros(900_000, np.float32))
    optimizer = optim.Adam([p], lr=1.0)
    p.grad += 1
    optimizer.step()
    assert np.allclose(p.data, -1)

def child(net, optimizer, queue):
    use_everything()
    train(net, optimizer, 3)
    queue.put(net.state_dict())

def main(method):
    mt.set_num_threads(2)
    mt.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3))
    optimizer = optim.Adam(net.parameters(), lr=0.01)
    train(net, optimizer, 2)
    use_everything()
    before = net.state_dict()
    context = multiprocessing.get_context(method)
    queue = context.Queue()
    process = context.Process(target=child, args=(net, optimizer, queue))
    process.start()
    result = queue.get(timeout=60)
    process.join(60)
    assert process.exitcode == 0, process.exitcode
    for name, value in net.state_dict().items():   # the parent's own copy has not changed
        np.testing.assert_array_equal(value, before[name])
    use_everything()
    train(net, optimizer, 3)
    for name, value in net.state_dict().items():
        np.testing.assert_array_equal(value, result[name])
    print("same")

if __name__ == "__main__":
    main(sys.argv[1])
"""


@on_engines
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_child_process_has_its_own_copy(method, engine, tmp_path):
    if method == "fork" and sys.platform in ("win32", "darwin"):
        pytest.skip("no safe fork here")
    script = tmp_path / "script.py"
    script.write_text(PROCESSES)
    result = subprocess.run(
        # from Python 3.12 on a fork beside threads warns, and here it is the point
        [sys.executable, "-W", "ignore::DeprecationWarning", str(script), method],
        env={**os.environ, "MINITORCH_NP_ENGINE": engine},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout == "same\n" and not result.stderr


FORKED_INSIDE = """
import os, signal, sys, threading
import numpy as np
from threadpoolctl import ThreadpoolController
from minitorch_np import threads

blas = ThreadpoolController().select(user_api="blas").lib_controllers
threads.set_num_threads(1)
a = np.ones((200, 200), np.float32)
threads.matmul(a, a)
for library in blas:
    library.set_num_threads(2)
inside, leave = threading.Event(), threading.Event()

def holds_the_lock():
    with threads.product.one_blas_thread._lock:
        inside.set()
        leave.wait(20)

def holds_blas():
    with threads.product.one_blas_thread:
        inside.set()
        leave.wait(20)

other = threading.Thread(target=locals()[sys.argv[1]])
other.start()
assert inside.wait(10)
pid = os.fork()
if pid == 0:
    signal.alarm(5)
    threads.matmul(a, a)
    with threads.product.one_blas_thread:
        held = all(library.get_num_threads() == 1 for library in blas)
    os._exit(0 if held and all(library.get_num_threads() == 2 for library in blas) else 3)
_, status = os.waitpid(pid, 0)
leave.set()
other.join()
code = os.waitstatus_to_exitcode(status)
print({0: "fine", 3: "BLAS is not held, or not given back", -14: "hangs"}[code])
"""


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="no safe fork here")
@pytest.mark.parametrize("what", ["holds_the_lock", "holds_blas"])
@on_engines
def test_a_child_forked_while_another_thread_multiplies(engine, what):
    result = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORKED_INSIDE, what],
        env={**os.environ, "MINITORCH_NP_ENGINE": engine},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (result.stdout, result.stderr) == ("fine\n", "")


@on_engines
def test_two_training_threads_equal_training_one_after_the_other(engine):
    mt.set_engine(engine)
    rngs = [np.random.default_rng(i) for i in range(2)]
    data = [(rng.standard_normal((64, 80), np.float32), rng.integers(0, 5, 64)) for rng in rngs]

    def work(i, results):
        net = nn.Sequential(
            nn.Linear(80, 120, input_grad=False, rng=i),
            nn.ReLU(),
            nn.Dropout(0.2, rng=i),
            nn.Linear(120, 5, rng=i),
        )
        optimizer, criterion = optim.Adam(net.parameters(), lr=0.01), nn.CrossEntropyLoss()
        x, labels = data[i]
        for step in range(60):
            optimizer.zero_grad()
            criterion(net(x), labels)
            net.backward(criterion.backward())
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            if step % 10 == 0:
                with mt.no_grad():
                    net(x)
        results[i] = net.state_dict()

    together, alone = [None, None], [None, None]
    for i in range(2):
        work(i, alone)
    threads = [threading.Thread(target=work, args=(i, together)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i in range(2):
        assert together[i] is not None
        for name, value in together[i].items():
            np.testing.assert_array_equal(value, alone[i][name], err_msg=f"net {i}: {name}")
