"""Whether all contestants compute the same thing."""

from collections.abc import Mapping

import numpy as np
from harness import Measurement

from .table import Rule

TOLERANCE = 2e-3
"""Of the largest change. The most is in optax's RAdam, which corrects in single precision."""
REFERENCES = ("ours@1", "ours-numpy@1")


def disagreements(rule: Rule, measured: Mapping[str, Measurement]) -> float:
    """Give everyone whose parameters changed otherwise than ours an error.

    Returns the largest difference that was tolerated, as a part of the change.
    """
    changes = {
        name: np.array(measurement.first["change"])
        for name, measurement in measured.items()
        if "change" in measurement.first and not is_exempt(rule, name)
    }
    if not changes:
        return 0.0
    reference = next((name for name in REFERENCES if name in changes), next(iter(changes)))
    ours, worst = changes[reference], 0.0
    for name, change in changes.items():
        difference = float(np.abs(change - ours).max() / np.abs(ours).max())
        if difference <= TOLERANCE:
            worst = max(worst, difference)
        else:
            measured[name].error = (
                f"its {rule.title} is not that of {reference}: after the first steps the"
                f" difference is {difference:.1%} of the change"
            )
    return worst


def is_exempt(rule: Rule, name: str) -> bool:
    """Tell whether it is known, and said in the table, that this one computes something else."""
    return name.startswith("optax") and rule.optax is not None and bool(rule.optax.differs)
