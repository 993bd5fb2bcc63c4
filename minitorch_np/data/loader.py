"""Batches of a dataset."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from minitorch_np.checks import count, positive_int
from minitorch_np.random import Rng, get_rng, set_rng_state

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

    Notes
    -----
    Where an epoch is to be left off and gone on with later, in another process even,
    :meth:`state_dict` says where it stands. The generators go with it, by
    :func:`minitorch_np.serialization.random_state`; ``training.Checkpoint`` does both.

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
        # Of the iteration begun last: the batches it has given, and what its order was drawn from.
        self._batch = 0
        self._drawn_from: Mapping[str, Any] | None = None
        self._resumed: np.ndarray | None = None  # the order of an iteration to go on with, (N,)

    def __len__(self) -> int:
        full, rest = divmod(len(self.dataset), self.batch_size)
        return full + (rest > 0 and not self.drop_last)

    def __iter__(self) -> Iterator[Any]:
        order, self._resumed = self._resumed, None
        if order is None:
            self._batch = 0
            self._drawn_from = get_rng(self.rng).bit_generator.state if self.shuffle else None
            order = self._order(get_rng(self.rng))
        fetch = self._fetch()
        for i in range(self._batch, len(self)):
            batch = fetch(order[i * self.batch_size : (i + 1) * self.batch_size])
            batch = batch if self.transform is None else _transformed(batch, self.transform)
            self._batch = i + 1
            yield batch
        self._batch, self._drawn_from = 0, None

    def state_dict(self) -> dict[str, Any]:
        """Return where the iteration that was begun last stands.

        Returns
        -------
        dict
            "batch": how many it has given, 0 where none is under way; "drawn_from": the state of
            the generator that its order was drawn from; and "samples", "batch_size", "shuffle" and
            "drop_last", which have to be the same where it goes on.
        """
        return {**self._settings(), "batch": self._batch, "drawn_from": self._drawn_from}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Let the next iteration go on where another stood: same order, next batch.

        Raises
        ------
        ValueError
            If the state is that of a loader with other settings, or none.

        Examples
        --------
        >>> import numpy as np
        >>> from minitorch_np.data import DataLoader, TensorDataset
        >>> loader = DataLoader(TensorDataset(np.arange(4)), shuffle=True, rng=0)
        >>> iterator = iter(loader)
        >>> first, stands = next(iterator), loader.state_dict()
        >>> rest = [int(x[0]) for (x,) in iterator]
        >>> loader.load_state_dict(stands)
        >>> [int(x[0]) for (x,) in loader] == rest
        True
        """
        settings = self._settings()
        try:
            given = {name: state_dict[name] for name in settings}
            batch, drawn_from = state_dict["batch"], state_dict["drawn_from"]
        except (KeyError, TypeError) as error:
            raise ValueError(
                "DataLoader.load_state_dict: expected what state_dict() returned, got none with "
                f"{error}"
            ) from None
        if given != settings:
            raise ValueError(
                f"DataLoader.load_state_dict: expected the state of a loader with {settings}, got "
                f"one with {given}; make the loader as it was"
            )
        batch = count("DataLoader.load_state_dict", "batch", batch)
        if batch > len(self):
            raise ValueError(
                f"DataLoader.load_state_dict: expected a place in {len(self)} batches, got "
                f"{batch}; make the loader as it was"
            )
        self._resumed = self._order_from(drawn_from) if batch else None
        self._batch, self._drawn_from = batch, drawn_from

    def _settings(self) -> dict[str, Any]:
        return {
            "samples": len(self.dataset),
            "batch_size": self.batch_size,
            "shuffle": bool(self.shuffle),
            "drop_last": bool(self.drop_last),
        }

    def _order(self, rng: np.random.Generator) -> np.ndarray:
        """Return the order of an epoch's samples, (N,)."""
        n = len(self.dataset)
        return rng.permutation(n) if self.shuffle else np.arange(n)

    def _order_from(self, drawn_from: Mapping[str, Any]) -> np.ndarray:
        """Return the order that was drawn by a generator in this state, (N,)."""
        rng = np.random.Generator(type(get_rng(self.rng).bit_generator)())
        if self.shuffle:
            try:
                set_rng_state(rng, drawn_from)
            except ValueError as error:
                raise ValueError(f"DataLoader.load_state_dict: {error}") from None
        return self._order(rng)

    def _fetch(self) -> Callable[[np.ndarray], Any]:
        """Return the function that makes a batch of indices."""
        many = getattr(self.dataset, "__getitems__", None)
        if many is not None and self.collate_fn is None:
            return many
        together = self.collate_fn or collate
        return lambda indices: together([self.dataset[int(i)] for i in indices])


def collate(samples: Sequence[Any]) -> Any:
    """Stack samples into a batch; tuples part by part.

    Parameters
    ----------
    samples : sequence of array_like, or of tuples of them

    Returns
    -------
    ndarray of shape (N, ...), or tuple of them

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
