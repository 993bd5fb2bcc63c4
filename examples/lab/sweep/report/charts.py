"""The figures of the page, interactive."""

from __future__ import annotations

import plotly.graph_objects as go

from lab.sweep.report.importance import Importance
from lab.sweep.report.results import FAILING, Results
from lab.sweep.report.series import axes, best_so_far

__all__ = ["accuracy", "correlation", "importances", "parallel"]

# Okabe and Ito's colours, which colour-blind readers can tell apart.
BLUE, ORANGE, GREY, GREEN = "#0072B2", "#D55E00", "#999999", "#009E73"
LOOKS = {
    "finished": (BLUE, "circle"),
    "pruned": (GREY, "x"),
}


def accuracy(results: Results) -> go.Figure:
    """Return validation accuracy of every run by when it began, and the best so far."""
    figure = go.Figure()
    for status, (colour, symbol) in LOOKS.items():
        runs = [r for r in results.runs if r.status == status and r.accuracy is not None]
        if runs:
            figure.add_scatter(
                x=[run.started / 60 for run in runs],
                y=[100 * (run.accuracy or 0) for run in runs],
                text=[run.label for run in runs],
                hovertemplate="%{text}<extra></extra>",
                mode="markers",
                marker={"color": colour, "symbol": symbol, "size": 8, "opacity": 0.75},
                name="finished" if status == "finished" else "stopped early",
            )
    runs, best = best_so_far(results)
    figure.add_scatter(
        x=[run.started / 60 for run in runs],
        y=100 * best,
        mode="lines",
        line={"color": ORANGE, "shape": "hv", "width": 2},
        name="best so far",
        hovertemplate="best so far: %{y:.2f} %<extra></extra>",
    )
    figure.add_hline(100 * FAILING, line={"color": GREY, "dash": "dot"})
    figure.update_xaxes(title="begun, minutes after the first")
    figure.update_yaxes(title="validation accuracy, %")
    return _plain(figure, results.title)


def parallel(results: Results) -> go.Figure:
    """Return parallel coordinates of the finished runs: drag along an axis to select."""
    found = axes(results.finished, results.varied)
    dimensions = [
        {
            "label": axis.label,
            "values": axis.at,
            "tickvals": axis.ticks,
            "ticktext": axis.texts,
            "range": [float(axis.at.min()), float(axis.at.max())],
        }
        for axis in found
    ]
    line = {
        "color": found[-1].at,
        "colorscale": "Cividis",
        "showscale": True,
        "colorbar": {"title": "%"},
    }
    rest = {"line": {"color": "lightgray", "opacity": 0.2}}  # what brushing leaves out
    figure = go.Figure(go.Parcoords(dimensions=dimensions, line=line, unselected=rest))
    figure = _plain(figure, "")
    figure.update_layout(height=520, margin={"t": 70, "l": 90, "r": 60})
    return figure


def importances(found: Importance) -> go.Figure:
    """Return the share of each hyperparameter as bars."""
    names = list(found.share)[::-1]
    figure = go.Figure(
        go.Bar(x=[100 * found.share[n] for n in names], y=names, orientation="h", marker_color=BLUE)
    )
    figure.update_xaxes(title="importance, % of what the forest learns")
    return _tall(figure, len(names))


def correlation(found: Importance) -> go.Figure:
    """Return the rank correlation of each hyperparameter, or of each of its words, as bars."""
    labels = sorted(found.correlation, key=lambda label: abs(found.correlation[label]))
    values = [found.correlation[label] for label in labels]
    colours = [GREEN if value > 0 else ORANGE for value in values]
    figure = go.Figure(go.Bar(x=values, y=labels, orientation="h", marker_color=colours))
    figure.update_xaxes(title="rank correlation with validation accuracy", range=[-1, 1])
    return _tall(figure, len(labels))


def _plain(figure: go.Figure, title: str) -> go.Figure:
    figure.update_layout(
        template="plotly_white",
        title={"text": title, "font": {"size": 13}},
        font={"size": 13},
        height=460,
        legend={"orientation": "h", "y": 1.08, "x": 1, "xanchor": "right"},
    )
    return figure


def _tall(figure: go.Figure, bars: int) -> go.Figure:
    figure = _plain(figure, "")
    figure.update_layout(height=110 + 24 * bars, margin={"t": 40, "l": 170})
    figure.update_yaxes(automargin=True, dtick=1)
    return figure
