"""Range checks for the options of optimizers."""

from __future__ import annotations

from typing import Any

__all__ = ["at_least_zero", "below_one"]


def at_least_zero(owner: str, group: dict[str, Any], *names: str) -> None:
    """Raise ValueError if one of the options is negative or NaN."""
    for name in names:
        if not group[name] >= 0:
            raise ValueError(f"{owner}: expected {name} of at least 0, got {group[name]!r}")


def below_one(owner: str, name: str, values: tuple[float, ...]) -> None:
    """Raise ValueError if one of the values is outside [0, 1)."""
    for value in values:
        if not 0 <= value < 1:
            raise ValueError(f"{owner}: expected {name} in [0, 1), got {value!r}")
