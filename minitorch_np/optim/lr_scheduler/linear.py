"""The linear schedule."""

from __future__ import annotations

from minitorch_np.checks import positive_int
from minitorch_np.optim.lr_scheduler.chainable import ChainableLR
from minitorch_np.optim.lr_scheduler.ranges import fraction
from minitorch_np.optim.optimizer import Optimizer

__all__ = ["LinearLR"]


class LinearLR(ChainableLR):
    """Change the rate along a line, from one fraction of it to another: a warm-up.

    lr_t = lr₀ (start_factor + (end_factor - start_factor) min(t, total_iters) / total_iters)

    Parameters
    ----------
    optimizer : Optimizer
    start_factor : float in (0, 1], default 1/3
    end_factor : float in [0, 1], default 1
    total_iters : int, default 5
        At least 1.

    Raises
    ------
    ValueError
        If an option is out of its range.

    Notes
    -----
    PyTorch keeps the start factor for good if ``total_iters`` is 0, which is refused here. Its
    last_epoch is not taken: go on with ``load_state_dict`` (see LRScheduler).

    References
    ----------
    Goyal et al., "Accurate, large minibatch SGD: training ImageNet in 1 hour", arXiv 1706.02677,
    section 2.2.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn, optim
    >>> optimizer = optim.SGD([nn.Parameter(np.zeros(1))], lr=0.5)
    >>> scheduler = optim.lr_scheduler.LinearLR(optimizer, start_factor=0.5, total_iters=2)
    >>> rates = scheduler.get_last_lr()
    >>> for _ in range(3):
    ...     scheduler.step()
    ...     rates += scheduler.get_last_lr()
    >>> rates
    [0.25, 0.375, 0.5, 0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
    ) -> None:
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer)

    def check(self) -> None:
        """Raise ValueError if an attribute is out of its range."""
        super().check()
        self.start_factor = fraction(self.owner, "start_factor", self.start_factor, "(0, 1]")
        self.end_factor = fraction(self.owner, "end_factor", self.end_factor)
        self.total_iters = positive_int(self.owner, "total_iters", self.total_iters)

    def multiplier(self, step: int) -> float:
        """Return what the base rates are multiplied by at ``step``."""
        part = min(step, self.total_iters) / self.total_iters
        # Exactly the factors at both ends.
        return (1 - part) * self.start_factor + part * self.end_factor
