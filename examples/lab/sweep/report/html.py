"""The page: ``report.html``, one file that needs no network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

import plotly.graph_objects as go

from lab.pages import page
from lab.sweep.report import charts
from lab.sweep.report.failures import by_value, failing
from lab.sweep.report.importance import Importance
from lab.sweep.report.results import FAILING, Results, percent
from lab.sweep.report.words import (
    TOP,
    failures_in_words,
    importance_in_words,
    recommendation,
)

__all__ = ["write_page"]

STYLE = """
code { font-size: 0.85em; overflow-wrap: anywhere; }
td code { text-align: left; display: block; }
td:last-child { text-align: left; }
.wide { overflow-x: auto; }
.pair { display: grid; grid-template-columns: repeat(auto-fill, minmax(30rem, 1fr)); gap: 1rem; }
.pair > div { min-width: 0; }
"""
# The figures measure their place while the page is still being built.
FIT = '<script>addEventListener("load", () => dispatchEvent(new Event("resize")))</script>'
CONFIG = {"responsive": True, "displaylogo": False}
WORST = 15  # values, and failed runs, that the page lists


def write_page(results: Results, found: Importance | None, path: Path) -> None:
    """Write the page."""
    counts = {
        status: sum(run.status == status for run in results.runs)
        for status in ("finished", "pruned", "failed")
    }
    pruned = f", {counts['pruned']} stopped early" if counts["pruned"] else ""
    failed = f", {counts['failed']} failed" if counts["failed"] else ""
    best = results.finished[0]
    parts = [
        f"<p>{escape(results.title)}: {counts['finished']} trained to their end{pruned}"
        f"{failed}. Best: <b>{percent(best.accuracy)}</b> ({escape(best.name)}).</p>",
        "<h2>Recommendation</h2>",
        _bullets(recommendation(results, found)),
        f"<p><code>{escape(results.command(best))}</code></p>",
        "<h2>Validation accuracy of every run</h2>",
        _chart(charts.accuracy(results)),
    ]
    if results.varied:
        parts += [
            "<h2>Parallel coordinates</h2><p>Drag along an axis to keep the runs that pass there; "
            "drag an axis by its name to move it; click on an axis to let go.</p>",
            _chart(charts.parallel(results)),
        ]
    parts += ["<h2>What matters</h2>", _bullets(importance_in_words(found, results))]
    if found is not None:
        pair = (charts.importances(found), charts.correlation(found))
        inside = "".join(f"<div>{_chart(figure)}</div>" for figure in pair)
        parts.append(f'<div class="pair">{inside}</div>')
    parts += [
        f"<h2>Runs under {percent(FAILING, 0)}</h2>",
        _bullets(failures_in_words(results)),
        _failing(results),
        f"<h2>The best {min(TOP, len(results.finished))}, and their commands</h2>",
        _best(results),
        *_errors(results),
        FIT,
    ]
    page(path, f"Sweep {results.name}", "\n".join(parts), STYLE)


def _chart(figure: go.Figure) -> str:
    return str(figure.to_html(full_html=False, include_plotlyjs=False, config=CONFIG))


def _bullets(lines: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; cells of ``rows`` are HTML."""
    first = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    rest = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="wide"><table><tr>{first}</tr>{rest}</table></div>'


def _failing(results: Results) -> str:
    counts = by_value(results)
    if not counts:
        return ""
    rows = [
        (
            escape(f"{count.parameter} {count.value}"),
            f"{count.failing} of {count.runs}",
            percent(count.share, 0),
        )
        for count in counts[:WORST]
    ]
    runs = [(escape(run.name), percent(run.accuracy), "") for run in failing(results)[:WORST]]
    return (
        _table((f"of the runs with this value, under {percent(FAILING, 0)}", "runs", "share"), rows)
        + f"<p>The worst {len(runs)}:</p>"
        + _table(("run", "validation accuracy", ""), runs)
    )


def _best(results: Results) -> str:
    rows = [
        (
            str(place),
            percent(run.accuracy),
            f"{run.seconds:.1f}",
            f"<code>{escape(results.command(run))}</code>",
        )
        for place, run in enumerate(results.finished[:TOP], 1)
    ]
    return _table(("", "validation accuracy", "seconds", "command"), rows)


def _errors(results: Results) -> list[str]:
    runs = [run for run in results.runs if run.status == "failed"]
    if not runs:
        return []
    rows = [(escape(run.name), escape(run.error)) for run in runs[:WORST]]
    return [f"<h2>Failed: {len(runs)}</h2>", _table(("run", "error"), rows)]
