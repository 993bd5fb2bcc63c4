"""Schedules by a function of the user's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from minitorch_np.optim.lr_scheduler.base import LRScheduler
from minitorch_np.optim.lr_scheduler.ranges import number, spread
from minitorch_np.optim.lr_scheduler.scheduler import checked_optimizer
from minitorch_np.optim.optimizer import Optimizer

__all__ = ["LambdaLR"]


class LambdaLR(LRScheduler):
    """Multiply the base rate by what a function says.

    lr_t = lr₀ lr_lambda(t)

    Parameters
    ----------
    optimizer : Optimizer
    lr_lambda : callable, or list of callable
        The function of the step, which counts from 0; one for all groups, or one for each.

    Raises
    ------
    TypeError
        If ``lr_lambda`` cannot be called.
    ValueError
        If there is not one for each group, or it returns anything but a finite number of at
        least 0.

    Notes
    -----
    As in PyTorch, the rate is set, whatever it was: a change by hand lasts for a step.

    The functions are not saved: make the scheduler with the same ones, then load its state.
    PyTorch saves the attributes of callable objects, and takes what a function returns as it is.
    Its last_epoch is not taken: go on with ``load_state_dict`` (see LRScheduler).

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn, optim
    >>> optimizer = optim.SGD([nn.Parameter(np.zeros(1))], lr=0.5)
    >>> scheduler = optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 / (1 + step))
    >>> scheduler.step()
    >>> scheduler.get_last_lr()
    [0.25]
    """

    unsaved = ("optimizer", "lr_lambdas")

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | Sequence[Callable[[int], float]],
    ) -> None:
        groups = len(checked_optimizer(self.owner, optimizer).param_groups)
        self.lr_lambdas: list[Callable[[int], float]] = spread(lr_lambda, groups)
        if len(self.lr_lambdas) != groups:
            raise ValueError(
                f"{self.owner}: expected one lr_lambda for each of {groups} groups, "
                f"got {len(self.lr_lambdas)}"
            )
        for function in self.lr_lambdas:
            if not callable(function):
                raise TypeError(
                    f"{self.owner}: expected lr_lambda to be a function of the step, or a list of "
                    f"them, got {function!r}"
                )
        super().__init__(optimizer)

    def rates(self, step: int) -> list[float]:
        """Return the learning rate of each group at ``step``."""
        return [
            lr * number(self.owner, f"lr_lambda[{i}]({step})", function(step))
            for i, (lr, function) in enumerate(zip(self.base_lrs, self.lr_lambdas, strict=True))
        ]
