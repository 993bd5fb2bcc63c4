"""The rows that an estimator is given, as a dataset."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import issparse

from minitorch_np.data import Dataset

__all__ = ["Samples", "dense"]


class Samples(Dataset):
    """Rows and targets; with weights, a target is a pair of itself and its weight.

    Parameters
    ----------
    x : ndarray or CSR matrix of shape (N, D_in)
        Sparse rows are made dense a batch at a time.
    y : ndarray of shape (N,) or (N, D_out)
    weights : ndarray of shape (N,), optional
    """

    def __init__(self, x: Any, y: np.ndarray, weights: np.ndarray | None = None) -> None:
        self.x = x
        self.y = y
        self.weights = weights

    def __len__(self) -> int:
        return len(self.y)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        x, y = self.__getitems__(np.array([index]))
        return x[0], (y[0][0], y[1][0]) if self.weights is not None else y[0]

    def __getitems__(self, indices: np.ndarray) -> tuple[Any, Any]:
        """Return a batch.   indices: (N,)"""
        x = dense(self.x[indices]) if issparse(self.x) else self.x.take(indices, axis=0)
        y = self.y.take(indices, axis=0)
        return x, y if self.weights is None else (y, self.weights.take(indices))

    def divide_by_mean_weight(self) -> float:
        """Let the weights have the mean 1; return what it was."""
        if self.weights is None:
            return 1.0
        mean = float(self.weights.mean())
        self.weights = self.weights / mean
        return mean


def dense(x: Any) -> np.ndarray:
    """Return sparse rows as an array, and an array as it is.   x: (N, D_in)"""
    array: np.ndarray = x.toarray() if issparse(x) else x
    return array
