"""What `train_mlp.py` says about its measurements: a table, ratios, a plot."""

from collections.abc import Mapping, Sequence

from harness import Contestant, Measurement, Notes, markdown
from harness.plot import grouped_bars

from .contestants import GROUPS, JAX, JAX_PLAIN, JAX_SCAN, OURS, OURS_NUMPY, TORCH, TORCH_INDEXED
from .net import Net

Results = Mapping[str, Mapping[str, Measurement]]
"""Net, then contestant (by name), to measurement."""

RATIOS = {
    f"{TORCH} / {OURS}": (TORCH,),
    f"best of ({TORCH}, {JAX_PLAIN}) / {OURS}": (TORCH, TORCH_INDEXED, JAX_PLAIN),
    f"best of ({TORCH}, {JAX}) / {OURS}": (TORCH, TORCH_INDEXED, JAX),
    f"{JAX_SCAN} / {OURS}": (JAX_SCAN,),
}


def best(
    results: Mapping[str, Measurement], rows: Sequence[Contestant], *groups: str
) -> float | None:
    """Return the least seconds of any contestant of these groups."""
    measured = [results[row.name].seconds for row in rows if row.group in groups]
    return min((seconds for seconds in measured if seconds is not None), default=None)


def ratio(numerator: float | None, denominator: float | None) -> float | None:
    """Divide, if there is something to divide."""
    return numerator / denominator if numerator is not None and denominator is not None else None


def speed_table(results: Results, rows: Sequence[Contestant], scale: float) -> str:
    """Return the medians, times `scale`, the ratios, and why cells are empty."""
    notes = Notes()

    def cell(measurement: Measurement) -> str:
        if measurement.seconds is not None:
            return f"{measurement.seconds * scale:.{0 if scale > 1e3 else 2}f}"
        return notes.cell(measurement.error or "not measured")

    lines = [
        [row.title, str(row.threads), *(cell(results[net][row.name]) for net in results)]
        for row in rows
    ]
    for title, groups in RATIOS.items():
        quotients = [
            ratio(best(r, rows, *groups), best(r, rows, OURS, OURS_NUMPY)) for r in results.values()
        ]
        if any(quotients):
            lines.append([title, "best", *("" if q is None else f"{q:.2f}" for q in quotients)])
    return notes.below(markdown(["", "threads", *results], lines))


def proof_table(results: Results, rows: Sequence[Contestant]) -> str:
    """Return seconds of the first call, and the loss that shows equal work, of those that ran."""
    lines = []
    for row in rows:
        firsts = [results[net][row.name].first for net in results]
        if any(firsts):
            cells = [f"{f['first_use']:.2f} / {f['loss']:.3f}" if f else "" for f in firsts]
            lines.append([row.title, str(row.threads), *cells])
    return markdown(["first call, s / loss", "threads", *results], lines)


def plot(file: str, title: str, results: Results, rows: Sequence[Contestant]) -> None:
    """Draw each group's speed relative to the best of PyTorch eager and JAX's step."""
    peers = TORCH, TORCH_INDEXED, JAX
    series = {
        group: [ratio(best(r, rows, *peers), best(r, rows, group)) for r in results.values()]
        for group in GROUPS
        if any(row.group == group for row in rows)
    }
    axis = f"speed; 1 is the best of {TORCH} and {JAX}"
    groups = [Net.parse(net).caption() for net in results]
    grouped_bars(file, title, axis, groups, series, hatched=[JAX_SCAN])
