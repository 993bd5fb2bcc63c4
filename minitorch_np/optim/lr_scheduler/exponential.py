"""The exponential schedule."""

from __future__ import annotations

from minitorch_np.optim.lr_scheduler.chainable import ChainableLR
from minitorch_np.optim.lr_scheduler.ranges import at_least_zero
from minitorch_np.optim.optimizer import Optimizer

__all__ = ["ExponentialLR"]


class ExponentialLR(ChainableLR):
    """Multiply the rate by γ at every step.

    lr_t = lr₀ γ^t

    Parameters
    ----------
    optimizer : Optimizer
    gamma : float
        γ, at least 0; above 1 the rate grows.

    Raises
    ------
    ValueError
        If γ is out of its range, or the rate is no longer finite.

    Notes
    -----
    PyTorch goes on with an infinite rate. Its last_epoch is not taken: go on with
    ``load_state_dict`` (see LRScheduler).

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn, optim
    >>> optimizer = optim.SGD([nn.Parameter(np.zeros(1))], lr=0.5)
    >>> scheduler = optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    >>> scheduler.step()
    >>> scheduler.step()
    >>> scheduler.get_last_lr()
    [0.125]
    """

    def __init__(self, optimizer: Optimizer, gamma: float) -> None:
        self.gamma = gamma
        super().__init__(optimizer)

    def check(self) -> None:
        """Raise ValueError if an attribute is out of its range."""
        super().check()
        self.gamma = at_least_zero(self.owner, "gamma", self.gamma)

    def multiplier(self, step: int) -> float:
        """Return what the base rates are multiplied by at ``step``."""
        return self.gamma**step
