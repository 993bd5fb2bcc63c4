"""The schedule that watches a metric."""

from __future__ import annotations

import math
from typing import Any, SupportsFloat

from minitorch_np.checks import count
from minitorch_np.optim.lr_scheduler.ranges import at_least_zero, fraction, one_of, per_group
from minitorch_np.optim.lr_scheduler.scheduler import Scheduler
from minitorch_np.optim.optimizer import Optimizer

__all__ = ["ReduceLROnPlateau"]


class ReduceLROnPlateau(Scheduler):
    """Lower the rate when a metric has not become better for a while.

    A metric is better than the best one so far, with the threshold θ, if::

        mode "min":   metric < best (1 - θ)   or, "abs":   metric < best - θ
        mode "max":   metric > best (1 + θ)   or, "abs":   metric > best + θ

    At the first worse one after ``patience`` worse ones in a row::

        lr ← max(factor lr, min_lr)

    Parameters
    ----------
    optimizer : Optimizer
    mode : {"min", "max"}
        Whether a low metric is good, or a high one.
    factor : float in [0, 1), default 0.1
    patience : int, default 10
        At least 0.
    threshold : float, default 1e-4
        θ, at least 0.
    threshold_mode : {"rel", "abs"}
    cooldown : int, default 0
        For how many steps after a reduction a worse metric does not count.
    min_lr : float or list of float, default 0
        The lowest rate (of each group), at least 0.
    eps : float, default 1e-8
        A reduction by no more than this is left out.

    Attributes
    ----------
    best : float or None
        The best metric so far; None before there is one.
    num_bad_epochs : int
        How many worse metrics came in a row.
    cooldown_counter : int
        How many steps of the cooldown are left.

    Raises
    ------
    TypeError
        If a metric is not a number.
    ValueError
        If an option is out of its range.
    RuntimeError
        From :meth:`step`, if the optimizer was given groups since and ``min_lr`` is a list.

    Notes
    -----
    The metric NaN counts as worse, as in PyTorch. There ``best`` is infinite at first, which JSON
    cannot hold. Groups that the optimizer is given later are taken in, if ``min_lr`` is one number.

    It is no LRScheduler, because its step takes a metric; PyTorch's is one by inheritance. The
    deprecated ``step(metrics, epoch)`` is not taken.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn, optim
    >>> optimizer = optim.SGD([nn.Parameter(np.zeros(1))], lr=0.5)
    >>> scheduler = optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    >>> rates = []
    >>> for loss in (3.0, 2.0, 2.0, 2.0, 2.0, 2.0):
    ...     scheduler.step(loss)
    ...     rates += scheduler.get_last_lr()
    >>> rates
    [0.5, 0.5, 0.5, 0.25, 0.25, 0.125]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | list[float] = 0,
        eps: float = 1e-8,
    ) -> None:
        self.mode = mode
        self.factor = factor
        self.patience = patience
        self.threshold = threshold
        self.threshold_mode = threshold_mode
        self.cooldown = cooldown
        self.min_lr = min_lr
        self.eps = eps
        self.best: float | None = None
        self.num_bad_epochs = 0
        self.cooldown_counter = 0
        super().__init__(optimizer)
        self.check()

    @property
    def in_cooldown(self) -> bool:
        """Whether a worse metric does not count."""
        return self.cooldown_counter > 0

    def check(self) -> None:
        """Raise ValueError if an attribute is out of its range."""
        super().check()
        owner = self.owner
        self.mode = one_of(owner, "mode", self.mode, "min", "max")
        self.factor = fraction(owner, "factor", self.factor, "[0, 1)")
        self.patience = count(owner, "patience", self.patience)
        self.threshold = at_least_zero(owner, "threshold", self.threshold)
        self.threshold_mode = one_of(owner, "threshold_mode", self.threshold_mode, "rel", "abs")
        self.cooldown = count(owner, "cooldown", self.cooldown)
        if isinstance(self.min_lr, (list, tuple)):
            groups = len(self.optimizer.param_groups)
            self.min_lr = per_group(owner, "min_lr", self.min_lr, groups)
        else:
            self.min_lr = at_least_zero(owner, "min_lr", self.min_lr)
        self.eps = at_least_zero(owner, "eps", self.eps)
        if self.best is not None:
            self.best = _as_float(owner, "best", self.best)
        self.num_bad_epochs = count(owner, "num_bad_epochs", self.num_bad_epochs)
        self.cooldown_counter = count(owner, "cooldown_counter", self.cooldown_counter)

    def step(self, metrics: SupportsFloat) -> None:
        """Take note of a metric, and lower the rates if it is time.

        Parameters
        ----------
        metrics : float
            A validation loss, for example.
        """
        metric = _as_float(f"{self.owner}.step", "metrics", metrics)
        lowest = self._lowest()
        self.last_epoch += 1
        if self._is_better(metric):
            self.best = metric
            self.num_bad_epochs = 0
        else:
            self.num_bad_epochs += 1
        if self.in_cooldown:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._reduce(lowest)
            self.cooldown_counter = self.cooldown
            self.num_bad_epochs = 0
        self._last_lr = self._rates_now()

    def adopt(self) -> None:
        """Take in the groups that the optimizer was given since."""
        self._last_lr += self._rates_now()[len(self._last_lr) :]

    def _is_better(self, metric: float) -> bool:
        sign = 1 if self.mode == "max" else -1
        best = -sign * math.inf if self.best is None else self.best
        relative = self.threshold_mode == "rel"
        bar = best * (1 + sign * self.threshold) if relative else best + sign * self.threshold
        return metric > bar if self.mode == "max" else metric < bar

    def _lowest(self) -> list[float]:
        """Return the lowest rate of each group."""
        groups = len(self.optimizer.param_groups)
        if not isinstance(self.min_lr, list):
            return [self.min_lr] * groups
        if len(self.min_lr) != groups:
            raise RuntimeError(
                f"{self.owner}: expected one min_lr for each of {groups} groups, got "
                f"{len(self.min_lr)}; append one to scheduler.min_lr for each new group"
            )
        return self.min_lr

    def _reduce(self, lowest: list[float]) -> None:
        for group, least in zip(self.optimizer.param_groups, lowest, strict=True):
            lr = max(group["lr"] * self.factor, least)
            if group["lr"] - lr > self.eps:
                group["lr"] = lr


def _as_float(owner: str, name: str, value: Any) -> float:
    try:
        if isinstance(value, (str, bytes, bool)):
            raise TypeError
        return float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{owner}: expected {name} to be a number, got {value!r}") from None
