"""A progress bar."""

from __future__ import annotations

import time
from typing import Any

from minitorch_np.training.callback import Callback, State

__all__ = ["Progress"]


class Progress(Callback):
    """Show a tqdm bar for each epoch, with loss and accuracy, and a line at its end.

    Parameters
    ----------
    bar : bool, default True
        False prints only the lines.
    every : float, default 0.1
        Seconds between two updates of the bar.

    Raises
    ------
    ImportError
        If a bar is wanted and tqdm is not installed.

    Examples
    --------
    >>> from minitorch_np.training import Progress
    >>> callbacks = [Progress(bar=False)]
    """

    def __init__(self, bar: bool = True, every: float = 0.1) -> None:
        self._tqdm: Any = None
        self._bar: Any = None
        self._every = every
        self._due = 0.0
        if bar:
            try:
                from tqdm import tqdm
            except ImportError:
                raise ImportError(
                    "Progress: expected tqdm for a progress bar, found none; "
                    "install minitorch_np[examples], or pass bar=False"
                ) from None
            self._tqdm = tqdm

    def on_epoch_begin(self, state: State) -> None:
        """Open a bar."""
        if self._tqdm is not None:
            self._bar = self._tqdm(
                total=state.batches,
                desc=f"epoch {state.epoch}/{state.epochs}",
                unit="batch",
                leave=False,
                dynamic_ncols=True,
                mininterval=0,
            )

    def on_step_end(self, state: State) -> None:
        """Move the bar, not more often than people can see."""
        if self._bar is None or time.perf_counter() < self._due:
            return
        self._due = time.perf_counter() + self._every
        accuracy = {} if state.correct is None else {"accuracy": f"{state.correct:.4f}"}
        self._bar.set_postfix(loss=f"{state.mean_loss:.4f}", refresh=False, **accuracy)
        self._bar.update(state.batch - self._bar.n)

    def on_epoch_end(self, state: State) -> None:
        """Close the bar and print the epoch's line."""
        self._close()
        row = state.history[-1]
        parts = [f"epoch {state.epoch:>{len(str(state.epochs))}}/{state.epochs}"]
        for name in ("train", "val"):
            if f"{name}_loss" in row:
                part = f"{name} loss {row[f'{name}_loss']:.4f}"
                if f"{name}_accuracy" in row:
                    part += f" accuracy {row[f'{name}_accuracy']:.4f}"
                parts.append(part)
        speed = f"{row['seconds']:.2f} s, {row['samples_per_second']:,.0f} images/s"
        print("  ".join([*parts, speed]), flush=True)

    def on_fit_end(self, state: State) -> None:
        """Close a bar that an error left open."""
        self._close()

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
