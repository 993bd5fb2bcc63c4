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
    top_k_accuracy,
)


@st.composite
def classified(draw):
    """Labels and predictions, often of a few of the classes only: the others divide by zero."""
    classes = draw(st.integers(2, 6))
    some = st.lists(st.integers(0, classes - 1), min_size=1, unique=True)
    n = draw(st.integers(1, 60))
    labels, predictions = (
        draw(st.lists(st.sampled_from(draw(some)), min_size=n, max_size=n)) for _ in range(2)
    )
    return labels, predictions, classes


@given(classified())
def test_precision_recall_and_f1_agree_with_scikit_learn(sample):
    from sklearn import metrics

    labels, predictions, classes = sample
    every = np.arange(classes)
    matrix = confusion_matrix(labels, predictions, classes)
    assert np.array_equal(matrix, metrics.confusion_matrix(labels, predictions, labels=every))
    for average in (None, "macro", "micro"):
        theirs = metrics.precision_recall_fscore_support(
            labels, predictions, labels=every, average=average, zero_division=0
        )
        for mine, other in zip(precision_recall_f1(matrix, average), theirs[:3], strict=True):
            assert mine == pytest.approx(other, abs=1e-12)


@given(n=st.integers(1, 60), classes=st.integers(3, 8), seed=st.integers(0, 99), data=st.data())
def test_accuracies_agree_with_scikit_learn(n, classes, seed, data):
    from sklearn import metrics

    rng = np.random.default_rng(seed)
    scores = rng.permuted(np.tile(np.arange(classes), (n, 1)), axis=1)  # no two are equal
    labels = rng.integers(0, classes, n)
    k = data.draw(st.integers(1, classes - 1))
    theirs = metrics.top_k_accuracy_score(labels, scores, k=k, labels=np.arange(classes))
    assert top_k_accuracy(scores, labels, k) == pytest.approx(theirs)
    assert top_k_accuracy(scores, labels, classes) == 1
    assert accuracy(scores, labels) == top_k_accuracy(scores, labels, 1)
    assert accuracy(scores, labels) == metrics.accuracy_score(labels, scores.argmax(axis=1))


def test_counts():
    scores = np.array([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]])
    assert count_correct(scores, [1, 1, 1]) == 2
    assert accuracy(scores, np.array([1, 0, 1], np.uint8)) == 1


def test_of_equal_scores_the_lower_class_comes_first():
    scores = np.zeros((3, 3))
    assert top_k_accuracy(scores, [0, 1, 2], 1) == accuracy(scores, [0, 1, 2]) == 1 / 3
    assert top_k_accuracy(scores, [0, 1, 2], 2) == 2 / 3


def test_a_score_that_is_no_number_is_never_right():
    scores = np.full((2, 3), np.nan)
    scores[1] = [0.1, np.nan, 0.3]
    assert top_k_accuracy(scores, [0, 1], 3) == 0
    assert [top_k_accuracy(scores[1:], [2], k) for k in (1, 2, 3)] == [0, 1, 1]


def test_no_samples():
    none = np.zeros((0, 3))
    assert np.isnan(accuracy(none, []))
    assert np.isnan(top_k_accuracy(none, [], 2))
    assert confusion_matrix([], [], 2).tolist() == [[0, 0], [0, 0]]
    for average in ("macro", "micro"):
        assert precision_recall_f1(np.zeros((2, 2), int), average) == (0, 0, 0)


def test_all_micro_averages_are_the_accuracy(rng):
    scores, labels = rng.normal(size=(50, 4)), rng.integers(0, 4, 50)
    matrix = confusion_matrix(labels, scores.argmax(axis=1), 4)
    assert precision_recall_f1(matrix, "micro") == pytest.approx([accuracy(scores, labels)] * 3)


def test_a_class_that_is_not_there_counts_in_the_macro_average():
    precision, recall, f1 = precision_recall_f1(confusion_matrix([0, 0], [0, 1], 4), "macro")
    assert (precision, recall) == (1 / 4, 0.5 / 4)
    assert f1 == pytest.approx(2 / 3 / 4)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: count_correct([0.1, 0.9], [1]), r"count_correct: expected scores of .* got \(2,"),
        (lambda: top_k_accuracy([[0.1, 0.9]], [[1]], 1), "top_k_accuracy: expected scores of"),
        (lambda: top_k_accuracy([[0.1, 0.9]], [1], 3), r"expected k in \[1, 2\], got 3"),
        (lambda: top_k_accuracy([[0.1, 0.9]], [1], 0), r"expected k in \[1, 2\], got 0"),
        (lambda: top_k_accuracy([[0.1, 0.9]], [-1], 1), r"integer classes in \[0, 2\)"),
        (lambda: confusion_matrix([0, 1], [0], 2), r"one shape \(N,\), got \(2,\) and \(1,\)"),
        (lambda: confusion_matrix([0, 2], [0, 1], 2), "got int64 from 0 to 2"),
        (lambda: confusion_matrix([0, 1], [0.0, 1.0], 2), "got float64"),
        (lambda: precision_recall_f1(np.ones((2, 3))), r"of shape \(K, K\), got \(2, 3\)"),
        (lambda: precision_recall_f1(np.eye(2), "weighted"), "'micro', got 'weighted'"),
    ],
)
def test_what_is_refused(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
