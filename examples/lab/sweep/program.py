"""The program that a sweep's file names: where it is, and how it is run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from lab.errors import UserError
from lab.sweep.outcome import Outcome, Reporter
from lab.sweep.schema import Sweep
from lab.sweep.script import Script
from lab.sweep.training import FashionMnist

__all__ = ["Program", "find", "load"]

EXAMPLES = Path(__file__).resolve().parents[2]
OURS = EXAMPLES / "fashion_mnist.py"


class Program(Protocol):
    """What a worker runs, with one configuration after another."""

    def check(self, sweep: Sweep) -> None:
        """Raise UserError if the sweep's file does not fit it."""

    def prepare(self, sweep: Sweep) -> str | None:
        """Do what need be done once; return the name of the data that all runs share."""

    def name(self, values: Mapping[str, Any]) -> str:
        """Return what a run of these values is called, until its outcome says so."""

    def run(self, values: Mapping[str, Any], report: Reporter) -> Outcome:
        """Train one configuration."""


def find(sweep: Sweep, file: Path) -> Path:
    """Return the program's path: beside the sweep's file, or among the examples."""
    for folder in (file.resolve().parent, EXAMPLES):
        path = folder / sweep.program
        if path.is_file():
            return path.resolve()
    raise UserError(
        f"program: expected a script beside {file} or in {EXAMPLES}, found no {sweep.program}"
    )


def load(
    path: Path, sweep: Sweep, out: Path, data_dir: str | None, dataset: str | None = None
) -> Program:
    """Return what runs it: our own script inside the worker, another as a process of its own."""
    if path == OURS:
        return FashionMnist(data_dir, dataset)
    return Script(path, out / "runs", sweep.metric.name)
