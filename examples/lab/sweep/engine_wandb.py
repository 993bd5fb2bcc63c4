"""The same sweep file, with wandb's server in charge: it says which configuration is next."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab.errors import UserError
from lab.sweep import program
from lab.sweep.schema import Sweep
from lab.sweep.training import FashionMnist

__all__ = ["run"]


def run(sweep: Sweep, path: Path, out: Path, data_dir: str | None, count: int | None) -> str:
    """Register the sweep and run an agent in this process; return the sweep's id.

    Parameters
    ----------
    sweep : Sweep
    path : Path
        Its program.
    out : Path
    data_dir : str or None
    count : int or None
        Runs at most; None goes on until the server has no more.

    Raises
    ------
    UserError
        Without wandb, without a login, or if the server cannot be reached.
    """
    wandb = _wandb()
    described = {**sweep.raw, "method": sweep.method, "program": str(path)}
    place = {"entity": sweep.raw.get("entity"), "project": sweep.raw.get("project")}
    with _server(wandb):
        sweep_id = str(wandb.sweep(described, **place))
        runs = program.load(path, sweep, out, data_dir)
        if isinstance(runs, FashionMnist):
            runs.prepare(sweep)
            failed: list[str] = []
            wandb.agent(sweep_id, function=_trainer(wandb, runs, failed), count=count, **place)
            for reason in failed:
                print(f"a run failed: {reason}")
        else:
            wandb.agent(sweep_id, count=count, **place)  # it runs the program as it is
    return sweep_id


def _trainer(wandb: Any, runs: FashionMnist, failed: list[str]) -> Any:
    """Return what the agent calls: one run, of the configuration that the server sends."""

    def train() -> None:
        with wandb.init() as run:  # without an id: one of its own would take it out of the sweep
            values = dict(run.config)
            run.name = runs.name(values)  # after init, which would name it otherwise

            def report(epoch: int, row: Mapping[str, Any]) -> bool:
                run.log(dict(row))
                return False

            try:
                runs.run(values, report)
            except (UserError, ArithmeticError) as error:
                failed.append(f"{run.name}: {error}")
                run.finish(exit_code=1)

    return train


def _wandb() -> Any:
    """Return the module, if it can do what a sweep needs."""
    try:
        import wandb
    except ImportError as error:
        raise UserError(
            f"--engine wandb: expected the package wandb, got {error}; pip install wandb, or "
            "leave --engine out"
        ) from None
    if os.environ.get("WANDB_MODE") in ("offline", "disabled"):
        raise UserError(
            f"--engine wandb: expected a connection, got WANDB_MODE={os.environ['WANDB_MODE']}, "
            "and sweeps need the server; leave --engine out"
        )
    with _server(wandb):
        if not wandb.login(prompt=False):
            raise UserError(
                "--engine wandb: expected a login, found none; run wandb login, or leave --engine "
                "out, which needs no account"
            )
    return wandb


@contextlib.contextmanager
def _server(wandb: Any) -> Any:
    """Turn what goes wrong between us and the server into a sentence."""
    try:
        yield
    except (wandb.Error, OSError) as error:
        reason = " ".join(str(error).split())
        raise UserError(
            f"--engine wandb: expected a server that answers, got {reason}; leave --engine out, "
            "which needs none"
        ) from None
