"""One sweep of grid 1, run as a person runs it."""

import csv
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from harness.contestant import CHECKOUT

GRID = CHECKOUT / "examples" / "sweeps" / "grid1.yaml"
HYPERBAND = "early_terminate: {type: hyperband, min_iter: 1, eta: 3}\n"
MANY = 11_664  # configurations of grid 1


def sweep(limit: int | None, *flags: object, early: bool = False) -> list[dict[str, str]]:
    """Run a sweep of grid 1 in a folder of its own, and return the rows of its table."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "grid1.yaml"
        text = GRID.read_text(encoding="utf-8").replace("run_cap: 100", f"run_cap: {MANY}")
        text = text.replace("parameters:", HYPERBAND * early + "parameters:")
        file.write_text(text + (f"  limit: {{value: {limit}}}\n" if limit else ""))
        path = os.pathsep.join(filter(None, [str(CHECKOUT), os.environ.get("PYTHONPATH")]))
        finished = subprocess.run(
            [sys.executable, str(CHECKOUT / "examples" / "sweep.py"), str(file), "--out", folder]
            + [str(flag) for flag in flags],
            env=os.environ | {"PYTHONPATH": path},
            capture_output=True,
            text=True,
        )
        if finished.returncode:
            sys.exit(f"sweep.py: {finished.stderr.strip()}")
        sys.stderr.write(finished.stderr)  # which data it found, if not the real ones
        return list(csv.DictReader((Path(folder) / "runs.csv").read_text().splitlines()))
