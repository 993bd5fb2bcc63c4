"""The options that all estimators have, and what they may be."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from numbers import Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from minitorch_np.checks import positive_int

__all__ = ["Options", "batch_size_for"]

LARGEST_AUTO_BATCH = 200


@dataclass(eq=False, repr=False)
class Options(BaseEstimator):  # type: ignore[misc]
    """Base class: the options, which :class:`NeuralNetClassifier` documents."""

    hidden_layer_sizes: Any = (100,)
    activation: Any = "relu"
    _: KW_ONLY
    module: Any = None
    dropout: Any = 0.0
    batch_norm: bool = False
    loss: Any = None
    solver: Any = "adam"
    alpha: float = 0.0001
    batch_size: Any = "auto"
    learning_rate: Any = "constant"
    learning_rate_init: float = 0.001
    momentum: float = 0.9
    nesterovs_momentum: bool = True
    max_iter: int = 200
    shuffle: bool = True
    random_state: Any = None
    tol: float | None = 1e-4
    n_iter_no_change: int = 10
    early_stopping: bool = False
    validation_fraction: float = 0.1
    warm_start: bool = False
    callbacks: Any = ()
    dtype: Any = "float32"
    verbose: bool = False

    def _check_options(self) -> None:
        """Raise ValueError if an option that is a number or a word is out of its range."""
        owner = type(self).__name__

        def refuse(name: str, expected: str) -> None:
            raise ValueError(f"{owner}: expected {name} {expected}, got {getattr(self, name)!r}")

        def number(name: str) -> float:
            value = getattr(self, name)
            is_number = isinstance(value, Real) and not isinstance(value, bool)
            return float(value) if is_number else np.nan

        for name in ("max_iter", "n_iter_no_change"):
            positive_int(owner, name, getattr(self, name))
        if self.batch_size != "auto":
            positive_int(owner, "batch_size", self.batch_size)
        if not 0 < number("learning_rate_init") < np.inf:
            refuse("learning_rate_init", "to be a number above 0")
        if not 0 <= number("alpha") < np.inf:
            refuse("alpha", "to be a number of at least 0")
        if not 0 <= number("momentum") < 1:
            refuse("momentum", "in [0, 1)")
        if self.tol is not None and not number("tol") >= 0:
            refuse("tol", "to be a number of at least 0, or None")
        if not 0 < number("validation_fraction") < 1:
            refuse("validation_fraction", "in (0, 1)")
        if self.dtype not in ("float32", "float64"):
            refuse("dtype", "'float32' or 'float64'")


def batch_size_for(batch_size: Any, n: int) -> int:
    """Return how many of ``n`` samples a batch gets, so that none is left alone in a last one.

    A single sample has no variance, so batch normalisation cannot train on it.
    """
    size = min(LARGEST_AUTO_BATCH if batch_size == "auto" else batch_size, n)
    while n % size == 1:
        size += 1
    return int(size)
