"""How many runs an hour, with one worker and with more."""

import time
from argparse import Namespace
from typing import Any

from harness import markdown

from .run import sweep


def speed(options: Namespace) -> list[dict[str, Any]]:
    """Time the same random runs with each number of workers."""
    measured: list[dict[str, Any]] = []
    for workers in map(int, options.workers.split(",")):
        start = time.perf_counter()
        rows = sweep(options.limit, "--workers", workers, "--count", options.runs)
        seconds = time.perf_counter() - start
        measured.append({"workers": workers, "seconds": seconds, "runs": len(rows)})
    base = measured[0]["runs"] / measured[0]["seconds"]
    lines = [
        [
            str(row["workers"]),
            str(row["runs"]),
            f"{row['seconds']:.1f}",
            f"{3600 * row['runs'] / row['seconds']:.0f}",
            f"{row['runs'] / row['seconds'] / base:.2f}",
        ]
        for row in measured
    ]
    print(markdown(["workers", "runs", "seconds", "runs an hour", "ratio"], lines))
    return measured
