"""``runs.csv``: a row for each run that has ended."""

from __future__ import annotations

import csv
import datetime
import io
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lab.sweep.book import Entry
from lab.sweep.schema import Sweep

__all__ = ["RUNS", "rows", "write", "write_whole"]

RUNS = "runs.csv"


def rows(sweep: Sweep, entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Return a row for each run that has ended, in the order in which they began."""
    found = [_row(sweep, entry) for entry in entries if entry.status is not None]
    return sorted(found, key=lambda row: row["started"])


def write(folder: Path, sweep: Sweep, entries: Iterable[Entry]) -> None:
    """Write the table, whole or not at all."""
    text = io.StringIO()
    columns = ["name", "status", "val_accuracy", "seconds", *sweep.parameters, "started", "error"]
    if sweep.metric.name != "val_accuracy":
        columns.insert(3, sweep.metric.name)
    table = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    table.writeheader()
    table.writerows(rows(sweep, entries))
    write_whole(folder / RUNS, text.getvalue())


def write_whole(path: Path, text: str) -> None:
    """Write a file, so that whoever reads it sees the old one or the new one."""
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _row(sweep: Sweep, entry: Entry) -> dict[str, Any]:
    noted = entry.trial.user_attrs
    values: Mapping[str, Any] = noted.get("values", {})
    began = noted.get("started") or (
        entry.trial.datetime_start.timestamp() if entry.trial.datetime_start else 0.0
    )
    plain = {
        name: json.dumps(value) if isinstance(value, list) else value
        for name, value in values.items()
    }
    return {
        **plain,
        sweep.metric.name: noted.get("value"),
        "name": f"{noted.get('run', 'run')}_{entry.index:04d}",
        "status": entry.status,
        "val_accuracy": noted.get("val_accuracy"),
        "seconds": round(noted["seconds"], 3) if "seconds" in noted else None,
        "started": datetime.datetime.fromtimestamp(began).isoformat(timespec="milliseconds"),
        "error": entry.error,
    }
