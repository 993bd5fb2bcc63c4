"""How many parameters, as how many tensors, with which values."""

import re
from functools import cache
from itertools import pairwise

import numpy as np
from harness import Case
from numpy.typing import NDArray

Values = NDArray[np.float32]  # (n,)

FEW = 4
MANY = 1_000  # values a tensor, as in the biases and small layers of a network
MOST = 2_000  # tensors: PyTorch's loop takes some 10 µs for each
PATTERN = 1_000_003  # values; they repeat, so that a hundred million are quickly there
UNIT = {"": 1, "k": 1_000, "M": 1_000_000}


def parse_size(text: str) -> int:
    """Read ``"118k"`` or ``"10M"``.

    Raises
    ------
    ValueError
        If it is not such a number, or below a thousand.
    """
    match = re.fullmatch(r"(\d+)([kM]?)", text)
    size = int(match[1]) * UNIT[match[2]] if match else 0
    if size < 1_000:
        raise ValueError(f"expected a size such as 118k or 10M, from 1k, got {text!r}")
    return size


def size_text(size: int) -> str:
    """Return the size as it was written."""
    for letter in ("M", "k"):
        if size % UNIT[letter] == 0:
            return f"{size // UNIT[letter]}{letter}"
    return str(size)


def lengths(size: int, tensors: str) -> list[int]:
    """Return the number of values of each of "few" large or "many" small tensors."""
    count = FEW if tensors == "few" else min(MOST, max(FEW, size // MANY))
    edges = [size * i // count for i in range(count + 1)]
    return [stop - start for start, stop in pairwise(edges)]


def parameters(case: Case) -> list[Values]:
    """Return the initial values of the case's tensors, between 0.05 and 0.15 from zero."""
    return cut(case, pattern(seed=0, low=0.05, high=0.15))


def gradients(case: Case, scale: float) -> list[Values]:
    """Return their gradients: moderate, and none near zero, whose sign rounding could change."""
    return cut(case, pattern(seed=1, low=0.05, high=0.15) * np.float32(scale))


@cache
def pattern(seed: int, low: float, high: float) -> Values:
    """Return values of both signs whose absolute value is in a range."""
    rng = np.random.default_rng(seed)
    signs = rng.integers(2, size=PATTERN, dtype=np.int8) * 2 - 1
    return (rng.uniform(low, high, PATTERN) * signs).astype(np.float32)


def cut(case: Case, values: Values) -> list[Values]:
    """Repeat the values through the case's tensors; these are views, which libraries copy."""
    parts = lengths(case["params"], case["tensors"])
    edges = np.cumsum([0, *parts])
    whole = np.resize(values, case["params"])
    return [whole[i:j] for i, j in pairwise(edges)]
