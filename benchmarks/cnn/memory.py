"""`train_cnn.py --what memory`: what a training step needs, each time in a fresh process."""

from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median

from harness import Case, Contestant, Failed, Stable, say

from . import report
from .steps import network_cases


@dataclass
class Memory:
    """What the processes of one contestant showed in one case."""

    step: list[float] = field(default_factory=list)
    """MiB that steps need on top of a process that is ready for them."""
    process: list[float] = field(default_factory=list)
    """MiB of the whole process at that peak."""
    error: str | None = None


Results = Mapping[str, Mapping[str, Memory]]


def run_memory(options: Namespace, rows: Sequence[Contestant]) -> object:
    """Measure, print, and draw if asked to; return what the file is to hold."""
    cases = network_cases(options)
    results = {case["title"]: measure_memory(rows, case, options.rounds) for case in cases}
    steps = numbers(results, "step")
    print("MiB that a step needs on top of a process that is ready for it, by network and batch:\n")
    print(report.table(steps, rows, report.mebibytes), end="\n\n")
    print("MiB of the whole process at that peak:\n")
    print(report.table(numbers(results, "process"), rows, report.mebibytes))
    if options.plot:
        title = "Memory of a training step of a small CNN"
        report.plot(options.plot, title, steps, rows, memory=True)
    return {
        case: {name: asdict(memory) for name, memory in found.items()}
        for case, found in results.items()
    }


def measure_memory(rows: Sequence[Contestant], case: Case, rounds: int) -> dict[str, Memory]:
    """Ask `rounds` processes of each contestant, one after the other."""
    results = {row.name: Memory() for row in rows}
    for number in range(rounds):
        say(f"{case['title']}: round {number + 1} of {rounds}")
        for row in rows:
            memory = results[row.name]
            if memory.error is None:
                try:
                    found = ask(row, case)
                except Failed as failure:
                    memory.error = str(failure)
                else:
                    memory.step.append(found["step"])
                    memory.process.append(found["process"])
    say("")
    return results


def ask(row: Contestant, case: Case) -> dict[str, float]:
    """Start a process, let it run the case, and end it.

    Raises
    ------
    Failed
        If it cannot.
    """
    with Stable([row]) as stable:
        for worker in stable.workers:
            return worker.ask("prepare", case=dict(case))
        raise Failed(stable.failures[row.name])


def numbers(results: Results, of: str) -> report.Numbers:
    """Return the medians of the ``"step"`` or the ``"process"``."""
    return {
        case: {name: memory.error or median(getattr(memory, of)) for name, memory in found.items()}
        for case, found in results.items()
    }
