"""The one-cycle schedule."""

from __future__ import annotations

import math
from typing import Any

from minitorch_np.checks import positive_int
from minitorch_np.optim.lr_scheduler.base import LRScheduler
from minitorch_np.optim.optimizer import Optimizer

__all__ = ["OneCycleLR"]


class OneCycleLR(LRScheduler):
    """Warm up to a high rate, then anneal to almost nothing; momentum the other way round.

    With T steps, of which the fraction r rises, s = step::

        s ≤ r T - 1:   lr from max_lr / div_factor up to max_lr
        then:          lr from max_lr down to max_lr / div_factor / final_div_factor

    each along half a cosine (or a line). Call ``step()`` after every batch.

    Parameters
    ----------
    optimizer : Optimizer
    max_lr : float or list of float
        The highest rate (of each group).
    total_steps : int, optional
        T; or give ``epochs`` and ``steps_per_epoch``.
    epochs, steps_per_epoch : int, optional
    pct_start : float in [0, 1], default 0.3
        r.
    anneal_strategy : {"cos", "linear"}
    cycle_momentum : bool, default True
        Take momentum (or β1) from ``max_momentum`` down to ``base_momentum`` and back.
    base_momentum, max_momentum : float, default 0.85 and 0.95
    div_factor, final_div_factor : float, default 25 and 1e4

    Raises
    ------
    ValueError
        If T is unknown, exceeded, or an option is out of range.

    Notes
    -----
    PyTorch's three_phase and last_epoch are not taken: go on with ``load_state_dict``.

    References
    ----------
    Smith and Topin, "Super-convergence", arXiv 1708.07120; PyTorch's two-phase form.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn, optim
    >>> optimizer = optim.Adam([nn.Parameter(np.zeros(1))])
    >>> scheduler = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.01, total_steps=10)
    >>> rates = scheduler.get_last_lr()
    >>> for _ in range(9):
    ...     scheduler.step()
    ...     rates += scheduler.get_last_lr()
    >>> [f"{rate:.0e}" for rate in rates[::3]]
    ['4e-04', '1e-02', '4e-03', '4e-08']
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | list[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float = 0.85,
        max_momentum: float = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
    ) -> None:
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise ValueError(
                    "OneCycleLR: expected total_steps, or both epochs and steps_per_epoch, got none"
                )
            total_steps = epochs * steps_per_epoch
        if not 0 <= pct_start <= 1:
            raise ValueError(f"OneCycleLR: expected pct_start in [0, 1], got {pct_start!r}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                f"OneCycleLR: expected anneal_strategy 'cos' or 'linear', got {anneal_strategy!r}"
            )
        self.total_steps = positive_int("OneCycleLR", "total_steps", total_steps)
        groups = optimizer.param_groups
        self.max_lrs = list(max_lr) if isinstance(max_lr, (list, tuple)) else [max_lr] * len(groups)
        if len(self.max_lrs) != len(groups):
            raise ValueError(
                f"OneCycleLR: expected one max_lr for each of {len(groups)} groups, "
                f"got {len(self.max_lrs)}"
            )
        self.pct_start = pct_start
        self.anneal_strategy = anneal_strategy
        self.cycle_momentum = cycle_momentum
        self.momenta = (max_momentum, base_momentum, max_momentum)
        self.div_factor = div_factor
        self.final_div_factor = final_div_factor
        if cycle_momentum and not all("momentum" in g or "betas" in g for g in groups):
            raise ValueError(
                "OneCycleLR: expected an optimizer with momentum or betas, got "
                f"{type(optimizer).__name__}; pass cycle_momentum=False"
            )
        super().__init__(optimizer)

    def rates(self, step: int) -> list[float]:
        """Return the learning rate of each group at ``step``."""
        start, end = 1 / self.div_factor, 1 / self.div_factor / self.final_div_factor
        return [self._along(step, (start * lr, lr, end * lr)) for lr in self.max_lrs]

    def apply(self) -> None:
        """Set learning rates, and momentum or β1."""
        if self.last_epoch > self.total_steps:
            raise ValueError(
                f"OneCycleLR: expected at most {self.total_steps} calls of step(), "
                f"got {self.last_epoch}; make total_steps larger"
            )
        super().apply()
        if not self.cycle_momentum:
            return
        momentum = self._along(self.last_epoch, self.momenta)
        for group in self.optimizer.param_groups:
            if "betas" in group:
                group["betas"] = (momentum, *group["betas"][1:])
            else:
                group["momentum"] = momentum

    def _along(self, step: int, values: tuple[Any, Any, Any]) -> float:
        """Where ``step`` is on the way from the first value over the second to the third."""
        top, last = self.pct_start * self.total_steps - 1, self.total_steps - 1
        if step <= top or self.total_steps == 1:
            return self._between(values[0], values[1], step / top if top else 1.0)
        return self._between(values[1], values[2], (step - top) / (last - top))

    def _between(self, start: float, end: float, part: float) -> float:
        if self.anneal_strategy == "linear":
            return start + (end - start) * part
        return end + (start - end) * (1 + math.cos(math.pi * part)) / 2
