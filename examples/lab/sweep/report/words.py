"""What the sweep recommends, in words that come from its runs."""

from __future__ import annotations

import math
from collections import Counter
from statistics import fmean
from typing import Any

from lab.sweep.report.failures import failing, reason, rules, said
from lab.sweep.report.importance import Importance, importance
from lab.sweep.report.results import FAILING, Results, Run, percent

__all__ = ["failures_in_words", "importance_in_words", "recommendation"]

TOP = 10
SETTLED = 0.7  # the share of the best that agree on a value


def recommendation(results: Results, found: Importance | None) -> list[str]:
    """Return sentences: which configuration, what speaks for each value, what is left open."""
    best, *_ = top = _top(results)
    lines = [
        f"Take the best run: {percent(best.accuracy)} of the validation images right, with "
        f"{_listed(results, best)}.",
    ]
    names = [name for name in (found.share if found else results.varied) if name in results.varied]
    if len(top) > 2:
        settled, unsettled = _agreement(top, names)
        if settled:
            lines.append(f"The best {len(top)} agree on {', '.join(settled)}.")
        if unsettled:
            lines.append(f"They differ in {', '.join(unsettled)}.")
    lines += [line for name in names if (line := _compared(results, name))]
    lines += _edges(results, top, names)
    if len(top) > 1:
        gap = 100 * ((top[0].accuracy or 0) - (top[-1].accuracy or 0))
        lines.append(
            f"The best {len(top)} lie within {gap:.2f} points, and each was trained once: seeds "
            "alone move a run by some tenths of a point, so repeat the first few with other seeds "
            f"before choosing among them: {results.command(best, seed=1)}"
        )
    lines.append(
        "All this is by validation accuracy alone; the test images have not been looked at."
    )
    return lines


def importance_in_words(found: Importance | None, results: Results) -> list[str]:
    """Say what matters most: for all runs, and among those that do not fail."""
    if found is None:
        return [
            f"{len(results.finished)} finished runs that differ are too few to say what matters."
        ]
    lines = [f"Of what a random forest learns about accuracy, {_shares(found)}"]
    good = importance(results, FAILING)
    if good is not None and failing(results):
        lines.append(f"Among the runs that reach {percent(FAILING, 0)}, {_shares(good)}")
    return lines


def _shares(found: Importance) -> str:
    parts = [f"{name} {percent(share, 0)}" for name, share in found.share.items()]
    trust = "" if found.explained > 0.3 else ": too little to trust the order"
    return (
        f"these shares come from: {', '.join(parts)}. The forest explains "
        f"{percent(found.explained, 0)} of the variance between runs that it has not seen{trust}."
    )


def failures_in_words(results: Results) -> list[str]:
    """Say which finished runs stay under 65 %, and what they share."""
    bad = failing(results)
    count = len(results.finished)
    if not bad:
        return [f"None of the {count} finished runs stays under {percent(FAILING, 0)}."]
    lines = [f"{len(bad)} of {count} finished runs stay under {percent(FAILING, 0)}."]
    for rule in rules(results):
        shared = " and ".join(said(name, values) for name, values in rule.values.items())
        why = reason(rule)
        lines.append(
            f"{shared}: {rule.failing} of {rule.runs} fail" + (f" ({why})." if why else ".")
        )
    return lines


def _top(results: Results) -> list[Run]:
    """Return the best third, ten runs at most, and none that fails unless all do."""
    runs = results.finished
    good = [run for run in runs if (run.accuracy or 0.0) >= FAILING] or runs[:1]
    return good[: min(TOP, max(3, len(runs) // 3))]


def _listed(results: Results, run: Run) -> str:
    parts = [f"{name} {_short(run.values[name])}" for name in results.varied]
    return ", ".join(parts) or "its only setting"


def _short(value: Any) -> str:
    """Return a value as a person would say it; the commands have all digits."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _agreement(top: list[Run], names: list[str]) -> tuple[list[str], list[str]]:
    settled, unsettled = [], []
    for name in names:
        values = [run.values[name] for run in top]
        if len(set(map(str, values))) > 4 and all(isinstance(v, int | float) for v in values):
            settled.append(said(name, values))
            continue
        (value, count), *_ = Counter(str(run.values[name]) for run in top).most_common(1)
        if count >= SETTLED * len(top):
            settled.append(f"{name} {value} ({count} of {len(top)})")
        else:
            unsettled.append(name)
    return settled, unsettled


def _compared(results: Results, name: str) -> str | None:
    """Say how the values of a hyperparameter do, among runs that do not fail."""
    by_value: dict[str, list[float]] = {}
    for run in results.finished:
        if run.accuracy is not None and run.accuracy >= FAILING:
            by_value.setdefault(str(run.values[name]), []).append(run.accuracy)
    means = {value: fmean(seen) for value, seen in by_value.items() if len(seen) > 1}
    if not 1 < len(means) <= 8:
        return None
    ordered = sorted(means, key=lambda value: -means[value])
    parts = [
        f"{value} {percent(means[value], 1)} ({len(by_value[value])} runs)" for value in ordered
    ]
    return f"{name}, mean accuracy of runs that do not fail: {', '.join(parts)}."


def _edges(results: Results, top: list[Run], names: list[str]) -> list[str]:
    """Say where the best values lie at the end of what was tried."""
    lines = []
    for name in names:
        values: list[Any] = [run.values[name] for run in results.finished]
        if not all(isinstance(value, int | float) for value in values):
            continue
        best = top[0].values[name]
        if best == max(values) and _mostly(top, name, best):
            lines.append(f"{name} {best:g} is the most that was tried: more may be better yet.")
        elif best == min(values) and best > 0 and _mostly(top, name, best):
            lines.append(f"{name} {best:g} is the least that was tried: less may be better yet.")
    return lines


def _mostly(top: list[Run], name: str, value: float) -> bool:
    agreeing = sum(math.isclose(run.values[name], value) for run in top)
    return agreeing >= SETTLED * len(top)
