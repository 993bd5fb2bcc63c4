"""The package's own threads, for slices of one piece of work.

A thread sleeps on a lock between jobs: waking it costs some 100 us, and an idle one costs nothing,
unlike BLAS's and OpenMP's, which spin and get in each other's way.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence

import numpy as np

__all__ = ["Crew"]

Job = Callable[[], object]


class Crew:
    """Threads that run jobs side by side with the caller.

    One caller at a time has them. Another that comes meanwhile, be it another training thread or a
    job itself, is told so and works alone.
    """

    def __init__(self) -> None:
        self._busy = threading.Lock()
        self._workers: list[_Worker] = []
        if hasattr(os, "register_at_fork"):  # threads do not live on in a forked child
            os.register_at_fork(after_in_child=self._forget)

    def run(self, jobs: Sequence[Job]) -> bool:
        """Run ``jobs`` side by side, the first on the calling thread; False if others are at it.

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

    def _run(self, jobs: Sequence[Job]) -> list[BaseException]:
        while len(self._workers) < len(jobs) - 1:
            self._workers.append(_Worker(len(self._workers) + 1))
        helpers = self._workers[: len(jobs) - 1]
        for worker, job in zip(helpers, jobs[1:], strict=True):
            worker.start(job)
        errors: list[BaseException] = []
        try:
            jobs[0]()
        except BaseException as error:
            errors.append(error)
        for worker in helpers:
            errors += worker.wait()
        return errors

    def _forget(self) -> None:
        self._busy = threading.Lock()
        self._workers = []


class _Worker:
    """A thread that waits for a job, runs it, and waits again."""

    def __init__(self, number: int) -> None:
        self._ready, self._done = threading.Lock(), threading.Lock()
        self._ready.acquire()
        self._done.acquire()
        self._job: Job | None = None
        self._error: BaseException | None = None
        threading.Thread(target=self._loop, name=f"minitorch_np-{number}", daemon=True).start()

    def start(self, job: Job) -> None:
        self._job = job
        self._ready.release()

    def wait(self) -> list[BaseException]:
        """Wait until the job has ended, also through Ctrl-C: it may be writing. Return errors."""
        errors: list[BaseException] = []
        while True:
            try:
                self._done.acquire()
                break
            except BaseException as interruption:
                errors.append(interruption)
        if self._error is not None:
            errors.append(self._error)
            self._error = None
        return errors

    def _loop(self) -> None:
        # NumPy's warnings would come from a thread that the user does not know of.
        with np.errstate(all="ignore"):
            while True:
                self._ready.acquire()
                assert self._job is not None
                try:
                    self._job()
                except BaseException as error:
                    self._error = error
                self._job = None
                self._done.release()
