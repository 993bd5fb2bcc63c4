"""A lower rate at first."""

from __future__ import annotations

from minitorch_np.checks import positive_int
from minitorch_np.optim.lr_scheduler.chainable import ChainableLR
from minitorch_np.optim.lr_scheduler.ranges import fraction
from minitorch_np.optim.optimizer import Optimizer

__all__ = ["ConstantLR"]


class ConstantLR(ChainableLR):
    """Multiply the rate by a constant until ``total_iters`` steps are done.

    lr_t = lr₀ factor for t < total_iters, then lr₀

    Parameters
    ----------
    optimizer : Optimizer
    factor : float in [0, 1], default 1/3
    total_iters : int, default 5
        At least 1.

    Raises
    ------
    ValueError
        If an option is out of its range.

    Notes
    -----
    PyTorch fails at ``total_iters`` if the factor is 0, and keeps the factor for good if
    ``total_iters`` is 0, which is refused here. Its last_epoch is not taken: go on with
    ``load_state_dict`` (see LRScheduler).

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn, optim
    >>> optimizer = optim.SGD([nn.Parameter(np.zeros(1))], lr=0.5)
    >>> scheduler = optim.lr_scheduler.ConstantLR(optimizer, factor=0.5, total_iters=2)
    >>> rates = scheduler.get_last_lr()
    >>> for _ in range(3):
    ...     scheduler.step()
    ...     rates += scheduler.get_last_lr()
    >>> rates
    [0.25, 0.25, 0.5, 0.5]
    """

    def __init__(self, optimizer: Optimizer, factor: float = 1.0 / 3, total_iters: int = 5) -> None:
        self.factor = factor
        self.total_iters = total_iters
        super().__init__(optimizer)

    def check(self) -> None:
        """Raise ValueError if an attribute is out of its range."""
        super().check()
        self.factor = fraction(self.owner, "factor", self.factor)
        self.total_iters = positive_int(self.owner, "total_iters", self.total_iters)

    def multiplier(self, step: int) -> float:
        """Return what the base rates are multiplied by at ``step``."""
        return self.factor if step < self.total_iters else 1.0
