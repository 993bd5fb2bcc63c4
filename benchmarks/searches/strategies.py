"""What each search finds in the same time."""

import datetime
import sys
from argparse import Namespace
from statistics import fmean
from typing import Any

from harness import markdown
from harness.contestant import CORES

from .run import MANY, sweep

# Name: the method, and whether hopeless runs are stopped early.
STRATEGIES = {
    "grid": ("grid", False),
    "random": ("random", False),
    "bayes": ("bayes", False),
    "hyperband": ("random", True),
    "bayes, hyperband": ("bayes", True),
}
SHARES = (0.25, 0.5, 1.0)  # of the minutes, at which the best so far is shown


def strategies(options: Namespace) -> list[dict[str, Any]]:
    """Give each strategy the same minutes, and look at the best it has at some moments."""
    found: list[dict[str, Any]] = []
    for seed in range(options.seeds):
        for name, (method, early) in STRATEGIES.items():
            flags = ["--method", method, "--seed", seed, "--minutes", options.minutes]
            rows = sweep(options.limit, *flags, "--workers", CORES, "--count", MANY, early=early)
            bests = [best(rows, share * 60 * options.minutes) for share in SHARES]
            stopped = sum(row["status"] == "pruned" for row in rows)
            result: dict[str, Any] = {
                "strategy": name,
                "seed": seed,
                "runs": len(rows),
                "stopped": stopped,
            }
            found.append({**result, "bests": bests})
            print(f"seed {seed}, {name}: {bests[-1]:.2%} in {len(rows)} runs", file=sys.stderr)
    lines = []
    for name in STRATEGIES:
        of_name = [result for result in found if result["strategy"] == name]
        means = [fmean(result["bests"][i] for result in of_name) for i in range(len(SHARES))]
        last = [result["bests"][-1] for result in of_name]
        lines.append(
            [
                name,
                f"{fmean(result['runs'] for result in of_name):.0f}",
                f"{fmean(result['stopped'] for result in of_name):.0f}",
                *(f"{100 * mean:.2f}" for mean in means),
                f"{100 * min(last):.2f} to {100 * max(last):.2f}",
            ]
        )
    head = ["strategy", "runs", "stopped early"]
    head += [f"best after {share * options.minutes:g} min" for share in SHARES]
    print(markdown([*head, "over the seeds"], lines))
    return found


def best(rows: list[dict[str, str]], seconds: float) -> float:
    """Return the best validation accuracy of the runs that had finished by then."""
    began = [datetime.datetime.fromisoformat(row["started"]).timestamp() for row in rows]
    by_then = [
        float(row["val_accuracy"])
        for row, start in zip(rows, began, strict=True)
        if row["status"] == "finished" and start + float(row["seconds"]) - min(began) <= seconds
    ]
    return max(by_then, default=0.0)
