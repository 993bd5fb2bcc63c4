"""How an array lies in memory."""

from __future__ import annotations

import numpy as np

from minitorch_np.threads import ThreadedLoop, parts

__all__ = ["is_dense", "swapped"]

GRAIN = 50_000  # elements that are worth a thread


def is_dense(x: np.ndarray) -> bool:
    """Whether x fills its memory, in whichever order of its dimensions, aligned for its dtype.

    Elementwise work may then run over ``x.ravel(order="K")``, which is a view.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.nn.layout import is_dense
    >>> x = np.zeros((2, 3, 4))
    >>> is_dense(x.transpose(1, 2, 0)), is_dense(x[:, 1:])
    (True, False)
    """
    if x.flags.c_contiguous:
        return bool(x.flags.aligned)
    return bool(x.flags.aligned) and np.may_share_memory(x.ravel(order="K"), x)


def swapped(x: np.ndarray) -> np.ndarray:
    """Return a copy with the last two dimensions swapped.   (N, A, B) -> (N, B, A)

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.nn.layout import swapped
    >>> swapped(np.array([[[1, 2, 3], [4, 5, 6]]])).tolist()
    [[[1, 4], [2, 5], [3, 6]]]
    """
    swap = _swap.compiled(x.dtype) if x.size >= 2 * GRAIN and x.flags.carray else None
    if swap is None:
        return x.transpose(0, 2, 1).copy(order="C")
    n, a, b = x.shape
    y = np.empty((n, b, a), x.dtype)
    swap(n, parts(n, max(1, GRAIN * n // x.size)), x, y)
    return y


@ThreadedLoop("real[:, :, ::1], real[:, :, ::1]")
def _swap(first, last, part, x, y):  # type: ignore
    for n in range(first, last):
        for b in range(x.shape[2]):
            line = y[n, b]
            for a in range(len(line)):
                line[a] = x[n, a, b]
