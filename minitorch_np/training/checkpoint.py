"""Checkpoints: stopping, however it comes about, loses nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from minitorch_np.checks import positive_int
from minitorch_np.serialization import FormatError, load, remove_leftovers, save
from minitorch_np.training.callback import Callback, State
from minitorch_np.training.interrupts import Interrupted, Interrupts
from minitorch_np.training.snapshot import restore, snapshot

__all__ = ["Checkpoint"]


class Checkpoint(Callback):
    """Write everything that training depends on into a file, and go on from there.

    The file is written after every epoch, in one step: whatever stops the process, it holds the
    last checkpoint or the one before. A fit that goes on from it does bit for bit what it would
    have done without a stop, also within an epoch.

    While it is among the callbacks, Ctrl-C (and SIGTERM) lets the step under way end, writes the
    checkpoint, and raises :class:`Interrupted`; a second one stops at once.

    Parameters
    ----------
    path : path
    every : int, optional
        Also write it each time after so many steps.
    resume : bool, default False
        Go on from the file; begin anew where there is none.
    config : dict of numbers, texts, lists and tuples, optional
        What the run depends on besides what is checked anyway; kept in the file. A file with
        another one is refused.

    Raises
    ------
    ValueError
        If it is not the last of the callbacks.
    TypeError
        If the loader has no ``state_dict``.
    FormatError
        If the file is damaged, or of another run or configuration.
    Interrupted
        After a signal.

    Notes
    -----
    It holds: parameters, buffers that are part of ``state_dict()``, which parameters are frozen;
    the optimizer's state and options; the callbacks' states (schedules, averages, the best so far);
    the place in the shuffled data; the package's random generator, those that model, criterion,
    optimizer and loaders hold or their functions name, and the callbacks' own; the history. What
    else a run depends on, such as NumPy's global state and ``random``, a callback of your own can
    keep: see ``Callback.state_dict``.

    The same bits need the same machine, versions, engine and number of threads.

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np, minitorch_np as mt
    >>> from minitorch_np.data import DataLoader, TensorDataset
    >>> from minitorch_np.training import Checkpoint, fit
    >>> def train(epochs, path):
    ...     x = mt.manual_seed(0).normal(size=(64, 2))
    ...     loader = DataLoader(TensorDataset(x, x.sum(1, keepdims=True)), 16, shuffle=True)
    ...     model = mt.nn.Linear(2, 1)
    ...     optimizer = mt.optim.Adam(model.parameters())
    ...     checkpoint = Checkpoint(path, resume=True)
    ...     options = {"epochs": epochs, "correct": None, "callbacks": [checkpoint]}
    ...     fit(model, mt.nn.MSELoss(), optimizer, loader, **options)
    ...     return model.weight.data
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "a.safetensors")
    ...     first = train(2, path)
    ...     resumed = train(5, path)
    ...     at_once = train(5, os.path.join(folder, "b.safetensors"))
    >>> np.array_equal(resumed, at_once)
    True
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        every: int | None = None,
        resume: bool = False,
        config: Mapping[str, Any] | None = None,
    ) -> None:
        self.path = Path(path)
        self.every = None if every is None else positive_int("Checkpoint", "every", every)
        self.resume = resume
        self.config = dict(config or {})
        self._interrupts = Interrupts()

    def on_fit_begin(self, state: State) -> None:
        """Go on from the file, if that is wanted and it is there."""
        if not state.callbacks or state.callbacks[-1] is not self:
            raise ValueError(
                "Checkpoint: expected to be the last of the callbacks, so that all others are done "
                "with a step when it is saved, got another after it; name it last"
            )
        if not hasattr(state.loader, "state_dict") or not hasattr(state.loader, "load_state_dict"):
            raise TypeError(
                "Checkpoint: expected a loader that knows where it stands (state_dict and "
                f"load_state_dict), got a {type(state.loader).__name__}; use a DataLoader"
            )
        if self.path.parent.is_dir():
            remove_leftovers(self.path)
        if self.resume and self.path.exists():
            self._go_on(state)
        self._interrupts.begin()

    def on_step_end(self, state: State) -> None:
        """Write the file, if it is time or somebody interrupts."""
        is_due = self.every is not None and state.step % self.every == 0
        if is_due or self._interrupts.noted is not None:
            position = state.loader.state_dict()
            if position.get("batch", state.batch) != state.batch:
                raise RuntimeError(
                    f"Checkpoint: expected the loader to stand at batch {state.batch}, got "
                    f"{position['batch']}; do not iterate over it elsewhere within an epoch"
                )
            self._write(state)

    def on_epoch_end(self, state: State) -> None:
        """Write the file."""
        self._write(state)

    def on_fit_end(self, state: State) -> None:
        """Let signals do again what they did."""
        self._interrupts.end()

    def _write(self, state: State) -> None:
        save(self.path, {"config": self.config, **snapshot(state)})
        number = self._interrupts.take()
        if number is not None:
            raise Interrupted(
                f"fit: interrupted after step {state.step}, in epoch {state.epoch}; "
                f"{self.path} has it all, and resume=True goes on from there",
                number,
            )

    def check(self) -> None:
        """Raise FormatError where the file is damaged, or of another configuration.

        A fit does the same when it begins; this is for what is to be done before, or not at all.
        Where there is no file, or none to go on from, nothing is wrong.
        """
        if self.resume and self.path.exists():
            self._load()

    def _load(self) -> dict[str, Any]:
        saved = load(self.path)
        if not isinstance(saved, dict) or not {"config", "progress"} <= set(saved):
            raise FormatError(
                f"Checkpoint: expected a file that Checkpoint wrote, got {self.path}, which has "
                "something else; name another"
            )
        difference = _difference(saved["config"], self.config)
        if difference:
            raise FormatError(
                f"Checkpoint: expected a checkpoint of this configuration, got {self.path}, where "
                f"{difference}; go on with the same options, or begin elsewhere"
            )
        return saved

    def _go_on(self, state: State) -> None:
        saved = self._load()
        try:
            restore(state, saved)
        except ValueError as error:
            raise FormatError(
                f"Checkpoint: expected a checkpoint of this run, got {self.path}, which does not "
                f"fit: {error}"
            ) from None


def _difference(saved: Any, own: dict[str, Any]) -> str:
    """Say the first thing in which two configurations differ; nothing if they are the same."""
    if not isinstance(saved, dict):
        return "there is none"
    for name in {**own, **saved}:
        theirs, ours = (repr(one[name]) if name in one else "not set" for one in (saved, own))
        if theirs != ours:
            return f"{name} is {theirs}, and here {ours}"
    return ""
