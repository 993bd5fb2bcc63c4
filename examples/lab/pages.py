"""Pages that are one file: they open in a browser without a network."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

from plotly.offline import get_plotlyjs

__all__ = ["as_script", "page"]

STYLE = """
body { font: 16px/1.45 system-ui, sans-serif; margin: 1.5rem auto; max-width: 84rem;
       padding: 0 1rem; color: #222; background: #fff; }
h1 { font-size: 1.5rem; margin-bottom: 0.2rem; }
h2 { font-size: 1.15rem; }
table { border-collapse: collapse; }
th, td { padding: 0.15rem 0.7rem; text-align: right; border-bottom: 1px solid #ddd; }
th:first-child, td:first-child { text-align: left; }
button { font: inherit; margin: 0.15rem; padding: 0.2rem 0.6rem; cursor: pointer; }
button:focus-visible { outline: 3px solid #0072B2; }
"""


def page(path: Path, title: str, body: str, style: str = "") -> None:
    """Write a page; ``body`` is HTML, whose scripts may use ``Plotly``."""
    path.write_text(
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}{style}</style>\n"
        f"<script>{get_plotlyjs()}</script>\n</head>\n<body>\n<h1>{escape(title)}</h1>\n"
        f"{body}\n</body>\n</html>\n",
        encoding="utf-8",
    )


def as_script(value: Any) -> str:
    """Return JSON that can stand in a script."""
    return json.dumps(value).replace("</", "<\\/")
