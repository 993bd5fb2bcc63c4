"""The runs that fail, and what they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.tree import DecisionTreeClassifier

from lab.sweep.report.importance import Column, columns
from lab.sweep.report.results import FAILING, Results, Run

__all__ = ["Count", "Rule", "by_value", "failing", "reason", "rules", "said"]

MOSTLY = 0.8  # the share of failures from which a rule is worth saying


@dataclass(frozen=True)
class Count:
    """Of the runs with this value so many fail."""

    parameter: str
    value: Any
    failing: int
    runs: int

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.failing / self.runs


@dataclass(frozen=True)
class Rule:
    """Of the runs whose hyperparameters are among these, so many fail."""

    values: dict[str, list[Any]]
    failing: int
    runs: int


def failing(results: Results) -> list[Run]:
    """Return the finished runs under 65 %, worst first."""
    runs = [run for run in results.finished if (run.accuracy or 0.0) < FAILING]
    return runs[::-1]


def by_value(results: Results) -> list[Count]:
    """Return how often each value fails, the worst first; values that many runs share only."""
    counts = []
    for name in results.varied:
        values = {str(run.values[name]): run.values[name] for run in results.finished}
        for value in values.values():
            runs = [run for run in results.finished if run.values[name] == value]
            bad = sum((run.accuracy or 0.0) < FAILING for run in runs)
            if len(runs) > 1 and bad:
                counts.append(Count(name, value, bad, len(runs)))
    return sorted(counts, key=lambda count: (-count.share, -count.failing))


def rules(results: Results) -> list[Rule]:
    """Return the combinations that mostly fail, by a small decision tree, the largest first."""
    runs, bad = results.finished, np.array([(r.accuracy or 0) < FAILING for r in results.finished])
    if not results.varied or bad.sum() < 2 or bad.all():
        return []
    found = columns(runs, results.varied)
    tree = DecisionTreeClassifier(max_depth=4, min_samples_leaf=2, random_state=0)
    x = np.stack([column.x for column in found], axis=1)
    leaves = tree.fit(x, bad).apply(x)
    made = []
    for leaf in sorted(set(leaves.tolist())):
        inside = leaves == leaf
        if bad[inside].mean() >= MOSTLY:
            path = _path(tree.tree_, leaf)
            values = {
                name: _values(runs, name, found, path, x)
                for name in dict.fromkeys(found[feature].parameter for feature, _, _ in path)
            }
            made.append(Rule(values, int(bad[inside].sum()), int(inside.sum())))
    return sorted(made, key=lambda rule: -rule.failing)


def said(name: str, values: Sequence[Any]) -> str:
    """Return ``optimizer momentum or sgd``, or a range where there are many."""
    if len(values) > 4 and all(isinstance(value, int | float) for value in values):
        return f"{name} from {min(values):g} to {max(values):g}"
    *most, last = map(str, values)
    return f"{name} {', '.join(most)} or {last}" if most else f"{name} {last}"


def reason(rule: Rule) -> str:
    """Say why such runs are likely to fail, where the textbook knows."""
    why = []
    decay = rule.values.get("weight_decay")
    if decay and min(decay) >= 0.05:
        why.append(
            "a decay as strong as this outweighs the gradient: the weights shrink towards nothing, "
            "and all images get the same answer"
        )
    rates, rule_names = rule.values.get("learning_rate"), rule.values.get("optimizer", ())
    plain = rule_names and set(rule_names) <= {"sgd", "momentum", "nag", "nesterov"}
    if plain or (rates and max(rates) <= 1e-3):
        why.append(
            "the steps are too small for so few epochs"
            + (", for plain gradients are not rescaled" if plain else "")
        )
    if rule.values.get("activation") == ["sigmoid"]:
        why.append("a sigmoid passes on a quarter of the gradient at most, layer after layer")
    return "; ".join(why)


def _path(tree: Any, leaf: int) -> list[tuple[int, float, bool]]:
    """Return the questions on the way to a leaf: column, threshold, whether above it."""
    parent = {
        int(child): (node, above)
        for above, children in ((False, tree.children_left), (True, tree.children_right))
        for node, child in enumerate(children)
        if child >= 0
    }
    path, node = [], leaf
    while node in parent:
        node, above = parent[node]
        path.append((int(tree.feature[node]), float(tree.threshold[node]), above))
    return path[::-1]


def _values(
    runs: Sequence[Run],
    name: str,
    found: Sequence[Column],
    path: Sequence[tuple[int, float, bool]],
    x: np.ndarray,
) -> list[Any]:
    """Return the values of a hyperparameter that its questions on the path let through."""
    let_through = np.ones(len(runs), dtype=bool)
    for feature, threshold, above in path:
        if found[feature].parameter == name:
            let_through &= (x[:, feature] > threshold) == above
    values = {
        str(run.values[name]): run.values[name]
        for run, good in zip(runs, let_through, strict=True)
        if good
    }
    return sorted(values.values(), key=lambda value: (isinstance(value, str), value))
