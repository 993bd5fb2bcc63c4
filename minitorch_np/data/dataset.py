"""Datasets: samples by index, and many of them at once where that is possible."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch_np.dlpack import as_array

__all__ = ["Dataset", "Subset", "TensorDataset"]


class Dataset:
    """Base class: ``len(dataset)``, and ``dataset[i]``, one sample.

    A sample is an array, a number, or a tuple of them, such as (image, label). A dataset that can
    fetch many at once also has ``__getitems__(indices)``, which returns the whole batch; a
    :class:`~minitorch_np.data.DataLoader` then calls that instead of stacking single samples.

    Examples
    --------
    >>> from minitorch_np.data import Dataset, DataLoader
    >>> class Squares(Dataset):
    ...     def __len__(self):
    ...         return 4
    ...     def __getitem__(self, i):
    ...         return i, i * i
    >>> [y.tolist() for x, y in DataLoader(Squares(), batch_size=2)]
    [[0, 1], [4, 9]]
    """

    def __len__(self) -> int:
        raise NotImplementedError(f"{type(self).__name__}: expected a method __len__; write one")

    def __getitem__(self, index: Any) -> Any:
        raise NotImplementedError(
            f"{type(self).__name__}: expected a method __getitem__; write one"
        )


class TensorDataset(Dataset):
    """Arrays whose first dimension counts the samples.

    Parameters
    ----------
    *tensors : array_like of shape (N, ...)
        Not copied; nor are other libraries' arrays, which come in through DLPack.

    Raises
    ------
    ValueError
        If their lengths differ, or there are none.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.data import TensorDataset
    >>> dataset = TensorDataset(np.arange(6).reshape(3, 2), np.array([7, 8, 9]))
    >>> x, y = dataset[1]
    >>> x.tolist(), int(y)
    ([2, 3], 8)
    """

    def __init__(self, *tensors: Any) -> None:
        self.tensors = tuple(as_array(tensor, "TensorDataset") for tensor in tensors)
        shapes = [tensor.shape for tensor in self.tensors]
        if len({shape[:1] for shape in shapes}) != 1 or not shapes[0]:
            raise ValueError(
                "TensorDataset: expected arrays that agree in their first dimension, "
                f"got shapes {shapes}"
            )

    def __len__(self) -> int:
        return len(self.tensors[0])

    def __getitem__(self, index: Any) -> tuple[Any, ...]:
        return tuple(tensor[index] for tensor in self.tensors)

    def __getitems__(self, indices: np.ndarray) -> tuple[np.ndarray, ...]:
        """Gather a batch: one vectorised copy an array.   indices: (N,)"""
        return tuple(tensor.take(indices, axis=0) for tensor in self.tensors)


class Subset(Dataset):
    """Some samples of another dataset.

    Parameters
    ----------
    dataset : Dataset
    indices : array_like of int of shape (N,)
        Which samples, in which order.

    Examples
    --------
    >>> from minitorch_np.data import Subset, TensorDataset
    >>> subset = Subset(TensorDataset([10, 20, 30]), [2, 0])
    >>> [int(x) for (x,) in subset]
    [30, 10]
    """

    def __init__(self, dataset: Any, indices: Any) -> None:
        self.dataset = dataset
        chosen = np.asarray(indices)
        if chosen.ndim != 1 or (chosen.size and chosen.dtype.kind not in "iu"):
            raise TypeError(
                f"Subset: expected integer indices of shape (N,), got {chosen.dtype} of shape "
                f"{chosen.shape}; turn a mask into indices with np.flatnonzero"
            )
        self.indices = chosen.astype(np.intp)
        if hasattr(dataset, "__getitems__"):
            self.__getitems__ = self._fetch

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: Any) -> Any:
        return self.dataset[self.indices[index]]

    def _fetch(self, indices: np.ndarray) -> Any:
        return self.dataset.__getitems__(self.indices[indices])
