"""Ctrl-C and the request to terminate, held back until a moment that suits."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

__all__ = ["Interrupted", "Interrupts"]


class Interrupted(KeyboardInterrupt):
    """Training was interrupted, and a checkpoint written.

    Attributes
    ----------
    signal : int
        Which signal came: SIGINT (Ctrl-C) or SIGTERM.
    """

    def __init__(self, message: str, number: int) -> None:
        super().__init__(message)
        self.signal = number


class Interrupts:
    """Take note of the first SIGINT or SIGTERM; a second one raises KeyboardInterrupt at once.

    Handlers that somebody has set are left alone, and so are other threads than the main one,
    which receives no signals.
    """

    def __init__(self) -> None:
        self.noted: int | None = None
        self._before: dict[int, Any] = {}

    def begin(self) -> None:
        """Begin to hold signals back."""
        self.noted = None
        if threading.current_thread() is not threading.main_thread():
            return
        usual = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
        for number, handler in usual.items():
            if signal.getsignal(number) == handler:
                self._before[number] = signal.signal(number, self._note)

    def end(self) -> None:
        """Let signals do again what they did; raise KeyboardInterrupt for one that nobody took."""
        while self._before:
            signal.signal(*self._before.popitem())
        if self.take() is not None:
            raise KeyboardInterrupt

    def take(self) -> int | None:
        """Return the signal that came, if one did, and forget it."""
        number, self.noted = self.noted, None
        return number

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.noted is not None:
            raise KeyboardInterrupt
        self.noted = number
