"""What the scripts' command lines are made of: a parser, and kinds of values."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Collection
from pathlib import Path
from typing import NoReturn

__all__ = ["Parser", "choice", "integer", "number", "picture"]

PICTURES = (".png", ".svg", ".pdf")


class Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one sentence, and ends with exit code 2."""

    def error(self, message: str) -> NoReturn:
        """Leave."""
        self.exit(2, f"{self.prog}: {message}; see --help\n")


def choice(choices: Collection[str], **synonyms: str) -> Callable[[str], str]:
    """One of several words, in any letter case."""
    known = {name.lower(): name for name in choices} | synonyms

    def parse_choice(text: str) -> str:
        if text.lower() not in known:
            raise argparse.ArgumentTypeError(f"expected one of {', '.join(choices)}, got {text!r}")
        return known[text.lower()]

    return parse_choice


def integer(least: int) -> Callable[[str], int]:
    """An integer of at least ``least``."""

    def parse_integer(text: str) -> int:
        try:
            value = int(text)
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
