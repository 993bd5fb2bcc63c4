"""What came of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

__all__ = ["Outcome", "Reporter"]

# Told of the number of an epoch and its figures; returns whether to stop the run here.
Reporter = Callable[[int, Mapping[str, Any]], bool]


class Outcome(NamedTuple):
    """The last epoch's figures, what the run is called, and whether it was stopped early."""

    name: str
    figures: Mapping[str, Any]
    pruned: bool
