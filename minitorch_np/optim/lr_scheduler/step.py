"""Schedules that fall in steps."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from minitorch_np.checks import positive_int
from minitorch_np.optim.lr_scheduler.chainable import ChainableLR
from minitorch_np.optim.lr_scheduler.ranges import at_least_zero, counts
from minitorch_np.optim.optimizer import Optimizer

__all__ = ["MultiStepLR", "StepLR"]


class StepLR(ChainableLR):
    """Multiply the rate by γ every ``step_size`` steps.

    lr_t = lr₀ γ^⌊t / step_size⌋

    Parameters
    ----------
    optimizer : Optimizer
    step_size : int
        At least 1.
    gamma : float, default 0.1
        γ, at least 0.

    Raises
    ------
    ValueError
        If an option is out of its range.

    Notes
    -----
    PyTorch's last_epoch is not taken: go on with ``load_state_dict`` (see LRScheduler).

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn, optim
    >>> optimizer = optim.SGD([nn.Parameter(np.zeros(1))], lr=0.5)
    >>> scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
    >>> rates = scheduler.get_last_lr()
    >>> for _ in range(4):
    ...     scheduler.step()
    ...     rates += scheduler.get_last_lr()
    >>> rates
    [0.5, 0.5, 0.25, 0.25, 0.125]
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1) -> None:
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer)

    def check(self) -> None:
        """Raise ValueError if an attribute is out of its range."""
        super().check()
        self.step_size = positive_int(self.owner, "step_size", self.step_size)
        self.gamma = at_least_zero(self.owner, "gamma", self.gamma)

    def multiplier(self, step: int) -> float:
        """Return what the base rates are multiplied by at ``step``."""
        return self.gamma ** (step // self.step_size)


class MultiStepLR(ChainableLR):
    """Multiply the rate by γ at each milestone.

    lr_t = lr₀ γ^(number of milestones ≤ t)

    Parameters
    ----------
    optimizer : Optimizer
    milestones : iterable of int
        Steps, at least one, increasing. One that comes twice counts twice.
    gamma : float, default 0.1
        γ, at least 0.

    Raises
    ------
    ValueError
        If an option is out of its range.

    Notes
    -----
    PyTorch takes milestones in any order, negative ones, and none at all. Its last_epoch is not
    taken: go on with ``load_state_dict`` (see LRScheduler).

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn, optim
    >>> optimizer = optim.SGD([nn.Parameter(np.zeros(1))], lr=0.5)
    >>> scheduler = optim.lr_scheduler.MultiStepLR(optimizer, milestones=[1, 4], gamma=0.5)
    >>> rates = scheduler.get_last_lr()
    >>> for _ in range(4):
    ...     scheduler.step()
    ...     rates += scheduler.get_last_lr()
    >>> rates
    [0.5, 0.25, 0.25, 0.25, 0.125]
    """

    def __init__(self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1) -> None:
        self.milestones = counts(self.owner, "milestones", milestones)
        self.gamma = gamma
        super().__init__(optimizer)

    def check(self) -> None:
        """Raise ValueError if an attribute is out of its range."""
        super().check()
        self.milestones = counts(self.owner, "milestones", self.milestones)
        if not self.milestones:
            raise ValueError(f"{self.owner}: expected at least one milestone, got none")
        self.gamma = at_least_zero(self.owner, "gamma", self.gamma)

    def multiplier(self, step: int) -> float:
        """Return what the base rates are multiplied by at ``step``."""
        return self.gamma ** bisect_right(self.milestones, step)
