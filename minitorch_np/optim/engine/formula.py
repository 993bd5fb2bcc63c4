"""What an engine needs to know of a formula.

A formula is an elementwise function ``rule(p, g, *slots, *scalars)`` of one parameter value, its
gradient, its state and the step's scalars. It returns the new value and the new state, in the same
order. It holds no literals and no conversions: everything that is not an array comes as a scalar,
computed in double and cast once by the engine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["Rule", "Update", "quiet"]

Rule = Callable[..., Any]
# update(p, g, *slots, *scalars): changes p and the slots in place
Update = Callable[..., None]


def quiet(dtype: np.dtype) -> float:
    """Return the constant c that keeps results out of the denormal range: x ← (x + c) - c.

    A moment that decays under a zero gradient ends in denormal numbers and stays there, and
    arithmetic on those is some thirty times slower. Adding and subtracting c rounds x to a
    multiple of c's last place: what is far smaller becomes 0, what is larger than c / eps does not
    change. For float32 c is 1e-25 and the multiples are of 6e-33, which leaves room for the
    products of a formula to stay normal too; for float64 they are 1e-286 and 1e-302.
    """
    info = np.finfo(dtype)
    return float(info.smallest_normal / info.eps * 1e6)
