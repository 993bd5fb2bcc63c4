"""A formula as a list of NumPy calls that write into scratch memory.

Run as it stands, a formula makes a new array at each operation. Called once with symbols instead
of arrays, it leaves a list of its operations, and these can then run over block after block in the
same few scratch arrays, which stay in the cache: twice as fast.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any, NamedTuple, NoReturn

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from minitorch_np.engine.written import NotWritable, write_down
from minitorch_np.optim.engine.formula import Rule

__all__ = ["NotTraceable", "Program", "trace"]

# Ufuncs whose result has the dtype of their operands.
TRACED = {
    *(np.add, np.subtract, np.multiply, np.divide, np.power, np.maximum, np.minimum, np.negative),
    *(np.positive, np.absolute, np.sign, np.square, np.sqrt, np.reciprocal, np.exp, np.log),
    *(np.log1p, np.expm1, np.tanh),
}


class NotTraceable(Exception):
    """The formula does something that no list of ufunc calls says."""


class Operation(NamedTuple):
    """``values[result] = ufunc(*values[operands])``."""

    ufunc: np.ufunc
    operands: tuple[int, ...]
    result: int


class Program(NamedTuple):
    """The operations of a formula over numbered values.

    Attributes
    ----------
    scalars : int
        How many scalars the formula takes.
    constants : dict of int to number
        Values that the formula itself holds.
    on_scalars : list of Operation
        Those that need no array: done once for all blocks.
    on_blocks : list of Operation
        Their results are scratch arrays.
    scratch : list of int
        The numbers of the scratch arrays.
    results : list of int
        The numbers of what the formula returns.
    """

    scalars: int
    constants: dict[int, Any]
    on_scalars: list[Operation]
    on_blocks: list[Operation]
    scratch: list[int]
    results: list[int]


def trace(rule: Rule, arrays: int) -> Program:
    """Return the operations of ``rule``, whose arguments are values 0, 1, 2, ...

    Parameters
    ----------
    rule : callable
    arrays : int
        How many of its arguments, the first, are arrays; it returns all of them but the gradient.

    Raises
    ------
    NotTraceable
        If it is more than ufunc calls on its arguments, or may be another function tomorrow: what
        it reads from outside would be what it was when it was traced.
    """
    count = len(_plain_parameters(rule))
    first, second = (_traced_once(rule, count, arrays) for _ in range(2))
    if first != second:  # it draws random numbers, say
        raise NotTraceable
    return first


def _plain_parameters(rule: Rule) -> list[str]:
    try:
        write_down(rule, "formula")  # refuses what depends on more than its arguments
        parameters = inspect.signature(rule).parameters
    except (NotWritable, AttributeError, ValueError, TypeError) as error:
        raise NotTraceable from error
    plain = inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
    simple = all(p.kind in plain and p.default is p.empty for p in parameters.values())
    if not (simple and inspect.isfunction(rule)):
        raise NotTraceable
    return list(parameters)


def _traced_once(rule: Rule, count: int, arrays: int) -> Program:
    tracer = _Tracer(count)
    try:
        returned = rule(*(_Symbol(tracer, i) for i in range(count)))
    except Exception as error:
        raise NotTraceable from error
    if arrays == 2 and not isinstance(returned, tuple):
        returned = (returned,)
    if not isinstance(returned, tuple) or len(returned) != arrays - 1:
        raise NotTraceable
    numbers = [tracer.number(value) for value in returned]
    return _in_few_arrays(tracer, set(range(arrays)), numbers)


class _Tracer:
    """What happened to the symbols so far."""

    def __init__(self, count: int) -> None:
        self.arguments = self.count = count
        self.constants: dict[int, Any] = {}
        self.operations: list[Operation] = []

    def number(self, value: Any) -> int:
        """Return the number of a symbol, or of a constant."""
        if isinstance(value, _Symbol):
            return value.number
        if isinstance(value, bool) or not isinstance(value, (int, float, np.floating)):
            raise NotTraceable
        self.constants[self.count] = value
        return self._next()

    def record(self, ufunc: np.ufunc, operands: Sequence[Any]) -> _Symbol:
        numbers = tuple(self.number(operand) for operand in operands)
        self.operations.append(Operation(ufunc, numbers, self._next()))
        return _Symbol(self, self.operations[-1].result)

    def _next(self) -> int:
        self.count += 1
        return self.count - 1


class _Symbol(NDArrayOperatorsMixin):
    """Stands for a value, and remembers what is done with it."""

    def __init__(self, tracer: _Tracer, number: int) -> None:
        self.tracer = tracer
        self.number = number

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *operands: Any, **options: Any) -> Any:
        if method != "__call__" or options or ufunc not in TRACED:
            raise NotTraceable
        return self.tracer.record(ufunc, operands)

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise NotTraceable

    # A branch on a symbol, or a NumPy function that is no ufunc.
    __bool__ = __len__ = __iter__ = __float__ = __int__ = __index__ = _refuse
    __array__ = __array_function__ = _refuse


def _in_few_arrays(tracer: _Tracer, arrays: set[int], results: list[int]) -> Program:
    """Sort out what needs no array, and let results share scratch arrays where they can."""
    last_use: dict[int, int] = {}
    for when, operation in enumerate(tracer.operations):
        last_use.update(dict.fromkeys(operation.operands, when))
    last_use.update(dict.fromkeys(results, len(tracer.operations)))

    on_scalars, on_blocks = [], []
    place: dict[int, int] = {}  # of a result: the scratch array that holds it
    scratch: list[int] = []
    for when, (ufunc, operands, result) in enumerate(tracer.operations):
        if not any(i in arrays or i in place for i in operands):
            on_scalars.append(Operation(ufunc, operands, result))
            continue
        held = {place[i] for i in place if last_use[i] > when}
        free = [i for i in scratch if i not in held]
        if not free:
            scratch.append(result)
        place[result] = free[0] if free else result
        last_use.setdefault(result, when)
        moved = tuple(place.get(i, i) for i in operands)
        on_blocks.append(Operation(ufunc, moved, place[result]))
    ends = [place.get(i, i) for i in results]
    scalars = tracer.arguments - len(arrays)
    return Program(scalars, tracer.constants, on_scalars, on_blocks, scratch, ends)
