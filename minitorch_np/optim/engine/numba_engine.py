"""The numba engine: the formula compiled into one fused loop.

For each formula and dtype a small module is generated, formula and loop side by side, and kept in
the cache. Where nothing can be written, where what lies there is damaged, or where the formula uses
names that cannot be written down, the same loop is compiled in memory.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

import numpy as np

from minitorch_np.engine.compiled import compile_cached, compile_in_memory
from minitorch_np.engine.written import OPTIONS, NotWritable, write_down
from minitorch_np.optim.engine.formula import Rule, Update, quiet
from minitorch_np.threads import parts, spread

__all__ = ["build"]

GRAIN = 20_000  # elements a thread, where it is awake
WAKING = 400_000  # elements that are worth waking threads for

# A block of words says what one thread works on: how many elements, where they are, the scalars.
# The loop is compiled once and called by its address, whoever calls: the bits are the same.
TEMPLATE = """\
import numba
import numpy
from minitorch_np.threads.intrinsics import as_pointer, call, load, load_float
{imports}

{formula}

@numba.cfunc("void(intp)", nopython=True, {options}{cache})
def update(block):
    real = numpy.{dtype}
    quiet = real({quiet})
    size = load(block)
{load_arrays}
{load_scalars}
    for i in range(size):
        {results} = _formula({values}, {scalars})
{stores}

@numba.njit(nogil=True{cache})
def lay_out(blocks, then, {arrays}, {scalars}):
    for i in range(len(blocks)):
        start, stop = p.size * i // len(blocks), p.size * (i + 1) // len(blocks)
        addresses, numbers = blocks[i], blocks[i].view(numpy.float64)
        addresses[0] = stop - start
{store_arrays}
{store_scalars}
        if then:
            call(then, (addresses.ctypes.data,))
"""


def build(rule: Rule, slots: int, dtype: np.dtype, maximize: bool) -> Update:
    """Return ``update(p, g, *slots, *scalars)``, compiled for ``dtype``."""
    try:
        module = _compile_cached(rule, slots, dtype, maximize)
    except Exception:  # a formula that numba refuses fails again here, and says so
        module = _compile_in_memory(rule, slots, dtype, maximize)
    return _on_threads(module, _count(rule) + 1)


def _on_threads(module: Any, words: int) -> Update:
    loop, lay_out = module.update.address, module.lay_out

    def update(p: np.ndarray, g: np.ndarray, *rest: Any) -> None:
        threads = parts(p.size, GRAIN)
        if threads > 1:
            blocks = np.empty((threads, words), np.int64)
            lay_out(blocks, 0, p, g, *rest)
            if spread(loop, blocks, wake=p.size >= WAKING):
                return
        lay_out(np.empty((1, words), np.int64), loop, p, g, *rest)

    return update


def _compile_cached(rule: Rule, slots: int, dtype: np.dtype, maximize: bool) -> Any:
    imports, function = write_down(rule, "_formula")
    formula = f"@numba.njit({OPTIONS})\n{function}"
    text = _source(rule, slots, dtype, imports, formula, maximize, cache=True)
    return compile_cached(
        rule.__qualname__, dtype.name, text, lambda module: _used(module, rule, slots, dtype)
    )


def _compile_in_memory(rule: Rule, slots: int, dtype: np.dtype, maximize: bool) -> Any:
    namespace: dict[str, Any] = {}
    try:
        imports, function = write_down(rule, "_formula")
        formula = f"@numba.njit({OPTIONS})\n{function}"
    except NotWritable:  # compile the object itself
        imports, formula = "", f"_formula = numba.njit({OPTIONS})(_rule)"
        namespace["_rule"] = rule
    text = _source(rule, slots, dtype, imports, formula, maximize, cache=False)
    return compile_in_memory(
        rule.__qualname__, text, namespace, lambda module: _used(module, rule, slots, dtype)
    )


def _used(module: Any, rule: Rule, slots: int, dtype: np.dtype) -> Any:
    """Return the module, after a first call."""
    arrays = [np.empty(0, dtype) for _ in range(2 + slots)]
    scalars = [0.0] * (_count(rule) - len(arrays))
    block = np.empty((1, _count(rule) + 1), np.int64)
    module.lay_out(block, module.update.address, *arrays, *scalars)
    return module


def _count(rule: Rule) -> int:
    """How many arguments a formula takes."""
    return len(inspect.signature(rule).parameters)


def _source(
    rule: Rule,
    slots: int,
    dtype: np.dtype,
    imports: str,
    formula: str,
    maximize: bool,
    cache: bool,
) -> str:
    states = [f"s{i}" for i in range(slots)]
    arrays = ["p", "g", *states]
    scalars = [f"a{i}" for i in range(_count(rule) - len(arrays))]
    results = ["p", *states]
    values = ["p[i]", "-g[i]" if maximize else "g[i]", *(f"{state}[i]" for state in states)]
    places = list(enumerate(arrays, start=1))
    numbers = list(enumerate(scalars, start=1 + len(arrays)))
    pointer = "numba.carray(as_pointer(load(block + {})), size, real)"
    return TEMPLATE.format(
        imports=imports,
        formula=formula,
        options=OPTIONS,
        cache=", cache=True" if cache else "",
        dtype=dtype.name,
        arrays=", ".join(arrays),
        scalars=", ".join(scalars),
        quiet=repr(quiet(dtype)),
        load_arrays=_lines(1, (f"{a} = {pointer.format(8 * i)}" for i, a in places)),
        load_scalars=_lines(1, (f"{a} = real(load_float(block + {8 * i}))" for i, a in numbers)),
        results=", ".join(f"new_{name}" for name in results),
        values=", ".join(values),
        stores=_lines(2, (f"{name}[i] = (new_{name} + quiet) - quiet" for name in results)),
        store_arrays=_lines(2, (f"addresses[{i}] = {a}[start:].ctypes.data" for i, a in places)),
        store_scalars=_lines(2, (f"numbers[{i}] = {a}" for i, a in numbers)),
    )


def _lines(depth: int, statements: Iterable[str]) -> str:
    return "\n".join("    " * depth + statement for statement in statements)
