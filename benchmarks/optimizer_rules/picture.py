"""Where each rule stands between PyTorch's best and the memory's limit: a roofline, lying down."""

from collections.abc import Sequence
from typing import Any

from harness import Contestant
from harness.plot import COLOURS

from .contestants import COPY, IN_PLACE, OPTAX, OURS, OURS_NUMPY, TORCH
from .report import best, quotient
from .speed import Speed

VERMILION, ORANGE, BLUE, GREEN = (COLOURS[i] for i in (0, 1, 2, 4))
PANELS = 3  # in a row
# Group of contestants: label, marker, size, colour.
DOTS = {
    (OPTAX,): (OPTAX, "D", 22, GREEN),
    TORCH: ("PyTorch's best mode", "o", 46, BLUE),
    (OURS_NUMPY,): ("minitorch_np without numba", "o", 24, ORANGE),
    (OURS,): ("minitorch_np", "o", 64, VERMILION),
}


def draw(file: str, speeds: Sequence[Speed], rows: Sequence[Contestant]) -> None:
    """Draw a panel for each size and form, with a line for each rule.

    Parameters
    ----------
    file : str
        Where the picture goes; its suffix decides the format.
    speeds : sequence of Speed
    rows : sequence of Contestant
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    columns = list(dict.fromkeys(speed.column for speed in speeds))
    panels = {c: ordered([s for s in speeds if s.column == c]) for c in columns}
    across = min(PANELS, len(columns))
    down = -(-len(columns) // across)
    lines = max(map(len, panels.values()))
    figure, grid = pyplot.subplots(
        down,
        across,
        figsize=(max(8.6, 2.5 + 3.4 * across), 1.4 + down * (0.8 + 0.29 * lines)),
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    for axes in grid.flat[len(columns) :]:
        axes.set_visible(False)
    for axes, (column, chosen) in zip(grid.flat, panels.items(), strict=False):
        panel(axes, column, chosen, rows)
    for axes in grid[:, 0]:
        label(axes, next(iter(panels.values())))
    handles, labels = grid.flat[0].get_legend_handles_labels()
    unique = dict(zip(reversed(labels), reversed(handles), strict=True))  # each once, ours first
    figure.legend(
        unique.values(),
        unique.keys(),
        loc="outside upper center",
        ncols=3,
        frameon=False,
        title="Optimizer steps, between PyTorch and the memory's limit",
        title_fontproperties={"size": "x-large", "weight": "bold"},
    )
    axis = "million parameters a second, on the best number of threads; B: bytes moved for each"
    figure.supxlabel(axis, fontsize="medium")
    figure.savefig(file, dpi=150)
    pyplot.close(figure)


def ordered(speeds: Sequence[Speed]) -> list[Speed]:
    """Sort by the bytes that a rule moves, which makes the limit a flight of stairs."""
    return sorted(speeds, key=lambda speed: speed.traffic.moved)


def panel(axes: Any, column: str, speeds: Sequence[Speed], rows: Sequence[Contestant]) -> None:
    """Draw one size and form."""
    from matplotlib import ticker

    size, form = column.split()
    axes.set_title(f"{size} parameters, {form} tensors", fontsize="medium", pad=16)
    axes.set_xscale("log")
    note(axes, -0.75, "× PyTorch", "bold")
    for place, speed in enumerate(speeds):
        if place % 2:
            axes.axhspan(place - 0.5, place + 0.5, color="#f4f4f4", linewidth=0, zorder=0)
        line(axes, place, speed, rows)
        ratio = quotient(speed, rows, TORCH, OURS)
        if ratio == ratio:
            note(axes, place, f"{ratio:.1f}")
    axes.set_ylim(len(speeds) - 0.5, -0.5)
    low, high = axes.get_xlim()
    axes.set_xlim(low, high * 2)
    axes.xaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_minor_locator(ticker.NullLocator())
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.tick_params(axis="x", labelsize=7)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)


def note(axes: Any, place: float, text: str, weight: str = "normal") -> None:
    """Write at the right, beside a rule."""
    axes.annotate(
        text,
        (1, place),
        xytext=(-4, 0),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        ha="right",
        va="center",
        fontsize=8,
        fontweight=weight,
        annotation_clip=False,
    )


def line(axes: Any, place: int, speed: Speed, rows: Sequence[Contestant]) -> None:
    """Draw one rule: the memory's limit as a wall, and everyone in front of it."""
    limits = {
        "limit: copy bandwidth": (rate(speed, rows, COPY), "#777777", (0, (2, 1))),
        "limit: bandwidth in place": (rate(speed, rows, IN_PLACE), "black", "-"),
    }
    for text, (limit, colour, style) in limits.items():
        if limit is not None:
            ends = [place - 0.5, place + 0.5]
            axes.plot([limit] * 2, ends, color=colour, linestyle=style, linewidth=1.5, label=text)
    found = {groups: rate(speed, rows, *groups) for groups in DOTS}
    theirs, ours = found[TORCH], found[OURS,]
    if theirs and ours:
        colour = VERMILION if ours > theirs else BLUE
        axes.plot([theirs, ours], [place] * 2, color=colour, alpha=0.35, linewidth=3, zorder=2)
    for groups, (text, marker, area, colour) in DOTS.items():
        if found[groups] is not None:
            axes.scatter(
                [found[groups]],
                [place],
                area,
                colour,
                marker,
                edgecolors="white",
                linewidths=0.7,
                label=text,
                zorder=3,
            )


def rate(speed: Speed, rows: Sequence[Contestant], *groups: str) -> float | None:
    """Return million parameters a second of the best of these groups."""
    found = best(speed, rows, *groups)
    return speed.size / found[0] / 1e6 if found else None


def label(axes: Any, speeds: Sequence[Speed]) -> None:
    """Name the rules, and the bytes that they move for each parameter."""
    names = [f"{speed.rule.title}  {speed.traffic.moved} B" for speed in speeds]
    axes.set_yticks(range(len(names)), names)
