"""What a net gains that starts from weights learnt on other images, in words."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import NamedTuple

from lab.paired import judged
from lab.trial import Trial

__all__ = ["Transfer", "in_words"]


class Transfer(NamedTuple):
    """The same net from several starts, a training a seed each."""

    images: int  # to train on
    fresh: list[Trial]
    carried: dict[str, list[Trial]]  # by what was carried over


def in_words(found: Sequence[Transfer], source: str, target: str) -> str:
    """Say which start is ahead, epoch by epoch and in the end."""
    lines = []
    for images, fresh, carried in found:
        tests = [f"{fmean(trial.test for trial in fresh):.2%} fresh"]
        tests += [
            f"{fmean(trial.test for trial in trials):.2%} with {what} from {source}"
            for what, trials in carried.items()
        ]
        lines.append(f"{target}, {images} training images, test accuracy: {', '.join(tests)}.")
        for what, trials in carried.items():
            pairs = list(zip(trials, fresh, strict=True))
            leads = [
                100
                * fmean(mine.validation[epoch] - other.validation[epoch] for mine, other in pairs)
                for epoch in range(len(fresh[0].validation))
            ]
            gains = [100 * (mine.test - other.test) for mine, other in pairs]
            lines += [
                f"  With {what} carried over, less fresh, in points of validation accuracy, after "
                f"epochs 0, 1, 2, ...: {' '.join(f'{lead:+.2f}' for lead in leads)}.",
                f"    In the test, seed by seed: {' '.join(f'{gain:+.2f}' for gain in gains)}. "
                f"{judged(gains, 'carried over', 'fresh')} {_head_start(fresh, trials)}",
            ]
    return "\n".join(lines)


def _head_start(fresh: list[Trial], carried: list[Trial]) -> str:
    """Say when the carried net is where the fresh one is in the end."""
    ours, theirs = (
        [fmean(values) for values in zip(*(trial.validation for trial in trials), strict=True)]
        for trials in (carried, fresh)
    )
    reached = [epoch for epoch, accuracy in enumerate(ours) if accuracy >= max(theirs)]
    if not reached:
        return f"It never reaches the fresh net's best validation accuracy, {max(theirs):.2%}."
    return (
        f"It reaches {max(theirs):.2%}, the fresh net's best validation accuracy (after epoch "
        f"{theirs.index(max(theirs))}), after epoch {reached[0]}."
    )
