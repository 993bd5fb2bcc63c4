"""Which of two is better, from what they reach with the same seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, stdev

__all__ = ["better", "judged"]

CLEAR = 3  # standard errors: a mean difference above this many is called one


def better(gains: Sequence[float]) -> int:
    """Return 1 or -1 if the mean of the differences is clearly above or below 0, else 0."""
    if len(gains) == 1:
        return 0
    mean, error = fmean(gains), stdev(gains) / math.sqrt(len(gains))
    return 0 if abs(mean) <= CLEAR * error else int(math.copysign(1, mean))


def judged(gains: Sequence[float], ours: str, theirs: str) -> str:
    """Say in words what differences, ours less theirs, in points, seed by seed, tell."""
    if len(gains) == 1:
        return "One seed cannot tell which is better."
    mean, error = fmean(gains), stdev(gains) / math.sqrt(len(gains))
    said = {
        0: f"{len(gains)} seeds show no difference",
        1: f"{ours} is better here",
        -1: f"{theirs} is better here",
    }
    return f"Mean {mean:+.2f}, standard error {error:.2f}: {said[better(gains)]}."
