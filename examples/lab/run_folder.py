"""Where a run's results go, and that none are lost."""

from __future__ import annotations

import csv
import json
import os
import time
from pathlib import Path
from typing import Any

from safetensors.numpy import save

from lab.errors import UserError
from minitorch_np import nn
from minitorch_np.training import Callback, State

__all__ = ["Recorder", "RunFolder"]


class RunFolder:
    """A new folder for one run's files.

    Parameters
    ----------
    out : str or None
        The folder; None makes one below ``runs`` with a name that nothing has.
    name : str
        How such a name begins.
    overwrite : bool
        Whether a run that is there already may be replaced.
    """

    def __init__(self, out: str | None, name: str, overwrite: bool) -> None:
        self.written: list[str] = []
        try:
            self.path = _new_folder(name) if out is None else _named_folder(Path(out), overwrite)
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
        path = self.file(name)
        temporary = path.with_suffix(".tmp")
        temporary.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        os.replace(temporary, path)

    def write_model(self, name: str, model: nn.Module) -> None:
        """Write the parameters as safetensors, whole or not at all."""
        path = self.file(name)
        temporary = path.with_suffix(".tmp")
        temporary.write_bytes(save(model.state_dict()))
        os.replace(temporary, path)


class Recorder(Callback):
    """Write the loss of every step and the figures of every epoch, as they come.

    ``steps.csv`` is written through at the end of each epoch, and when training ends, however it
    ends; ``history.csv`` after each epoch.
    """

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._losses: list[tuple[int, int, float]] = []

    def on_fit_begin(self, state: State) -> None:
        """Open the files."""
        self._history = self._folder.file("history.csv").open("w", newline="", encoding="utf-8")
        self._steps = self._folder.file("steps.csv").open("w", newline="", encoding="utf-8")
        csv.writer(self._steps).writerow(("step", "epoch", "loss"))

    def on_step_end(self, state: State) -> None:
        """Remember the loss."""
        self._losses.append((state.step, state.epoch, state.loss))

    def on_epoch_end(self, state: State) -> None:
        """Write the epoch's row, and its losses."""
        row = state.history[-1]
        writer = csv.DictWriter(self._history, row)
        if state.epoch == 1:
            writer.writeheader()
        writer.writerow(row)
        self._history.flush()
        self._write_losses()

    def on_fit_end(self, state: State) -> None:
        """Write what is left, and close the files."""
        try:
            self._write_losses()
        finally:
            self._history.close()
            self._steps.close()

    def _write_losses(self) -> None:
        csv.writer(self._steps).writerows(self._losses)
        self._steps.flush()
        self._losses.clear()


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
                "name another, or pass --overwrite"
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
# What a run writes, and --overwrite therefore removes: nothing else in the folder is touched.
RESULTS = (
    "metrics.json",
    "history.csv",
    "steps.csv",
    "curves.png",
    "samples.png",
    "model.safetensors",
)
