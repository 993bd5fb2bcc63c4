"""Range checks for what schedulers are given."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from numbers import Real
from typing import Any

from minitorch_np.checks import count

__all__ = [
    "at_least_zero",
    "counts",
    "flag",
    "fraction",
    "number",
    "one_of",
    "per_group",
    "positive",
    "spread",
]


def number(owner: str, name: str, value: Any) -> float:
    """Return ``value`` as a float if it is a finite number, or say what came."""
    if not isinstance(value, Real) or isinstance(value, bool) or not math.isfinite(value):
        raise ValueError(f"{owner}: expected {name} to be a finite number, got {value!r}")
    return float(value)


def at_least_zero(owner: str, name: str, value: Any) -> float:
    """Return ``value`` as a float if it is finite and at least 0, or say what came."""
    if number(owner, name, value) < 0:
        raise ValueError(f"{owner}: expected {name} of at least 0, got {value!r}")
    return float(value)


def positive(owner: str, name: str, value: Any) -> float:
    """Return ``value`` as a float if it is finite and above 0, or say what came."""
    if number(owner, name, value) <= 0:
        raise ValueError(f"{owner}: expected {name} above 0, got {value!r}")
    return float(value)


def fraction(owner: str, name: str, value: Any, interval: str = "[0, 1]") -> float:
    """Return ``value`` as a float if it lies between 0 and 1, or say what came.

    Parameters
    ----------
    owner, name : str
    value : object
    interval : {"[0, 1]", "(0, 1]", "[0, 1)"}
    """
    x = number(owner, name, value)
    if not 0 <= x <= 1 or (x == 0 and interval[0] == "(") or (x == 1 and interval[-1] == ")"):
        raise ValueError(f"{owner}: expected {name} in {interval}, got {value!r}")
    return x


def counts(owner: str, name: str, values: Any) -> list[int]:
    """Return ``values`` as a list of integers of at least 0 in order, or say what came."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise ValueError(f"{owner}: expected {name} to be a list of integers, got {values!r}")
    integers = [count(owner, f"{name}[{i}]", value) for i, value in enumerate(values)]
    if integers != sorted(integers):
        raise ValueError(f"{owner}: expected {name} in increasing order, got {integers}; sort them")
    return integers


def flag(owner: str, name: str, value: Any) -> bool:
    """Return ``value`` if it is True or False, or say what came."""
    if not isinstance(value, bool):
        raise ValueError(f"{owner}: expected {name} to be True or False, got {value!r}")
    return value


def one_of(owner: str, name: str, value: Any, *choices: str) -> str:
    """Return ``value`` if it is one of the choices, or say what came."""
    if not isinstance(value, str) or value not in choices:
        expected = " or ".join(map(repr, choices))
        raise ValueError(f"{owner}: expected {name} {expected}, got {value!r}")
    return value


def spread(value: Any, groups: int) -> list[Any]:
    """Return a list of one value for each group, as given or all the same."""
    return list(value) if isinstance(value, (list, tuple)) else [value] * groups


def per_group(
    owner: str,
    name: str,
    values: Any,
    groups: int,
    check: Callable[[str, str, Any], float] = at_least_zero,
) -> list[float]:
    """Return ``values`` as a list of one checked number for each group, or say what came."""
    if not isinstance(values, (list, tuple)):
        raise ValueError(f"{owner}: expected {name} to be a list of numbers, got {values!r}")
    if len(values) != groups:
        raise ValueError(
            f"{owner}: expected one {name} for each of {groups} groups, got {len(values)}"
        )
    return [check(owner, f"{name}[{i}]", value) for i, value in enumerate(values)]
