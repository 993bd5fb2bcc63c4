"""The configurations of a grid and of a random search, in an order that every worker knows.

The i-th configuration follows from the file and the seed alone. So workers, on however many
machines, need to agree only on who takes which number.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import numpy as np

from lab.sweep.distributions import Distribution

__all__ = ["Drawn", "Grid", "Order", "key"]

Values = dict[str, Any]
PATIENCE = 100_000  # draws in a row that bring nothing new


def key(values: Mapping[str, Any]) -> str:
    """Return what two equal configurations have in common, and two different ones do not."""
    return json.dumps(values, sort_keys=True)


class Order(Protocol):
    """Configurations by number; ``size`` is how many there are, None without an end."""

    @property
    def size(self) -> int | None:
        """How many there are."""

    def __getitem__(self, index: int) -> Values | None:
        """Return the configuration of that number; None if there is none."""


class Grid:
    """Every combination of values, the last hyperparameter changing fastest."""

    def __init__(self, space: Mapping[str, Distribution]) -> None:
        self._axes = {name: values.support or () for name, values in space.items()}

    @property
    def size(self) -> int:
        """The product of the numbers of values."""
        return math.prod(len(axis) for axis in self._axes.values())

    def __getitem__(self, index: int) -> Values | None:
        """Return the configuration of that number, as digits of a mixed base."""
        if not 0 <= index < self.size:
            return None
        digits: Values = {}
        for name, axis in reversed(self._axes.items()):
            index, digit = divmod(index, len(axis))
            digits[name] = axis[digit]
        return {name: digits[name] for name in self._axes}


class Drawn:
    """Random configurations, none twice, always the same for a seed."""

    def __init__(self, space: Mapping[str, Distribution], seed: int) -> None:
        self._space = space
        self._drawn: list[Values] = []
        self._fresh = self._draw(np.random.default_rng(seed))

    @property
    def size(self) -> int | None:
        """How many there are, None if they cannot be counted."""
        supports = [values.support for values in self._space.values()]
        counts = [len(support) for support in supports if support is not None]
        return math.prod(counts) if len(counts) == len(supports) else None

    def __getitem__(self, index: int) -> Values | None:
        """Return the configuration of that number, after drawing those before it."""
        while len(self._drawn) <= index:
            values = next(self._fresh, None)
            if values is None:
                return None
            self._drawn.append(values)
        return dict(self._drawn[index])

    def _draw(self, rng: np.random.Generator) -> Iterator[Values]:
        seen: set[str] = set()
        size, repeated = self.size, 0
        while len(seen) != size and repeated < PATIENCE:
            draws = rng.random(len(self._space))
            pairs = zip(self._space.items(), draws, strict=True)
            values = {name: values.at(float(u)) for (name, values), u in pairs}
            if key(values) in seen:
                repeated += 1
                continue
            repeated = 0
            seen.add(key(values))
            yield values
