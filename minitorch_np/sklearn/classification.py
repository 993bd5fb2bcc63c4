"""What is special to classification: labels, their weights, loss and split."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils import compute_sample_weight

from minitorch_np import nn
from minitorch_np.data import Subset, random_split, stratified_split
from minitorch_np.metrics import count_correct
from minitorch_np.sklearn.estimator import NeuralNet
from minitorch_np.sklearn.labels import checked_labels, class_indices
from minitorch_np.sklearn.samples import Samples

__all__ = ["Classification"]


@dataclass(eq=False, repr=False)
class Classification(ClassifierMixin, NeuralNet):  # type: ignore[misc]
    """Base class of the classifier: one option more, and what :class:`NeuralNet` asks of labels."""

    _: KW_ONLY
    class_weight: Any = None

    numeric_targets = False

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    def _more_tags(self) -> dict[str, Any]:  # scikit-learn before 1.6
        return {"multilabel": True}

    def _encoded(self, y: Any, fresh: bool, classes: Any) -> np.ndarray:
        owner = type(self).__name__
        labels, multilabel = checked_labels(owner, y)
        found = np.arange(labels.shape[1]) if multilabel else labels
        announced = None if classes is None else np.unique(classes)
        if fresh:
            self._multilabel = multilabel
            self.classes_ = np.unique(found) if announced is None else announced
            self.n_outputs_ = len(self.classes_)
        elif multilabel != self._multilabel or (
            announced is not None and not np.array_equal(announced, self.classes_)
        ):
            raise ValueError(
                f"{owner}: expected the classes {self.classes_.tolist()}, as in the first call, "
                f"got {(np.unique(found) if announced is None else announced).tolist()}"
            )
        indices = class_indices(owner, found, self.classes_)
        return labels.astype(self.dtype) if multilabel else indices

    def _weights(self, y: Any, sample_weight: Any) -> np.ndarray | None:
        weights = super()._weights(y, sample_weight)
        if self.class_weight is None:
            return weights
        of_class = compute_sample_weight(self.class_weight, y)
        return of_class if weights is None else weights * of_class

    def _default_loss(self) -> Callable[..., Any]:
        return nn.BCEWithLogitsLoss if self._multilabel else nn.CrossEntropyLoss

    def _count(self) -> Callable[[Any, Any], int] | None:
        return None if self._multilabel else count_correct

    def _split(self, samples: Samples, lengths: list[float]) -> list[Subset]:
        if self._multilabel:
            return random_split(samples, lengths)
        return stratified_split(samples, lengths, samples.y)
