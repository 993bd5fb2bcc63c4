"""Schedules that change the rate by a factor, so that several work together."""

from __future__ import annotations

import math

from minitorch_np.optim.lr_scheduler.base import LRScheduler

__all__ = ["ChainableLR"]


class ChainableLR(LRScheduler):
    """Base class of schedules that multiply: a subclass gives :meth:`multiplier`.

    With the multiplier f, the base rate lr₀ and the lowest rate η, which is 0 but for cosines, the
    rate at step t is::

        lr_t = η + f(t) (lr₀ - η)

    as long as nobody else changes it: no step adds to the rounding of the one before. A rate that
    is another one than at the last step (changed by hand, by a second scheduler, by
    ReduceLROnPlateau) stays changed, as in PyTorch's "chainable" form::

        lr_t = η + f(t) / f(t-1) (lr - η)

    or, where f(t-1) is 0, lr_t = lr + f(t) (lr₀ - η). Groups that the optimizer is given later are
    taken in, with the rate they bring.

    Notes
    -----
    Where f is 0 and stays 0, a rate that somebody sets stays. PyTorch's StepLR, MultiStepLR and
    ExponentialLR with γ = 0 make it 0 again.
    """

    eta_min: float = 0.0

    def multiplier(self, step: int) -> float:
        """Return what the base rates are multiplied by at ``step``."""
        raise NotImplementedError(f"{self.owner}: expected a method multiplier; write one")

    def rates(self, step: int) -> list[float]:
        """Return the learning rate of each group at ``step``, if nobody else changes it."""
        multiplier = self.multiplier(step)
        return [self._rate(lr, multiplier) for lr in self.base_lrs]

    def start(self) -> None:
        """Change the rates that the groups have by the multiplier of step 0."""
        self._change(0, 1.0)

    def restart(self) -> None:
        """Go back to step 0, and to the rates that follow from ``base_lrs``."""
        self.adopt()
        super().restart()

    def step(self) -> None:
        """Go on to the next step."""
        self._change(self.last_epoch + 1, self.multiplier(self.last_epoch))

    def adopt(self) -> None:
        """Take in the groups that the optimizer was given since."""
        for group in self.optimizer.param_groups[len(self.base_lrs) :]:
            self.base_lrs.append(float(group.setdefault("initial_lr", group["lr"])))
            self._last_lr.append(float(group["lr"]))

    def _change(self, step: int, old: float) -> None:
        self.adopt()
        try:
            new = self.multiplier(step)
        except OverflowError:
            new = math.inf
        pairs = zip(self._rates_now(), self.base_lrs, strict=True)
        self.apply(step, [self._changed(lr, base, old, new) for lr, base in pairs])

    def _changed(self, lr: float, base: float, old: float, new: float) -> float:
        """Return the rate after ``lr`` when the multiplier goes from ``old`` to ``new``."""
        if lr == self._rate(base, old):
            return self._rate(base, new)
        if old == 0:
            return lr + new * (base - self.eta_min)
        return self.eta_min + new / old * (lr - self.eta_min)

    def _rate(self, base: float, multiplier: float) -> float:
        # Exactly base at 1, and exactly eta_min at 0.
        return multiplier * base + (1 - multiplier) * self.eta_min
