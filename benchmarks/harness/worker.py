"""The process of one contestant: ``python -m harness.worker SPECIFICATION``.

It reads one JSON request a line and writes one JSON answer a line. Between requests it waits for
its input, so that it costs nothing while another contestant is measured.
"""

import gc
import importlib
import json
import os
import sys
from math import inf
from statistics import median
from time import perf_counter
from typing import Any

from .task import Proven, Task


def pin(threads: int) -> None:
    """Hold this process to its last `threads` cores, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-threads:])


def run(task: Task, seconds: float = 0.0, calls: int = 1, limit: float = inf) -> dict[str, float]:
    """Call the task at least `calls` times and for at least `seconds`, at most up to the `limit`.

    Returns the seconds of one unit: `mean` over the block, `median` over its calls; and how many
    `calls` there were.
    """
    durations: list[float] = []
    start = last = perf_counter()
    while (len(durations) < calls or last - start < seconds) and last - start < limit:
        task()
        now = perf_counter()
        durations.append(now - last)
        last = now
    mean = (last - start) / len(durations)
    typical = median(durations)
    return {"mean": mean / task.units, "median": typical / task.units, "calls": len(durations)}


def main() -> None:
    """Answer requests until the input ends."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer

    specification = json.loads(sys.argv[1])
    if specification["pinned"]:
        pin(specification["threads"])

    builder: Any = None
    task: Any = None

    def serve(request: dict[str, Any]) -> dict[str, Any]:
        nonlocal builder, task
        action = request.pop("do")
        if action == "load":
            module, function = specification["builder"].split(":")
            builder = getattr(importlib.import_module(module), function)
            return {}
        if action == "prepare":
            task = None  # the last case's memory goes before the next one's comes
            gc.collect()
            task = builder(request["case"], **specification["options"])
            return dict(task.first())
        if action == "finish":  # the memory is free for the others
            done, task = task, None
            if isinstance(done, Proven):
                done.last()
            del done
            gc.collect()
            return {}
        return run(task, **request)

    for line in sys.stdin:
        try:
            answer: dict[str, Any] = serve(json.loads(line))
        except Exception as error:
            message = " ".join(str(error).split()) or "no message"
            answer = {"error": f"{type(error).__name__}: {message[:200]}"}
        print(json.dumps(answer), file=answers)


if __name__ == "__main__":
    main()
