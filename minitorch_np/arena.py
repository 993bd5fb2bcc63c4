"""The packed memory of parameters: one buffer of values, one of gradients.

Whatever runs over all parameters (an optimizer step, clipping, an all-reduce) then runs over one
array. Packed once, never repacked: later optimizers work on parameters where they lie.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import ClassVar, NamedTuple

import numpy as np

from minitorch_np.parameter import Parameter

__all__ = ["Arena", "Home", "Stretch", "pack", "stretches"]

CACHE_LINE = 64  # bytes


class Home(NamedTuple):
    """Where a packed parameter lies: ``arena.data[start:stop]``, as number ``number``."""

    arena: Arena
    start: int
    stop: int
    number: int


class Arena:
    """One contiguous buffer for the values of some parameters, another for their gradients.

    Attributes
    ----------
    data, grad : ndarray of shape (n,)
    departures : int
        How many parameters have left for memory of their own (``net.double()``).
    stepped : ndarray of int, an element for each parameter
        The value of ``clock`` when an optimizer last changed it.
    clock : int
        Counts the optimizer steps of this process.
    """

    clock: ClassVar[int] = 0
    _clock_lock: ClassVar[threading.Lock] = threading.Lock()

    @classmethod
    def tick(cls) -> int:
        """Count one optimizer step, and return the new value of ``clock``."""
        with cls._clock_lock:
            cls.clock += 1
            return cls.clock

    def __init__(self, parameters: Sequence[Parameter]) -> None:
        size = sum(p.size for p in parameters)
        dtype = parameters[0].dtype
        self.data = aligned_zeros(size, dtype)
        self.grad = aligned_zeros(size, dtype)
        self.departures = 0
        self.stepped = np.full(len(parameters), -1)
        start = 0
        for number, p in enumerate(parameters):
            self._take_in(p, start, number)
            start += p.size

    def _take_in(self, p: Parameter, start: int, number: int) -> None:
        home = Home(self, start, start + p.size, number)
        data = self.data[home.start : home.stop].reshape(p.shape)
        grad = self.grad[home.start : home.stop].reshape(p.shape)
        data[...] = p._data
        if p._has_grad:
            grad[...] = p._grad
        p._data, p._grad, p._home = data, grad, home


class Stretch(NamedTuple):
    """Parameters that lie side by side: together they are ``arena.data[start:stop]``."""

    arena: Arena
    start: int
    stop: int
    parameters: list[Parameter]

    @property
    def data(self) -> np.ndarray:
        """The values, as one flat view."""
        return self.arena.data[self.start : self.stop]

    @property
    def grad(self) -> np.ndarray:
        """The gradients, as one flat view; stale ones are whatever lies there."""
        return self.arena.grad[self.start : self.stop]


def pack(parameters: Iterable[Parameter]) -> None:
    """Lay the parameters that are still loose into one new arena per dtype, in their order."""
    loose: dict[np.dtype, list[Parameter]] = {}
    for p in parameters:
        if p._home is None:
            loose.setdefault(p.dtype, []).append(p)
    for members in loose.values():
        Arena(members)


def stretches(parameters: Iterable[Parameter]) -> list[Stretch]:
    """Group packed parameters into the fewest stretches of contiguous memory."""
    homes = {id(p): p for p in parameters}.values()
    order: dict[int, list[Parameter]] = {}
    for p in homes:
        assert p._home is not None
        order.setdefault(id(p._home.arena), []).append(p)
    found: list[Stretch] = []
    for members in order.values():
        members.sort(key=lambda p: p._home.number)  # type: ignore[union-attr]
        open_stretch, last = None, -2
        for p in members:
            arena, start, stop, number = p._home  # type: ignore[misc]
            if open_stretch is not None and number == last + 1:
                open_stretch.parameters.append(p)
                open_stretch = open_stretch._replace(stop=stop)
                found[-1] = open_stretch
            else:
                open_stretch = Stretch(arena, start, stop, [p])
                found.append(open_stretch)
            last = number
    return found


def aligned_zeros(size: int, dtype: np.dtype) -> np.ndarray:
    """Zeros of shape (size,) that begin on a cache line, so that vector loads do not straddle."""
    room = np.zeros(size * dtype.itemsize + CACHE_LINE, np.uint8)
    skip = -room.ctypes.data % CACHE_LINE
    return room[skip : skip + size * dtype.itemsize].view(dtype)
