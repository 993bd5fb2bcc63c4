"""Grouped horizontal bars, in colours that colour-blind readers can tell apart."""

from collections.abc import Mapping, Sequence

# Okabe and Ito, "Color Universal Design" (2008).
COLOURS = (
    *("#D55E00", "#E69F00", "#0072B2", "#56B4E9"),
    *("#009E73", "#F0E442", "#999999", "#CC79A7"),
)


def grouped_bars(
    file: str,
    title: str,
    axis: str,
    groups: Sequence[str],
    series: Mapping[str, Sequence[float | None]],
    hatched: Sequence[str] = (),
) -> None:
    """Draw one group of bars a case, one bar a series, with a line at 1.

    Parameters
    ----------
    file : str
        Where the picture goes; its suffix decides the format.
    title, axis : str
        What the picture shows, and what the length of a bar is.
    groups : sequence of str
        The cases, from top to bottom.
    series : mapping of str to sequence of float or None
        One value a case; None leaves a gap that says so.
    hatched : sequence of str
        Series that compete out of class.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    height = 0.85 / len(series)
    size = (8.3, 1.6 + 0.19 * len(groups) * (len(series) + 1))
    figure, axes = pyplot.subplots(figsize=size, layout="constrained")
    for i, (label, values) in enumerate(series.items()):
        places = [group + (i - (len(series) - 1) / 2) * height for group in range(len(groups))]
        lengths = [value or 0.0 for value in values]
        out_of_class = label in hatched
        axes.barh(
            places,
            lengths,
            height * 0.92,
            label=label,
            color=COLOURS[i % len(COLOURS)],
            hatch="////" if out_of_class else None,
            edgecolor="#555555" if out_of_class else "none",
            linewidth=0,
        )
        for place, length, value in zip(places, lengths, values, strict=True):
            text = " none" if value is None else f" {value:.2f}"
            axes.text(length, place, text, va="center", fontsize=8)
    axes.axvline(1.0, color="black", linewidth=0.8)
    axes.set_yticks(range(len(groups)), groups)
    axes.set_ylim(len(groups) - 0.5, -0.5)
    axes.set_xlabel(axis)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(
        loc="outside upper center", ncols=2, frameon=False, title=title, title_fontsize="large"
    )
    figure.savefig(file, dpi=120)
    pyplot.close(figure)
