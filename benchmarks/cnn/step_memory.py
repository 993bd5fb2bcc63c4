"""How much memory a training step needs, seen in the contestant's own process (Linux only)."""

import ctypes
import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from mlp.data import Images, Labels
from mlp.task import Batch

from .net import CLASSES, SIDE

STEPS = 10

STATUS = Path("/proc/self/status")
CLEAR_REFS = Path("/proc/self/clear_refs")


class StepMemory:
    """One call is one step on the same batch.

    A step on one image comes first: it makes the gradients and the optimizer's state, wakes the
    threads and loads what is compiled, all of which stay. What the peak of the next steps lies
    above that is the memory of training on the batch.
    """

    units = 1.0

    def __init__(
        self,
        put: Callable[[Images, Labels], Batch],
        step: Callable[[Any, Any], float],
        batch: int,
    ) -> None:
        rng = np.random.default_rng(0)
        # Drawn in place: the making of all data would leave free memory that hides the step's.
        images = rng.random((batch, 1, SIDE, SIDE), dtype=np.float32)
        labels = rng.integers(CLASSES, size=batch)
        self._step = step
        self._one = put(images[:1], labels[:1])
        self._batch = put(images, labels)

    def first(self) -> dict[str, float]:
        self._step(*self._one)
        gc.collect()
        give_back()
        ready = resident("VmRSS")
        CLEAR_REFS.write_text("5")  # the peak begins anew
        for _ in range(STEPS):
            self()
        peak = resident("VmHWM")
        return {"step": peak - ready, "process": peak}

    def __call__(self) -> float:
        return self._step(*self._batch)


def resident(key: str) -> float:
    """Return MiB of this process's memory: now (VmRSS), or at the peak (VmHWM)."""
    lines = dict(line.split(":", 1) for line in STATUS.read_text().splitlines())
    return int(lines[key].split()[0]) / 2**10


def give_back() -> None:
    """Return freed memory to the system, where the C library can: a step would reuse it unseen."""
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)
