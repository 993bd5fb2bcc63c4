"""The numba engine: the formula compiled into one fused loop.

For each formula and dtype a small module is generated, formula and loop side by side, and kept in
the cache. Where nothing can be written, where what lies there is damaged, or where the formula uses
names that cannot be written down, the same loop is compiled in memory.
"""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from minitorch_np.engine.compiled import OPTIONS, compile_cached, compile_in_memory
from minitorch_np.engine.written import NotWritable, write_down
from minitorch_np.optim.engine.formula import Rule, Update, quiet

__all__ = ["build"]

TEMPLATE = """\
import numba
{imports}

{formula}

@numba.njit({options}, nogil=True{cache})
def update({arrays}, {scalars}):
    real = p.dtype.type
    quiet = real({quiet})
{casts}
    for i in range(p.size):
        {results} = _formula({values}, {scalars})
{stores}
"""


def build(rule: Rule, slots: int, dtype: np.dtype, maximize: bool) -> Update:
    """Return ``update(p, g, *slots, *scalars)``, compiled for ``dtype``."""
    try:
        return _compile_cached(rule, slots, dtype, maximize)
    except Exception:  # a formula that numba refuses fails again here, and says so
        return _compile_in_memory(rule, slots, dtype, maximize)


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
    """Return the loop, after a first call."""
    arrays = [np.empty(0, dtype) for _ in range(2 + slots)]
    scalars = [0.0] * (len(inspect.signature(rule).parameters) - len(arrays))
    module.update(*arrays, *scalars)
    return module.update


def _source(
    rule: Rule,
    slots: int,
    dtype: np.dtype,
    imports: str,
    formula: str,
    maximize: bool,
    cache: bool,
) -> str:
    count = len(inspect.signature(rule).parameters)
    states = [f"s{i}" for i in range(slots)]
    arrays = ["p", "g", *states]
    scalars = [f"a{i}" for i in range(count - len(arrays))]
    results = ["p", *states]
    values = ["p[i]", "-g[i]" if maximize else "g[i]", *(f"{state}[i]" for state in states)]
    return TEMPLATE.format(
        imports=imports,
        formula=formula,
        options=OPTIONS,
        cache=", cache=True" if cache else "",
        arrays=", ".join(arrays),
        scalars=", ".join(scalars),
        quiet=repr(quiet(dtype)),
        casts="\n".join(f"    {scalar} = real({scalar})" for scalar in scalars),
        results=", ".join(f"new_{name}" for name in results),
        values=", ".join(values),
        stores="\n".join(f"        {name}[i] = (new_{name} + quiet) - quiet" for name in results),
    )
