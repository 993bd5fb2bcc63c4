"""Splitting a dataset into parts."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from minitorch_np.data.dataset import Subset, TensorDataset
from minitorch_np.random import Rng, get_rng

__all__ = ["random_split", "stratified_split"]


def random_split(dataset: Any, lengths: Sequence[float], rng: Rng = None) -> list[Subset]:
    """Split at random into parts of given lengths.

    Parameters
    ----------
    dataset : Dataset
    lengths : sequence of int, or of float
        Numbers of samples that add up to ``len(dataset)``; or fractions that add up to 1, rounded
        down, with what is left over dealt out to the first parts.
    rng : numpy.random.Generator or int, optional

    Returns
    -------
    list of Subset
        One for each length.

    Raises
    ------
    ValueError
        If the lengths do not add up.

    Examples
    --------
    >>> from minitorch_np.data import TensorDataset, random_split
    >>> train, val = random_split(TensorDataset(range(10)), [0.9, 0.1], rng=0)
    >>> len(train), len(val)
    (9, 1)
    """
    counts = _counts("random_split", lengths, len(dataset))
    return _cut(dataset, get_rng(rng).permutation(len(dataset)), counts)


def stratified_split(
    dataset: Any, lengths: Sequence[float], labels: Any = None, rng: Rng = None
) -> list[Subset]:
    """Split at random so that every part has the classes in the proportions of the whole.

    Parameters
    ----------
    dataset : Dataset
    lengths : sequence of int, or of float
        As in :func:`random_split`.
    labels : array_like of shape (N,), optional
        The classes; by default the last array of a :class:`~minitorch_np.data.TensorDataset`.
    rng : numpy.random.Generator or int, optional

    Returns
    -------
    list of Subset
        One for each length.

    Raises
    ------
    ValueError
        If the lengths do not add up, or labels are missing or too few.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.data import TensorDataset, stratified_split
    >>> dataset = TensorDataset(np.repeat([0, 1], [80, 20]))
    >>> train, val = stratified_split(dataset, [0.9, 0.1], rng=0)
    >>> np.bincount(dataset[val.indices][0]).tolist()
    [8, 2]
    """
    counts = _counts("stratified_split", lengths, len(dataset))
    if labels is None and isinstance(dataset, TensorDataset):
        labels = dataset.tensors[-1]
    if np.shape(labels) != (len(dataset),):
        raise ValueError(
            f"stratified_split: expected {len(dataset)} labels, got shape {np.shape(labels)}; "
            "pass labels="
        )
    # Shuffle, spread each class evenly over [0, 1), and cut the line.
    order = get_rng(rng).permutation(len(dataset))
    _, classes = np.unique(np.asarray(labels)[order], return_inverse=True)
    sizes = np.bincount(classes)
    by_class = np.argsort(classes, kind="stable")
    rank = np.empty(len(order))
    rank[by_class] = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    line = (rank + 0.5) / sizes[classes]
    parts = _cut(dataset, order[np.argsort(line, kind="stable")], counts)
    for part in parts:
        part.indices.sort()
    return parts


def _counts(owner: str, lengths: Sequence[float], n: int) -> list[int]:
    if all(isinstance(length, (int, np.integer)) for length in lengths):
        counts = [int(length) for length in lengths]
    elif abs(sum(lengths) - 1) < 1e-9:
        counts = [int(n * length + 1e-9) for length in lengths]
        for i in range(n - sum(counts)):
            counts[i % len(counts)] += 1
    else:
        raise ValueError(f"{owner}: expected fractions that add up to 1, got {list(lengths)}")
    if sum(counts) != n or min(counts, default=0) < 0:
        raise ValueError(
            f"{owner}: expected lengths that add up to the {n} samples, got {list(lengths)}"
        )
    return counts


def _cut(dataset: Any, order: np.ndarray, counts: list[int]) -> list[Subset]:
    edges = np.cumsum([0, *counts])
    return [Subset(dataset, order[start:stop]) for start, stop in itertools.pairwise(edges)]
