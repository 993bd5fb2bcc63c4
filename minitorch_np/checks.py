"""Input checks that layers and losses share."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np

from minitorch_np.dlpack import as_array

__all__ = [
    "as_dtype",
    "check_upstream",
    "class_targets",
    "count",
    "integer_labels",
    "positive_int",
    "probability",
]


def as_dtype(x: Any, dtype: np.dtype) -> np.ndarray:
    """Return ``x`` as an array of ``dtype``; itself, if it is one."""
    if type(x) is np.ndarray and x.dtype is dtype:
        return x
    array = as_array(x)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"expected an array of real numbers, got {array.dtype}")
    return array.astype(dtype, copy=False)


def as_float(x: Any) -> np.ndarray:
    """Return ``x`` as an array of floats; of its own dtype, if that is one."""
    array = np.asarray(x)
    return array if array.dtype.kind == "f" else as_dtype(array, np.dtype(np.float64))


def check_upstream(owner: str, dy: Any, shape: tuple[int, ...]) -> None:
    """Raise ValueError if the upstream gradient has not the shape of the output."""
    if getattr(dy, "shape", None) != shape:
        raise ValueError(
            f"{owner}: expected dy of shape {shape}, the output's, got "
            f"{getattr(dy, 'shape', type(dy).__name__)}"
        )


def count(owner: str, name: str, value: Any, least: int = 0) -> int:
    """Return ``value`` as an int of at least ``least``, or say what came."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise ValueError(
            f"{owner}: expected {name} to be an integer of at least {least}, got {value!r}"
        )
    return int(value)


def positive_int(owner: str, name: str, value: Any) -> int:
    """Return ``value`` as an int of at least 1, or say what came."""
    return count(owner, name, value, least=1)


def probability(owner: str, name: str, value: float) -> float:
    """Return ``value`` if it lies in [0, 1], or say what came."""
    if not 0 <= value <= 1:
        raise ValueError(f"{owner}: expected {name} in [0, 1], got {value!r}")
    return float(value)


def integer_labels(owner: str, target: Any, n: int) -> np.ndarray:
    """Return n class labels as integers, whatever their values; or say what is wrong with them."""
    labels = np.asarray(target)
    if labels.dtype.kind not in "iu":
        raise TypeError(
            f"{owner}: expected integer class labels, got {labels.dtype}; "
            "convert with .astype(np.int64), or .argmax(axis=1) if they are one-hot"
        )
    if labels.shape != (n,):
        raise ValueError(f"{owner}: expected {n} labels, shape ({n},), got shape {labels.shape}")
    return labels.astype(np.intp, copy=False)


def class_targets(
    owner: str, target: Any, n: int, classes: int, ignore_index: int | None
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return class labels, and which of them count; or say what is wrong with them.

    Returns
    -------
    labels : ndarray of shape (n,)
        In ``[0, classes)``; 0 where the label is ``ignore_index``.
    used : ndarray of bool of shape (n,), or None
        False where the label is ``ignore_index``; None where all count.
    """
    labels = integer_labels(owner, target, n)
    # One pass for both ends: seen as unsigned, a negative label is a huge one.
    inside = not n or int(np.maximum.reduce(labels.view(np.uintp))) < classes
    if inside and (ignore_index is None or not 0 <= ignore_index < classes):
        return labels, None
    used = np.ones(n, bool) if ignore_index is None else labels != ignore_index
    wrong = labels[used & ((labels < 0) | (labels >= classes))]
    if wrong.size:
        raise ValueError(
            f"{owner}: expected labels in [0, {classes}), got {wrong[0]}; "
            f"the input has {classes} classes"
        )
    return np.where(used, labels, 0), None if used.all() else used
