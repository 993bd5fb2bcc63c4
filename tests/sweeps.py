"""What the tests of the sweeps share: scripts and files to sweep over."""

import csv
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"

# Trains nothing: its accuracy follows from its flags, and it notes that it ran.
SCRIPT = """\
import json, os, pathlib, signal, sys, time
flags = dict(flag[2:].split("=", 1) for flag in sys.argv[1:] if "=" in flag)
out = pathlib.Path(sys.argv[sys.argv.index("--out") + 1])
with open({log!r}, "a") as log:
    log.write(json.dumps(flags) + "\\n")
x, y = float(flags["x"]), int(flags.get("y", 0))
{extra}
rows = ["epoch,val_accuracy"] + [f"{{e}},{{(x + y / 100) * e / 4}}" for e in range(1, 5)]
(out / "history.csv").write_text("\\n".join(rows) + "\\n")
(out / "metrics.json").write_text(json.dumps({{"val_accuracy": x + y / 100}}))
"""


def script(folder, extra=""):
    """Write a training script and return the file in which it notes each start."""
    log = folder / "started.txt"
    log.touch()
    (folder / "mine.py").write_text(SCRIPT.format(log=str(log), extra=extra))
    return log


def started(log):
    """The flags of each start."""
    return log.read_text().splitlines()


def config(folder, text):
    """Write a sweep's file."""
    path = folder / "config.yaml"
    path.write_text(text)
    return path


def command(*arguments):
    """The command line of a sweep."""
    return [sys.executable, str(EXAMPLES / "sweep.py"), *map(str, arguments)]


def environment(folder, **more):
    """Variables of an example that runs in an empty HOME, without anything to compile."""
    kept = {name: value for name, value in os.environ.items() if "MINITORCH" not in name}
    quiet = {"PYTHONWARNINGS": "error", "MINITORCH_NP_ENGINE": "numpy"}
    return {**kept, "HOME": str(folder / "home"), **quiet, **more}


def run(folder, *arguments, **more):
    """Run a sweep to its end."""
    return subprocess.run(
        command(*arguments),
        cwd=folder,
        env=environment(folder, **more),
        capture_output=True,
        text=True,
        timeout=120,
    )


def table(path):
    """The rows of a CSV file."""
    return list(csv.DictReader(path.read_text().splitlines()))
