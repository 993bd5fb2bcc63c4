"""Eve beside Adam: a table of what was measured, and what it means."""

from __future__ import annotations

from statistics import fmean, median, stdev
from typing import NamedTuple

from lab.paired import judged

__all__ = ["HEAD", "Comparison", "Run", "row", "verdict"]


class Run(NamedTuple):
    """What came of one training."""

    losses: list[float]  # of each epoch
    validation: float  # accuracy
    test: float
    seconds: float
    d: float  # Eve's last d̃; 1 for Adam


Comparison = dict[str, dict[float, list[Run]]]  # by rule and learning rate; a run a seed

HEAD = (
    f"{'rule':<4} {'lr':>7} {'validation':>10} {'test accuracy':>15} {'s a run':>7} {'last d̃':>7}"
    "  loss of each epoch"
)


def row(name: str, lr: float, runs: list[Run]) -> str:
    """Return the table's row for a rule at a rate: means over its runs, one for each seed."""
    test = [run.test for run in runs]
    spread = f"± {stdev(test):.2%}" if len(runs) > 1 else ""
    d = f"{fmean(run.d for run in runs):.2f}" if name == "Eve" else ""
    losses = (f"{fmean(epoch):.3f}" for epoch in zip(*(run.losses for run in runs), strict=True))
    return (
        f"{name:<4} {lr:>7g} {fmean(run.validation for run in runs):>10.2%} "
        f"{fmean(test):>7.2%} {spread:<7} {median(run.seconds for run in runs):>7.2f} {d:>6}  "
        f"{' '.join(losses)}"
    )


def verdict(runs: Comparison) -> str:
    """Say which rule is better, each at its best rate, or that the runs cannot tell."""
    best = {
        name: max(of_rule, key=lambda lr: fmean(run.validation for run in of_rule[lr]))
        for name, of_rule in runs.items()
    }
    adam, eve = runs["Adam"][best["Adam"]], runs["Eve"][best["Eve"]]
    d = fmean(run.d for run in eve)
    ends = [name for name, lr in best.items() if lr in (min(runs[name]), max(runs[name]))]
    gains = [100 * (ours.test - theirs.test) for ours, theirs in zip(eve, adam, strict=True)]
    lines = [
        f"Best on validation: Adam at {best['Adam']:g}; Eve at {best['Eve']:g}, which its last "
        f"d̃ of {d:.2f} made {best['Eve'] / d:.2g}.",
        f"Test accuracy, Eve's less Adam's, in points, seed by seed: "
        f"{' '.join(f'{gain:+.2f}' for gain in gains)}.",
        judged(gains, "Eve", "Adam"),
    ]
    if ends:
        owners = " and ".join(f"{name}'s" for name in ends)
        lines.insert(1, f"No rate beyond {owners} was tried: give more with --lr.")
    return "\n".join(lines)
