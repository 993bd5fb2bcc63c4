"""What a contestant's process does: build a task for a case, and call it."""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

Case = Mapping[str, Any]
"""One cell of a benchmark's table, as JSON: the network, the size, the mode; maybe a "title"."""


class Task(Protocol):
    """Work to be timed. One call has finished when it returns."""

    @property
    def units(self) -> float:
        """How much of what is counted one call does."""
        ...

    def first(self) -> dict[str, Any]:
        """Do it for the first time, compilation included, then warm up.

        The answer holds `first_use`, the seconds of the first call, and what proves that the work
        is real: a loss that fell.
        """
        ...

    def __call__(self) -> object:
        """Do it once."""
        ...


@runtime_checkable
class Proven(Protocol):
    """A task that looks once more at what it did, after it was timed."""

    def last(self) -> None:
        """Raise an error if the work was not done."""
        ...
