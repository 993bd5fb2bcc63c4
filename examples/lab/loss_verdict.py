"""Two losses beside each other: a table of what was measured, and what it means."""

from __future__ import annotations

from statistics import fmean, stdev

from lab.optimizers import listed
from lab.paired import better, judged
from lab.trial import Trial

__all__ = ["HEAD", "Comparison", "row", "verdict"]

Comparison = dict[str, dict[str, list[Trial]]]  # by configuration and loss; a training a seed

HEAD = (
    f"{'configuration':<36} {'loss':<14} {'test accuracy':>15} {'epoch 1':>8} {'last':>8} "
    f"{'a run':>7}  test accuracy of each seed"
)
NEAR_CHANCE = 1.5  # times the accuracy of guessing: a net below has learnt next to nothing


def row(name: str, loss: str, trials: list[Trial]) -> str:
    """Return the table's row for a configuration and a loss: means over the seeds."""
    tests = [trial.test for trial in trials]
    spread = f"± {stdev(tests):.2%}" if len(tests) > 1 else ""
    first, last = (fmean(trial.validation[epoch] for trial in trials) for epoch in (1, -1))
    return (
        f"{name:<36} {loss:<14} {fmean(tests):>7.2%} {spread:<8} {first:>7.2%} {last:>8.2%} "
        f"{fmean(trial.seconds for trial in trials):>5.1f} s  "
        f"{' '.join(f'{test:.2%}' for test in tests)}"
    )


def verdict(trials: Comparison, classes: int) -> str:
    """Say for each configuration, and in all, which of the two losses is better."""
    lines, found = [], dict.fromkeys((1, -1, 0), 0)
    for name, of_loss in trials.items():
        (ours, our_trials), (theirs, their_trials) = of_loss.items()
        pairs = list(zip(our_trials, their_trials, strict=True))
        gains = [100 * (mine.test - other.test) for mine, other in pairs]
        found[better(gains)] += 1
        lines += [
            f"{name}: test accuracy, {ours} less {theirs}, in points, seed by seed: "
            f"{' '.join(f'{gain:+.2f}' for gain in gains)}. {judged(gains, ours, theirs)}"
        ]
        lines += [
            f"  With {loss} the nets of {len(lost)} of {len(of_one)} seeds learn next to nothing: "
            f"guessing would have {1 / classes:.0%} right."
            for loss, of_one in of_loss.items()
            if (lost := [trial for trial in of_one if trial.test < NEAR_CHANCE / classes])
        ]
        first = [100 * (mine.validation[1] - other.validation[1]) for mine, other in pairs]
        leader = ours if fmean(first) > 0 else theirs
        lines += [f"  After the first epoch {leader} leads by {abs(fmean(first)):.2f} points."]
    counts = [f"{ours} is better in {found[1]}", f"{theirs} in {found[-1]}"]
    counts += [f"{found[0]} show no clear difference"]
    return "\n".join([*lines, f"Of {len(trials)} configurations, {listed(counts)}."])
