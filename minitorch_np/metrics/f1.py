"""Precision, recall and F1, from a confusion matrix."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["precision_recall_f1"]


def precision_recall_f1(matrix: Any, average: str | None = None) -> tuple[Any, Any, Any]:
    """Return precision, recall and F1 of each class, or their average.

    Of class k, from the confusion matrix C::

        precision = C_kk / Σ_i C_ik     recall = C_kk / Σ_j C_kj     F1 = 2 C_kk / (both sums)

    A class that is never predicted, or never there, has 0 where this divides by zero.

    ``"macro"`` is the mean over all K classes, also those that are not there. ``"micro"`` puts the
    numerators of all classes over the denominators of all: with one label and one prediction for
    each sample, all three are the accuracy.

    Parameters
    ----------
    matrix : array_like of shape (K, K)
        C, true classes in rows (:func:`confusion_matrix`).
    average : None, "macro" or "micro", default None

    Returns
    -------
    tuple of three
        Precision, recall and F1, each an ndarray of shape (K,), or a float with an average.

    Raises
    ------
    ValueError
        If the matrix is not square, or the average is none of these.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.metrics import precision_recall_f1
    >>> matrix = np.array([[1, 1], [0, 2]])
    >>> precision, recall, f1 = precision_recall_f1(matrix)
    >>> precision.round(3), recall
    (array([1.   , 0.667]), array([0.5, 1. ]))
    >>> precision_recall_f1(matrix, average="micro")
    (0.75, 0.75, 0.75)
    """
    matrix = np.asarray(matrix)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(
            f"precision_recall_f1: expected a matrix of shape (K, K), got {matrix.shape}"
        )
    if average not in (None, "macro", "micro"):
        raise ValueError(
            f"precision_recall_f1: expected average None, 'macro' or 'micro', got {average!r}"
        )
    hits, predicted, true = np.diag(matrix), matrix.sum(axis=0), matrix.sum(axis=1)
    if average == "micro":
        hits, predicted, true = hits.sum(), predicted.sum(), true.sum()
    figures = (
        _ratio(hits, predicted),
        _ratio(hits, true),
        _ratio(2 * hits, predicted + true),
    )
    if average is None:
        return figures
    precision, recall, f1 = (float(figure.mean()) for figure in figures)
    return precision, recall, f1


def _ratio(part: Any, whole: Any) -> np.ndarray:
    """part / whole, 0 where whole is 0."""
    part, whole = np.asarray(part, float), np.asarray(whole)
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
