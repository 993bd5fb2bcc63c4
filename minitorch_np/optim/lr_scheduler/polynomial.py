"""The polynomial schedule."""

from __future__ import annotations

from minitorch_np.checks import positive_int
from minitorch_np.optim.lr_scheduler.chainable import ChainableLR
from minitorch_np.optim.lr_scheduler.ranges import at_least_zero
from minitorch_np.optim.optimizer import Optimizer

__all__ = ["PolynomialLR"]


class PolynomialLR(ChainableLR):
    """Take the rate down to 0 along a power.

    lr_t = lr₀ (1 - min(t, total_iters) / total_iters)^power

    Parameters
    ----------
    optimizer : Optimizer
    total_iters : int, default 5
        At least 1.
    power : float, default 1
        At least 0.

    Raises
    ------
    ValueError
        If an option is out of its range.

    Notes
    -----
    PyTorch keeps the rate if ``total_iters`` is 0, which is refused here. Its last_epoch is not
    taken: go on with ``load_state_dict`` (see LRScheduler).

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn, optim
    >>> optimizer = optim.SGD([nn.Parameter(np.zeros(1))], lr=0.5)
    >>> scheduler = optim.lr_scheduler.PolynomialLR(optimizer, total_iters=4, power=2)
    >>> rates = scheduler.get_last_lr()
    >>> for _ in range(4):
    ...     scheduler.step()
    ...     rates += scheduler.get_last_lr()
    >>> rates
    [0.5, 0.28125, 0.125, 0.03125, 0.0]
    """

    def __init__(self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0) -> None:
        self.total_iters = total_iters
        self.power = power
        super().__init__(optimizer)

    def check(self) -> None:
        """Raise ValueError if an attribute is out of its range."""
        super().check()
        self.total_iters = positive_int(self.owner, "total_iters", self.total_iters)
        self.power = at_least_zero(self.owner, "power", self.power)

    def multiplier(self, step: int) -> float:
        """Return what the base rates are multiplied by at ``step``."""
        return (1 - min(step, self.total_iters) / self.total_iters) ** self.power
