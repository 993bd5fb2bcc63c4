"""The distributions of wandb's sweep schema: what each draws, and how Optuna is told of it.

Each is its quantile function: uniform numbers u in [0, 1] go in, values come out.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["Choice", "Distribution", "Number"]

EDGE = 1e-9  # how near to 0 and 1 an unbounded distribution is taken


@dataclass(frozen=True)
class Choice:
    """One of several values, equally likely or not."""

    values: tuple[Any, ...]
    probabilities: tuple[float, ...] | None = None

    def at(self, u: float) -> Any:
        """Return the value at the quantile u."""
        weights = self.probabilities or (1.0,) * len(self.values)
        rest = u * math.fsum(weights)
        for value, weight in zip(self.values, weights, strict=True):
            rest -= weight
            if rest < 0:
                return value
        return self.support[-1]

    @property
    def support(self) -> tuple[Any, ...]:
        """The values that can come."""
        if self.probabilities is None:
            return self.values
        likely = zip(self.values, self.probabilities, strict=True)
        return tuple(value for value, probability in likely if probability)

    def suggest(self, trial: Any, name: str) -> Any:
        """Let Optuna's sampler decide."""
        if self.probabilities is not None:
            return self.at(trial.suggest_float(f"{name} (quantile)", 0.0, 1.0))
        return self.note(trial, name)

    def note(self, trial: Any, name: str) -> Any:
        """Let a sampler that knows the value say it, in Optuna's terms."""
        return unfold(trial.suggest_categorical(name, [fold(value) for value in self.values]))


@dataclass(frozen=True)
class Number:
    """A number, by its quantile function.

    Attributes
    ----------
    quantile : callable
        From [0, 1] to numbers.
    q : float or None
        Values are rounded to its multiples.
    kind : {"float", "int", "log", "other"}
        Which of Optuna's distributions is the very same; "other" is none.
    """

    quantile: Callable[[float], float]
    q: float | None = None
    kind: str = "other"

    def at(self, u: float) -> float:
        """Return the value at the quantile u."""
        x = self.quantile(min(max(u, EDGE), 1 - EDGE))
        if self.q is None:
            return x
        # Twelve digits, or 3 * 0.1 would be 0.30000000000000004.
        x = float(f"{round(x / self.q) * self.q:.12g}")
        return int(x) if float(self.q).is_integer() else x

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and the greatest value, but for the last billionth of what is unbounded."""
        return self.at(0.0), self.at(1.0)

    @property
    def support(self) -> tuple[Any, ...] | None:
        """The values that can come; None where they are too many to list."""
        if self.q is None:
            return None
        low, high = self.bounds
        count = round((high - low) / self.q) + 1
        if count > MOST:
            return None
        multiples = (low + i * self.q for i in range(count))
        whole = float(self.q).is_integer()
        return tuple(int(x) if whole else float(f"{x:.12g}") for x in multiples)

    def suggest(self, trial: Any, name: str) -> Any:
        """Let Optuna's sampler decide: the value, or the quantile where Optuna has no such kind."""
        if self.kind == "other":
            return self.at(trial.suggest_float(f"{name} (quantile)", 0.0, 1.0))
        return self.note(trial, name)

    def note(self, trial: Any, name: str) -> Any:
        """Let a sampler that knows the value say it, in Optuna's terms."""
        low, high = self.bounds
        if self.kind == "int":
            return trial.suggest_int(name, int(low), int(high))
        return trial.suggest_float(name, low, high, log=self.kind == "log")


Distribution = Choice | Number
MOST = 10_000  # values of one hyperparameter that are listed


def fold(value: Any) -> Any:
    """Return a list as text, for Optuna chooses among plain values only."""
    return json.dumps(value) if isinstance(value, list) else value


def unfold(value: Any) -> Any:
    """Undo ``fold``."""
    return json.loads(value) if isinstance(value, str) and value.startswith("[") else value
