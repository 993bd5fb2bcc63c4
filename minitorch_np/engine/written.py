"""Writing a function down: its source alone, for a module that is generated."""

from __future__ import annotations

import ast
import builtins
import inspect
import textwrap
import tokenize
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

__all__ = ["OPTIONS", "NotWritable", "compiled_in", "write_down"]

# error_model="numpy": without Python's check for division by zero a loop vectorises. Of the
# fast-math flags only the one that allows a fused multiply-add: none that assumes finite numbers,
# and none that may reorder, which would undo the denormal guard.
OPTIONS = 'error_model="numpy", fastmath={"contract"}'


class NotWritable(Exception):
    """The function, or its compiled code, cannot be kept on disk."""


def write_down(function: Callable[..., Any], name: str) -> tuple[str, str]:
    """Return what a function needs before it, and its bare source under another name.

    Decorators, annotations and the docstring are left out. Functions of its own file that it calls
    are written down too, to be compiled with it.

    Raises
    ------
    NotWritable
        If it has no source of its own, or uses names other than NumPy's, math's and Python's, plain
        functions, and those with a twin for compiled code.

    Examples
    --------
    >>> import statistics
    >>> from minitorch_np.engine.written import write_down
    >>> write_down(statistics.fmean, "mean")
    Traceback (most recent call last):
    ...
    minitorch_np.engine.written.NotWritable
    """
    # A decorated function's source is that of the function inside; a closure's lacks its values.
    if hasattr(function, "__wrapped__") or function.__code__.co_freevars:
        raise NotWritable
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError, tokenize.TokenError) as error:
        raise NotWritable from error
    definition = tree.body[0]
    if not isinstance(definition, ast.FunctionDef):
        raise NotWritable
    definition.name = name
    definition.decorator_list = []
    definition.returns = None
    for argument in definition.args.args:
        argument.annotation = None
    if ast.get_docstring(definition) is not None:
        del definition.body[0]
    nodes = list(ast.walk(definition))
    names = [node for node in nodes if isinstance(node, ast.Name)]
    stored = {node.arg for node in nodes if isinstance(node, ast.arg)}
    stored |= {node.id for node in names if isinstance(node.ctx, ast.Store)}
    own = function.__globals__
    free = {node.id for node in names} - stored
    free = {name for name in free if name in own or not hasattr(builtins, name)}
    imports = [_definition(name, own.get(name)) for name in sorted(free)]
    return "\n".join(imports), ast.unparse(definition)


def compiled_in(module: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator for a function whose twin of the same name compiled code shall call.

    Examples
    --------
    >>> from minitorch_np.engine.written import compiled_in, write_down
    >>> @compiled_in("somewhere")
    ... def twice(x):
    ...     return 2 * x
    >>> twice.compiled_in
    'somewhere'
    """

    def mark(function: Callable[..., Any]) -> Callable[..., Any]:
        function.__dict__["compiled_in"] = module
        return function

    return mark


def _definition(name: str, value: Any) -> str:
    source = getattr(value, "__name__", "")
    twin = getattr(value, "compiled_in", None)  # where a Python function has its compiled twin
    if twin is not None:
        return f"from {twin} import {source} as {name}"
    if isinstance(value, np.ufunc) and getattr(np, source, None) is value:
        return f"from numpy import {source} as {name}"
    if isinstance(value, ModuleType) and value.__name__ in ("numpy", "math"):
        return f"import {value.__name__} as {name}"
    if isinstance(value, FunctionType):
        imports, source = write_down(value, name)
        return f"{imports}\n@numba.njit({OPTIONS})\n{source}"
    raise NotWritable
