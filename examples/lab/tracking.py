"""Tracking with wandb: what fails there is said in one sentence, and never stops a training."""

from __future__ import annotations

import argparse
import contextlib
import os
import shlex
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from lab.errors import one_line
from lab.wandb_run import begin, say, wanted
from minitorch_np.training import Callback, State

__all__ = ["Tracker", "tracked"]

EVERY = 0.1  # seconds between two rows of step losses; each costs about a millisecond


class Tracker(Callback):
    """Log a training to a run of wandb.

    The loss of every step goes there, in a row for the steps of each ``EVERY`` seconds: all their
    ``losses``, the mean of these as ``loss``, and the learning rate. Each epoch has a row of its
    own.

    Parameters
    ----------
    open_run : callable or None
        Returns the module wandb and an open run; None tracks nothing.
    """

    def __init__(self, open_run: Callable[[], tuple[Any, Any]] | None) -> None:
        self._wandb: Any = None
        self._run: Any = None
        self._failed = False
        self._losses: list[float] = []
        self._due = 0.0
        if open_run is not None:
            with self._harmless():
                self._wandb, self._run = open_run()

    @property
    def tracks(self) -> bool:
        """Whether there is a run, and nothing has failed."""
        return self._run is not None and not self._failed

    def on_fit_begin(self, state: State) -> None:
        """Say what belongs on which axis."""
        if self.tracks:
            with self._harmless():
                for name, axis in AXES.items():
                    self._run.define_metric(name, step_metric=axis)
                self._run.define_metric("losses", summary="none", hidden=True)

    def on_step_end(self, state: State) -> None:
        """Remember the loss; log those that there are, but not more often than ``EVERY``."""
        self._losses.append(state.loss)
        if time.perf_counter() >= self._due:
            self._log_losses(state)

    def on_epoch_end(self, state: State) -> None:
        """Log the epoch's row."""
        row = state.history[-1]
        self.log({name: row[name] for name in EPOCH} | {"images_per_second": row[SPEED]})

    def on_fit_end(self, state: State) -> None:
        """Log the losses that are left."""
        if self._losses:
            self._log_losses(state)

    def log(self, row: Mapping[str, Any]) -> None:
        """Log a row."""
        if self.tracks:
            with self._harmless():
                self._run.log(dict(row))

    def picture(self, name: str, path: Path) -> None:
        """Log a picture."""
        if self.tracks:
            with self._harmless():
                self._run.log({name: self._wandb.Image(str(path))})

    def confusion(self, labels: np.ndarray, predicted: np.ndarray, classes: Sequence[str]) -> None:
        """Log a confusion matrix as wandb's own chart.   labels, predicted: (N,)"""
        if self.tracks:
            with self._harmless():
                chart = self._wandb.plot.confusion_matrix(
                    y_true=labels.tolist(), preds=predicted.tolist(), class_names=list(classes)
                )
                self._run.log({"confusion_matrix": chart})

    def result(self, name: str, metrics: Mapping[str, Any], model: Path) -> None:
        """Add the final figures to the summary, and the model's file as the artifact ``name``."""
        if self.tracks:
            with self._harmless():
                figures = {key: value for key, value in metrics.items() if np.isscalar(value)}
                self._run.summary.update(figures)
                artifact = self._wandb.Artifact(name, type="model", metadata=dict(metrics))
                artifact.add_file(str(model))
                self._run.log_artifact(artifact)

    def finish(self, exit_code: int) -> None:
        """Close the run; say how to send what the server does not have."""
        if self._run is None:
            return
        for close in (self._run.finish, self._wandb.teardown):
            with self._harmless():
                close(exit_code=exit_code)
        with self._harmless():
            if self._run.offline or self._failed:
                folder = os.path.relpath(Path(self._run.dir).parent)
                print(f"to send what was tracked: wandb sync {shlex.quote(folder)}")

    def _log_losses(self, state: State) -> None:
        row = {
            "step": state.step,
            "loss": fmean(self._losses),
            "losses": self._losses,
            "learning_rate": state.optimizer.param_groups[0]["lr"],
        }
        self._losses = []
        self.log(row)
        self._due = time.perf_counter() + EVERY

    @contextlib.contextmanager
    def _harmless(self) -> Iterator[None]:
        """Let the first failure end the tracking, in one sentence; training goes on."""
        try:
            yield
        except Exception as error:  # of any kind: wandb, its server, a full disk
            if not self._failed:
                say(f"tracking ends here, and training goes on: {one_line(error)}")
            self._failed = True


EPOCH = ("epoch", "train_loss", "train_accuracy", "val_loss", "val_accuracy")
SPEED = "samples_per_second"
AXES = {
    **dict.fromkeys(("loss", "learning_rate"), "step"),
    **dict.fromkeys((*EPOCH[1:], "images_per_second"), "epoch"),
}


@contextlib.contextmanager
def tracked(
    flags: argparse.Namespace, name: str, config: Mapping[str, Any], folder: Path
) -> Iterator[Tracker]:
    """Track what happens inside, where the flags ask for it.

    Parameters
    ----------
    flags : Namespace
        With ``wandb_project``, ``wandb_entity`` and ``wandb``.
    name : str
        Of the run.
    config : mapping
        What it depends on.
    folder : Path
        Where wandb writes.
    """
    mode = wanted(flags)
    tracker = Tracker(partial(begin, mode, flags, name, config, folder) if mode else None)
    exit_code = 1
    try:
        yield tracker
        exit_code = 0
    except KeyboardInterrupt:
        exit_code = 130
        raise
    finally:
        tracker.finish(exit_code)
