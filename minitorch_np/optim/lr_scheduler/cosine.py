"""Schedules along a cosine."""

from __future__ import annotations

import math

from minitorch_np.checks import positive_int
from minitorch_np.optim.lr_scheduler.base import LRScheduler
from minitorch_np.optim.lr_scheduler.chainable import ChainableLR
from minitorch_np.optim.lr_scheduler.ranges import at_least_zero
from minitorch_np.optim.optimizer import Optimizer

__all__ = ["CosineAnnealingLR", "CosineAnnealingWarmRestarts"]


class CosineAnnealingLR(ChainableLR):
    """Take the rate along half a cosine down to η_min in T_max steps; then up again, and so on.

    lr_t = η_min + (lr₀ - η_min) (1 + cos(π t / T_max)) / 2

    Parameters
    ----------
    optimizer : Optimizer
    T_max : int
        At least 1. The period is 2 T_max; end the training after T_max steps to end it at η_min.
    eta_min : float, default 0
        η_min, at least 0.

    Raises
    ------
    ValueError
        If an option is out of its range.

    Notes
    -----
    If a rate below η_min is set meanwhile, the way up leads below 0: an error here, while PyTorch
    goes on with a negative rate. Its last_epoch is not taken: go on with ``load_state_dict`` (see
    LRScheduler).

    References
    ----------
    Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts",
    arXiv 1608.03983, equation 5, without restarts.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn, optim
    >>> optimizer = optim.SGD([nn.Parameter(np.zeros(1))], lr=0.5)
    >>> scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=2)
    >>> rates = scheduler.get_last_lr()
    >>> for _ in range(4):
    ...     scheduler.step()
    ...     rates += scheduler.get_last_lr()
    >>> [round(lr, 3) for lr in rates]
    [0.5, 0.25, 0.0, 0.25, 0.5]
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0) -> None:
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer)

    def check(self) -> None:
        """Raise ValueError if an attribute is out of its range."""
        super().check()
        self.T_max = positive_int(self.owner, "T_max", self.T_max)
        self.eta_min = at_least_zero(self.owner, "eta_min", self.eta_min)

    def multiplier(self, step: int) -> float:
        """Return how much of lr₀ - η_min is left at ``step``."""
        return (1 + math.cos(math.pi * (step % (2 * self.T_max)) / self.T_max)) / 2


class CosineAnnealingWarmRestarts(LRScheduler):
    """Take the rate along half a cosine down to η_min, start again at the top, and so on.

    lr = η_min + (lr₀ - η_min) (1 + cos(π T_cur / T_i)) / 2

    The i-th cycle takes T_i = T_0 T_mult^i steps, of which T_cur are done.

    Parameters
    ----------
    optimizer : Optimizer
    T_0 : int
        At least 1.
    T_mult : int, default 1
        At least 1.
    eta_min : float, default 0
        η_min, at least 0.

    Raises
    ------
    ValueError
        If an option, or the ``epoch`` of a step, is out of its range.

    Notes
    -----
    As in PyTorch, the rate is set, whatever it was: a change by hand lasts for a step.

    For some T_mult, PyTorch's ``step(epoch)`` rounds the epoch of a restart down into the cycle
    before (T_0 = 1, T_mult = 3, epoch 121) and sets η_min. Its last_epoch is not taken: go on with
    ``load_state_dict`` (see LRScheduler).

    References
    ----------
    Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts",
    arXiv 1608.03983, equation 5.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn, optim
    >>> optimizer = optim.SGD([nn.Parameter(np.zeros(1))], lr=0.5)
    >>> scheduler = optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=2, T_mult=2)
    >>> rates = scheduler.get_last_lr()
    >>> for batch in range(1, 7):
    ...     scheduler.step(batch / 2)
    ...     rates += scheduler.get_last_lr()
    >>> [round(lr, 3) for lr in rates]
    [0.5, 0.427, 0.25, 0.073, 0.5, 0.481, 0.427]
    """

    def __init__(
        self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0
    ) -> None:
        self.T_0 = T_0
        self.T_mult = T_mult
        self.eta_min = eta_min
        self.epoch = 0.0
        super().__init__(optimizer)

    @property
    def T_cur(self) -> float:
        """The steps of this cycle that are done."""
        return self._cycle(self.epoch)[0]

    @property
    def T_i(self) -> int:
        """The steps of this cycle."""
        return self._cycle(self.epoch)[1]

    def check(self) -> None:
        """Raise ValueError if an attribute is out of its range."""
        super().check()
        self.T_0 = positive_int(self.owner, "T_0", self.T_0)
        self.T_mult = positive_int(self.owner, "T_mult", self.T_mult)
        self.eta_min = at_least_zero(self.owner, "eta_min", self.eta_min)
        self.epoch = at_least_zero(self.owner, "epoch", self.epoch)

    def rates(self, step: float) -> list[float]:
        """Return the learning rate of each group at ``step``, which may be a fraction."""
        done, length = self._cycle(step)
        part = (1 + math.cos(math.pi * done / length)) / 2
        return [part * lr + (1 - part) * self.eta_min for lr in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        """Go on to the next step, or to ``epoch``.

        Parameters
        ----------
        epoch : float, optional
            At least 0; a fraction in the midst of an epoch: ``epoch + batch / batches``.
        """
        after = self.epoch + 1
        if epoch is not None:
            after = at_least_zero(f"{self.owner}.step", "epoch", epoch)
        self.apply(after, self.rates(after))

    def apply(self, step: float, rates: list[float]) -> None:
        """Be at ``step``, and set the groups' options for it."""
        super().apply(math.floor(step), rates)
        self.epoch = step

    def _cycle(self, epoch: float) -> tuple[float, int]:
        """Return T_cur and T_i at ``epoch``."""
        if self.T_mult == 1:
            return epoch % self.T_0, self.T_0
        length = self.T_0
        while epoch >= length:
            epoch -= length
            length *= self.T_mult
        return epoch, length
