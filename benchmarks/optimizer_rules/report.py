"""What `optimizers.py` says about speeds: a table a size, and the ratios."""

from collections.abc import Sequence

from harness import Contestant, markdown

from .contestants import COPY, GROUPS, IN_PLACE, LOOP, OPTAX, OURS, OURS_NUMPY, TORCH
from .speed import Speed
from .task import SCALES, NotOffered

RATIOS = (
    "",
    "PyTorch's best",
    "PyTorch's best / minitorch_np",
    "optax / minitorch_np",
    "PyTorch loop / numpy engine",
    "of a copy's bandwidth",
    "of the bandwidth in place",
)

Best = tuple[float, Contestant]
"""The least seconds, and whose they are."""


def best(speed: Speed, rows: Sequence[Contestant], *wanted: str) -> Best | None:
    """Return the fastest contestant of these groups."""
    found = [
        (seconds, row)
        for row in rows
        if row.group in wanted
        and row.name in speed.measurements
        and (seconds := speed.measurements[row.name].seconds) is not None
    ]
    return min(found, key=lambda pair: pair[0], default=None)


def quotient(speed: Speed, rows: Sequence[Contestant], above: Sequence[str], below: str) -> float:
    """Divide the best seconds of these groups by those of another; NaN if there are none."""
    numerator, denominator = best(speed, rows, *above), best(speed, rows, *ours(below))
    return numerator[0] / denominator[0] if numerator and denominator else float("nan")


def ours(group: str) -> tuple[str, ...]:
    """minitorch_np at its best is the better of its engines."""
    return (OURS, OURS_NUMPY) if group == OURS else (group,)


def speed_table(speeds: Sequence[Speed], rows: Sequence[Contestant]) -> str:
    """Return million parameters a second at one size, for each number of threads."""
    notes: list[str] = []
    present = [g for g in GROUPS if any(row.group == g for row in rows)]

    def cell(speed: Speed, group: str) -> str:
        members = [row for row in rows if row.group == group]
        threads = dict.fromkeys(row.threads for row in members)
        parts = [one(speed, [row for row in members if row.threads == n], notes) for n in threads]
        return parts[0] if len(set(parts)) == 1 and not parts[0][0].isdigit() else " / ".join(parts)

    lines = []
    for speed in speeds:
        lines.append(
            [
                speed.rule.title,
                str(speed.traffic.moved),
                *(cell(speed, group) for group in present),
            ]
        )
    table = markdown(["", "bytes", *present], lines)
    return "\n".join([table, *(f"\n[{i + 1}] {note}" for i, note in enumerate(notes))])


def one(speed: Speed, rows: Sequence[Contestant], notes: list[str]) -> str:
    """Return million parameters a second, or a note's number that says why there are none."""
    if fastest := best(speed, rows, *(row.group for row in rows)):
        return number(speed.size / fastest[0] / 1e6)
    errors = [speed.measurements[row.name].error for row in rows if row.name in speed.measurements]
    reason = next(iter(errors), None)
    if reason is None or reason.startswith(NotOffered.__name__):
        return "-"
    if reason not in notes:
        notes.append(reason)
    word = "missing" if reason.startswith("not installed") else "failed"
    return f"{word} [{notes.index(reason) + 1}]"


def number(value: float) -> str:
    """Return three digits of it, or all before the point."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def ratio_table(speeds: Sequence[Speed], rows: Sequence[Contestant]) -> str:
    """Return where minitorch_np stands at one size: against the peers, and against the memory."""
    lines = []
    for speed in speeds:
        peer = best(speed, rows, *TORCH)
        lines.append(
            [
                speed.rule.title,
                peer[1].name if peer else "",
                times(quotient(speed, rows, TORCH, OURS)),
                times(quotient(speed, rows, (OPTAX,), OURS)),
                times(quotient(speed, rows, (LOOP,), OURS_NUMPY)),
                share(quotient(speed, rows, (COPY,), OURS)),
                share(quotient(speed, rows, (IN_PLACE,), OURS)),
            ]
        )
    return markdown(RATIOS, lines, left=2)


def times(value: float) -> str:
    """Return a ratio, or nothing for NaN."""
    return f"{value:.2f}" if value == value else ""


def share(value: float) -> str:
    """Return a share of the limit, or nothing for NaN."""
    return f"{value:.0%}" if value == value else ""


def agreement(speeds: Sequence[Speed]) -> str:
    """Return the sentences that tell how equal the work was."""
    worst = max(speeds, key=lambda speed: speed.worst)
    known = {s.rule.optax.differs for s in speeds if s.rule.optax and s.rule.optax.differs}
    sentence = (
        f"After {len(SCALES)} steps the parameters of all contestants without a note agree; "
        f"their largest difference is {worst.worst:.0e} of the change ({worst.rule.title})."
    )
    exempt = f" Not compared: {'; '.join(sorted(known))}." if known else ""
    return sentence + exempt
