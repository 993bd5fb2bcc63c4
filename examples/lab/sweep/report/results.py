"""The runs of a sweep, as its folder holds them."""

from __future__ import annotations

import csv
import datetime
import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.errors import UserError, one_line
from lab.sweep.program import EXAMPLES, OURS
from lab.sweep.table import RUNS
from lab.sweep.training import as_flags

__all__ = ["FAILING", "Results", "Run", "percent", "read"]

FAILING = 0.65  # validation accuracy under which a run is called a failure


@dataclass(frozen=True)
class Run:
    """A run that has ended."""

    name: str
    status: str
    accuracy: float | None
    seconds: float
    started: float  # seconds since the sweep's first run began
    values: Mapping[str, Any]
    error: str

    @property
    def label(self) -> str:
        """The name, and what came of it."""
        return f"{self.name}: {percent(self.accuracy)}, {self.status}"


@dataclass(frozen=True)
class Results:
    """A sweep and its runs, in the order in which they began."""

    name: str
    method: str
    program: Path
    dataset: str | None
    runs: tuple[Run, ...]

    @property
    def finished(self) -> list[Run]:
        """The runs that were trained to their end, best first."""
        done = [run for run in self.runs if run.status == "finished" and run.accuracy is not None]
        return sorted(done, key=lambda run: -(run.accuracy or 0))

    @property
    def varied(self) -> list[str]:
        """The hyperparameters that differ between finished runs."""
        rows = [run.values for run in self.finished]
        names = list(rows[0]) if rows else []
        return [name for name in names if len({str(row[name]) for row in rows}) > 1]

    @property
    def title(self) -> str:
        """What the figures are of: sweep, method, dataset, seed and number of runs."""
        values = self.runs[0].values
        dataset = values.get("dataset", self.dataset or "its own data")
        images = f", {values['limit']} images" if "limit" in values else ""
        seed = values.get("seed", 0)
        return (
            f"{self.name}: {self.method}, {len(self.runs)} runs on {dataset}{images}, seed {seed}"
        )

    def command(self, run: Run, **others: Any) -> str:
        """Return the command line that repeats a run, with ``others`` changed."""
        ours = self.program == OURS
        program = OURS.relative_to(EXAMPLES.parent) if ours else self.program
        stand_in = self.dataset not in (None, "fashion_mnist")
        data = {"dataset": self.dataset} if stand_in else {}
        return shlex.join(["python", str(program), *as_flags({**data, **run.values, **others})])


def percent(share: float | None, digits: int = 2) -> str:
    """Return ``84.75 %``."""
    return "no accuracy" if share is None else f"{100 * share:.{digits}f} %"


def read(folder: Path) -> Results:
    """Read what ``sweep.py`` wrote.

    Raises
    ------
    UserError
        If there is no sweep in the folder, or none of its runs has finished.
    """
    try:
        described = json.loads((folder / "sweep.json").read_text(encoding="utf-8"))
        rows = list(csv.DictReader((folder / RUNS).read_text(encoding="utf-8").splitlines()))
        parameters = list(described["sweep"]["parameters"])
        runs = [_run(row, parameters) for row in rows]
        begin = min((run.started for run in runs), default=0.0)
        results = Results(
            name=described["name"],
            method=described["method"],
            program=Path(described["program"]),
            dataset=described["dataset"],
            runs=tuple(_since(run, begin) for run in runs),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"expected the folder of a sweep, with sweep.json and {RUNS} as sweep.py writes them, "
            f"got {folder}: {one_line(error)}; the sweep's command writes them anew"
        ) from None
    if not results.finished:
        raise UserError(
            f"expected finished runs in {folder / RUNS}, got {len(runs)} others; "
            "let the sweep go on"
        )
    return results


def _run(row: Mapping[str, str], parameters: list[str]) -> Run:
    return Run(
        name=row["name"],
        status=row["status"],
        accuracy=float(row["val_accuracy"]) if row["val_accuracy"] else None,
        seconds=float(row["seconds"] or 0),
        started=datetime.datetime.fromisoformat(row["started"]).timestamp(),
        values={name: _value(row[name]) for name in parameters},
        error=row["error"],
    )


def _since(run: Run, begin: float) -> Run:
    return Run(**{**vars(run), "started": run.started - begin})


def _value(text: str) -> Any:
    """Return a number or a list where the text is one."""
    try:
        return json.loads(text)
    except ValueError:
        return text
