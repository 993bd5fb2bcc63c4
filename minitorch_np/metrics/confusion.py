"""Which classes a classifier takes for which."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch_np.metrics.classes import class_indices

__all__ = ["confusion_matrix"]


def confusion_matrix(labels: Any, predictions: Any, classes: int) -> np.ndarray:
    """Count the samples by true class (rows) and predicted class (columns).

    Parameters
    ----------
    labels, predictions : array_like of int of shape (N,)
        In [0, K).
    classes : int
        K.

    Returns
    -------
    ndarray of int of shape (K, K)

    Raises
    ------
    ValueError
        If the shapes differ, or a class is out of range.

    Examples
    --------
    >>> from minitorch_np.metrics import confusion_matrix
    >>> confusion_matrix([0, 0, 1], [0, 1, 1], 2)
    array([[1, 1],
           [0, 1]])
    """
    labels, predictions = np.asarray(labels), np.asarray(predictions)
    if labels.ndim != 1 or labels.shape != predictions.shape:
        raise ValueError(
            "confusion_matrix: expected labels and predictions of one shape (N,), "
            f"got {labels.shape} and {predictions.shape}"
        )
    rows, columns = (class_indices("confusion_matrix", a, classes) for a in (labels, predictions))
    return np.bincount(rows * classes + columns, minlength=classes * classes).reshape(
        classes, classes
    )
