"""What a network takes for what on the test images, and how sure it is of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lab import build
from lab.images import Images
from lab.saved_run import SavedRun
from minitorch_np import nn
from minitorch_np.data import DataLoader
from minitorch_np.metrics import accuracy, confusion_matrix, precision_recall_f1, top_k_accuracy
from minitorch_np.training import predict

__all__ = ["Judged", "judge", "report"]

LISTED = 8  # of the pairs most confused


class Judged(NamedTuple):
    """The test images, and what the network says of them.

    Attributes
    ----------
    title : str
        Names data set, configuration and seed.
    classes : tuple of str
    matrix : ndarray of int of shape (K, K)
        How many, by true (rows) and predicted (columns) class.
    images : ndarray of shape (N, 28, 28)
        In [0, 1].
    labels, predictions : ndarray of int of shape (N,)
    confidence : ndarray of shape (N,)
        The probability that the network gives its prediction.
    top_3 : float
        How often the label is among the three most probable.
    """

    title: str
    classes: tuple[str, ...]
    matrix: np.ndarray
    images: np.ndarray
    labels: np.ndarray
    predictions: np.ndarray
    confidence: np.ndarray
    top_3: float

    @property
    def rows(self) -> np.ndarray:
        """The matrix with each row as fractions of its class; 0 where there are none."""
        return self.matrix / np.maximum(self.matrix.sum(axis=1, keepdims=True), 1)

    def cell(self, true: int, predicted: int) -> np.ndarray:
        """Return the indices of a cell's images, those that the network is surest of first."""
        inside = np.flatnonzero((self.labels == true) & (self.predictions == predicted))
        return inside[np.argsort(-self.confidence[inside], kind="stable")]

    def worst_cells(self) -> list[tuple[int, int]]:
        """Return the cells with mistakes, as (true, predicted), those with most first."""
        mistakes = self.matrix * (1 - np.eye(len(self.matrix), dtype=int))
        order = np.argsort(-mistakes, axis=None, kind="stable")[: np.count_nonzero(mistakes)]
        return [divmod(int(cell), len(self.matrix)) for cell in order]


def judge(run: SavedRun, images: Images) -> Judged:
    """Show the run's network the test images."""
    scores, labels = predict(build.answering(run.config, run.model), DataLoader(images.test, 1000))
    # One of the networks has a sigmoid for each class: its outputs are probabilities as they are.
    sigmoid = run.config.loss == "binary_cross_entropy"
    probabilities = scores if sigmoid else nn.Softmax(dim=1).eval()(scores)
    predictions = scores.argmax(axis=1)
    x, _ = images.test[np.arange(len(images.test))]
    right = accuracy(scores, labels)
    return Judged(
        f"{images.name}, {len(labels):,} test images, {right:.2%} right; {run.config}",
        images.classes,
        confusion_matrix(labels, predictions, len(images.classes)),
        x.reshape(-1, 28, 28),
        labels,
        predictions,
        probabilities.max(axis=1),
        top_k_accuracy(scores, labels, 3),
    )


def report(judged: Judged) -> str:
    """Return counts, row percentages, figures of each class, and the pairs most confused."""
    names, matrix = judged.classes, judged.matrix
    short = [name[:8] for name in names]
    head = f"{'true / predicted':<16} " + " ".join(f"{name:>8}" for name in short)
    lines = [judged.title, "", head]
    lines += [
        f"{name:<16} " + " ".join(f"{count:>8}" for count in row)
        for name, row in zip(names, matrix, strict=True)
    ]
    lines += ["", f"{'% of the row':<16} " + " ".join(f"{name:>8}" for name in short)]
    lines += [
        f"{name:<16} " + " ".join(f"{100 * share:>8.1f}" for share in row)
        for name, row in zip(names, judged.rows, strict=True)
    ]
    lines += ["", f"{'class':<16} {'precision':>9} {'recall':>9} {'F1':>9}"]
    per_class = list(zip(names, *precision_recall_f1(matrix), strict=True))
    per_class += [("macro average", *precision_recall_f1(matrix, "macro"))]
    per_class += [("micro average", *precision_recall_f1(matrix, "micro"))]
    lines += [f"{name:<16} {p:>9.4f} {r:>9.4f} {f1:>9.4f}" for name, p, r, f1 in per_class]
    lines += ["", f"label among the three most probable: {judged.top_3:.2%}"]
    lines += ["", "taken for each other most often:", *_pairs(judged)]
    return "\n".join(lines)


def _pairs(judged: Judged) -> list[str]:
    """Return a line a pair of classes, both ways together."""
    names, both = judged.classes, np.triu(judged.matrix + judged.matrix.T, k=1)
    order = np.argsort(-both, axis=None, kind="stable")[: min(LISTED, np.count_nonzero(both))]
    lines = []
    for cell in order:
        a, b = divmod(int(cell), len(names))
        there, back = judged.matrix[a, b], judged.matrix[b, a]
        lines.append(
            f"{both[a, b]:>5}  {names[a]} taken for {names[b]} {there}, "
            f"{names[b]} for {names[a]} {back}"
        )
    return lines
