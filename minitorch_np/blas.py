"""Holding BLAS to one thread, and giving it back as it was."""

from __future__ import annotations

import os
import threading
from typing import Any

__all__ = ["SingleThread"]


class SingleThread:
    """A context in which BLAS runs on one thread.

    What the user set is remembered by the first that enters and put back by the last that leaves,
    whichever threads they are on. Entering and leaving costs some two microseconds.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._libraries: list[Any] | None = None
        self._inside = 0
        self._before: list[tuple[Any, int]] = []
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._start_anew)

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                if self._libraries is None:
                    self._libraries = _blas_libraries()
                for library in self._libraries:
                    n = library.get_num_threads()
                    if n > 1:
                        self._before.append((library, n))
                        library.set_num_threads(1)
            self._inside += 1

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._give_back()

    def _give_back(self) -> None:
        for library, n in self._before:
            library.set_num_threads(n)
        self._before.clear()

    def _start_anew(self) -> None:
        """In a forked child nobody is inside, whatever the parent's threads were doing."""
        self._lock = threading.Lock()
        self._inside = 0
        self._give_back()


def _blas_libraries() -> list[Any]:
    from threadpoolctl import ThreadpoolController  # here, for it takes long to import

    return list(ThreadpoolController().select(user_api="blas").lib_controllers)
