"""What a network makes of data, in eval mode."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from minitorch_np.metrics import count_correct
from minitorch_np.module import Module
from minitorch_np.recording import no_grad

__all__ = ["Count", "check_mean", "counted", "evaluate", "predict"]

Count = Callable[[Any, Any], int]


def evaluate(
    model: Module, criterion: Any, loader: Any, correct: Count | None = count_correct
) -> tuple[float, float | None]:
    """Return the mean loss and the accuracy over ``loader``, in eval mode, recording nothing.

    The model's mode is afterwards as it was.

    Parameters
    ----------
    model, criterion, loader, correct
        As in :func:`~minitorch_np.training.fit`.

    Returns
    -------
    loss : float
    accuracy : float or None
        The fraction of right outputs; None with ``correct=None``.

    Raises
    ------
    ValueError
        If the loader is empty, or the criterion gives no mean.
    """
    check_mean("evaluate", criterion)
    seen, loss_sum, right = 0, 0.0, 0
    for x, y, output in _outputs(model, loader):
        seen += len(x)
        loss_sum += float(criterion(output, y)) * len(x)
        if correct is not None:
            right += counted("evaluate", correct, output, y)
    if not seen:
        raise ValueError("evaluate: expected at least one batch, got an empty loader")
    return loss_sum / seen, None if correct is None else right / seen


def predict(model: Module, loader: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the outputs and the targets over ``loader``, in eval mode, recording nothing.

    Parameters
    ----------
    model : Module
    loader : iterable of (x, y)

    Returns
    -------
    outputs : ndarray of shape (N, ...)
    targets : ndarray of shape (N, ...)

    Raises
    ------
    ValueError
        If the loader is empty.
    """
    pairs = [(output, y) for _, y, output in _outputs(model, loader)]
    if not pairs:
        raise ValueError("predict: expected at least one batch, got an empty loader")
    outputs, targets = zip(*pairs, strict=True)
    return np.concatenate(outputs), np.concatenate(targets)


def check_mean(owner: str, criterion: Any) -> None:
    """Losses are averaged over samples, so each batch has to give a mean."""
    reduction = getattr(criterion, "reduction", "mean")
    if reduction != "mean":
        raise ValueError(f"{owner}: expected a criterion with reduction='mean', got {reduction!r}")


def counted(owner: str, correct: Count, output: Any, y: Any) -> int:
    """Return how many outputs are right, as Python's integer, which a checkpoint keeps as it is."""
    found: Any = correct(output, y)
    try:
        return operator.index(found)
    except TypeError:
        raise TypeError(
            f"{owner}: expected correct(output, target) to count what is right, got {found!r}; "
            "return an integer, or pass correct=None"
        ) from None


def _outputs(model: Module, loader: Any) -> Iterable[tuple[Any, Any, Any]]:
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        for x, y in loader:
            with no_grad(), np.errstate(all="ignore"):
                output = model(x)
            yield x, y, output
    finally:
        for module, mode in modes:
            module.training = mode
