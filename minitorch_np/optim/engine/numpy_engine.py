"""The numpy engine: the formula on blocks that fit in the cache."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch_np.optim.engine.formula import Rule, Update, quiet

__all__ = ["build"]

BLOCK = 8192  # elements; a formula's arrays and temporaries then stay in the L2 cache


def build(rule: Rule, slots: int, maximize: bool) -> Update:
    """Return ``update(p, g, *slots, *scalars)``, which runs ``rule`` block by block."""

    def update(p: np.ndarray, g: np.ndarray, *rest: Any) -> None:
        real = p.dtype.type
        arrays = (p, g, *rest[:slots])
        # Overflow and invalid values spread silently, as in the compiled loop and in PyTorch.
        with np.errstate(all="ignore"):
            scalars = [real(value) for value in rest[slots:]]
            c = real(quiet(p.dtype))
            for start in range(0, p.size, BLOCK):
                block = [array[start : start + BLOCK] for array in arrays]
                if maximize:
                    block[1] = -block[1]
                new = rule(*block, *scalars)
                new = [_own(value, block) for value in new] if slots else [new]
                del block[1]  # the gradient is only read
                for old, value in zip(block, new, strict=True):
                    np.add(value, c, out=old)
                    np.subtract(old, c, out=old)

    return update


def _own(value: Any, block: list[np.ndarray]) -> Any:
    """Copy what is one of the inputs itself, which would change while the results are stored."""
    return value.copy() if any(value is array for array in block) else value
