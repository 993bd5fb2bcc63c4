"""What a contestant's process does: build a task for a case, and call it."""

from collections.abc import Mapping
from typing import Any, Protocol

Case = Mapping[str, Any]
"""One column of a benchmark's table, as JSON: the network, the size, the mode."""


class Task(Protocol):
    """Work to be timed. One call does `units` of it and has finished when it returns."""

    units: int

    def first(self) -> dict[str, float]:
        """Do it for the first time, compilation included, then warm up.

        The answer holds `first_use`, the seconds of the first call, and what proves that the work
        is real: a loss that fell.
        """
        ...

    def __call__(self) -> object:
        """Do it once."""
        ...
