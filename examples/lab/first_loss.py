"""The loss before the first step, beside that of a network that prefers no class."""

from __future__ import annotations

import math
from typing import Any

from minitorch_np import nn
from minitorch_np.data import DataLoader, Dataset
from minitorch_np.training import Callback, State, evaluate

__all__ = ["FirstLoss", "verdict"]

SAMPLES = 1000
FAR = 0.5  # of log K


class FirstLoss(Callback):
    """Print the loss of the fresh network, in eval mode and on some images that are held out.

    It is a cheap sign that weights, inputs and loss fit together: a network that has seen nothing
    should find all K classes equally likely, which costs log K. Nothing is drawn and nothing
    changed, so the training is the same with it and without.
    """

    def __init__(self, validation: Dataset, classes: int) -> None:
        self.validation = validation
        self.classes = classes

    def on_epoch_begin(self, state: State) -> None:
        """Print it, if nothing has been trained yet."""
        if state.step:
            return
        batch = next(iter(DataLoader(self.validation, SAMPLES)))
        loss, _ = evaluate(state.model, state.criterion, [batch], correct=None)
        print(verdict(loss, state.criterion, self.classes))


def verdict(loss: float, criterion: Any, classes: int) -> str:
    """Return the line that is printed; where the loss is far from log K, what to look at."""
    if not isinstance(criterion, nn.CrossEntropyLoss | nn.NLLLoss):
        return f"first loss {loss:.4g}"
    expected = math.log(classes)
    line = f"first loss {loss:.4g} (log {classes} = {expected:.4g})"
    if abs(loss - expected) <= FAR * expected:
        return line
    if loss < expected:
        return f"{line}: WARNING: far less than guessing costs; look for labels among the inputs"
    scale = "look at the scale of the images and of the initial weights (-w_i)"
    if not math.isfinite(loss):
        return f"{line}: WARNING: not finite; {scale}"
    return (
        f"{line}: WARNING: far more than guessing costs, for the fresh network is sure of wrong "
        f"classes; {scale}"
    )
