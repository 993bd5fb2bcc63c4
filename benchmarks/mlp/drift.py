"""Does step 10,000 cost what step 100 cost? Denormal numbers are why it might not."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from harness import Contestant, Failed, Stable, markdown

from .data import BRIGHT_BATCHES

WINDOW = 100
EARLY, LATE = BRIGHT_BATCHES + WINDOW // 2, 10_000


@dataclass
class Drift:
    """Median seconds of a step in a window around step `EARLY` and around step `LATE`."""

    early: float = 0.0
    late: float = 0.0
    error: str | None = None


def measure_drift(stable: Stable, net: str, optimizer: str) -> dict[str, Drift]:
    """Run every contestant through `LATE` steps, one contestant after the other."""
    results = {name: Drift(error=reason) for name, reason in stable.failures.items()}
    for worker in stable.workers:
        drift = results[worker.contestant.name] = Drift()
        case = {"net": net, "what": "drift", "optimizer": optimizer}
        try:
            worker.ask("prepare", case=case)  # trains the bright batches
            drift.early = worker.ask("run", calls=WINDOW)["median"]
            worker.ask("run", calls=LATE - EARLY - WINDOW)
            drift.late = worker.ask("run", calls=WINDOW)["median"]
        except Failed as failure:
            drift.error = str(failure)
    return results


def drift_table(results: dict[str, dict[str, Drift]], rows: Sequence[Contestant]) -> str:
    """Return both costs of each contestant and net, and their ratio."""
    lines = []
    for net, drifts in results.items():
        for row in rows:
            d = drifts[row.name]
            if d.error:
                cells = ["", "", d.error]
            else:
                cells = [f"{d.early * 1e6:.0f}", f"{d.late * 1e6:.0f}", f"{d.late / d.early:.2f}"]
            lines.append([row.title, net, str(row.threads), *cells])
    header = ["", "net", "threads", f"step {EARLY:,}, µs", f"step {LATE:,}, µs", "ratio"]
    return markdown(header, lines, left=2)


def as_json(results: dict[str, dict[str, Drift]]) -> dict[str, dict[str, dict[str, object]]]:
    """Return the results as plain dictionaries."""
    return {net: {name: asdict(d) for name, d in drifts.items()} for net, drifts in results.items()}
