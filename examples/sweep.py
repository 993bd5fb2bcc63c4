"""Search for good hyperparameters: many runs, as a wandb sweep file describes them.

    python examples/sweep.py examples/sweeps/small.yaml --workers 2
    python examples/sweep.py examples/sweeps/grid1.yaml --workers 2 --count 100

Without an account, on this machine or on several that share a database. The same command goes on
where it was interrupted.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from lab.errors import UserError, importing, one_sentence

with importing("sweep.py"):
    from lab.arguments import Parser, integer, number
    from lab.sweep import crew, engine_wandb, program, table
    from lab.sweep.book import Book
    from lab.sweep.progress import Progress, best
    from lab.sweep.schema import METHODS, Sweep, read
    from lab.sweep.storage import only_sweep_in, reaching
    from lab.sweep.study import order
    from lab.sweep.worker import Task

    from minitorch_np.training import Interrupted

DESCRIBED = "sweep.json"
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def main(argv: Sequence[str] | None = None) -> None:
    """Run a sweep."""
    with one_sentence("sweep.py"):
        flags = _parse(argv)
        raw = read(flags.file)
        try:
            sweep = Sweep.of({**raw, "method": flags.method} if flags.method else raw)
            path = program.find(sweep, flags.file)
            out = Path(flags.out or f"runs/sweep_{flags.file.stem}")
            runs = program.load(path, sweep, out, flags.data_dir)
            runs.check(sweep)
        except UserError as error:
            raise UserError(f"{flags.file}: {error}") from None
        if flags.engine == "wandb":
            engine_wandb.run(sweep, path, out, flags.data_dir, flags.count)
            return
        task = _task(flags, sweep, path, out, runs.prepare(sweep))
        del runs  # and the images with it: each worker has its own
        _divide_cores(task.threads)
        with reaching(flags.storage):
            _make_folder(out)
            with only_sweep_in(out):
                _refuse_another(task)
                _run(task, sweep, flags.workers)


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"--out: expected a folder that can be written, got {error}; name another"
        ) from None


def _refuse_another(task: Task) -> None:
    """Keep the table of another sweep: a folder has one book and one table of it."""
    path = task.out / DESCRIBED
    if not path.exists():
        return
    kind = _kind_of_storage(task)
    try:
        there = json.loads(path.read_text(encoding="utf-8"))
        name, storage = there["name"], there.get("storage", kind)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UserError(
            f"--out: expected a sweep's description in {path}, got something else; remove it, or "
            "name another folder"
        ) from None
    for what, is_there, wanted in (("sweep", name, task.name), ("storage", storage, kind)):
        if is_there != wanted:
            raise UserError(
                f"--out: expected a folder of the {what} {wanted!r}, or a new one, got "
                f"{task.out} with {is_there!r}; name another"
            )


def _kind_of_storage(task: Task) -> str:
    return "journal" if task.storage is None else "database"


def _run(task: Task, sweep: Sweep, workers: int) -> None:
    book = task.open_book()
    table.write_whole(task.out / DESCRIBED, _described(task))
    book.ask_again(book.running() if task.storage is None else book.stale())
    progress = Progress(sweep.metric, task.limit, workers)
    done = sum(entry.status is not None for entry in book.entries())
    so_far = f", {done} of them done" if done else ""
    print(
        f"{task.name}: {sweep.method}, {max(task.limit, done)} runs{so_far}, {workers} workers of "
        f"{task.threads} threads, in {task.out}",
        flush=True,
    )

    def ended(number: int) -> None:
        entries = book.entries()
        table.write(task.out, sweep, entries)
        progress.show(number, entries)

    signal.signal(signal.SIGTERM, _interrupt)
    try:
        crew.run(task, book, workers, ended)
    finally:
        _close(task, sweep, book)


def _close(task: Task, sweep: Sweep, book: Book) -> None:
    """Write the table a last time, and say what there is."""
    entries = book.entries()
    table.write(task.out, sweep, entries)
    counts = dict.fromkeys(("finished", "pruned", "failed"), 0)
    for entry in entries:
        if entry.status is not None:
            counts[entry.status] += 1
    print(", ".join(f"{count} {status}" for status, count in counts.items()))
    leader = best(sweep.metric, entries)
    if leader is not None:
        print(
            f"best {sweep.metric.name}: {leader.trial.value:.4f}, of "
            f"{leader.trial.user_attrs['run']}_{leader.index:04d}"
        )
    report = shlex.join(["python", "examples/sweep_report.py", str(task.out)])
    print(f"runs: {task.out / table.RUNS}; report: {report}")


def _task(
    flags: argparse.Namespace, sweep: Sweep, path: Path, out: Path, dataset: str | None
) -> Task:
    configurations = order(sweep, flags.seed)
    caps = [flags.count, sweep.run_cap, configurations.size if configurations else None]
    known = [cap for cap in caps if cap is not None]
    if not known:
        raise UserError(
            f"expected --count, or run_cap in {flags.file}, with method {sweep.method}, which "
            "goes on for ever; got neither"
        )
    limit = min(known)
    while configurations and limit and configurations[limit - 1] is None:
        limit -= 1  # fewer can be drawn than there are
    return Task(
        raw=sweep.raw,
        name=str(sweep.raw.get("name", flags.file.stem)),
        program=path,
        seed=flags.seed,
        limit=limit,
        storage=flags.storage,
        out=out,
        data_dir=flags.data_dir,
        dataset=dataset,
        threads=max(1, CORES // flags.workers),
        deadline=time.time() + 60 * flags.minutes if flags.minutes else None,
    )


def _described(task: Task) -> str:
    """Return what the report has to know of a sweep."""
    known = {"name": task.name, "method": task.raw["method"], "program": str(task.program)}
    where = {"storage": _kind_of_storage(task), "dataset": task.dataset}
    return json.dumps({**known, **where, "sweep": task.raw}, indent=2) + "\n"


def _divide_cores(threads: int) -> None:
    """Tell the libraries of the workers, and their children, how many threads each may have."""
    for library in ("OMP", "OPENBLAS", "MKL", "NUMBA", "MINITORCH_NP"):
        os.environ[f"{library}_NUM_THREADS"] = str(threads)


def _interrupt(number: int, _: object) -> None:
    raise Interrupted("terminated", number)


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = Parser(
        description=(__doc__ or "").splitlines()[0],
        epilog="The file's keys, and what a script of your own has to do: "
        "examples/sweeps/README.md",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("file", type=Path, metavar="CONFIG.yaml", help="a sweep in wandb's schema")
    add("--engine", choices=("optuna", "wandb"), default="optuna", help="who decides (optuna)")
    add("--method", choices=METHODS, help="search thus, whatever the file says")
    add("--workers", type=integer(1), default=1, metavar="N", help="processes (1)")
    add("--count", type=integer(1), metavar="N", help="runs in all, those done before included")
    add("--minutes", type=number(0), metavar="M", help="begin no run after so many minutes")
    add("--out", metavar="DIR", help="where everything goes (runs/sweep_CONFIG)")
    add("--storage", metavar="URL", help="a database to share: sqlite:///F, postgresql://..., ...")
    add("--seed", type=integer(0), default=0, help="of a random search's draws (0)")
    add("--data_dir", metavar="DIR", help="where fashion-mnist/*.gz and mnist.npz are")
    return parser.parse_args(argv)


if __name__ == "__main__":
    main()
