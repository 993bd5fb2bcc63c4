"""Interleaved measurement: a short block of each contestant in turn, several rounds, the median.

Whatever slows the machine for a while then slows all of them, and ratios taken in one run hold.
"""

import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from time import sleep
from typing import Any

from .process import Failed, Worker
from .task import Case

PAUSE = 0.1
"""Seconds before a block, for the last contestant's idle threads to stop spinning and sleep."""
WARM = 0.08
"""Seconds of steps before a block on several threads: one that has slept wakes beside the one that
woke it, and the system takes so long to move it to a core of its own."""


@dataclass
class Measurement:
    """What one contestant showed in one case."""

    first: dict[str, Any] = field(default_factory=dict)
    """The answer of `Task.first`: seconds of the first call, and proof of work."""
    blocks: list[float] = field(default_factory=list)
    """Seconds of one unit, one entry a round."""
    error: str | None = None

    @property
    def seconds(self) -> float | None:
        """The median over the rounds; None if there is none."""
        return median(self.blocks) if self.blocks and not self.error else None


def measure(
    workers: Sequence[Worker],
    case: Case,
    rounds: int,
    seconds: float,
    pause: float = PAUSE,
    warm: float = WARM,
    at_once: bool = False,
) -> dict[str, Measurement]:
    """Prepare a case in every worker, then time `rounds` blocks of about `seconds` of each.

    The order changes from round to round, the same way in every run. A contestant that fails
    leaves this case with its error; the others go on. Those with several threads run for `warm`
    seconds before each block. With `at_once` all prepare side by side, and what they say of their
    first use is no measurement.
    """
    results = {worker.contestant.name: Measurement() for worker in workers}
    title = case.get("title", case)
    for group in [workers] if at_once else [[worker] for worker in workers]:
        say(f"{title}: preparing {', '.join(worker.contestant.name for worker in group)}")
        prepare(group, case, results)
    for number in range(rounds):
        say(f"{title}: round {number + 1} of {rounds}")
        for worker in random.Random(number).sample(workers, len(workers)):
            result = results[worker.contestant.name]
            if result.error:
                continue
            sleep(pause)
            try:
                if warm and worker.contestant.threads > 1:
                    worker.ask("run", seconds=warm)
                result.blocks.append(worker.ask("run", seconds=seconds)["mean"])
            except Failed as failure:
                result.error = str(failure)
    for worker in workers:
        result = results[worker.contestant.name]
        try:
            worker.ask("finish")
        except Failed as failure:
            result.error = result.error or str(failure)
    say("")
    return results


def prepare(workers: Sequence[Worker], case: Case, results: dict[str, Measurement]) -> None:
    """Prepare a case in these workers, side by side."""
    asked = []
    for worker in workers:
        try:
            worker.send("prepare", case=dict(case))
            asked.append(worker)
        except Failed as failure:
            results[worker.contestant.name].error = str(failure)
    for worker in asked:
        result = results[worker.contestant.name]
        try:
            result.first = worker.answer()
        except Failed as failure:
            result.error = str(failure)


def say(text: str) -> None:
    """Show progress on one line of a terminal; say nothing elsewhere."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
