"""Steps of every rule, size and form in all contestants, measured in turns."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness import Case, Measurement, Stable, Worker, measure

from .agreement import disagreements
from .contestants import takes_part
from .table import Rule
from .tensors import size_text
from .traffic import Traffic, traffic_of

PAUSE = 0.03
"""Seconds before a block: enough for the thread pools in it to stop spinning."""
MEMORY_BUDGET = 5e9
"""Bytes that the arrays of all contestants may take at once; the rest take their turn later."""
TEMPORARIES = 2
"""Arrays that a contestant may need beside the rule's."""


@dataclass
class Speed:
    """What the contestants showed for one rule, at one size, in one form."""

    rule: Rule
    size: int
    tensors: str
    traffic: Traffic
    measurements: Mapping[str, Measurement]
    """By the contestant's name; seconds are those of a step."""
    worst: float = 0.0
    """The largest difference from ours after the first steps, as a part of the change."""

    @property
    def column(self) -> str:
        return f"{size_text(self.size)} {self.tensors}"


def measure_speeds(
    stable: Stable,
    rules: Sequence[Rule],
    sizes: Sequence[int],
    tensors: Sequence[str],
    rounds: int,
    seconds: float,
) -> list[Speed]:
    """Measure every rule at every size, as few and as many tensors."""
    speeds = []
    for size in sizes:
        for form in tensors:
            for rule in rules:
                traffic = traffic_of(rule)
                case = step_case(rule, size, form, traffic)
                measured = {name: Measurement(error=e) for name, e in stable.failures.items()}
                for group in groups(stable.workers, rule, size, form, traffic):
                    measured |= measure(group, case, rounds, seconds, PAUSE, at_once=True)
                worst = disagreements(rule, measured)
                speeds.append(Speed(rule, size, form, traffic, measured, worst))
    return speeds


def step_case(
    rule: Rule, size: int, tensors: str, traffic: Traffic, what: str = "step", **options: float
) -> Case:
    """Describe a case to the contestants."""
    return {
        "title": f"{rule.title}, {size_text(size)} {tensors}",
        "what": what,
        "rule": rule.name,
        "folder": os.getcwd(),
        "options": options,
        "params": size,
        "tensors": tensors,
        "held": traffic.held,
        "moved": traffic.moved,
    }


def groups(
    workers: Sequence[Worker], rule: Rule, size: int, tensors: str, traffic: Traffic
) -> Iterator[list[Worker]]:
    """Cut the workers that take part into as few groups as the memory allows."""
    present = [worker for worker in workers if takes_part(worker.contestant, rule, tensors)]
    room = max(1, int(MEMORY_BUDGET / (size * (traffic.held + 4 * TEMPORARIES))))
    for i in range(0, len(present), room):
        yield present[i : i + room]
