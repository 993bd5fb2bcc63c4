"""The figure of two losses: validation accuracy over the epochs, with a band over the seeds."""

from __future__ import annotations

import textwrap
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lab.loss_verdict import Comparison

__all__ = ["band", "curves"]

# Okabe and Ito's colours, which colour-blind readers can tell apart, and marks for print.
STYLES = (("#0072B2", "o"), ("#D55E00", "s"), ("#009E73", "^"))


def curves(trials: Comparison, title: str, path: Path) -> None:
    """Draw a panel a configuration; ``title`` names dataset, configuration and seeds."""
    figure = Figure(figsize=(12, 4.2), layout="constrained")
    panels = figure.subplots(1, len(trials), squeeze=False)[0]
    for axes, (name, of_loss) in zip(panels, trials.items(), strict=True):
        for (loss, of_one), style in zip(of_loss.items(), STYLES, strict=False):
            test = np.mean([trial.test for trial in of_one])
            accuracies = np.array([trial.validation[1:] for trial in of_one])
            band(axes, accuracies, style, f"{loss}: {test:.2%} in the test", first=1)
        axes.set_title(name, fontsize=11)
        axes.legend(fontsize=9, loc="best")
    panels[0].set_ylabel("validation accuracy")
    said = f"{title}. Line: mean; band: lowest to highest seed."
    figure.suptitle(textwrap.fill(said, 110), fontsize=10)
    figure.savefig(path, dpi=120)


def band(
    axes: Axes, accuracies: np.ndarray, style: tuple[str, str], label: str, first: int = 0
) -> None:
    """Draw mean and range of accuracies over the epochs from ``first`` on.

    accuracies: (seeds, epochs)
    """
    colour, marker = style
    epochs = np.arange(first, first + accuracies.shape[1])
    axes.fill_between(
        epochs, accuracies.min(axis=0), accuracies.max(axis=0), color=colour, alpha=0.25, lw=0
    )
    mean = accuracies.mean(axis=0)
    axes.plot(epochs, mean, color=colour, marker=marker, markersize=4, label=label)
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.4g} %")
    axes.grid(alpha=0.3)
