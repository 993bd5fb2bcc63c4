"""The share of samples that a classifier has right."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch_np.metrics.classes import class_indices

__all__ = ["accuracy", "count_correct", "top_k_accuracy"]


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
    scores, labels = _pair("count_correct", scores, labels)
    return int(np.count_nonzero(scores.argmax(axis=1) == labels))


def accuracy(scores: Any, labels: Any) -> float:
    """Return the fraction of samples whose highest score is at their label; NaN of no samples.

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


def top_k_accuracy(scores: Any, labels: Any, k: int = 5) -> float:
    """Return the fraction of samples whose label is among their k highest scores.

    Of equal scores the one of the lower class comes first, as with ``argmax``, so that k = 1 is
    :func:`accuracy`. A score of NaN comes before all others, but a label that has it is never
    among the highest. NaN of no samples.

    Parameters
    ----------
    scores : array_like of shape (N, K)
    labels : array_like of int of shape (N,)
        In [0, K).
    k : int, default 5
        In [1, K].

    Raises
    ------
    ValueError
        If shapes, labels or k are none of these.

    Examples
    --------
    >>> from minitorch_np.metrics import top_k_accuracy
    >>> scores = [[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]]
    >>> top_k_accuracy(scores, [1, 0], k=1), top_k_accuracy(scores, [1, 0], k=2)
    (0.0, 0.5)
    """
    scores, labels = _pair("top_k_accuracy", scores, labels)
    n, classes = scores.shape
    if not 1 <= k <= classes:
        raise ValueError(f"top_k_accuracy: expected k in [1, {classes}], got {k}")
    index = class_indices("top_k_accuracy", labels, classes)[:, np.newaxis]
    own = np.take_along_axis(scores, index, axis=1)
    not_ahead = (scores < own) | ((scores == own) & (np.arange(classes) >= index))
    ahead = classes - np.count_nonzero(not_ahead, axis=1)
    return int(np.count_nonzero(ahead < k)) / n if n else float("nan")


def _pair(owner: str, scores: Any, labels: Any) -> tuple[np.ndarray, np.ndarray]:
    scores, labels = np.asarray(scores), np.asarray(labels)
    if scores.ndim != 2 or labels.shape != scores.shape[:1]:
        raise ValueError(
            f"{owner}: expected scores of shape (N, K) and labels of shape (N,), "
            f"got {scores.shape} and {labels.shape}"
        )
    return scores, labels
