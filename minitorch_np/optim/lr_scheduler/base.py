"""What all learning-rate schedules share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from minitorch_np.optim.optimizer import Optimizer

__all__ = ["LRScheduler"]


class LRScheduler:
    """Base class of schedules: sets the options of an optimizer's groups at every step.

    A subclass gives :meth:`rates`, the learning rates at a step. Making a scheduler sets those of
    step 0; call :meth:`step` after each ``optimizer.step()`` (or each epoch, as you mean it).

    Parameters
    ----------
    optimizer : Optimizer

    Attributes
    ----------
    last_epoch : int
        How often :meth:`step` was called.
    base_lrs : list of float
        The rates that the groups had before.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn, optim
    >>> class Halving(optim.lr_scheduler.LRScheduler):
    ...     def rates(self, step):
    ...         return [lr * 0.5**step for lr in self.base_lrs]
    >>> scheduler = Halving(optim.SGD([nn.Parameter(np.zeros(1))], lr=0.1))
    >>> scheduler.step()
    >>> scheduler.get_last_lr()
    [0.05]
    """

    def __init__(self, optimizer: Optimizer) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(
                f"{type(self).__name__}: expected an Optimizer, got a {type(optimizer).__name__}"
            )
        self.optimizer = optimizer
        for group in optimizer.param_groups:
            group.setdefault("initial_lr", group["lr"])
        self.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = 0
        self.apply()

    def rates(self, step: int) -> list[float]:
        """Return the learning rate of each group at ``step``, which counts from 0."""
        raise NotImplementedError(f"{type(self).__name__}: expected a method rates; write one")

    def apply(self) -> None:
        """Set the groups' options for the step it is."""
        rates = self.rates(self.last_epoch)
        for group, lr in zip(self.optimizer.param_groups, rates, strict=True):
            group["lr"] = lr

    def step(self) -> None:
        """Go on to the next step."""
        self.last_epoch += 1
        self.apply()

    def get_last_lr(self) -> list[float]:
        """Return the learning rate of each group now."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """Return what :meth:`load_state_dict` needs to go on from here."""
        return {name: value for name, value in vars(self).items() if name != "optimizer"}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from a state; the optimizer's options are set at once."""
        self.__dict__.update(state_dict)
        self.apply()
