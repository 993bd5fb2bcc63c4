"""A worker: a process that imports once, loads the data once, and trains run after run."""

from __future__ import annotations

import contextlib
import math
import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import Trial, TrialState

import minitorch_np as mt
from lab.errors import UserError
from lab.sweep import program
from lab.sweep.book import Book
from lab.sweep.outcome import Outcome
from lab.sweep.schema import Sweep
from lab.sweep.storage import BEAT, STORAGE, reaching
from lab.sweep.study import open_book, order, values_of

__all__ = ["Task", "work"]


@dataclass(frozen=True)
class Task:
    """What all workers of a sweep are told: plain values, which travel between processes."""

    raw: Mapping[str, Any]
    name: str
    program: Path
    seed: int
    limit: int
    storage: str | None
    out: Path
    data_dir: str | None
    dataset: str | None  # what all runs train on, where the file names nothing
    threads: int
    deadline: float | None  # of time.time(): no run is begun after it

    def sweep(self) -> Sweep:
        """Return the sweep's file."""
        return Sweep.of(self.raw)

    def open_book(self) -> Book:
        """Open the sweep's book."""
        identity = {**self.sweep().identity, "seed": self.seed, "dataset": self.dataset}
        return open_book(self.sweep(), self.name, identity, self.limit, self.storage, self.out)


def work(task: Task, pipe: Connection) -> None:
    """Take configurations and run them until none is left.

    Tells the sweep, through ``pipe``: ("began", trial's number), ("ended", its number), and
    ("failed", why) if there is no going on.
    """
    os.setpgid(0, 0)  # so that Ctrl-C reaches the sweep alone, and our children end with us
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        mt.set_num_threads(task.threads)
        sweep = task.sweep()
        runs = program.load(task.program, sweep, task.out, task.data_dir, task.dataset)
        runs.prepare(sweep)
        with reaching(task.storage):
            _work(task, sweep, runs, pipe)
    except UserError as error:
        pipe.send(("failed", str(error)))
    except BrokenPipeError:
        return
    except Exception as error:
        pipe.send(("failed", f"a worker met {type(error).__name__}: {error}"))


def _work(task: Task, sweep: Sweep, runs: program.Program, pipe: Connection) -> None:
    book, configurations = task.open_book(), order(sweep, task.seed)
    while task.deadline is None or time.time() < task.deadline:
        if any(sweep.metric.reached(entry.trial.value) for entry in _complete(book)):
            return
        taken = book.take()
        if taken is None:
            return
        trial, index = taken
        pipe.send(("began", trial.number))
        with _alive(book, trial.number):
            known = None if configurations is None else configurations[index]
            _run(book, trial, values_of(sweep, trial, known), sweep, runs)
        pipe.send(("ended", trial.number))


def _run(
    book: Book, trial: Trial, values: dict[str, Any], sweep: Sweep, runs: program.Program
) -> None:
    """Run one configuration, and write down what came of it."""
    start = time.time()

    def report(epoch: int, row: Mapping[str, Any]) -> bool:
        value = float(row[sweep.metric.name])
        if not math.isfinite(value):
            return False
        trial.report(value, epoch)
        return trial.should_prune()

    trial.set_user_attr("values", values)
    figures: dict[str, Any] = {"started": start}
    state = TrialState.FAIL
    try:
        figures["run"] = runs.name(values)
        outcome: Outcome = runs.run(values, report)
        value = float(outcome.figures[sweep.metric.name])
        if not math.isfinite(value):
            raise UserError(f"expected a finite {sweep.metric.name}, got {value}")
    except UpdateFinishedTrialError:
        return  # taken for lost meanwhile: another worker has it
    except STORAGE:
        raise
    except Exception as error:
        figures["error"] = " ".join(str(error).split()) or type(error).__name__
    else:
        state = TrialState.PRUNED if outcome.pruned else TrialState.COMPLETE
        accuracy = outcome.figures.get("val_accuracy")
        figures |= {"run": outcome.name, "value": value, "val_accuracy": accuracy}
    book.close(trial, state, {**figures, "seconds": time.time() - start})


def _complete(book: Book) -> Iterator[Any]:
    return (entry for entry in book.entries() if entry.status == "finished")


@contextlib.contextmanager
def _alive(book: Book, number: int) -> Iterator[None]:
    """Show life in the storage while a run goes on."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(BEAT):
            book.beat(number, first=False)

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _end_with_parent() -> None:
    """End, with our children, when the sweep does, even if it was killed."""
    parent = parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os.killpg(0, signal.SIGKILL)
