"""The benchmark's side of a contestant's process."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from signal import Signals
from threading import Timer
from types import TracebackType
from typing import Any, cast

from .contestant import BENCHMARKS, Contestant

PATIENCE = 600.0
"""Seconds after which a contestant that does not answer is ended."""


class Failed(Exception):
    """A contestant could not do what it was asked; the message is its error line."""


class Worker:
    """A contestant's process, started and waiting for requests."""

    def __init__(self, contestant: Contestant) -> None:
        self.contestant = contestant
        self._stderr = tempfile.TemporaryFile("w+")  # noqa: SIM115 - it lives as long as the process
        specification = {
            "builder": contestant.builder,
            "options": dict(contestant.options),
            "threads": contestant.threads,
            "pinned": contestant.pinned,
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "harness.worker", json.dumps(specification)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            text=True,
            cwd=BENCHMARKS,
            env=contestant.environment(),
            start_new_session=True,  # Ctrl-C reaches the benchmark alone, which ends its workers
        )
        self._pipes = (self._process.stdin, self._process.stdout)

    def send(self, do: str, **request: Any) -> None:
        """Send a request without waiting for its answer."""
        stdin = self._pipes[0]
        assert stdin is not None
        try:
            stdin.write(json.dumps({"do": do, **request}) + "\n")
            stdin.flush()
        except BrokenPipeError:
            raise Failed(self._last_words()) from None

    def answer(self) -> dict[str, Any]:
        """Wait for the answer to the last request.

        Raises
        ------
        Failed
            If the contestant raised an error, died, or did not answer.
        """
        stdout = self._pipes[1]
        assert stdout is not None
        limit = Timer(PATIENCE, self._process.kill)
        limit.start()
        try:
            line = stdout.readline()
        finally:
            limit.cancel()
        if not line:
            raise Failed(self._last_words())
        answer = json.loads(line)
        if "error" in answer:
            raise Failed(answer["error"])
        return cast("dict[str, Any]", answer)

    def ask(self, do: str, **request: Any) -> dict[str, Any]:
        """Send a request and wait for its answer."""
        self.send(do, **request)
        return self.answer()

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        for file in (*self._pipes, self._stderr):
            if file is not None:
                file.close()

    def _last_words(self) -> str:
        code = self._process.wait()
        end = f"ended by {Signals(-code).name}" if code < 0 else f"ended with status {code}"
        self._stderr.seek(0)
        lines = [line for line in self._stderr.read().splitlines() if line.strip()]
        return ": ".join([f"process {end}", *lines[-1:]])


class Stable:
    """The processes of all contestants; leaving the ``with`` block ends every one of them."""

    def __init__(self, contestants: Sequence[Contestant]) -> None:
        self.workers: list[Worker] = []
        self.failures: dict[str, str] = {}
        """Contestants that cannot compete at all, by name, and why."""
        self._contestants = contestants

    def __enter__(self) -> "Stable":
        try:
            self._start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def _start(self) -> None:
        """Start all, then wait for all: nothing is measured while they import."""
        for contestant in self._contestants:
            if reason := contestant.missing():
                self.failures[contestant.name] = reason
            else:
                self.workers.append(Worker(contestant))
        for worker in self.workers:
            with suppress(Failed):  # who cannot be asked cannot answer either, and then says why
                worker.send("load")
        for worker in self.workers.copy():
            try:
                worker.answer()
            except Failed as failure:
                self.failures[worker.contestant.name] = str(failure)
                self.workers.remove(worker)
                worker.end()

    def _end(self) -> None:
        for worker in self.workers:
            worker.end()
