"""The interactive page: a click on a cell of the confusion matrix shows its images."""

from __future__ import annotations

import base64
import io
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from lab.confusion import Judged
from lab.pages import as_script, page
from minitorch_np.metrics import precision_recall_f1

__all__ = ["write_page"]

IMAGES = 40  # of a cell, at most
BUTTONS = 12  # for the cells with most mistakes

STYLE = """
#both { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start; }
#matrix { width: 46rem; height: 42rem; max-width: 100%; }
#cell { flex: 1 1 24rem; min-height: 20rem; }
#images { display: flex; flex-wrap: wrap; gap: 0.4rem; }
figure { margin: 0; width: 6.4rem; text-align: center; font-size: 0.8rem; }
figure img { width: 70px; height: 70px; image-rendering: pixelated; border: 1px solid #ccc; }
"""

BODY = """
<p>{about}. Click on a cell, or on one of the buttons, to see its test images: the ones that the
network was surest about come first, each with the probability of its prediction and its place in
the test set.</p>
<p><button id="shares">% of the row</button><button id="counts">counts</button></p>
<div id="both">
  <div id="matrix"></div>
  <div id="cell" aria-live="polite"><h2 id="which"></h2><div id="images"></div></div>
</div>
<h2>Most mistakes</h2>
<p id="worst"></p>
<h2>Each class</h2>
{table}
<script>const DATA = {data};</script>
<script>{script}</script>
"""


def write_page(judged: Judged, path: Path) -> None:
    """Write the page."""
    every = [(int(i), int(j)) for i, j in np.argwhere(judged.matrix)]
    data = {
        "classes": judged.classes,
        "counts": judged.matrix.tolist(),
        "shares": (100 * judged.rows).round(3).tolist(),
        "cells": {f"{i},{j}": _images(judged, i, j) for i, j in every},
        "worst": judged.worst_cells()[:BUTTONS],
    }
    script = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    about, table = escape(judged.title), _table(judged)
    body = BODY.format(about=about, table=table, data=as_script(data), script=script)
    page(path, "What the network takes for what", body, STYLE)


def _images(judged: Judged, true: int, predicted: int) -> list[tuple[int, float, str]]:
    """Return a cell's surest images: place in the test set, probability in %, PNG."""
    return [
        (int(i), round(100 * float(judged.confidence[i]), 2), _png(judged.images[i]))
        for i in judged.cell(true, predicted)[:IMAGES]
    ]


def _png(image: np.ndarray) -> str:
    """Return a PNG in base64, dark on white.   image: (28, 28) in [0, 1]"""
    buffer = io.BytesIO()
    Image.fromarray(np.rint(255 * (1 - image)).astype(np.uint8)).save(buffer, "PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def _table(judged: Judged) -> str:
    """Return precision, recall and F1 as an HTML table."""
    figures: list[tuple[Any, ...]] = [
        *zip(judged.classes, *precision_recall_f1(judged.matrix), strict=True),
        ("macro average", *precision_recall_f1(judged.matrix, "macro")),
        ("micro average", *precision_recall_f1(judged.matrix, "micro")),
    ]
    rows = "\n".join(
        f"<tr><td>{escape(name)}</td>" + "".join(f"<td>{share:.4f}</td>" for share in shares)
        for name, *shares in figures
    )
    return (
        f"<table><tr><th>class</th><th>precision</th><th>recall</th><th>F1</th></tr>{rows}</table>"
    )
