"""Range checks for the options of optimizers."""

from __future__ import annotations

import math
from typing import Any

__all__ = ["at_least_zero", "at_most_one", "below_one", "real"]


def at_least_zero(owner: str, group: dict[str, Any], *names: str) -> None:
    """Raise ValueError if one of the options is negative or not a number."""
    for name in names:
        if not _number(group[name]) >= 0:
            raise ValueError(f"{owner}: expected {name} of at least 0, got {group[name]!r}")


def at_most_one(owner: str, group: dict[str, Any], *names: str) -> None:
    """Raise ValueError if one of the options is outside [0, 1]."""
    for name in names:
        if not 0 <= _number(group[name]) <= 1:
            raise ValueError(f"{owner}: expected {name} in [0, 1], got {group[name]!r}")


def real(owner: str, group: dict[str, Any], *names: str) -> None:
    """Raise ValueError if one of the options is not a number."""
    for name in names:
        if math.isnan(_number(group[name])):
            raise ValueError(f"{owner}: expected {name} to be a number, got {group[name]!r}")


def below_one(owner: str, name: str, values: Any) -> None:
    """Raise ValueError if ``values`` is not a pair, or one of them is outside [0, 1)."""
    pair = tuple(values) if isinstance(values, (tuple, list)) else ()
    if len(pair) != 2 or not all(0 <= _number(value) < 1 for value in pair):
        raise ValueError(f"{owner}: expected {name} to be a pair in [0, 1), got {values!r}")


def _number(value: Any) -> float:
    """Return ``value`` as a float; NaN if it is none."""
    try:
        return math.nan if isinstance(value, str) else float(value)
    except (TypeError, ValueError):
        return math.nan
