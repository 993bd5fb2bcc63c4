"""Opening a run in wandb: online where there is a login, else offline, never with a question."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from lab.errors import one_line
from minitorch_np.serialization import write_atomically

__all__ = ["ID", "begin", "say", "wanted"]

ID = "wandb_id.txt"  # in a run's folder: which run of the server --resume goes on with
PROJECT = "minitorch_np"  # where tracking is wanted, and nobody named a project
# What wandb shall do where its own environment variables do not say otherwise.
MANNERS = {
    "WANDB_SILENT": "true",
    "WANDB_CONSOLE": "off",
    "WANDB_DISABLE_GIT": "true",
    "WANDB_DISABLE_CODE": "true",
    "WANDB_ERROR_REPORTING": "false",
    "WANDB_INIT_TIMEOUT": "30",
    "WANDB_FINISH_TIMEOUT": "60",
    "WANDB_FINISH_TIMEOUT_RAISES": "true",
}


def wanted(flags: argparse.Namespace) -> str | None:
    """Return the mode in which a run shall be tracked, or None.

    Besides the flags, wandb's own variables count: ``WANDB_MODE``, and ``WANDB_SWEEP_ID``, with
    which an agent of a sweep starts its runs.
    """
    asked = flags.wandb_project or flags.wandb or "WANDB_SWEEP_ID" in os.environ
    if flags.wandb_entity and not asked:
        print("note: --wandb_entity has no effect without --wandb_project or --wandb")
    mode = flags.wandb or os.environ.get("WANDB_MODE") or "online"
    return mode if asked and mode != "disabled" else None


def begin(
    mode: str, flags: argparse.Namespace, name: str, config: Mapping[str, Any], folder: Path
) -> tuple[Any, Any]:
    """Open a run, and return the module wandb and it; everything it writes is below ``folder``.

    Where there is no login, or the server does not answer, the run is an offline one.

    With ``--resume`` the server's run goes on, too. Steps after the checkpoint come there twice,
    with the same figures. What is tracked offline is a run of its own each time, for wandb cannot
    join them; and a sweep's runs are the sweep's to open.

    Raises
    ------
    Exception
        Whatever wandb raises: :mod:`lab.tracking` knows what to do.
    """
    for variable, value in MANNERS.items():
        os.environ.setdefault(variable, value)
    for variable in ("WANDB_DATA_DIR", "WANDB_CACHE_DIR"):
        os.environ.setdefault(variable, str(folder.resolve() / "wandb" / "files"))
    os.environ["WANDB_MODE"] = mode
    wandb: Any = import_module("wandb")

    def open_run(mode: str) -> tuple[Any, Any]:
        kept = folder / ID
        joins = mode == "online" and "WANDB_SWEEP_ID" not in os.environ
        going_on: dict[str, Any] = {}
        if joins and flags.resume and kept.exists():
            known = kept.read_text(encoding="utf-8").strip()
            going_on = {"id": known, "resume": "allow", "allow_val_change": True}
        run = wandb.init(
            project=flags.wandb_project or os.environ.get("WANDB_PROJECT") or PROJECT,
            entity=flags.wandb_entity,
            config=dict(config),
            dir=os.environ.get("WANDB_DIR", str(folder)),
            mode=mode,
            **going_on,
        )
        if joins:
            write_atomically(kept, f"{run.id}\n".encode())
        run.name = name  # not earlier: in a sweep the server names a run when it is opened
        return wandb, run

    if mode == "online":
        try:
            if wandb.login(prompt=False):
                return open_run(mode)
            say("no wandb login was found, so that the run is tracked offline")
        except Exception as error:  # of any kind, for it is the network's
            say(f"no run could be opened online, so that it is tracked offline: {one_line(error)}")
        os.environ["WANDB_MODE"] = mode = "offline"
    return open_run(mode)


def say(sentence: str) -> None:
    """Say something about tracking, once, where it is not in the way of the results."""
    print(f"wandb: {sentence}", file=sys.stderr)
