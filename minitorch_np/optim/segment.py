"""Where an optimizer works: packed memory with the optimizer's state beside it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from minitorch_np.arena import Stretch, aligned_zeros
from minitorch_np.parameter import Parameter

__all__ = ["Run", "Segment"]

State = dict[str, float]


class Run:
    """Neighbours that are stepped together: same group, all with a gradient, same history."""

    __slots__ = ("data", "grad", "slots", "state", "stepped")

    def __init__(
        self,
        data: np.ndarray,
        grad: np.ndarray,
        slots: tuple[np.ndarray, ...],
        state: State,
        stepped: np.ndarray,
    ) -> None:
        self.data = data
        self.grad = grad
        self.slots = slots
        self.state = state
        self.stepped = stepped


class Segment:
    """Parameters of one group that lie side by side, with their state.

    Attributes
    ----------
    slots : dict of str to ndarray of shape (n,)
        The state arrays, laid out as the parameters are; also those that rest now (a momentum
        that was set to 0).
    names : tuple of str
        Those that the formula takes.
    states : list of dict
        For each parameter its step count and the rule's other scalars.
    """

    def __init__(
        self, stretch: Stretch, group: dict[str, Any], names: tuple[str, ...], memory: State
    ) -> None:
        self.arena = stretch.arena
        self.parameters: list[Parameter] = stretch.parameters
        self.group = group
        self._data = stretch.data
        self._grad = stretch.grad
        first = self.parameters[0]._home
        assert first is not None
        self._stepped = stretch.arena.stepped[first.number :][: len(self.parameters)]
        self._departures = stretch.arena.departures
        sizes = [p.size for p in self.parameters]
        self._edges = [0, *np.cumsum(sizes).tolist()]
        self._states: list[State] = [{"step": 0, **memory} for _ in sizes]
        self._runs: list[Run] = []
        self._members: list[range] = []
        self._pattern: list[bool] | None = None
        self.slots: dict[str, np.ndarray] = {}
        self.names: tuple[str, ...] = ()
        self.set_slots(names)

    def set_slots(self, names: tuple[str, ...], resting: Iterable[str] = ()) -> None:
        """Have state arrays of these names: zeros, save those that are there already."""
        self._forget_runs()
        self.names = names
        for name in (*names, *resting):
            if name not in self.slots:
                self.slots[name] = aligned_zeros(self._data.size, self._data.dtype)

    def runs(self) -> list[Run]:
        """Return the runs of the parameters that have a gradient; mostly that is one."""
        pattern = [p._has_grad for p in self.parameters]
        if pattern != self._pattern:
            self._find_runs(pattern)
        return self._runs

    def state_of(self, i: int) -> tuple[State, dict[str, np.ndarray]]:
        """Return the scalars and the state arrays of parameter ``i``, in its shape."""
        self._forget_runs()
        part = slice(self._edges[i], self._edges[i + 1])
        shape = self.parameters[i].shape
        return self._states[i], {name: a[part].reshape(shape) for name, a in self.slots.items()}

    def has_moved(self) -> bool:
        """Whether a parameter has left this memory since (``net.double()``)."""
        if self.arena.departures == self._departures:
            return False
        return any(p._home is None or p._home.arena is not self.arena for p in self.parameters)

    def _find_runs(self, pattern: list[bool]) -> None:
        self._forget_runs()
        start = 0
        for stop in range(1, len(pattern) + 1):
            if stop < len(pattern) and (pattern[stop], self._states[stop]) == (
                pattern[start],
                self._states[start],
            ):
                continue
            if pattern[start]:
                self._members.append(range(start, stop))
                self._runs.append(self._run(start, stop))
            start = stop
        self._pattern = pattern

    def _run(self, start: int, stop: int) -> Run:
        part = slice(self._edges[start], self._edges[stop])
        data = self._data[part]
        return Run(
            data,
            self._grad[part],
            tuple(self.slots[name][part] for name in self.names),
            dict(self._states[start]),
            self._stepped[start:stop],
        )

    def _forget_runs(self) -> None:
        """Hand the runs' scalars back to their parameters."""
        for members, run in zip(self._members, self._runs, strict=True):
            for i in members:
                self._states[i] = dict(run.state)
        self._members, self._runs, self._pattern = [], [], None
