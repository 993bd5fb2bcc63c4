"""Metrics against scikit-learn and by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minitorch_np.metrics import (
    accuracy,
    confusion_matrix,
    count_correct,
    precision_recall_f1,
)


@given(n=st.integers(1, 60), classes=st.integers(2, 6), seed=st.integers(0, 99))
def test_agrees_with_scikit_learn(n, classes, seed):
    from sklearn import metrics

    rng = np.random.default_rng(seed)
    labels, predictions = rng.integers(0, classes, (2, n))
    every = np.arange(classes)
    matrix = confusion_matrix(labels, predictions, classes)
    assert np.array_equal(matrix, metrics.confusion_matrix(labels, predictions, labels=every))
    theirs = metrics.precision_recall_fscore_support(
        labels, predictions, labels=every, zero_division=0
    )
    for mine, other in zip(precision_recall_f1(matrix), theirs[:3], strict=True):
        assert mine == pytest.approx(other, abs=1e-12)


def test_counts():
    scores = np.array([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]])
    assert count_correct(scores, [1, 1, 1]) == 2
    assert accuracy(scores, np.array([1, 0, 1], np.uint8)) == 1
    assert np.isnan(accuracy(np.zeros((0, 2)), []))
