"""What is said about the measurements of networks: tables, ratios, plots."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from harness import CORES, Contestant, Measurement, Notes, markdown
from harness.plot import grouped_bars
from mlp.contestants import OURS, OURS_NUMPY
from mlp.report import ratio

from .contestants import GROUPS, JAX, TORCH, TORCH_LAST

Numbers = Mapping[str, Mapping[str, float | str]]
"""Case, then contestant by name, to a number of which less is better, or why there is none.

Who does not take part in a case is not there.
"""


class Side(NamedTuple):
    """Contestants of which the best one counts."""

    groups: tuple[str, ...]
    threads: int | None = None


PEER = Side((TORCH, TORCH_LAST))
RATIOS = {
    f"best of PyTorch's layouts / {OURS}": (PEER, Side((OURS,))),
    f"{TORCH} / {OURS}": (Side((TORCH,)), Side((OURS,))),
    f"{JAX} / {OURS}": (Side((JAX,)), Side((OURS,))),
    f"{OURS_NUMPY} / {OURS}": (Side((OURS_NUMPY,)), Side((OURS,))),
    f"{OURS}, 1 thread / {CORES} threads": (Side((OURS,), 1), Side((OURS,), CORES)),
}


def seconds(results: Mapping[str, Mapping[str, Measurement]]) -> Numbers:
    """Return the seconds of all measurements."""
    return {
        case: {name: m.seconds or m.error or "not measured" for name, m in measured.items()}
        for case, measured in results.items()
    }


def milliseconds(seconds: float) -> str:
    """Return the text of a cell."""
    return f"{seconds * 1e3:.2f}"


def mebibytes(number: float) -> str:
    """Return the text of a cell."""
    return f"{number:.1f}"


def best(numbers: Mapping[str, float | str], rows: Sequence[Contestant], of: Side) -> float | None:
    """Return the least number of any contestant on this side."""
    found = [
        number
        for row in rows
        if row.group in of.groups and of.threads in (None, row.threads)
        if isinstance(number := numbers.get(row.name), float)
    ]
    return min(found, default=None)


def table(numbers: Numbers, rows: Sequence[Contestant], text: Callable[[float], str]) -> str:
    """Return the numbers, as `text` writes them, the ratios, and why cells are empty."""
    notes = Notes()

    def cell(case: str, name: str) -> str:
        number = numbers[case].get(name, "")
        if isinstance(number, float):
            return text(number)
        return notes.cell(number) if number else "-"

    lines = [[row.title, str(row.threads), *(cell(c, row.name) for c in numbers)] for row in rows]
    for title, (above, below) in RATIOS.items():
        found = [ratio(best(n, rows, above), best(n, rows, below)) for n in numbers.values()]
        if any(found):
            lines.append([title, "", *("" if q is None else f"{q:.2f}" for q in found)])
    return notes.below(markdown(["", "threads", *numbers], lines))


def plot(
    file: str, title: str, numbers: Numbers, rows: Sequence[Contestant], memory: bool = False
) -> None:
    """Draw the speed of each group, or its need of memory, relative to PyTorch's better layout."""
    word, series = "memory" if memory else "speed", {}
    for group in GROUPS:
        if any(row.group == group for row in rows):
            pairs = [(best(n, rows, PEER), best(n, rows, Side((group,)))) for n in numbers.values()]
            series[group] = [ratio(o, p) if memory else ratio(p, o) for p, o in pairs]
    axis = f"{word}; 1 is the better of PyTorch's two layouts"
    captions = [case.replace(", ", "\nbatch ", 1) for case in numbers]
    grouped_bars(file, title, axis, captions, series)
