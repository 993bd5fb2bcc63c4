"""Batches of a dataset."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from minitorch_np.checks import positive_int
from minitorch_np.random import Rng, get_rng

__all__ = ["DataLoader", "collate"]


class DataLoader:
    """Iterate over a dataset in batches; each iteration is one epoch.

    Parameters
    ----------
    dataset : Dataset, or anything with ``len`` and indexing
        One with ``__getitems__`` (such as :class:`~minitorch_np.data.TensorDataset`) gives a batch
        with one vectorised index.
    batch_size : int, default 1
    shuffle : bool, default False
        Draw a new order for every epoch.
    drop_last : bool, default False
        Leave out a last batch that is smaller than the others.
    rng : numpy.random.Generator or int, optional
        Draws the order; by default the package's own.
    collate_fn : callable, optional
        Makes a batch of a list of samples; by default :func:`collate`.
    transform : callable, optional
        Applied to the first part of each batch, the inputs (N, ...), as it is made; see
        :mod:`minitorch_np.data.transforms`.

    Raises
    ------
    ValueError
        If the dataset is empty or the batch size is not a positive integer.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.data import DataLoader, TensorDataset
    >>> loader = DataLoader(TensorDataset(np.arange(5)), batch_size=2)
    >>> [x.tolist() for (x,) in loader], len(loader)
    ([[0, 1], [2, 3], [4]], 3)
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int = 1,
        shuffle: bool = False,
        *,
        drop_last: bool = False,
        rng: Rng = None,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        transform: Callable[[Any], Any] | None = None,
    ) -> None:
        if not len(dataset):
            raise ValueError("DataLoader: expected at least one sample, got an empty dataset")
        self.dataset = dataset
        self.batch_size = positive_int("DataLoader", "batch_size", batch_size)
        self.shuffle = shuffle
        self.drop_last = drop_last
        self.rng = None if rng is None else get_rng(rng)
        self.collate_fn = collate_fn
        self.transform = transform

    def __len__(self) -> int:
        full, rest = divmod(len(self.dataset), self.batch_size)
        return full + (rest > 0 and not self.drop_last)

    def __iter__(self) -> Iterator[Any]:
        n = len(self.dataset)
        order = get_rng(self.rng).permutation(n) if self.shuffle else np.arange(n)
        fetch = self._fetch()
        for i in range(len(self)):
            batch = fetch(order[i * self.batch_size : (i + 1) * self.batch_size])
            yield batch if self.transform is None else _transformed(batch, self.transform)

    def _fetch(self) -> Callable[[np.ndarray], Any]:
        """Return the function that makes a batch of indices."""
        many = getattr(self.dataset, "__getitems__", None)
        if many is not None and self.collate_fn is None:
            return many
        together = self.collate_fn or collate
        return lambda indices: together([self.dataset[int(i)] for i in indices])


def collate(samples: Sequence[Any]) -> Any:
    """Stack samples into a batch; tuples part by part.

    Examples
    --------
    >>> from minitorch_np.data import collate
    >>> x, y = collate([([1, 2], 0), ([3, 4], 1)])
    >>> y.tolist()
    [0, 1]
    """
    if isinstance(samples[0], tuple):
        return tuple(_stack(parts) for parts in zip(*samples, strict=True))
    return _stack(samples)


def _transformed(batch: Any, transform: Callable[[Any], Any]) -> Any:
    if isinstance(batch, (tuple, list)):
        return transform(batch[0]), *batch[1:]
    return transform(batch)


def _stack(parts: Sequence[Any]) -> np.ndarray:
    return np.stack([np.asarray(part) for part in parts])
