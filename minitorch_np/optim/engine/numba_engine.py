"""The numba engine: the formula compiled into one fused loop.

For each formula and dtype a small module is generated, formula and loop side by side, and kept in
the cache. Where nothing can be written, where what lies there is damaged, or where the formula uses
names that cannot be written down, the same loop is compiled in memory.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch_np.engine.compiled import compile_cached, compile_in_memory
from minitorch_np.engine.written import OPTIONS, NotWritable, write_down
from minitorch_np.optim.engine.formula import Rule, Update, quiet
from minitorch_np.threads import parts
from minitorch_np.threads.loop import in_parts, source

__all__ = ["build"]

GRAIN = 20_000  # elements a thread, where it is awake
WAKING = 400_000  # elements that are worth waking threads for

LOOP = """\
def loop(first, last, part, {arrays}, {scalars}):
    real = p.dtype.type
    quiet = real({quiet})
{slices}
{casts}
    for i in range(p.size):
        {results} = _formula({values}, {scalars})
{stores}
"""


def build(rule: Rule, slots: int, dtype: np.dtype, maximize: bool) -> Update:
    """Return ``update(p, g, *slots, *scalars)``, compiled for ``dtype``."""
    arrays, scalars = _names(rule, slots)
    loop = _loop(arrays, scalars, dtype, maximize)
    signature = ", ".join(["real[::1]"] * len(arrays) + ["float64"] * len(scalars))

    def text(before: str, cache: bool) -> str:
        return source(before, loop, signature, dtype, cache)

    try:
        before = _formula(rule)
        run = compile_cached(rule.__qualname__, dtype.name, text(before, cache=True), in_parts)
    except Exception:  # a formula that numba refuses fails again here, and says so
        run = _compile_in_memory(rule, text)

    def update(p: np.ndarray, g: np.ndarray, *rest: Any) -> None:
        run(p.size, parts(p.size, GRAIN), p, g, *rest, wake=p.size >= WAKING)

    return update


def _compile_in_memory(rule: Rule, text: Callable[[str, bool], str]) -> Callable[..., None]:
    namespace: dict[str, Any] = {}
    try:
        before = _formula(rule)
    except NotWritable:  # compile the object itself
        before, namespace["_rule"] = f"_formula = numba.njit({OPTIONS})(_rule)", rule
    run: Callable[..., None] = compile_in_memory(
        rule.__qualname__, text(before, False), namespace, in_parts
    )
    return run


def _formula(rule: Rule) -> str:
    """The rule written down as a compiled function."""
    before, function = write_down(rule, "_formula")
    return f"{before}\n\n@numba.njit({OPTIONS})\n{function}"


def _names(rule: Rule, slots: int) -> tuple[list[str], list[str]]:
    """What the loop calls its arrays and its scalars."""
    arrays = ["p", "g", *(f"s{i}" for i in range(slots))]
    count = len(inspect.signature(rule).parameters) - len(arrays)
    return arrays, [f"a{i}" for i in range(count)]


def _loop(arrays: list[str], scalars: list[str], dtype: np.dtype, maximize: bool) -> str:
    results = [name for name in arrays if name != "g"]
    values = [f"-{name}[i]" if name == "g" and maximize else f"{name}[i]" for name in arrays]
    return LOOP.format(
        arrays=", ".join(arrays),
        scalars=", ".join(scalars),
        quiet=repr(quiet(dtype)),
        slices="\n".join(f"    {name} = {name}[first:last]" for name in arrays),
        casts="\n".join(f"    {name} = real({name})" for name in scalars),
        results=", ".join(f"new_{name}" for name in results),
        values=", ".join(values),
        stores="\n".join(f"        {name}[i] = (new_{name} + quiet) - quiet" for name in results),
    )
