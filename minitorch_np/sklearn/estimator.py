"""What the classifier and the regressor share: options, data in, training, outputs."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted

from minitorch_np import nn
from minitorch_np.data import DataLoader, Subset
from minitorch_np.random import drawing_from
from minitorch_np.recording import no_grad
from minitorch_np.sklearn.callbacks import own_callbacks, stopping
from minitorch_np.sklearn.network import multilayer_perceptron, own_module
from minitorch_np.sklearn.options import Options, batch_size_for
from minitorch_np.sklearn.random_state import generator
from minitorch_np.sklearn.samples import Samples, dense
from minitorch_np.sklearn.schedule import schedule_callbacks
from minitorch_np.sklearn.solver import make_optimizer
from minitorch_np.sklearn.versions import validate_data
from minitorch_np.sklearn.weighting import WeightedLoss, checked_weights
from minitorch_np.training import Callback, Progress, fit

__all__ = ["NeuralNet"]

ROWS = 4096  # that go through the network at once where nothing is trained


class NeuralNet(Options, ABC):
    """Base class: a subclass says what targets, losses and outputs mean."""

    numeric_targets: ClassVar[bool]

    # ---- what a subclass gives -----------------------------------------------------------------

    @abstractmethod
    def _encoded(self, y: Any, fresh: bool, classes: Any) -> np.ndarray:
        """Return the targets as the loss takes them, and set n_outputs_ where ``fresh``."""

    @abstractmethod
    def _default_loss(self) -> Callable[..., Any]:
        """Return the loss that ``loss=None`` stands for."""

    @abstractmethod
    def _count(self) -> Callable[[Any, Any], int] | None:
        """Return what counts right outputs, for the accuracies of the history."""

    @abstractmethod
    def _split(self, samples: Samples, lengths: list[float]) -> list[Subset]:
        """Return the samples to train on, and those to validate on."""

    def _weights(self, y: np.ndarray, sample_weight: Any) -> np.ndarray | None:
        """Return the weights of the samples, (N,); None where all are 1."""
        if sample_weight is None:
            return None
        return checked_weights(type(self).__name__, sample_weight, len(y))

    # ---- scikit-learn's questions --------------------------------------------------------------

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    # ---- training ------------------------------------------------------------------------------

    def _fit(self, X: Any, y: Any, sample_weight: Any) -> None:
        fresh = not (self.warm_start and hasattr(self, "module_"))
        samples = self._samples(X, y, sample_weight, fresh)
        mean_weight = samples.divide_by_mean_weight()
        with drawing_from(self._begin(fresh)):
            train, held_out = self._parts(samples)
            loader = self._loader(train)
            self.optimizer_ = self._optimizer(loader.batch_size * mean_weight)
            steps = self.max_iter * len(loader)
            last = [
                *schedule_callbacks(self.learning_rate, self.optimizer_, steps),
                *stopping(self.early_stopping, self.tol, self.n_iter_no_change, self.max_iter),
            ]
            self._train(loader, self.max_iter, samples.weights is not None, held_out, last)
        if self.tol is not None and self.n_iter_ == self.max_iter:
            warnings.warn(
                f"{type(self).__name__}: expected {self.n_iter_no_change} epochs without a better "
                f"loss to end training, got none within max_iter={self.max_iter}; raise it, or "
                "pass tol=None to train for just as many",
                ConvergenceWarning,
                stacklevel=3,
            )

    def _partial_fit(self, X: Any, y: Any, sample_weight: Any, classes: Any = None) -> None:
        for name, plain in (("early_stopping", False), ("learning_rate", "constant")):
            if getattr(self, name) != plain:
                raise ValueError(
                    f"{type(self).__name__}: expected {name}={plain!r} for partial_fit, which "
                    f"knows of no end, got {getattr(self, name)!r}; call fit"
                )
        fresh = not hasattr(self, "module_")
        samples = self._samples(X, y, sample_weight, fresh, classes)
        with drawing_from(self._begin(fresh)):
            loader = self._loader(samples)
            if fresh:
                self.optimizer_ = self._optimizer(loader.batch_size)
            self._train(loader, 1, samples.weights is not None)

    def _samples(
        self, X: Any, y: Any, sample_weight: Any, fresh: bool, classes: Any = None
    ) -> Samples:
        """Return the samples, without those of weight 0."""
        self._check_options()
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse="csr",
            dtype=np.dtype(self.dtype),
            multi_output=True,
            y_numeric=self.numeric_targets,
            reset=fresh,
        )
        targets = self._encoded(y, fresh, classes)
        weights = self._weights(y, sample_weight)
        if weights is None:
            return Samples(X, targets)
        used = np.flatnonzero(weights)
        return Samples(X[used], targets[used], weights[used])

    def _begin(self, fresh: bool) -> np.random.Generator:
        """Make what outlasts a call, where it is the first; return what all is drawn from."""
        if fresh:
            self._rng = generator(self.random_state)
            with drawing_from(self._rng):
                self.module_ = self._module()
            self.history_: list[dict[str, Any]] = []
            self.loss_curve_: list[float] = []
        return self._rng

    def _module(self) -> nn.Module:
        d_in, d_out = self.n_features_in_, self.n_outputs_
        if self.module is not None:
            made = own_module(self.module, d_in, d_out)
        else:
            layers = self.hidden_layer_sizes, self.activation, self.dropout, self.batch_norm
            made = multilayer_perceptron(d_in, d_out, *layers)
        return made.double() if self.dtype == "float64" else made.float()

    def _parts(self, samples: Samples) -> tuple[Any, Subset | None]:
        """Return what to train on, and what to validate on if training may stop early."""
        if not self.early_stopping:
            return samples, None
        fraction = self.validation_fraction
        train, held_out = self._split(samples, [1 - fraction, fraction])
        if not len(train) or not len(held_out):
            raise ValueError(
                f"{type(self).__name__}: expected samples for training and for validation, got "
                f"{len(train)} and {len(held_out)}; change validation_fraction={fraction}"
            )
        return train, held_out

    def _loader(self, samples: Any) -> DataLoader:
        size = batch_size_for(self.batch_size, len(samples))
        return DataLoader(samples, size, shuffle=self.shuffle)

    def _optimizer(self, batch_weight: float) -> Any:
        return make_optimizer(
            self.solver,
            self.module_.parameters(),
            self.learning_rate_init,
            self.alpha / batch_weight,
            self.momentum,
            self.nesterovs_momentum,
        )

    def _train(
        self,
        loader: DataLoader,
        epochs: int,
        weighted: bool,
        held_out: Subset | None = None,
        last: Iterable[Callback] = (),
    ) -> None:
        """Train, in the one loop.

        ``last`` stands behind the user's callbacks, so that at the end these see the epoch that
        is kept.
        """
        loss = self._default_loss() if self.loss is None else self.loss
        self.criterion_ = loss()
        self.callbacks_ = own_callbacks(self.callbacks)
        count = self._count()
        if weighted and count is not None:
            count = _on_first_of_pair(count)
        try:
            rows = fit(
                self.module_,
                WeightedLoss(loss(reduction="none")) if weighted else self.criterion_,
                self.optimizer_,
                loader,
                epochs=epochs,
                validation=None if held_out is None else DataLoader(held_out, ROWS),
                callbacks=[*self.callbacks_, *([Progress(bar=False)] * self.verbose), *last],
                correct=count,
            )
        finally:
            self.module_.eval()
        self.history_ += rows
        self.loss_curve_ += [row["train_loss"] for row in rows]
        self.loss_ = self.loss_curve_[-1]
        self.best_loss_ = min(self.loss_curve_)
        self.n_iter_ = len(rows)

    # ---- outputs -------------------------------------------------------------------------------

    def _outputs(self, X: Any) -> np.ndarray:
        """Return the outputs of the network in eval mode.   X: (N, D_in), outputs: (N, D_out)"""
        check_is_fitted(self)
        options = {"accept_sparse": "csr", "dtype": np.dtype(self.dtype), "reset": False}
        X = validate_data(self, X, **options)
        parts = []
        for start in range(0, X.shape[0], ROWS):
            with no_grad(), np.errstate(all="ignore"):
                parts.append(self.module_(dense(X[start : start + ROWS])))
        return np.concatenate(parts)


def _on_first_of_pair(count: Callable[[Any, Any], int]) -> Callable[[Any, Any], int]:
    return lambda output, target: count(output, target[0])
