"""Regression."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils import column_or_1d

from minitorch_np import nn
from minitorch_np.data import Subset, random_split
from minitorch_np.sklearn.estimator import NeuralNet
from minitorch_np.sklearn.samples import Samples

__all__ = ["NeuralNetRegressor"]


class NeuralNetRegressor(RegressorMixin, NeuralNet):  # type: ignore[misc]
    """A neural network for regression, of one target or several, as a scikit-learn estimator.

    All options and attributes are :class:`NeuralNetClassifier`'s and mean the same, but for those
    below; there is no ``class_weight``.

    Parameters
    ----------
    hidden_layer_sizes : int or iterable of int, default (100,)
    activation : str or callable, or a list of them, default "relu"
    loss : callable, optional
        Makes the loss of outputs and targets, both of shape (N, D_out): ``nn.HuberLoss``,
        ``functools.partial(nn.SmoothL1Loss, beta=0.5)``; MSELoss by default.
    module, dropout, batch_norm, solver, alpha, batch_size
    learning_rate, learning_rate_init, momentum, nesterovs_momentum
    max_iter, shuffle, random_state, tol, n_iter_no_change
    early_stopping, validation_fraction, warm_start, callbacks, dtype, verbose
        As in :class:`NeuralNetClassifier`.

    Shape
    -----
    X: (N, D_in); y: (N,), or (N, D_out) for several targets. ``predict`` gives what y was.

    Notes
    -----
    Targets are taken as they are. Where they are far from a spread of 1, scale them:
    ``sklearn.compose.TransformedTargetRegressor(NeuralNetRegressor(), transformer=
    StandardScaler())``.

    Differs from MLPRegressor: the squared error is not halved, so that the same ``alpha`` weighs
    half as much; early stopping watches the validation's loss, not its R².

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.sklearn import NeuralNetRegressor
    >>> X = np.random.default_rng(0).normal(size=(200, 3))
    >>> y = np.stack([X[:, 0] + X[:, 1], np.abs(X[:, 2])], axis=1)
    >>> net = NeuralNetRegressor((32,), "silu", learning_rate_init=0.01, random_state=0)
    >>> net.fit(X, y).predict(X).shape
    (200, 2)
    >>> net.score(X, y) > 0.95
    True
    """

    numeric_targets = True

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _more_tags(self) -> dict[str, Any]:  # scikit-learn before 1.6
        return {"multioutput": True}

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> NeuralNetRegressor:
        """Train for at most ``max_iter`` epochs; see :meth:`NeuralNetClassifier.fit`.

        Parameters
        ----------
        X : array_like or sparse matrix of shape (N, D_in)
        y : array_like of shape (N,) or (N, D_out)
        sample_weight : array_like of shape (N,), optional

        Returns
        -------
        NeuralNetRegressor
            Itself.
        """
        self._fit(X, y, sample_weight)
        return self

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> NeuralNetRegressor:
        """Train for one epoch more, with the same optimizer.

        Parameters
        ----------
        X, y, sample_weight
            As in :meth:`fit`, but weights are taken as they are, not divided by their mean.

        Returns
        -------
        NeuralNetRegressor
            Itself.

        Raises
        ------
        ValueError
            With early stopping or a schedule, which need to know the end.
        """
        self._partial_fit(X, y, sample_weight)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Return the outputs.   X: (N, D_in); (N,), or (N, D_out) if y had two dimensions"""
        outputs = self._outputs(X)
        return outputs[:, 0] if self._one_target else outputs

    def _encoded(self, y: Any, fresh: bool, classes: Any) -> np.ndarray:
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        targets = y.reshape(len(y), -1).astype(self.dtype)
        if fresh:
            self._one_target = y.ndim == 1
            self.n_outputs_ = targets.shape[1]
        elif targets.shape[1] != self.n_outputs_:
            raise ValueError(
                f"NeuralNetRegressor: expected {self.n_outputs_} targets, as before, "
                f"got {targets.shape[1]}"
            )
        return targets

    def _default_loss(self) -> Callable[..., Any]:
        return nn.MSELoss

    def _count(self) -> None:
        return None

    def _split(self, samples: Samples, lengths: list[float]) -> list[Subset]:
        return random_split(samples, lengths)
