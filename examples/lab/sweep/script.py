"""Runs of somebody's own training script: a child process for each.

The script takes ``--parameter=value`` for each hyperparameter, and ``--out FOLDER``. It writes
``metrics.json`` there, in which the sweep's metric is a number; and, if it is to be stopped early,
``history.csv`` as it goes: a row an epoch, with the columns ``epoch`` and that of the metric.
"""

from __future__ import annotations

import csv
import json
import math
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab.errors import UserError
from lab.sweep.outcome import Outcome, Reporter
from lab.sweep.schema import Sweep
from lab.sweep.training import as_flags

__all__ = ["Script"]

GLANCE = 0.2  # seconds between two looks at a script that runs


class Script:
    """A training script of one's own.

    Parameters
    ----------
    path : Path
    folder : Path
        Each run gets a folder below it, and a file of what it printed.
    metric : str
    """

    def __init__(self, path: Path, folder: Path, metric: str) -> None:
        self._path = path
        self._folder = folder
        self._metric = metric

    def check(self, sweep: Sweep) -> None:
        """Any hyperparameter may be one of the script's."""

    def prepare(self, sweep: Sweep) -> str | None:
        """There is nothing to load."""
        return None

    def name(self, values: Mapping[str, Any]) -> str:
        """Return what a run is called that has no folder yet."""
        return "run"

    def run(self, values: Mapping[str, Any], report: Reporter) -> Outcome:
        """Run the script with these flags, and read what it wrote."""
        folder = _new_folder(self._folder)
        said = folder.with_suffix(".log")
        flags = [*as_flags(values), "--out", str(folder)]
        with said.open("w", encoding="utf-8") as log:
            command = [sys.executable, str(self._path), *flags]
            with subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL) as run:
                pruned = self._watch(run, folder, report)
                if pruned:
                    run.terminate()
        if pruned:
            return Outcome(folder.name, _rows(folder)[-1], True)
        if run.returncode:
            lines = said.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            last = lines[-1] if lines else f"exit code {run.returncode}"
            raise UserError(f"{self._path.name} failed: {last} (all it said: {said})")
        return Outcome(folder.name, self._metrics(folder), False)

    def _watch(self, run: subprocess.Popen[bytes], folder: Path, report: Reporter) -> bool:
        """Report the epochs as they come, until the script ends or is to be stopped."""
        told = 0
        while True:
            ended = run.poll() is not None
            for row in _rows(folder)[told:]:
                told += 1
                if self._metric in row and report(int(row["epoch"]), row) and not ended:
                    return True
            if ended:
                return False
            time.sleep(GLANCE)

    def _metrics(self, folder: Path) -> dict[str, Any]:
        path = folder / "metrics.json"
        try:
            metrics = json.loads(path.read_text(encoding="utf-8"))
            if math.isfinite(metrics[self._metric]):
                return dict(metrics)
        except (OSError, ValueError, KeyError, TypeError):
            pass
        raise UserError(
            f"{self._path.name}: expected a number {self._metric!r} in {path}, found none; "
            "examples/sweeps/README.md says what a script has to write"
        )


def _rows(folder: Path) -> list[dict[str, Any]]:
    """Return the rows of the history that are whole."""
    path = folder / "history.csv"
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1].splitlines()
    found = []
    for row in csv.DictReader(whole):
        try:
            found.append({name: float(value) for name, value in row.items() if value})
        except ValueError:
            return found
    return [row for row in found if "epoch" in row]


def _new_folder(parent: Path) -> Path:
    parent.mkdir(parents=True, exist_ok=True)
    number = sum(1 for entry in parent.iterdir() if entry.is_dir())
    while True:
        folder = parent / f"run_{number:04d}"
        try:
            folder.mkdir()
            return folder
        except FileExistsError:
            number += 1
