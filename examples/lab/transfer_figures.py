"""The figures of the three runs on MNIST, and of the starts."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from lab.loss_figures import STYLES, band
from lab.transfer import Transfer
from lab.trial import Trial

__all__ = ["runs", "transfer"]


def runs(trials: Mapping[str, Trial], title: str, path: Path) -> None:
    """Draw validation accuracy over the epochs, a line a configuration."""
    figure = Figure(figsize=(8, 4.4), layout="constrained")
    axes = figure.subplots()
    for (name, trial), style in zip(trials.items(), STYLES, strict=False):
        accuracies = np.array([trial.validation[1:]])
        band(axes, accuracies, style, f"{trial.test:.2%} in the test: {name}", first=1)
    axes.set_ylabel("validation accuracy")
    axes.legend(fontsize=9, loc="lower right")
    figure.suptitle(textwrap.fill(title, 90), fontsize=10)
    figure.savefig(path, dpi=120)


def transfer(found: Sequence[Transfer], title: str, source: str, path: Path) -> None:
    """Draw the starts, in a panel for each number of training images."""
    figure = Figure(figsize=(12, 4.4), layout="constrained")
    panels = figure.subplots(1, len(found), squeeze=False)[0]
    for axes, (images, fresh, carried) in zip(panels, found, strict=True):
        starts = {f"{what} from {source}": trials for what, trials in carried.items()}
        starts["fresh"] = fresh
        for (name, trials), style in zip(starts.items(), STYLES, strict=True):
            test = np.mean([trial.test for trial in trials])
            accuracies = np.array([trial.validation for trial in trials])
            band(axes, accuracies, style, f"{name}: {test:.2%} in the test")
        reached = [
            acc for trials in starts.values() for run in trials for acc in run.validation[1:]
        ]
        low, span = min(reached), max(max(reached) - min(reached), 0.01)
        axes.set_ylim(low - 0.3 * span, max(reached) + 0.1 * span)  # not what guessing gives
        axes.set_title(f"{images} training images", fontsize=11)
        axes.legend(fontsize=9, loc="lower right")
    panels[0].set_ylabel("validation accuracy")
    said = f"{title}. Line: mean; band: lowest to highest seed."
    figure.suptitle(textwrap.fill(said, 110), fontsize=10)
    figure.savefig(path, dpi=120)
