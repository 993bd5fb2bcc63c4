"""Whether all contestants compute the same thing, where the same weights are fed the same."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from harness import Measurement

SAMPLE = 256
TOLERANCE = 2e-3
"""Of the largest value. Long sums in single precision depend on their order."""


def sample(array: Any) -> list[float]:
    """Return values at places spread over an array, or anything that NumPy makes one of."""
    values = np.asarray(array).reshape(-1)
    return values[np.linspace(0, len(values) - 1, SAMPLE).astype(int)].tolist()


def refuse_disagreement(measured: Mapping[str, Measurement]) -> None:
    """Give everyone whose values are not those of the first an error, and drop the values."""
    found = {n: m.first.pop("values") for n, m in measured.items() if "values" in m.first}
    if not found:
        return
    reference, expected = next(iter(found.items()))
    for name, values in found.items():
        for key in expected:
            if (difference := distance(values[key], expected[key])) > TOLERANCE:
                measured[name].error = (
                    f"its {key} is not that of {reference}: the largest difference is"
                    f" {difference:.1%} of the largest value"
                )


def distance(values: list[float], expected: list[float]) -> float:
    """Return the largest difference, as a part of the largest value; infinity for NaN."""
    difference = np.abs(np.subtract(values, expected)).max() / np.abs(expected).max()
    return float(np.nan_to_num(difference, nan=np.inf))
