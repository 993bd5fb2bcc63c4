"""BLAS: held to one thread and given back as it was, and the address of its product."""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from minitorch_np.engine import CompiledFile

__all__ = ["BANDS", "SingleThread", "gemm", "hold_words"]

BANDS = CompiledFile(Path(__file__).with_name("bands.py"))

Control = tuple[Callable[[], int], Callable[[int], object]]  # get and set the thread count

_kept: list[np.ndarray] = []  # memory that compiled code has the address of


class SingleThread:
    """A context in which BLAS runs on one thread.

    What the user set is remembered by the first that enters and put back by the last that leaves,
    whichever threads they are on. Where the numba engine runs, compiled code counts who is inside,
    together with the products that enter in compiled code themselves: ``held.py``.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a signal's handler may multiply, too
        self._controls: list[Control] | None = None
        self._inside = 0
        self._before: list[tuple[Callable[[int], object], int]] = []
        self._ways_out: list[Callable[[], None]] = []
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._start_anew)

    def __enter__(self) -> None:
        bands = BANDS.module()
        words = None if bands is None else hold_words()
        if words is None:
            self._enter()
            self._ways_out.append(self._leave)
        else:
            bands.enter(words)
            self._ways_out.append(partial(bands.leave, words))

    def __exit__(self, *error: object) -> None:
        # Maybe another thread's: whoever goes last gives BLAS back. None in a child forked inside.
        if self._ways_out:
            self._ways_out.pop()()

    def _enter(self) -> None:
        with self._lock:
            if not self._inside:
                if self._controls is None:
                    self._controls = [_control(library) for library in _libraries()]
                for get, set_ in self._controls:
                    n = get()
                    if n > 1:
                        self._before.append((set_, n))
                        set_(1)
            self._inside += 1

    def _leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._give_back()

    def _give_back(self) -> None:
        for set_, n in self._before:
            set_(n)
        self._before.clear()

    def _start_anew(self) -> None:
        """In a forked child nobody is inside, whatever the parent's threads were doing."""
        self._lock = threading.RLock()
        self._inside = 0
        self._ways_out.clear()
        self._give_back()


@cache
def gemm(dtype: np.dtype) -> int | None:
    """Return the address of ``cblas_?gemm`` with 64-bit integers; None where there is no such.

    That is OpenBLAS as NumPy's wheels bring it along.
    """
    kind = {"float32": "s", "float64": "d"}.get(dtype.name) if dtype.isnative else None
    return _address(_symbol(_openblas(), kind)) if kind else None


@cache
def hold_words() -> int | None:
    """Return the address of the words that hold this library to one thread; None if there is none.

    See ``held.py``.
    """
    library = _openblas()
    get, set_ = (None, None) if library is None else _own_controls(library)
    if get is None or set_ is None:
        return None
    words = np.array([0, 0, _address(get), _address(set_), 0])
    address = words.ctypes.data
    _kept.append(words)

    # A child gets OpenBLAS's own lock as it is at the fork. So no thread may be inside of one of
    # its functions then: nobody passes the words' lock meanwhile.
    def before_fork() -> None:
        bands = BANDS.module()
        if bands is not None:
            bands.lock_words(address)

    def in_parent() -> None:
        words[0] = 0

    def in_child() -> None:
        inside, before = words[1], words[4]
        words[:2] = 0
        if inside and before > 1:
            set_(int(before))

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=before_fork, after_in_parent=in_parent, after_in_child=in_child)
    return address


@cache
def _libraries() -> list[Any]:
    from threadpoolctl import ThreadpoolController  # here, for it takes long to import

    return ThreadpoolController().select(user_api="blas").lib_controllers


@cache
def _openblas() -> Any:
    """The library with the product that NumPy calls, if it is OpenBLAS."""
    return next((library for library in _libraries() if _symbol(library, "s") is not None), None)


def _symbol(library: Any, kind: str) -> Any:
    names = (f"scipy_cblas_{kind}gemm64_", f"cblas_{kind}gemm64_")
    found = (getattr(getattr(library, "dynlib", None), name, None) for name in names)
    return next((function for function in found if function is not None), None)


def _address(function: Any) -> int | None:
    return None if function is None else ctypes.cast(function, ctypes.c_void_p).value


def _control(library: Any) -> Control:
    """Return how to get and set one library's thread count.

    For OpenBLAS these are its own functions: threadpoolctl's setter takes longer, and since 3.7 it
    does nothing on any thread but the first that called it.
    """
    get, set_ = _own_controls(library)
    if get is not None and set_ is not None:
        return get, set_
    return library.get_num_threads, library.set_num_threads


def _own_controls(library: Any) -> tuple[Any, Any]:
    symbol = getattr(library, "_get_symbol", None)
    if library.internal_api != "openblas" or symbol is None:
        return None, None
    return symbol("openblas_get_num_threads"), symbol("openblas_set_num_threads")
