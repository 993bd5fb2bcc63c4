"""How good a classifier is."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["accuracy", "confusion_matrix", "count_correct", "precision_recall_f1"]


def count_correct(scores: Any, labels: Any) -> int:
    """Count the samples whose highest score is at their label.

    Parameters
    ----------
    scores : array_like of shape (N, K)
    labels : array_like of int of shape (N,)

    Examples
    --------
    >>> from minitorch_np.metrics import count_correct
    >>> count_correct([[0.1, 0.9], [0.8, 0.2]], [1, 1])
    1
    """
    scores, labels = np.asarray(scores), np.asarray(labels)
    if scores.ndim != 2 or labels.shape != scores.shape[:1]:
        raise ValueError(
            "count_correct: expected scores of shape (N, K) and labels of shape (N,), "
            f"got {scores.shape} and {labels.shape}"
        )
    return int(np.count_nonzero(scores.argmax(axis=1) == labels))


def accuracy(scores: Any, labels: Any) -> float:
    """Return the fraction of samples whose highest score is at their label.

    Parameters
    ----------
    scores : array_like of shape (N, K)
    labels : array_like of int of shape (N,)

    Examples
    --------
    >>> from minitorch_np.metrics import accuracy
    >>> accuracy([[0.1, 0.9], [0.8, 0.2]], [1, 1])
    0.5
    """
    n = len(np.asarray(labels))
    return count_correct(scores, labels) / n if n else float("nan")


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
    for array in (labels, predictions):
        if array.size and (
            array.dtype.kind not in "iu" or array.min() < 0 or array.max() >= classes
        ):
            raise ValueError(
                f"confusion_matrix: expected integer classes in [0, {classes}), "
                f"got {array.dtype} from {array.min()} to {array.max()}"
            )
    cells = labels.astype(np.intp) * classes + predictions.astype(np.intp)
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes)


def precision_recall_f1(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return precision, recall and F1 of each class, from a confusion matrix.

    ::

        precision = C_kk / Σ_i C_ik     recall = C_kk / Σ_j C_kj     F1 = 2 C_kk / (both sums)

    A class that is never predicted, or never there, has 0 where this divides by zero.

    Parameters
    ----------
    matrix : ndarray of shape (K, K)
        C, true classes in rows.

    Returns
    -------
    precision, recall, f1 : ndarray of shape (K,)

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.metrics import precision_recall_f1
    >>> precision, recall, f1 = precision_recall_f1(np.array([[1, 1], [0, 2]]))
    >>> precision.round(3), recall
    (array([1.   , 0.667]), array([0.5, 1. ]))
    """
    hits = np.diag(matrix).astype(float)
    predicted, true = matrix.sum(axis=0), matrix.sum(axis=1)
    precision, recall, f1 = (
        np.divide(part, whole, out=np.zeros_like(hits), where=whole > 0)
        for part, whole in ((hits, predicted), (hits, true), (2 * hits, predicted + true))
    )
    return precision, recall, f1
