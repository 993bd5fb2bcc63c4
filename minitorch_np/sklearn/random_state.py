"""scikit-learn's ``random_state`` as a generator."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from minitorch_np.random import get_rng

__all__ = ["generator"]

SEEDS = 1 << 31


def generator(random_state: Any) -> np.random.Generator:
    """Return the generator that ``random_state`` means.

    Parameters
    ----------
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None
        A RandomState is asked for a seed; None is the package's own generator, which
        :func:`~minitorch_np.manual_seed` seeds. NumPy's global state is never used.
    """
    if random_state is None or isinstance(random_state, np.random.Generator):
        return get_rng(random_state)
    if isinstance(random_state, (int, np.integer)):
        return get_rng(int(random_state))
    return get_rng(int(check_random_state(random_state).randint(SEEDS, dtype=np.int64)))
