"""The training loop."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from contextlib import ExitStack
from typing import Any

import numpy as np

from minitorch_np.metrics import count_correct
from minitorch_np.module import Module
from minitorch_np.optim import Optimizer
from minitorch_np.training.callback import Callback, State
from minitorch_np.training.evaluate import Count, check_mean, counted, evaluate

__all__ = ["NonFiniteLossError", "fit"]


class NonFiniteLossError(ArithmeticError):
    """The loss is NaN or infinite; training has stopped before it could spoil the parameters."""


def fit(
    model: Module,
    criterion: Any,
    optimizer: Optimizer,
    loader: Any,
    *,
    epochs: int = 1,
    validation: Any = None,
    callbacks: Iterable[Callback] = (),
    correct: Count | None = count_correct,
) -> list[dict[str, Any]]:
    """Train ``model``.

    Parameters
    ----------
    model : Module
    criterion : Loss
    optimizer : Optimizer
    loader : DataLoader, or any sized iterable of (x, y)
    epochs : int, default 1
    validation : DataLoader, optional
        Measured in eval mode after every epoch.
    callbacks : iterable of Callback
    correct : callable, optional
        ``correct(output, target)`` counts what is right, for the accuracies; None (for
        regression) leaves them out.

    Returns
    -------
    list of dict
        ``State.history``: a row an epoch.

    Raises
    ------
    NonFiniteLossError
        If the loss of a batch is NaN or infinite; names epoch and batch.

    Examples
    --------
    >>> import numpy as np, minitorch_np as mt
    >>> from minitorch_np.data import DataLoader, TensorDataset
    >>> x = mt.manual_seed(0).normal(size=(64, 2))
    >>> loader = DataLoader(TensorDataset(x, (x[:, 0] > 0).astype(int)), batch_size=16)
    >>> model = mt.nn.Linear(2, 2, rng=0)
    >>> optimizer = mt.optim.SGD(model.parameters(), lr=1.0)
    >>> history = mt.training.fit(model, mt.nn.CrossEntropyLoss(), optimizer, loader, epochs=5)
    >>> history[-1]["train_loss"] < history[0]["train_loss"]
    True
    """
    check_mean("fit", criterion)
    for name, batches in (("loader", loader), ("validation", validation)):
        if batches is not None and not len(batches):
            raise ValueError(f"fit: expected at least one batch in {name}, got an empty one")
    callbacks = list(callbacks)
    state = State(
        *(model, criterion, optimizer, epochs, len(loader)),
        loader=loader,
        validation=validation,
        callbacks=callbacks,
    )

    def tell(event: str) -> None:
        for callback in callbacks:
            getattr(callback, event)(state)

    with ExitStack() as begun:
        for callback in callbacks:
            callback.on_fit_begin(state)
            begun.callback(callback.on_fit_end, state)
        while len(state.history) < epochs and not state.stop:
            if state.epoch == len(state.history):  # else a checkpoint's, to be gone on with
                _begin_epoch(state)
            tell("on_epoch_begin")
            with np.errstate(all="ignore"):  # a loss that is not finite is said in a sentence
                _train_epoch(state, loader, correct, callbacks)
            row: dict[str, Any] = {
                "epoch": state.epoch,
                "lr": state.lr,
                "train_loss": state.mean_loss,
            }
            if correct is not None:
                row["train_accuracy"] = state.correct
            if validation is not None:
                with state.applied():
                    loss, accuracy = evaluate(model, criterion, validation, correct)
                row["val_loss"] = loss
                if correct is not None:
                    row["val_accuracy"] = accuracy
            row["seconds"] = state.seconds
            row["samples_per_second"] = state.seen / state.seconds
            state.history.append(row)
            tell("on_epoch_end")
    return state.history


def _begin_epoch(state: State) -> None:
    state.epoch += 1
    state.batch, state.seen, state.right, state.loss_sum, state.seconds = 0, 0, 0, 0.0, 0.0
    state.lr = state.optimizer.param_groups[0]["lr"]


def _train_epoch(
    state: State, loader: Any, correct: Count | None, callbacks: list[Callback]
) -> None:
    """One pass over the data, or what is left of it."""
    model, criterion, optimizer = state.model, state.criterion, state.optimizer
    model.train()
    state.hold = False
    start = time.perf_counter() - state.seconds
    for x, y in loader:
        state.batch += 1
        if not state.hold:
            optimizer.zero_grad()
        output = model(x)
        loss = float(criterion(output, y))
        if not math.isfinite(loss):
            raise NonFiniteLossError(
                f"fit: expected a finite loss, got {loss} at epoch {state.epoch}, "
                f"batch {state.batch}; lower the learning rate or clip the gradients"
            )
        model.backward(criterion.backward())
        state.hold = False
        for callback in callbacks:
            callback.on_backward_end(state)
            if state.hold:
                break
        else:
            optimizer.step(loss)
            state.step += 1
        state.seen += len(x)
        state.loss_sum += loss * len(x)
        if correct is not None:
            state.right += counted("fit", correct, output, y)
            state.correct = state.right / state.seen
        state.loss, state.mean_loss = loss, state.loss_sum / state.seen
        state.seconds = time.perf_counter() - start
        if not state.hold:
            for callback in callbacks:
                callback.on_step_end(state)
    state.seconds = time.perf_counter() - start
    if not state.seen:
        raise ValueError(
            f"fit: expected batches in epoch {state.epoch}, got none; pass a loader that can be "
            "iterated over again"
        )
