"""What a sweep says as it goes: a line for each run that ends."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from lab.sweep.book import Entry
from lab.sweep.schema import Metric

__all__ = ["Progress", "best"]


def best(metric: Metric, entries: Sequence[Entry]) -> Entry | None:
    """Return the best of the finished runs."""
    finished = [entry for entry in entries if entry.status == "finished"]
    sign = 1 if metric.maximize else -1
    return max(finished, key=lambda entry: sign * (entry.trial.value or 0.0), default=None)


class Progress:
    """Prints the run that has just ended, the best so far, and how long it will take.

    Parameters
    ----------
    metric : Metric
    limit : int
        Runs in all.
    workers : int
    """

    def __init__(self, metric: Metric, limit: int, workers: int) -> None:
        self._metric = metric
        self._limit = limit
        self._workers = workers
        self._start = time.monotonic()
        self._ended = 0

    def show(self, number: int, entries: Sequence[Entry]) -> None:
        """Print a line on the trial of that number."""
        done = sum(entry.status is not None for entry in entries)
        entry = next((e for e in entries if e.trial.number == number), None)
        if entry is None or entry.status is None:
            return
        self._ended += 1
        width = len(str(self._limit))
        parts = [f"[{done:>{width}}/{self._limit}] {_told(entry.trial.user_attrs, entry)}"]
        leader = best(self._metric, entries)
        if leader is not None:
            noted = leader.trial.user_attrs
            parts.append(f"best {noted['value']:.4f} ({leader.index:04d})")
        if left := self._limit - done:
            parts.append(f"{_duration(left * self._pace())} left")
        print(" | ".join(parts), flush=True)

    def _pace(self) -> float:
        """Seconds from one run's end to the next one's, of all workers together."""
        return (time.monotonic() - self._start) / self._ended


def _told(noted: dict[str, Any], entry: Entry) -> str:
    name = f"{noted.get('run', 'run')}_{entry.index:04d}"
    if entry.error is not None:
        return f"{name} failed: {entry.error}"
    pruned = " (stopped early)" if entry.status == "pruned" else ""
    return f"{noted['value']:.4f}{pruned} {name} {noted['seconds']:.1f} s"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"
