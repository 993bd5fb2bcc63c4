"""What the proofs of the engines share: where they run, and new processes to run in."""

import os
import subprocess
import sys
import textwrap
from importlib.util import find_spec

import pytest
from rules import ENGINES

import minitorch_np as mt

__all__ = ["STEP", "finish", "needs_numba", "on_engines", "run", "start"]

on_engines = pytest.mark.parametrize("engine", ENGINES)
needs_numba = pytest.mark.skipif(find_spec("numba") is None, reason="numba is absent")

# What a new process begins with: a step of SGD, any warning an error.
STEP = """
import warnings
warnings.simplefilter("error")
import numpy as np
import minitorch_np as mt
from minitorch_np import nn, optim
def step(dtype=np.float32):
    p = nn.Parameter(np.ones(5, dtype))
    p.grad = np.ones(5)
    optim.SGD([p], lr=0.1).step()
    assert (abs(p.data - 0.9) < 1e-6).all(), p.data
"""


def start(code, cache, paths=(), **environment):
    drop = {"MINITORCH_NP_ENGINE", "MINITORCH_NP_CACHE", "XDG_CACHE_HOME", "NUMBA_CACHE_DIR"}
    inherited = {name: value for name, value in os.environ.items() if name not in drop}
    if cache is not None:
        inherited["MINITORCH_NP_CACHE"] = str(cache)
    inherited.update({name: str(value) for name, value in environment.items()})
    here = os.path.dirname(os.path.dirname(mt.__file__))
    inherited["PYTHONPATH"] = os.pathsep.join([*map(str, paths), here])
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=inherited,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process, seconds=60):
    """What the process printed; or, if it failed, the last line of its error."""
    out, error = process.communicate(timeout=seconds)
    return out.strip() if process.returncode == 0 else error.strip().splitlines()[-1]


def run(code, cache, paths=(), **environment):
    return finish(start(code, cache, paths, **environment))
