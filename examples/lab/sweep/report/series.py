"""What the figures show, whatever draws them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lab.sweep.report.results import Results, Run

__all__ = ["Axis", "axes", "best_so_far"]

CONTINUOUS = 8  # different numbers from which an axis is drawn to scale


@dataclass(frozen=True)
class Axis:
    """A vertical axis of parallel coordinates.

    Attributes
    ----------
    label : str
    at : ndarray of shape (runs,)
        Where each run crosses it.
    ticks : list of float
    texts : list of str
    """

    label: str
    at: np.ndarray
    ticks: list[float]
    texts: list[str]


def axes(runs: Sequence[Run], varied: Sequence[str]) -> list[Axis]:
    """Return an axis for each hyperparameter, and the last one for accuracy in per cent."""
    found = [_axis(name, [run.values[name] for run in runs]) for name in varied]
    accuracy = np.array([100 * (run.accuracy or 0) for run in runs])
    ticks = [float(tick) for tick in np.linspace(accuracy.min(), accuracy.max(), 6)]
    return [*found, Axis("validation accuracy, %", accuracy, ticks, [f"{t:.1f}" for t in ticks])]


def best_so_far(results: Results) -> tuple[list[Run], np.ndarray]:
    """Return the finished runs by when they began, and the best accuracy up to each."""
    runs = sorted(results.finished, key=lambda run: run.started)
    return runs, np.maximum.accumulate([run.accuracy or 0.0 for run in runs])


def _axis(name: str, values: Sequence[object]) -> Axis:
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    distinct = sorted(set(numbers))
    if len(numbers) == len(values) and len(distinct) >= CONTINUOUS:
        at = np.array(numbers, dtype=float)
        logged = distinct[0] > 0 and distinct[-1] / distinct[0] >= 20
        at = np.log10(at) if logged else at
        ticks = [float(tick) for tick in np.linspace(at.min(), at.max(), 6)]
        return Axis(name, at, ticks, [f"{10**t if logged else t:.3g}" for t in ticks])
    if len(numbers) == len(values):
        texts = [f"{value:g}" for value in distinct]
        at = np.array([distinct.index(value) for value in numbers], dtype=float)
    else:
        texts = sorted({str(value) for value in values})
        at = np.array([texts.index(str(value)) for value in values], dtype=float)
    return Axis(name, at, [float(i) for i in range(len(texts))], texts)
