"""The pictures of a confusion matrix: the counts, and the images behind the mistakes."""

from __future__ import annotations

import textwrap
from pathlib import Path

import numpy as np
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure

from lab.confusion import Judged
from minitorch_np.metrics import precision_recall_f1

__all__ = ["matrix", "mistakes"]

COLOURS = "cividis"  # reads the same for colour-blind readers
CELLS, IMAGES = 8, 10  # of the picture of mistakes


def matrix(judged: Judged, path: Path) -> None:
    """Draw counts and row percentages, with precision, recall and F1 beside them."""
    names, rows = judged.classes, 100 * judged.rows
    figure = Figure(figsize=(12, 8), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(10, 3))
    # The root brings out the mistakes, which are a few per cent of a row.
    drawn = left.imshow(rows, cmap=COLOURS, norm=PowerNorm(0.5, 0, 100))
    for (i, j), count in np.ndenumerate(judged.matrix):
        if count:
            said = f"{count}\n{rows[i, j]:.1f} %"
            left.text(
                j, i, said, ha="center", va="center", fontsize=9, color=_ink(float(rows[i, j]))
            )
    left.set_xticks(range(len(names)), names, rotation=45, ha="right")
    left.set_yticks(range(len(names)), names)
    left.set_xlabel("predicted")
    left.set_ylabel("true")
    figure.colorbar(drawn, ax=left, label="% of the row", fraction=0.04, pad=0.01)
    figures = 100 * np.stack(precision_recall_f1(judged.matrix), axis=1)
    right.imshow(figures, cmap=COLOURS, norm=PowerNorm(0.5, 0, 100), aspect="auto")
    for (i, j), share in np.ndenumerate(figures):
        right.text(j, i, f"{share:.1f}", ha="center", va="center", color=_ink(float(share)))
    right.set_xticks(range(3), ["precision", "recall", "F1"], rotation=45, ha="right")
    right.set_yticks([])
    right.set_title("of each class, in %", fontsize=10)
    figure.suptitle(textwrap.fill(judged.title, 130), fontsize=10)
    figure.savefig(path, dpi=100)


def mistakes(judged: Judged, path: Path) -> None:
    """Draw for the cells with most mistakes the images that the network was surest about."""
    cells = judged.worst_cells()[:CELLS]
    figure = Figure(figsize=(12, 1.2 + 1.2 * max(len(cells), 1)), layout="constrained")
    grid = figure.subplots(max(len(cells), 1), IMAGES, squeeze=False)
    for axes in grid.flat:
        axes.axis("off")
    for row, (true, predicted) in zip(grid, cells, strict=False):
        count, share = judged.matrix[true, predicted], judged.rows[true, predicted]
        row[0].text(
            -0.15,
            0.5,
            f"{judged.classes[true]}\ntaken for\n{judged.classes[predicted]}\n"
            f"{count} ({share:.1%})",
            transform=row[0].transAxes,
            ha="right",
            va="center",
            fontsize=10,
        )
        for axes, i in zip(row, judged.cell(true, predicted), strict=False):
            axes.imshow(judged.images[i], cmap="gray_r", vmin=0, vmax=1)
            axes.set_title(f"{judged.confidence[i]:.1%}", fontsize=9, pad=2)
    said = "surest mistakes first, each with the probability of the wrong class"
    figure.suptitle(f"{textwrap.fill(judged.title, 130)}\n{said}", fontsize=10)
    figure.savefig(path, dpi=100)


def _ink(percent: float) -> str:
    """A colour that reads on the cell's."""
    return "black" if percent > 25 else "white"
