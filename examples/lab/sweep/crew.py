"""The workers of a sweep: started, listened to, and replaced when one is killed."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from lab.errors import UserError
from lab.sweep.book import Book
from lab.sweep.storage import STORAGE
from lab.sweep.worker import Task, work

__all__ = ["run"]

LOOK = 2.0  # seconds between two looks at runs on other machines
DEATHS = 3  # workers in a row that may die before their first run


@dataclass
class Member:
    """A worker, and the trial that it is at."""

    process: BaseProcess
    pipe: Connection
    trial: int | None = None


def run(task: Task, book: Book, workers: int, ended: Callable[[int], None]) -> None:
    """Run the sweep until nothing is left to run, here or elsewhere.

    Parameters
    ----------
    task : Task
    book : Book
    workers : int
    ended : callable
        Told of the number of each trial that a worker here has ended.

    Raises
    ------
    UserError
        If there is no going on. What the workers were at is asked for again by the next sweep.
    """
    while True:
        _crew(task, book, workers, ended)
        if task.deadline is not None and time.time() >= task.deadline:
            return
        if task.storage is None:
            book.ask_again(book.running())  # a worker killed between taking a run and saying so
        else:
            _await_others(book)
        book.ask_again(book.stale())
        if all(entry.status is not None for entry in book.entries()):
            return


def _await_others(book: Book) -> None:
    """Wait for the runs of other machines, or until one shows no life any more."""
    if book.running():
        print("waiting for runs on other machines", flush=True)
    while book.running():
        time.sleep(LOOK)
        book.ask_again(book.stale())


def _crew(task: Task, book: Book, workers: int, ended: Callable[[int], None]) -> None:
    """Start workers, listen until all have gone home, and replace those that are killed."""
    deaths = 0
    with _ending(book) as members:
        members += [_start(task) for _ in range(workers)]
        while members:
            for pipe in wait([member.pipe for member in members]):
                member = next(member for member in members if member.pipe is pipe)
                try:
                    what, told = member.pipe.recv()
                except (EOFError, ConnectionResetError):
                    members.remove(member)
                    member.process.join()
                    if member.process.exitcode == 0:
                        continue
                    _end_group(member)
                    if member.trial is not None:
                        book.give_up(member.trial, killed=True)
                        book.ask_again()
                        ended(member.trial)
                    deaths = deaths + 1 if member.trial is None else 0
                    if deaths == DEATHS:
                        raise UserError(
                            f"expected workers that run, got {DEATHS} that died before their "
                            f"first run (exit code {member.process.exitcode})"
                        ) from None
                    members.append(_start(task))
                    continue
                if what == "failed":
                    raise UserError(told)
                member.trial = told if what == "began" else None
                if what == "ended":
                    ended(told)


def _start(task: Task) -> Member:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=work, args=(task, theirs))
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # inherited: Ctrl-C is ours to handle
    try:
        process.start()
    finally:
        signal.signal(signal.SIGINT, before)
    theirs.close()
    return Member(process, ours)


@contextlib.contextmanager
def _ending(book: Book) -> Iterator[list[Member]]:
    """End the workers that are still there, whatever happens, and give up what they were at."""
    members: list[Member] = []
    try:
        yield members
    finally:
        for member in members:
            _end_group(member)
            member.process.kill()
        for member in members:
            member.process.join()
        with contextlib.suppress(*STORAGE):  # what cannot be given up now is so by the next sweep
            for member in members:
                if member.trial is not None:
                    book.give_up(member.trial)


def _end_group(member: Member) -> None:
    """Kill a worker together with a script that it runs."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        assert member.process.pid is not None
        os.killpg(member.process.pid, signal.SIGKILL)
