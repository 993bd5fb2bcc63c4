"""What the scripts' command lines are made of: a parser, and kinds of values."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, NoReturn

__all__ = ["Parser", "Several", "choice", "integer", "number", "picture", "switch"]

PICTURES = (".png", ".svg", ".pdf")


class Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one sentence, and ends with exit code 2."""

    def error(self, message: str) -> NoReturn:
        """Leave."""
        self.exit(2, f"{self.prog}: {message}; see --help\n")


class Several(argparse.Action):
    """Values of a flag, in words of their own, or in one word as agents of a sweep pass them.

    ``512 256``, ``512,256`` and ``[512, 256]`` are the same; ``kind`` reads each value.
    """

    def __init__(self, *args: Any, kind: Callable[[str], Any], **options: Any) -> None:
        super().__init__(*args, **options)
        self._kind = kind

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        """Read the values."""
        words = " ".join(values or ()).translate(str.maketrans("[]()'\",", " " * 7)).split()
        if not words and self.nargs == "+":
            raise argparse.ArgumentError(self, "expected at least one argument")
        try:
            setattr(namespace, self.dest, [self._kind(word) for word in words])
        except argparse.ArgumentTypeError as error:
            raise argparse.ArgumentError(self, str(error)) from None


def choice(choices: Collection[str], **synonyms: str) -> Callable[[str], str]:
    """One of several words, in any letter case."""
    known = {name.lower(): name for name in choices} | synonyms

    def parse_choice(text: str) -> str:
        if text.lower() not in known:
            raise argparse.ArgumentTypeError(f"expected one of {', '.join(choices)}, got {text!r}")
        return known[text.lower()]

    return parse_choice


def integer(least: int) -> Callable[[str], int]:
    """An integer of at least ``least``; 5.0 is one, for sweeps draw such."""

    def parse_integer(text: str) -> int:
        try:
            value = int(text.removesuffix(".0"))
        except ValueError:
            value = least - 1
        if value < least:
            raise argparse.ArgumentTypeError(
                f"expected an integer of at least {least}, got {text!r}"
            )
        return value

    return parse_integer


def number(least: float, below: float = float("inf")) -> Callable[[str], float]:
    """A number in [least, below)."""

    def parse_number(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not least <= value < below:
            span = f"of at least {least}" if below == float("inf") else f"in [{least}, {below})"
            raise argparse.ArgumentTypeError(f"expected a number {span}, got {text!r}")
        return value

    return parse_number


def switch(text: str) -> bool:
    """A flag that is on without a value, and takes ``true`` or ``false``."""
    if text.lower() not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"expected true, false or no value, got {text!r}")
    return text.lower() == "true"


def picture(text: str) -> Path:
    """A picture that can be written: known before the work that it shall show."""
    path = Path(text)
    if path.suffix.lower() not in PICTURES:
        raise argparse.ArgumentTypeError(f"expected a {', '.join(PICTURES)} file, got {text!r}")
    if not os.access(path.parent, os.W_OK) or path.is_dir():
        raise argparse.ArgumentTypeError(
            f"expected a file in a folder that can be written, got {text!r}"
        )
    return path
