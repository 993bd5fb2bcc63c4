"""Where a run's results go, and that none are lost."""

from __future__ import annotations

import csv
import io
import json
import time
from array import array
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

import numpy as np

import minitorch_np as mt
from lab.errors import UserError
from minitorch_np import nn
from minitorch_np.serialization import remove_leftovers, write_atomically
from minitorch_np.training import Callback, State

__all__ = ["Recorder", "RunFolder"]


class RunFolder:
    """A folder for one run's files.

    Parameters
    ----------
    out : str or None
        The folder; None makes one below ``runs`` with a name that nothing has.
    name : str
        How such a name begins.
    overwrite : bool
        Whether a run that is there already may be replaced.
    resume : bool, default False
        Whether a run that is there already is the one to go on with.
    """

    def __init__(self, out: str | None, name: str, overwrite: bool, resume: bool = False) -> None:
        self.written: list[str] = []
        if resume and (out is None or overwrite):
            raise UserError(
                "--resume: expected the folder of the run in --out, and no --overwrite, got "
                f"{'no --out' if out is None else '--overwrite'}; name the folder alone"
            )
        try:
            if out is None:
                self.path = _new_folder(name)
            elif resume and (Path(out) / CLAIM).exists():
                self.path = _taken_up(Path(out))
            else:
                self.path = _named_folder(Path(out), overwrite)
        except OSError as error:
            raise UserError(
                f"--out: expected a folder that can be written, got {error}; name another"
            ) from None

    def file(self, name: str) -> Path:
        """Return the path of a file that is about to be written."""
        if name not in self.written:
            self.written.append(name)
        return self.path / name

    def write_json(self, name: str, content: dict[str, Any]) -> None:
        """Write a JSON file, whole or not at all."""
        write_atomically(self.file(name), (json.dumps(content, indent=2) + "\n").encode())

    def write_model(self, name: str, model: nn.Module) -> None:
        """Write the parameters as safetensors, whole or not at all."""
        mt.save(self.file(name), model.state_dict())

    def is_finished(self, settings: dict[str, Any]) -> bool:
        """Whether a run with these settings has been finished here; another one is refused."""
        path = self.path / FINISHED
        if not path.exists():
            return False
        try:
            metrics = json.loads(path.read_text(encoding="utf-8"))
            names, saved = set(metrics["config"]), {**metrics, **metrics["config"]}
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(
                f"--resume: expected a finished run's figures in {path}, got {error}; name another"
            ) from None
        own = json.loads(json.dumps(settings))
        for name in [*own, *sorted(names - own.keys())]:
            if saved.get(name) != own.get(name):
                raise UserError(
                    f"--resume: expected {self.path} to hold a run with {name} {own.get(name)}, "
                    f"got a finished one with {saved.get(name)}; go on with the same flags, or "
                    "name another folder"
                )
        return True


class Recorder(Callback):
    """Write the loss of every step and the figures of every epoch, as they come.

    ``steps.csv`` is written through at the end of each epoch, and when training ends, however it
    ends; ``history.csv`` after each epoch. A checkpoint holds both, so that those of a run that
    goes on are as if it had never stopped. Where a checkpoint is refused, the files stay.
    """

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._steps: TextIO | None = None

    def on_fit_begin(self, state: State) -> None:
        """Remember how many batches an epoch has."""
        self._batches = state.batches
        self._losses = array("d")
        self._steps = None

    def on_epoch_begin(self, state: State) -> None:
        """Begin the file of losses, if it is not there yet."""
        if self._steps is None:
            self._begin()

    def on_step_end(self, state: State) -> None:
        """Remember the loss."""
        self._losses.append(state.loss)

    def on_epoch_end(self, state: State) -> None:
        """Write the epoch's row, and its losses."""
        table = io.StringIO(newline="")
        writer = csv.DictWriter(table, state.history[-1])
        writer.writeheader()
        writer.writerows(state.history)
        write_atomically(self._folder.file("history.csv"), table.getvalue().encode())
        self._write_losses()

    def on_fit_end(self, state: State) -> None:
        """Write what is left, and close the file."""
        if self._steps is None:
            return
        try:
            self._write_losses()
        finally:
            self._steps.close()

    def state_dict(self) -> dict[str, Any]:
        """Return the losses; a checkpoint has the history anyway."""
        return {"losses": np.array(self._losses)}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Write the losses up to the checkpoint anew: steps may have been taken after it."""
        self._losses = array("d", state_dict["losses"].tolist())
        self._begin()

    def _begin(self) -> None:
        self._written = 0
        self._steps = self._folder.file("steps.csv").open("w", newline="", encoding="utf-8")
        csv.writer(self._steps).writerow(("step", "epoch", "loss"))
        self._write_losses()

    def _write_losses(self) -> None:
        assert self._steps is not None
        new = range(self._written, len(self._losses))
        rows = ((i + 1, i // self._batches + 1, self._losses[i]) for i in new)
        csv.writer(self._steps).writerows(rows)
        self._steps.flush()
        self._written = len(self._losses)


def _new_folder(name: str) -> Path:
    stem = f"{name}_{time.strftime('%Y%m%d-%H%M%S')}"
    Path("runs").mkdir(exist_ok=True)
    count = 1
    while True:
        path = Path("runs") / (stem if count == 1 else f"{stem}-{count}")
        try:
            path.mkdir()
        except FileExistsError:
            count += 1
        else:
            return path


def _taken_up(path: Path) -> Path:
    """Return the folder of a run that was begun, without half-written files."""
    for name in RESULTS:
        remove_leftovers(path / name)
    return path


def _named_folder(path: Path, overwrite: bool) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    if any(path.iterdir()):
        if not (path / CLAIM).exists():
            raise UserError(
                f"--out: expected a new folder or one that holds a run, got {path}, which holds "
                "something else; name another"
            )
        if not overwrite:
            raise UserError(
                f"--out: expected a folder without a run, got {path}, which has one; "
                "name another, or pass --resume or --overwrite"
            )
        for name in RESULTS:
            (path / name).unlink(missing_ok=True)
    try:
        (path / CLAIM).open("x").close()
    except FileExistsError:
        raise UserError(
            f"--out: expected a folder of its own, got {path}, where another run has just begun; "
            "name another"
        ) from None
    return path


CLAIM = "history.csv"  # the first file of a run: two that begin at once cannot both create it
FINISHED = "metrics.json"  # the last one
# What a run writes, and --overwrite therefore removes: nothing else in the folder is touched.
RESULTS = (
    "metrics.json",
    "history.csv",
    "steps.csv",
    "curves.png",
    "samples.png",
    "confusion.png",
    "model.safetensors",
    "best.safetensors",
    "checkpoint.safetensors",
    "wandb_id.txt",
)
