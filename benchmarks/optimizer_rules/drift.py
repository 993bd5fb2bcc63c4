"""Does a step stay as fast as it was when gradients are zero? Denormals are why it might not.

The moments live from a few steps with a gradient, then decay towards zero, and so does everything
that weight decay shrinks. Minutes of denormal numbers are not waited for in the peers: `PATIENCE`
seconds are enough to see them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from harness import Contestant, Failed, Stable, Worker, markdown, say

from .contestants import OURS, OURS_NUMPY
from .speed import groups, step_case
from .table import Rule
from .task import NotOffered
from .tensors import size_text
from .traffic import Traffic, traffic_of

STEPS = 10_000
WINDOW = 200
PATIENCE = 3.0
LR = 0.1  # with a decay of 0.1, plain SGD shrinks a parameter to 1e-44 in 10,000 steps
DECAYS = (0.0, 0.1)


@dataclass
class Drift:
    """Median seconds of a step in a window at the start, and after so many steps."""

    early: float = 0.0
    late: float = 0.0
    steps: int = 0
    error: str | None = None


@dataclass
class Row:
    """A rule in one configuration."""

    rule: Rule
    size: int
    tensors: str
    decay: float | None
    """None for a rule of the user's own, which keeps its defaults."""
    drifts: Mapping[str, Drift]


def measure_drifts(
    stable: Stable, rules: Sequence[Rule], sizes: Sequence[int], tensors: Sequence[str]
) -> list[Row]:
    """Run every contestant through `STEPS` steps, one contestant after the other."""
    rows = []
    for size in sizes:
        for form in tensors:
            for rule in rules:
                traffic = traffic_of(rule)
                for decay in DECAYS if rule.options else (None,):
                    drifts = {name: Drift(error=e) for name, e in stable.failures.items()}
                    for group in groups(stable.workers, rule, size, form, traffic):
                        for worker in group:
                            say(f"{rule.title}, decay {decay}: {worker.contestant.name}")
                            drift = run(worker, rule, size, form, traffic, decay)
                            drifts[worker.contestant.name] = drift
                    rows.append(Row(rule, size, form, decay, drifts))
    say("")
    return rows


def run(
    worker: Worker, rule: Rule, size: int, form: str, traffic: Traffic, decay: float | None
) -> Drift:
    """Take one contestant through all steps."""
    options = {} if decay is None else {"lr": LR, **rule.drifting, "weight_decay": decay}
    case = step_case(rule, size, form, traffic, "drift", **options)
    limit = {} if worker.contestant.group in (OURS, OURS_NUMPY) else {"limit": PATIENCE}
    drift = Drift()
    try:
        worker.ask("prepare", case=case)
        drift.early = worker.ask("run", calls=WINDOW, **limit)["median"]
        aged = worker.ask("run", calls=STEPS - 2 * WINDOW, **limit)["calls"]
        drift.late = worker.ask("run", calls=WINDOW, **limit)["median"]
        drift.steps = STEPS if aged == STEPS - 2 * WINDOW else WINDOW + aged
        worker.ask("finish")
    except Failed as failure:
        drift.error = str(failure)
    return drift


def drift_table(rows: Sequence[Row], contestants: Sequence[Contestant]) -> str:
    """Return both costs in each contestant, and their ratio."""
    notes: list[str] = []

    def cell(drift: Drift | None) -> str:
        if drift is None or (drift.error or "").startswith(NotOffered.__name__):
            return "-"
        if drift.error:
            if drift.error not in notes:
                notes.append(drift.error)
            return f"failed [{notes.index(drift.error) + 1}]"
        cut = "" if drift.steps == STEPS else f" at {drift.steps:,}"
        costs = f"{drift.early * 1e6:.0f} → {drift.late * 1e6:.0f}"
        return f"{costs} ({drift.late / drift.early:.2f}{cut})"

    lines = [
        [
            row.rule.title,
            f"{size_text(row.size)} {row.tensors}",
            "" if row.decay is None else str(row.decay),
            *(cell(row.drifts.get(c.name)) for c in contestants),
        ]
        for row in rows
    ]
    title = f"µs a step without a gradient, at first → after {STEPS:,} (ratio)"
    header = [title, "tensors", "decay", *(c.name for c in contestants)]
    return "\n".join([markdown(header, lines), *(f"\n[{i + 1}] {n}" for i, n in enumerate(notes))])


def as_json(rows: Sequence[Row]) -> list[dict[str, object]]:
    """Return the results as plain dictionaries."""
    return [
        {
            "rule": row.rule.name,
            "parameters": row.size,
            "tensors": row.tensors,
            "weight_decay": row.decay,
            "contestants": {name: asdict(drift) for name, drift in row.drifts.items()},
        }
        for row in rows
    ]
