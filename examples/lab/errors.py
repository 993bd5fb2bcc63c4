"""Mistakes of the person at the keyboard: one sentence on stderr, exit code 2, no traceback."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator

__all__ = ["UserError", "importing", "one_line", "one_sentence"]


class UserError(Exception):
    """Something that the user can mend; the message says how."""


@contextlib.contextmanager
def importing(program: str) -> Iterator[None]:
    """Turn the failure of an import into a sentence that says what to install, and exit code 2."""
    try:
        yield
    except ImportError as error:
        remedy = "install the package and what its examples need, in the checkout"
        sys.exit(_fail(program, f"{error}; {remedy}: pip install '.[fast,examples]'", 2))


@contextlib.contextmanager
def one_sentence(program: str, *kinds: type[Exception]) -> Iterator[None]:
    """Turn a UserError, or one of ``kinds``, into a sentence and exit code 2."""
    mistakes: tuple[type[Exception], ...] = (UserError, *kinds)
    try:
        yield
    except mistakes as error:
        sys.exit(_fail(program, str(error), 2))
    except BrokenPipeError:  # whoever read our output has gone: say nothing more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        sys.exit(_fail(program, f"expected to be able to read and write files, got {error}", 2))
    except KeyboardInterrupt as error:
        number = getattr(error, "signal", signal.SIGINT)
        sys.exit(_fail(program, "interrupted; what was written stays", 128 + number))


def one_line(error: Exception) -> str:
    """Say what kind of error it is, and the first line of its message."""
    first = next((line for line in str(error).splitlines() if line.strip()), "")
    return f"{type(error).__name__}: {first.strip()}".removesuffix(": ")


def _fail(program: str, message: str, code: int) -> int:
    print(f"{program}: {message}", file=sys.stderr)
    return code
