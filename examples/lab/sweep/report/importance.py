"""Which hyperparameters matter: a random forest's importance, and rank correlations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import spearmanr
from sklearn.ensemble import RandomForestRegressor

from lab.sweep.report.results import Results, Run

__all__ = ["LEAST", "Column", "Importance", "columns", "importance"]

LEAST = 10  # finished runs under which nothing is said of importance


@dataclass(frozen=True)
class Column:
    """A hyperparameter as numbers: itself, or whether it has one of its values.

    x: (runs,)
    """

    parameter: str
    value: str | None
    x: np.ndarray

    @property
    def label(self) -> str:
        """``learning_rate``, or ``optimizer = adam``."""
        return self.parameter if self.value is None else f"{self.parameter} = {self.value}"


@dataclass(frozen=True)
class Importance:
    """What matters for validation accuracy.

    Attributes
    ----------
    share : dict
        By hyperparameter, how much of the forest's gain comes from it; adds up to 1.
    correlation : dict
        Spearman's, by a column's label.
    explained : float
        The share of the variance that the forest predicts of runs that it has not seen.
    """

    share: dict[str, float]
    correlation: dict[str, float]
    explained: float


def columns(runs: Sequence[Run], varied: Sequence[str]) -> list[Column]:
    """Return the hyperparameters as numbers: words as one column a value."""
    found = []
    for name in varied:
        values = [run.values[name] for run in runs]
        if all(_is_number(value) for value in values):
            found.append(Column(name, None, np.array(values, dtype=float)))
        else:
            texts = [str(value) for value in values]
            for text in sorted(set(texts)):
                found.append(Column(name, text, np.array([t == text for t in texts], dtype=float)))
    return found


def importance(results: Results, above: float = 0.0) -> Importance | None:
    """Return what matters, among runs of at least ``above``; None where these are too few."""
    runs = [run for run in results.finished if (run.accuracy or 0.0) >= above]
    varied = [name for name in results.varied if len({str(r.values[name]) for r in runs}) > 1]
    accuracy = np.array([run.accuracy for run in runs])
    if len(runs) < LEAST or not varied or np.ptp(accuracy) == 0:
        return None
    found = columns(runs, varied)
    forest = RandomForestRegressor(300, min_samples_leaf=2, oob_score=True, random_state=0)
    forest.fit(np.stack([column.x for column in found], axis=1), accuracy)
    share = dict.fromkeys(varied, 0.0)
    for column, gain in zip(found, forest.feature_importances_, strict=True):
        share[column.parameter] += float(gain)
    correlation = {column.label: float(spearmanr(column.x, accuracy)[0]) for column in found}
    ordered = dict(sorted(share.items(), key=lambda item: -item[1]))
    return Importance(ordered, correlation, max(0.0, float(forest.oob_score_)))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
