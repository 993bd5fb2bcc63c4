"""The same figures as PNG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from lab.sweep.report.importance import Importance
from lab.sweep.report.results import FAILING, Results
from lab.sweep.report.series import axes, best_so_far

__all__ = ["PICTURES", "draw"]

BLUE, ORANGE, GREY, GREEN = "#0072B2", "#D55E00", "#999999", "#009E73"
PICTURES = ("accuracy.png", "parallel.png", "importance.png")


def draw(results: Results, found: Importance | None, folder: Path) -> list[str]:
    """Draw what there is to see; return the names of the files."""
    written = ["accuracy.png"]
    _accuracy(results, folder / "accuracy.png")
    if results.varied:
        _parallel(results, folder / "parallel.png")
        written.append("parallel.png")
    if found is not None:
        _importance(results, found, folder / "importance.png")
        written.append("importance.png")
    return written


def _accuracy(results: Results, path: Path) -> None:
    figure = Figure(figsize=(9, 4.2), layout="constrained")
    plot = figure.subplots()
    for status, label, colour, marker in (
        ("finished", "finished", BLUE, "o"),
        ("pruned", "stopped early", GREY, "x"),
    ):
        runs = [r for r in results.runs if r.status == status and r.accuracy is not None]
        if runs:
            x = [run.started / 60 for run in runs]
            y = [run.accuracy or 0.0 for run in runs]
            plot.scatter(x, y, color=colour, marker=marker, s=22, alpha=0.75, label=label)
    runs, best = best_so_far(results)
    plot.step(
        [run.started / 60 for run in runs], best, where="post", color=ORANGE, label="best so far"
    )
    plot.axhline(FAILING, color=GREY, linestyle=":", linewidth=1)
    plot.set_xlabel("begun, minutes after the first")
    plot.set_ylabel("validation accuracy")
    plot.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    plot.grid(alpha=0.3)
    figure.legend(loc="outside lower center", ncols=3)
    figure.suptitle(results.title, fontsize=10)
    figure.savefig(path, dpi=120)


def _parallel(results: Results, path: Path) -> None:
    runs = results.finished[::-1]  # the best on top
    found = axes(runs, results.varied)
    accuracy = found[-1].at
    figure = Figure(figsize=(2 + 1.5 * len(found), 5), layout="constrained")
    plot = figure.subplots()
    scaled = np.stack([_scaled(axis.at, axis.at) for axis in found], axis=1)
    # A little to the side of each tick, or lines through the same values would hide each other.
    aside = np.random.default_rng(0).uniform(-0.015, 0.015, scaled.shape)
    scale = Normalize(accuracy.min(), accuracy.max())
    colours = colormaps["cividis"](scale(accuracy))
    for heights, colour in zip(scaled + aside, colours, strict=True):
        plot.plot(range(len(found)), heights, color=colour, linewidth=0.9, alpha=0.7)
    for i, axis in enumerate(found):
        plot.axvline(i, color="black", linewidth=0.8)
        for tick, text in zip(_scaled(axis.ticks, axis.at), axis.texts, strict=True):
            plot.annotate(
                text,
                (i, tick),
                xytext=(4, 0),
                textcoords="offset points",
                fontsize=8,
                va="center",
                bbox={"boxstyle": "round,pad=0.1", "fc": "white", "ec": "none", "alpha": 0.75},
            )
    plot.set_xticks(range(len(found)), [axis.label for axis in found], rotation=15, fontsize=9)
    plot.set_yticks([])
    for side in plot.spines.values():
        side.set_visible(False)
    colours_of = ScalarMappable(scale, "cividis")
    figure.colorbar(colours_of, ax=plot, label="validation accuracy, %", pad=0.05)
    figure.suptitle(results.title, fontsize=10)
    figure.savefig(path, dpi=120)


def _importance(results: Results, found: Importance, path: Path) -> None:
    rows = max(len(found.share), len(found.correlation))
    figure = Figure(figsize=(11, 1.6 + 0.24 * rows), layout="constrained")
    left, right = figure.subplots(1, 2)
    names = list(found.share)[::-1]
    left.barh(names, [100 * found.share[name] for name in names], color=BLUE)
    left.set_xlabel("importance, % of what a random forest learns")
    labels = sorted(found.correlation, key=lambda label: abs(found.correlation[label]))
    values = [found.correlation[label] for label in labels]
    right.barh(labels, values, color=[GREEN if value > 0 else ORANGE for value in values])
    right.axvline(0, color="black", linewidth=0.8)
    right.set_xlim(-1, 1)
    right.set_xlabel("rank correlation with validation accuracy")
    for plot in (left, right):
        plot.grid(axis="x", alpha=0.3)
        plot.tick_params(axis="y", labelsize=8)
    figure.suptitle(results.title, fontsize=10)
    figure.savefig(path, dpi=120)


def _scaled(values: Sequence[float] | np.ndarray, along: np.ndarray) -> np.ndarray:
    span = float(np.ptp(along)) or 1.0
    return (np.asarray(values) - along.min()) / span
