"""Loops whose parts run on several threads, compiled."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from minitorch_np.engine import Loop
from minitorch_np.engine.written import OPTIONS, write_down
from minitorch_np.threads.split import spread

__all__ = ["ThreadedLoop", "in_parts", "source"]

# A block of words says what one thread does: its part of the range, its number, the arguments.
TEMPLATE = """\
import numba
import numpy
from minitorch_np.threads.intrinsics import as_pointer, call, load, load_float
{before}

WORDS = {words}  # of a block

@numba.njit({options})
{function}

@numba.cfunc("void(intp)", nopython=True, {options}, cache={cache})
def part(block):
    loop(load(block), load(block + 8), load(block + 16), {loads})

@numba.njit(
    numba.types.void(numba.types.intp[:, ::1], numba.types.intp, numba.types.intp, {signature}),
    nogil=True, cache={cache},
)
def lay_out(blocks, then, size, {names}):
    for i in range(len(blocks)):
        words, numbers = blocks[i], blocks[i].view(numpy.float64)
        words[0] = size * i // len(blocks)
        words[1] = size * (i + 1) // len(blocks)
        words[2] = i
{stores}
        if then:
            call(then, (words.ctypes.data,))
"""

FIRST = 3  # the word at which the arguments begin
ARGUMENT = re.compile(r"(\w+)(\[[^\]]*\])?")  # of a signature: a type, and the dimensions


class ThreadedLoop(Loop):
    """A plain Python function over a range, compiled and run in parts where the numba engine runs.

    The function is called as ``function(first, last, part, *arguments)``: it does the steps of
    ``range(first, last)`` and is the part of this number. It must not raise errors.

    Parameters
    ----------
    signature : str
        The types of its arguments as :class:`~minitorch_np.engine.Loop` takes them: C-contiguous
        arrays, ``intp`` and ``float64``.

    Examples
    --------
    >>> import numpy as np, minitorch_np as mt
    >>> from minitorch_np.threads import ThreadedLoop
    >>> @ThreadedLoop("real[::1]")
    ... def double(first, last, part, x):
    ...     for i in range(first, last):
    ...         x[i] *= 2
    >>> mt.set_engine("numpy")
    >>> double.compiled(np.dtype("float32")) is None
    True
    >>> mt.set_engine("auto")

    Where it is compiled, ``double.compiled(dtype)(len(x), parts, x)`` runs it.
    """

    def _use(self, module: Any) -> Callable[..., Any]:
        return in_parts(module)

    def _source(self, dtype: np.dtype, cache: bool) -> str:
        before, function = write_down(self._function, "loop")
        return source(before, function, self._signature, dtype, cache)


def source(before: str, function: str, signature: str, dtype: np.dtype, cache: bool) -> str:
    """Return the module of a function ``loop(first, last, part, *arguments)`` and its parts.

    Parameters
    ----------
    before, function : str
        What the function needs before it, and the function.
    signature : str
        As :class:`ThreadedLoop` takes it.
    dtype : dtype
        What ``real`` stands for.
    cache : bool
        Whether numba is to keep the compiled code.
    """
    arguments = list(_arguments(signature.replace("real", dtype.name)))
    stores = [store for _, _, _, stores in arguments for store in stores]
    return TEMPLATE.format(
        before=before,
        function=function,
        options=OPTIONS,
        cache=cache,
        signature=", ".join(kind for _, kind, _, _ in arguments),
        names=", ".join(name for name, _, _, _ in arguments),
        loads=", ".join(load for _, _, load, _ in arguments),
        stores="\n".join("        " + store for store in stores),
        words=FIRST + len(stores),
    )


def in_parts(module: Any) -> Callable[..., None]:
    """Return ``run(size, threads, *arguments, wake=True)`` for the module of :func:`source`."""
    function, lay_out, words = module.part.address, module.lay_out, module.WORDS

    def run(size: int, threads: int, *arguments: Any, wake: bool = True) -> None:
        blocks = np.empty((threads, words), np.int64)
        if threads > 1:
            lay_out(blocks, 0, size, *arguments)
            if spread(function, blocks, wake):
                return
        lay_out(blocks, function, size, *arguments)

    return run


def _arguments(signature: str) -> Iterator[tuple[str, str, str, list[str]]]:
    """Each argument's name and type, how it is loaded from a block, how it is stored there."""
    word = FIRST
    for i, (scalar, dimensions) in enumerate(ARGUMENT.findall(signature)):
        name, place, kind = f"a{i}", f"block + {8 * word}", f"numba.types.{scalar}"
        if dimensions:
            rank = dimensions.count(":") - 1
            shape = ", ".join(f"load(block + {8 * (word + 1 + k)})" for k in range(rank))
            load = f"numba.carray(as_pointer(load({place})), ({shape},), {kind})"
            stores = [f"words[{word}] = {name}.ctypes.data"]
            stores += [f"words[{word + 1 + k}] = {name}.shape[{k}]" for k in range(rank)]
            kind = f"numba.types.Array({kind}, {rank}, 'C', readonly=True)"  # or writable
        elif scalar == "float64":
            load, stores = f"load_float({place})", [f"numbers[{word}] = {name}"]
        else:
            load, stores = f"load({place})", [f"words[{word}] = {name}"]
        yield name, kind, load, stores
        word += len(stores)
