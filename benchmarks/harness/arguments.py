"""Command lines that answer a mistake with one sentence and exit status 2."""

import argparse
import sys
from collections.abc import Iterable
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose errors are one sentence, without the usage in front."""

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message}", file=sys.stderr)
        sys.exit(2)

    def add_measuring(self, rounds: int, seconds: float | None = None) -> None:
        """Add the options that every benchmark has."""
        self.add_argument(
            "--rounds", type=count, default=rounds, help="rounds of blocks [%(default)s]"
        )
        if seconds is not None:
            text = "length of a block [%(default)s]"
            self.add_argument("--seconds", type=positive, default=seconds, help=text)
        self.add_argument("--json", metavar="FILE", help="write every measured block there")

    def add_choices(self) -> None:
        """Add the options of scripts with contestants."""
        self.add_argument("--contestants", metavar="NAME,...", help="a family, or family@threads")
        self.add_argument("--plot", metavar="FILE", help="draw it there (needs matplotlib)")
        self.add_argument("--list", action="store_true", help="list cases and contestants")


def count(text: str) -> int:
    """Read a whole number of at least one."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1, got {text!r}")
    return int(text)


def positive(text: str) -> float:
    """Read a number of seconds above zero."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0.0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"expected seconds above 0, got {text!r}")
    return number


def picked(kind: str, wanted: str | None, names: Iterable[str]) -> list[str]:
    """Return the names that are wanted: all, if none is said.

    Raises
    ------
    ValueError
        If there is no such name.
    """
    known = list(names)
    chosen = list(dict.fromkeys(wanted.split(","))) if wanted else known
    for name in chosen:
        if name not in known:
            raise ValueError(f"no {kind} {name!r}; choose from {', '.join(known)}")
    return chosen
