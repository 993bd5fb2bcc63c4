"""What the machine's memory can do: the time in which it moves the bytes of a rule's step.

The arrays take as much memory as the rule's, so what stays in a cache there stays in it here. They
are gone over many times a call, each thread over its own part, so that neither the calls nor waking
threads show.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from harness import Case, Task

from .tensors import Values

BYTES_A_CALL = 5e8


def ones(size: int) -> Values:
    """Return so many bytes of ones, in whole cache lines."""
    lines = size // 128 * 128  # of which halves are whole lines too
    room = np.zeros(lines + 64, np.uint8)
    skip = -room.ctypes.data % 64
    values: Values = room[skip : skip + lines].view(np.float32)
    values.fill(1)
    return values


def copy(part: Values, passes: int) -> None:
    """Copy one half of the memory into the other, as STREAM does."""
    source, target = np.split(part, 2)
    for _ in range(passes):
        np.copyto(target, source)


def in_place(part: Values, passes: int) -> None:
    """Change every value where it is, as an optimizer does."""
    for _ in range(passes):
        np.negative(part, out=part)


# Bytes moved a pass, for each byte that lies there: half is read and half written, or all both.
KINDS = {"copy": (copy, 1), "in place": (in_place, 2)}


class Memory:
    """One call moves about `BYTES_A_CALL`; a unit is as many bytes as a step of the rule moves."""

    def __init__(self, held: int, moved: int, kind: str, threads: int) -> None:
        self.work, moves = KINDS[kind]
        self.passes = max(1, round(BYTES_A_CALL / (held * moves)))
        self.units = self.passes * held * moves / moved
        self.first_part, *self.parts = (ones(held // threads) for _ in range(threads))
        self.pool = ThreadPoolExecutor(max(1, threads - 1))

    def first(self) -> dict[str, Any]:
        self.work(self.first_part, 1)
        for part in self.parts:
            self.work(part, 1)
        return {}

    def __call__(self) -> None:
        others = [self.pool.submit(self.work, part, self.passes) for part in self.parts]
        self.work(self.first_part, self.passes)
        for other in others:
            other.result()


def build(case: Case, kind: str, threads: int) -> Task:
    """Make the case's task."""
    held, moved = case["held"] * case["params"], case["moved"] * case["params"]
    return Memory(held, moved, kind, threads)
