"""The figures of a training run."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lab.comparison import Comparison
from lab.images import Images

__all__ = ["confusion", "curves", "rules", "samples"]

# Okabe and Ito's colours, which colour-blind readers can tell apart.
BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#999999"


def curves(history: list[dict[str, Any]], losses: np.ndarray, title: str, path: Path) -> None:
    """Draw loss and accuracy, of training and validation, over the epochs.

    Parameters
    ----------
    history : list of dict
        A row an epoch.
    losses : ndarray of shape (steps,)
        The loss of every step, drawn faintly behind.
    title : str
        Names dataset, configuration and seed.
    path : Path
    """
    epochs = [row["epoch"] for row in history]
    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    steps = np.arange(1, len(losses) + 1) / len(losses) * epochs[-1]
    left.plot(steps, losses, color=GREY, alpha=0.5, linewidth=0.6, label="each step")
    for axes, figure_name in ((left, "loss"), (right, "accuracy")):
        for part, colour, marker in (("train", BLUE, "o"), ("val", ORANGE, "s")):
            values = [row[f"{part}_{figure_name}"] for row in history]
            label = {"train": "training", "val": "validation"}[part]
            axes.plot(epochs, values, color=colour, marker=marker, markersize=4, label=label)
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axes.set_xlim(0, epochs[-1] + 0.5)
        axes.set_ylabel(figure_name)
        axes.grid(alpha=0.3)
        axes.legend()
    left.set_ylim(0, 1.2 * float(np.percentile(losses, 99)))  # not the first few steps
    right.yaxis.set_major_formatter(lambda value, _: f"{value:.1%}")
    figure.suptitle(textwrap.fill(title, 110), fontsize=9)
    figure.savefig(path, dpi=120)


def confusion(matrix: np.ndarray, classes: Sequence[str], title: str, path: Path) -> None:
    """Draw a confusion matrix: counts, coloured by the fraction of their row.

    Parameters
    ----------
    matrix : ndarray of shape (K, K)
        A row a true class, a column a predicted one.
    classes : sequence of str
        Their K names.
    title : str
        Names dataset, configuration and seed.
    path : Path
    """
    share = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    figure = Figure(figsize=(8, 7.4), layout="constrained")
    axes = figure.subplots()
    # The mistakes are few: a square-root scale tells 1 % from none.
    image = axes.imshow(share, cmap="Blues", norm=PowerNorm(0.5, 0, 1))
    for (row, column), count in np.ndenumerate(matrix):
        shade = "white" if share[row, column] > 0.4 else "black" if count else GREY
        axes.text(column, row, f"{count}", ha="center", va="center", color=shade, fontsize=9)
    axes.set_xticks(range(len(classes)), classes, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(classes)), classes)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    bar = figure.colorbar(image, ax=axes, shrink=0.8, ticks=[0, 0.01, 0.05, 0.2, 0.5, 1])
    bar.ax.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    bar.set_label("of the images of a true class")
    accuracy = np.trace(matrix) / matrix.sum()
    axes.set_title(f"{textwrap.fill(title, 90)}\n{accuracy:.2%} right", fontsize=9)
    figure.savefig(path, dpi=120)


def rules(runs: Comparison, title: str, path: Path) -> None:
    """Draw the training loss of two rules over the epochs, in a panel for each learning rate.

    The mean over the seeds, and each seed faintly behind.
    """
    rates = list(next(iter(runs.values())))
    figure = Figure(figsize=(1 + 3.2 * len(rates), 3.6), layout="constrained")
    panels = figure.subplots(1, len(rates), sharey=True, squeeze=False)[0]
    for axes, lr in zip(panels, rates, strict=True):
        for (name, of_rule), colour, marker in zip(runs.items(), (BLUE, ORANGE), "os", strict=True):
            seeds = np.array([run.losses for run in of_rule[lr]])
            epochs = np.arange(1, seeds.shape[1] + 1)
            axes.plot(epochs, seeds.T, color=colour, alpha=0.3, linewidth=0.6)
            mean = seeds.mean(axis=0)
            axes.plot(epochs, mean, color=colour, marker=marker, markersize=4, label=name)
        axes.set_title(f"learning rate {lr:g}", fontsize=9)
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axes.grid(alpha=0.3)
    panels[0].set_ylabel("training loss")
    panels[-1].legend()
    figure.suptitle(textwrap.fill(title, 30 + 40 * len(rates)), fontsize=9)
    figure.savefig(path, dpi=120)


def samples(images: Images, path: Path) -> None:
    """Draw the first training image of each class."""
    x, y = images.train[np.arange(min(len(images.train), 2000))]
    figure = Figure(figsize=(7.5, 3.6), layout="constrained")
    for k, axes in enumerate(figure.subplots(2, 5).flat):
        of_class = x[y == k]
        if len(of_class):
            axes.imshow(of_class[0].reshape(28, 28), cmap="gray_r", vmin=0, vmax=1)
        axes.set_title(images.classes[k], fontsize=9)
        axes.axis("off")
    figure.suptitle(f"{images.name}: one image of each class", fontsize=10)
    figure.savefig(path, dpi=120)
