"""Training for long, predicting in many threads, and Python's own switches."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from engines import on_engines

import minitorch_np as mt
from minitorch_np import nn

STEPS = """
import gc, sys, tracemalloc
from pathlib import Path
import numpy as np, minitorch_np as mt
from minitorch_np import nn, optim

mt.set_engine(sys.argv[1])
rng = mt.manual_seed(0)
x, y = rng.normal(size=(4, 6)).astype("float32"), np.array([0, 1, 2, 0])
net = nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Dropout(0.1), nn.Linear(5, 3))
criterion, optimizer = nn.CrossEntropyLoss(), optim.Adam(net.parameters())

def train(steps):
    for _ in range(steps):
        optimizer.zero_grad()
        criterion(net(x), y)
        net.backward(criterion.backward())
        optimizer.step()
    gc.collect()

def resident():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) * 1024

train(1000)
before = resident()
train(20_000)
print(resident() - before)
tracemalloc.start()
train(500)
before = tracemalloc.get_traced_memory()[0]
train(int(sys.argv[2]))
print(tracemalloc.get_traced_memory()[0] - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads Linux's own count")
@pytest.mark.parametrize("engine", ["auto", "numpy"])
def test_twenty_thousand_steps_take_no_more_memory(engine):
    command = [sys.executable, "-c", STEPS, engine, "3000"]  # tracing takes five times as long
    out = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300).stdout
    resident, traced = map(int, out.split())
    assert resident < 1 << 20
    assert traced < 1 << 16


def networks():
    mt.manual_seed(0)
    yield nn.Sequential(nn.Linear(20, 64), nn.BatchNorm1d(64), nn.GELU(), nn.Linear(64, 3)), (20,)
    convolution = [nn.Conv2d(2, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2)]
    yield nn.Sequential(*convolution, nn.Dropout(), nn.Flatten(), nn.Linear(72, 3)), (2, 6, 6)


@on_engines
@pytest.mark.parametrize("which", [0, 1])
def test_eight_threads_predict_with_one_model(engine, which):
    mt.set_engine(engine)
    net, shape = list(networks())[which]
    net.eval()
    inputs = [
        np.random.default_rng(i).normal(size=(i + 1, *shape)).astype(np.float32) for i in range(8)
    ]
    expected = [net(x) for x in inputs]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(10):
            for y, alone in zip(pool.map(net, inputs), expected, strict=True):
                np.testing.assert_array_equal(y, alone)
    for module in net.modules():
        assert not module._records


@pytest.mark.parametrize("switches", [["-O"], ["-OO"], ["-W", "error"], ["-X", "dev", "-b"]])
def test_pythons_own_switches(switches):
    code = (
        "import numpy as np, minitorch_np as mt\n"
        "from minitorch_np.training import fit\n"
        "x = mt.manual_seed(0).normal(size=(64, 8))\n"
        "loader = mt.data.DataLoader(mt.data.TensorDataset(x, (x[:, 0] > 0).astype(int)), 16)\n"
        "net = mt.nn.Sequential(mt.nn.Linear(8, 8), mt.nn.ReLU(), mt.nn.Linear(8, 2))\n"
        "optimizer = mt.optim.Adam(net.parameters(), lr=0.05)\n"
        "rows = fit(net, mt.nn.CrossEntropyLoss(), optimizer, loader, epochs=8)\n"
        "print(rows[-1]['train_accuracy'])\n"
    )
    command = [sys.executable, *switches, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and not done.stderr, done.stderr
    assert float(done.stdout) > 0.9
