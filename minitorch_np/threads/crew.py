"""The package's own threads, for parts of one piece of work.

A thread sleeps between jobs: waking it costs some 100 us, and an idle one costs nothing, unlike
BLAS's and OpenMP's, which spin and get in each other's way. Only between pieces of compiled work,
which follow one another closely, it keeps its eyes open: ``handover.py``. The caller, who is done
at about the same time as the others, stays awake a while, too.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np

from minitorch_np.engine import CompiledFile

__all__ = ["Crew", "crew"]

Job = Callable[[], object]

HANDOVER = CompiledFile(Path(__file__).with_name("handover.py"))
ASLEEP = 3  # the state that a thread begins in, as in handover.py
# How often the caller looks whether a worker has ended before it sleeps too, for some 300 us.
# Between two looks it does what NumPy does without the interpreter, which the worker may need.
LOOKS, PASTIME = 20, np.ones(1 << 14)
SOON = 1_000_000  # ns between two pieces of work, each too small to wake a thread for


class Crew:
    """Threads that do parts of some work side by side with the caller.

    One caller at a time has them. Another that comes meanwhile, be it another training thread or a
    job itself, is told so and works alone.
    """

    _workers: list[_Worker]
    _asked: int  # when there was work too small to wake a thread for, last

    def __init__(self) -> None:
        self._start_anew()
        atexit.register(self._dismiss)
        if hasattr(os, "register_at_fork"):  # threads do not live on in a forked child
            os.register_at_fork(after_in_child=self._start_anew)

    def run(self, jobs: Sequence[Job]) -> bool:
        """Run ``jobs`` side by side, the last on the calling thread; False if others are at it.

        Returns when all have ended; then an error of the first that failed is raised.
        """
        if not self._busy.acquire(blocking=False):
            return False
        try:
            errors = self._run(jobs)
        finally:
            self._busy.release()
        if errors:
            raise errors[0]
        return True

    def spread(self, function: int, blocks: np.ndarray, wake: bool, blas: int = 0) -> bool:
        """Return what :func:`minitorch_np.threads.spread` does."""
        handover = HANDOVER.module()
        if handover is None or not self._busy.acquire(blocking=False):
            return False
        try:
            helpers = self._helpers(len(blocks) - 1)
            if len(helpers) < len(blocks) - 1:
                return False
            # Ctrl-C comes through when all has ended.
            if handover.spread(self._boxes, function, blocks, False, blas):
                return True
            if not wake and not self._comes_often():
                return False
            for worker in helpers:
                worker.rouse(handover)
            return bool(handover.spread(self._boxes, function, blocks, True, blas))
        finally:
            self._busy.release()

    def _run(self, jobs: Sequence[Job]) -> list[BaseException]:
        tasks = [_Task(job) for job in jobs[:-1]]
        errors: list[BaseException] = []
        try:
            for worker, task in zip(self._helpers(len(tasks)), tasks, strict=False):
                worker.start(task)
            jobs[-1]()
        except BaseException as error:
            errors.append(error)
        while tasks:  # also through Ctrl-C: a job may be writing
            try:
                tasks[0].finish()
                errors += tasks.pop(0).errors
            except BaseException as interruption:
                errors.append(interruption)
        return errors

    def _helpers(self, n: int) -> list[_Worker]:
        """Return n threads; fewer where the system gives no more."""
        while len(self._workers) < n:
            try:
                workers = [*self._workers, _Worker(len(self._workers) + 1)]
            except RuntimeError:  # can't start new thread
                break
            self._boxes = np.array([worker.box for worker in workers], np.int64)
            self._workers = workers
        return self._workers[:n]

    def _comes_often(self) -> bool:
        """Whether there was work too small to wake a thread for, just before this."""
        before, now = self._asked, time.monotonic_ns()
        self._asked = now
        return now - before < SOON

    def _start_anew(self) -> None:
        self._busy = threading.Lock()
        self._workers = []
        self._boxes = np.empty(0, np.int64)
        self._asked = 0

    def _dismiss(self) -> None:
        """At exit: no thread may still be at it when Python takes itself apart."""
        for worker in self._workers:
            worker.dismiss()
        self._workers = []


class _Task:
    """A job that one thread does: the one it is given to, or the caller if nobody has begun."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._taken: dict[str, str] = {}
        self._begun = False  # by the caller
        self._ended = False  # by the worker
        self._bell = threading.Lock()
        self._bell.acquire()
        self.errors: list[BaseException] = []

    def do(self) -> None:
        """Do it on a worker, unless the caller has taken it back."""
        if not self._is_for("worker"):
            return
        try:
            self._job()
        except BaseException as error:
            self.errors.append(error)
        self._ended = True
        self._bell.release()

    def finish(self) -> None:
        """Do it on the calling thread, or wait for the worker that has begun.

        Ctrl-C may come anywhere in here; called again, it goes on where it was interrupted, and
        never does a job twice.
        """
        if self._is_for("caller"):
            if not self._begun:
                self._begun = True
                self._job()
        else:
            looks = LOOKS
            while not self._ended:
                if looks:
                    looks -= 1
                    np.sqrt(PASTIME, out=PASTIME)
                else:
                    self._bell.acquire(timeout=1)

    def _is_for(self, who: str) -> bool:
        # One step of the interpreter, with the same answer however often it is asked: a lock that
        # was taken when Ctrl-C came would not say by whom.
        return self._taken.setdefault("by", who) == who


class _Worker:
    """A thread that sleeps until a job comes, does it, and sleeps again."""

    def __init__(self, number: int) -> None:
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._handover: Any = None
        self._words = np.full(48, ASLEEP, np.int64)
        self.box = -(-self._words.ctypes.data // 128) * 128  # two cache lines of its own
        self._thread = threading.Thread(
            target=self._loop, name=f"minitorch_np-{number}", daemon=True
        )
        self._thread.start()

    def start(self, task: _Task) -> None:
        self._jobs.put(task.do)
        if self._handover is not None:
            self._handover.put_to_sleep(self.box)

    def rouse(self, handover: Any) -> None:
        """Have the thread wait for compiled work with open eyes, if it slept."""
        self._handover = handover
        if handover.wake(self.box):
            self._jobs.put(self._serve)

    def _serve(self) -> None:
        self._handover.serve(self.box)

    def dismiss(self) -> None:
        self._jobs.put(None)
        if self._handover is not None:
            self._handover.put_to_sleep(self.box)
        self._thread.join(1)

    def _loop(self) -> None:
        # NumPy's warnings would come from a thread that the user does not know of.
        with np.errstate(all="ignore"):
            while (job := self._jobs.get()) is not None:
                job()


crew = Crew()
