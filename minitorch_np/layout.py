"""How an array lies in memory."""

from __future__ import annotations

import numpy as np

__all__ = ["is_dense"]


def is_dense(x: np.ndarray) -> bool:
    """Whether x fills its memory, in whichever order of its dimensions, aligned for its dtype.

    Elementwise work may then run over ``x.ravel(order="K")``, which is a view.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.layout import is_dense
    >>> x = np.zeros((2, 3, 4))
    >>> is_dense(x.transpose(1, 2, 0)), is_dense(x[:, 1:])
    (True, False)
    """
    if x.flags.c_contiguous:
        return bool(x.flags.aligned)
    return bool(x.flags.aligned) and np.may_share_memory(x.ravel(order="K"), x)
