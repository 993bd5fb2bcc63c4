"""The numpy engine: the formula on blocks that fit in the cache."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from minitorch_np.optim.engine.formula import Rule, Update, quiet
from minitorch_np.optim.engine.program import NotTraceable, Program, trace
from minitorch_np.threads import side_by_side, slices

__all__ = ["build"]

BLOCK = 1 << 18  # bytes; a formula's arrays then stay in the cache
# On several threads blocks are larger: each call has to take long beside the wait for the GIL.
BLOCK_OF_SEVERAL = 1 << 20
GRAIN = 150_000  # elements that are worth a thread


def build(rule: Rule, slots: int, maximize: bool) -> Update:
    """Return ``update(p, g, *slots, *scalars)``, which runs ``rule`` block by block."""
    arrays = 2 + slots
    try:
        program = trace(rule, arrays)
    except NotTraceable:
        return _as_it_stands(rule, arrays, maximize)
    return _in_scratch(rule.__qualname__, program, arrays, maximize)


def _in_scratch(name: str, program: Program, arrays: int, maximize: bool) -> Update:
    scalars, constants, on_scalars, on_blocks, scratch, results = program

    def update(p: np.ndarray, g: np.ndarray, *rest: Any) -> None:
        whole, numbers = (p, g, *rest[: arrays - 2]), rest[arrays - 2 :]
        if len(numbers) != scalars:
            raise TypeError(
                f"{name}: expected scalars() to give the {scalars} that the formula takes, "
                f"got {len(numbers)}"
            )
        parts = slices(p.size, GRAIN)
        length = (BLOCK if len(parts) == 1 else BLOCK_OF_SEVERAL) // p.dtype.itemsize
        jobs = [partial(run, [array[part] for array in whole], numbers, length) for part in parts]
        side_by_side(jobs)

    def run(whole: Sequence[np.ndarray], numbers: Sequence[float], length: int) -> None:
        dtype, size = whole[0].dtype, whole[0].size
        # Overflow and invalid values spread silently, as in the compiled loop and in PyTorch.
        with np.errstate(all="ignore"):
            values: dict[int, Any] = dict(constants)
            values.update(enumerate(map(dtype.type, numbers), start=arrays))
            for ufunc, operands, result in on_scalars:
                values[result] = ufunc(*(values[i] for i in operands))
            c = dtype.type(quiet(dtype))
            room = {i: np.empty(min(length, size), dtype) for i in scratch}
            upwards = np.empty(min(length, size), dtype) if maximize else None
            for start in range(0, size, length):
                block = [array[start : start + length] for array in whole]
                values.update(enumerate(block))
                values.update((i, array[: len(block[0])]) for i, array in room.items())
                if upwards is not None:
                    values[1] = np.negative(block[1], out=upwards[: len(block[0])])
                for ufunc, operands, result in on_blocks:
                    ufunc(*[values[i] for i in operands], out=values[result])
                _store(block, [values[i] for i in results], c)

    return update


def _as_it_stands(rule: Rule, arrays: int, maximize: bool) -> Update:
    def update(p: np.ndarray, g: np.ndarray, *rest: Any) -> None:
        dtype, length = p.dtype, BLOCK // p.dtype.itemsize
        whole = (p, g, *rest[: arrays - 2])
        with np.errstate(all="ignore"):
            scalars = [dtype.type(value) for value in rest[arrays - 2 :]]
            c = dtype.type(quiet(dtype))
            for start in range(0, p.size, length):
                block = [array[start : start + length] for array in whole]
                # A copy of the gradient, for a formula may work in place.
                g = -block[1] if maximize else block[1].copy()
                new = rule(block[0], g, *block[2:], *scalars)
                _store(block, new if arrays > 2 else [new], c)

    return update


def _store(block: list[np.ndarray], new: Any, c: Any) -> None:
    """Store the results into p and the slots, guarded against denormal numbers."""
    new = [_own(value, block) for value in new]
    old = [block[0], *block[2:]]  # the gradient is only read
    for array, value in zip(old, new, strict=True):
        np.add(value, c, out=array)
        np.subtract(array, c, out=array)


def _own(value: Any, block: list[np.ndarray]) -> Any:
    """Copy what is one of the inputs itself, which would change while the results are stored."""
    return value.copy() if any(value is array for array in block) else value
