"""Class labels as numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets, type_of_target

__all__ = ["checked_labels", "class_indices"]


def checked_labels(owner: str, y: Any) -> tuple[np.ndarray, bool]:
    """Return labels (N,), or indicators (N, K) of 0 and 1, and whether they are the latter.

    Raises
    ------
    ValueError
        If they are neither.
    """
    check_classification_targets(y)
    kind = type_of_target(y)
    if kind == "multiclass-multioutput":
        raise ValueError(
            f"{owner}: expected one label a sample, or indicators of 0 and 1, got several labels "
            f"a sample in shape {y.shape}; sklearn.multioutput.MultiOutputClassifier takes those"
        )
    if kind != "multilabel-indicator":
        return column_or_1d(y, warn=True), False
    indicators = y.toarray() if issparse(y) else y
    if not np.isin(indicators, (0, 1)).all():
        raise ValueError(
            f"{owner}: expected indicators of 0 and 1, got {np.unique(indicators).tolist()}"
        )
    return indicators, True


def class_indices(owner: str, labels: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Return where each label stands in the sorted classes.   labels: (N,), classes: (K,)

    Raises
    ------
    ValueError
        If a label is none of them.
    """
    unknown = np.setdiff1d(labels, classes)
    if unknown.size:
        raise ValueError(
            f"{owner}: expected labels among the classes {classes.tolist()}, "
            f"got {unknown.tolist()[:5]}"
        )
    return np.searchsorted(classes, labels)
