"""The tasks: optimizer steps under one gradient, in any library."""

from collections.abc import Sequence
from time import perf_counter
from typing import Any, Protocol

import numpy as np
from harness import Case, Task

from .tensors import Values

SCALES = (1.0, 0.5, 2.0, 0.25, 4.0, 0.5, 1.0)
"""How large the gradient is at each of the first steps."""
SAMPLE = 256
"""Parameters whose change is compared between contestants."""
ALIVE = 50
"""Steps with a gradient before it becomes zero, in the case "drift"."""


class NotOffered(Exception):
    """The library has no such form of this rule."""


class Stepper(Protocol):
    """Parameters that have a gradient, and their optimizer."""

    spoils_gradients: bool
    """Whether a step changes the gradient, which then grows without end if it is not renewed."""

    def step(self) -> None:
        """Take one step, and wait until it is done."""
        ...

    def set_gradients(self, scale: float) -> None:
        """Set the gradients, so many times as large as they come."""
        ...

    def values(self) -> Sequence[Values]:
        """Return the parameters as they are now."""
        ...


class Steps:
    """One call is one step.

    The first steps, under a gradient that changes, prove that all contestants do the same work;
    the last look proves that they went on.
    """

    units = 1.0

    def __init__(self, stepper: Stepper) -> None:
        self._stepper = stepper
        self._step = stepper.step

    def first(self) -> dict[str, Any]:
        before = sample(self._stepper.values())
        start = perf_counter()
        self._step()
        first_use = perf_counter() - start
        for scale in SCALES[1:]:
            self._stepper.set_gradients(scale)
            self._step()
        self._after = sample(self._stepper.values())
        change = self._after - before
        if not change.all():
            raise RuntimeError("it left parameters unchanged")
        return {"first_use": first_use, "change": change.tolist()}

    def __call__(self) -> None:
        self._step()

    def last(self) -> None:
        if self._stepper.spoils_gradients:
            return
        values = self._stepper.values()
        if not all(np.isfinite(tensor).all() for tensor in values):
            raise RuntimeError("its parameters became infinite or NaN")
        if (sample(values) == self._after).all():
            raise RuntimeError("it left parameters unchanged while it was measured")


class StepsWithoutGradient:
    """One call is one step, when the gradient has become zero after the first steps."""

    units = 1.0

    def __init__(self, stepper: Stepper) -> None:
        self._stepper = stepper

    def first(self) -> dict[str, Any]:
        start = perf_counter()
        self._stepper.step()
        first_use = perf_counter() - start
        for _ in range(ALIVE - 1):
            self._stepper.step()
        self._stepper.set_gradients(0.0)
        return {"first_use": first_use}

    def __call__(self) -> None:
        self._stepper.step()


def sample(tensors: Sequence[Values]) -> Values:
    """Return values at places spread over all tensors."""
    edges = np.cumsum([0, *(len(tensor) for tensor in tensors)])
    places = np.linspace(0, edges[-1] - 1, SAMPLE).astype(int)
    owners = np.searchsorted(edges, places, side="right") - 1
    chosen = [tensors[i][j] for i, j in zip(owners, places - edges[owners], strict=True)]
    return np.array(chosen, np.float32)


def make_task(case: Case, stepper: Stepper) -> Task:
    """Return what the case asks of the stepper."""
    return StepsWithoutGradient(stepper) if case["what"] == "drift" else Steps(stepper)
