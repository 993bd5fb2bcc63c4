"""What all learning-rate schedules share."""

from __future__ import annotations

import math

from minitorch_np.optim.lr_scheduler.scheduler import Scheduler
from minitorch_np.optim.optimizer import Optimizer

__all__ = ["LRScheduler"]


class LRScheduler(Scheduler):
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
        The rates that the groups had before the first scheduler, their "initial_lr".

    Raises
    ------
    TypeError
        If ``optimizer`` is none.
    ValueError
        If an option is out of its range, or a rate is negative or not finite.
    RuntimeError
        From :meth:`step`, if the optimizer was given groups since that this schedule has no rates
        for.

    Notes
    -----
    As in PyTorch, the schedules are of two kinds. LambdaLR, CosineAnnealingWarmRestarts, OneCycleLR
    and a subclass of yours set the rates, whatever they were. The others multiply the rates that
    they find, so that a change by hand lasts, and several of them (or one and a ReduceLROnPlateau)
    work on one optimizer, each stepped by you (ChainableLR says how). Those also take in groups
    that the optimizer is given later.

    PyTorch's ``last_epoch`` is not taken, by any schedule: it says at which step to go on, but not
    from which rates nor in which phase, and only works over an optimizer that an earlier scheduler
    has marked. A state says all of it: go on with ``load_state_dict``, which sets the groups' rates
    too (PyTorch leaves that to the optimizer's). Nor is the deprecated ``step(epoch)`` taken.

    PyTorch also takes fractions for options that count steps; here they are integers.

    PyTorch warns if the first ``step()`` comes before the first ``optimizer.step()``, which then
    never sees the rates of step 0; nothing is said here.

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
        super().__init__(optimizer)
        groups = optimizer.param_groups
        self.base_lrs = [float(group.get("initial_lr", group["lr"])) for group in groups]
        self.check()
        self.start()
        for group, lr in zip(groups, self.base_lrs, strict=True):
            group.setdefault("initial_lr", lr)

    def check(self) -> None:
        """Raise ValueError if an attribute is out of its range."""
        super().check()
        self.base_lrs = self._checked_rates("base_lrs", self.base_lrs)

    def rates(self, step: int) -> list[float]:
        """Return the learning rate of each group at ``step``, which counts from 0."""
        raise NotImplementedError(f"{self.owner}: expected a method rates; write one")

    def step(self) -> None:
        """Go on to the next step."""
        self.apply(self.last_epoch + 1, self.rates(self.last_epoch + 1))

    def start(self) -> None:
        """Set what holds at step 0, when the scheduler is made."""
        self.restart()

    def restart(self) -> None:
        """Go back to step 0, and to the rates that follow from ``base_lrs``."""
        self.apply(0, self.rates(0))

    def apply(self, step: int, rates: list[float]) -> None:
        """Be at ``step``, and set the groups' options for it."""
        groups = self.optimizer.param_groups
        if len(rates) != len(groups):
            raise RuntimeError(
                f"{self.owner}: expected one rate for each of {len(groups)} groups, got "
                f"{len(rates)}; add groups to the optimizer before making the scheduler"
            )
        if not all(0 <= lr < math.inf for lr in rates):
            raise ValueError(
                f"{self.owner}: expected finite learning rates of at least 0, got {rates} "
                f"at step {step}"
            )
        self._last_lr = [float(lr) for lr in rates]
        for group, lr in zip(groups, self._last_lr, strict=True):
            group["lr"] = lr
        self.last_epoch = step
        self.set_momentum()
