"""Cases timed in all contestants."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from harness import Case, Contestant, Measurement, Stable, measure

from .agreement import refuse_disagreement

Results = Mapping[str, Mapping[str, Measurement]]
"""Title of the case, then contestant (by name), to measurement."""


def measure_cases(
    rows: Sequence[Contestant], cases: Iterable[Case], rounds: int, seconds: float
) -> Results:
    """Measure every case in every contestant that can compete and computes what the others do."""
    results = {}
    with Stable(rows) as stable:
        for case in cases:
            absent = [row for row in rows if row.family in case.get("without", ())]
            workers = [w for w in stable.workers if w.contestant not in absent]
            failed = {name: Measurement(error=reason) for name, reason in stable.failures.items()}
            measured = failed | measure(workers, case, rounds, seconds)
            refuse_disagreement(measured)
            results[case["title"]] = measured
    return results


def as_json(results: Results) -> dict[str, dict[str, dict[str, object]]]:
    """Return the results as plain dictionaries."""
    return {
        title: {name: asdict(measurement) for name, measurement in measured.items()}
        for title, measured in results.items()
    }
