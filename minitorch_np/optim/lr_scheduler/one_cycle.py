"""The one-cycle schedule."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

from minitorch_np.checks import positive_int
from minitorch_np.optim.lr_scheduler.base import LRScheduler
from minitorch_np.optim.lr_scheduler.ranges import (
    flag,
    fraction,
    one_of,
    per_group,
    positive,
    spread,
)
from minitorch_np.optim.lr_scheduler.scheduler import checked_optimizer
from minitorch_np.optim.optimizer import Optimizer

__all__ = ["OneCycleLR"]


class OneCycleLR(LRScheduler):
    """Warm up to a high rate, then anneal to almost nothing; momentum the other way round.

    With T steps, of which the fraction r rises, s = step::

        s ≤ r T - 1:   lr from max_lr / div_factor up to max_lr
        then:          lr from max_lr down to max_lr / div_factor / final_div_factor

    each along half a cosine (or a line). With ``three_phase`` it goes down as it went up, and then
    on to the end::

        s ≤ 2 (r T - 1):   lr from max_lr down to max_lr / div_factor
        then:              lr from there down to max_lr / div_factor / final_div_factor

    Call ``step()`` after every batch.

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
    base_momentum, max_momentum : float in [0, 1), or list of float, default 0.85 and 0.95
        (Of each group.)
    div_factor, final_div_factor : float, default 25 and 1e4
        Above 0.
    three_phase : bool, default False

    Raises
    ------
    ValueError
        If T is unknown, exceeded, or an option is out of range.

    Notes
    -----
    As in PyTorch, rate and momentum are set, whatever they were: a change by hand lasts for a step;
    and the groups' "initial_lr" becomes max_lr / div_factor.

    PyTorch keeps the highest and the lowest rates in the groups, so that two of these schedules
    over one optimizer (in a SequentialLR) both follow the second one; and it fails where a phase
    has no steps (r T = 1, say), which is passed over here. After T calls of ``step()``, one more
    than T steps need, its rate along a line is negative; here it stays at the end. Its last_epoch
    is not taken: go on with ``load_state_dict`` (see LRScheduler).

    References
    ----------
    Smith and Topin, "Super-convergence", arXiv 1708.07120; PyTorch's form.

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
        max_lr: float | Sequence[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | Sequence[float] = 0.85,
        max_momentum: float | Sequence[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
    ) -> None:
        groups = len(checked_optimizer(self.owner, optimizer).param_groups)
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise ValueError(
                    f"{self.owner}: expected total_steps, or both epochs and steps_per_epoch, "
                    "got none"
                )
            epochs = positive_int(self.owner, "epochs", epochs)
            total_steps = epochs * positive_int(self.owner, "steps_per_epoch", steps_per_epoch)
        self.total_steps = total_steps
        self.max_lrs: list[float] = spread(max_lr, groups)
        self.pct_start = pct_start
        self.anneal_strategy = anneal_strategy
        self.cycle_momentum = cycle_momentum
        self.base_momenta: list[float] = spread(base_momentum, groups)
        self.max_momenta: list[float] = spread(max_momentum, groups)
        self.div_factor = div_factor
        self.final_div_factor = final_div_factor
        self.three_phase = three_phase
        super().__init__(optimizer)

    def check(self) -> None:
        """Raise ValueError if an attribute is out of its range."""
        super().check()
        owner, groups = self.owner, self.optimizer.param_groups
        self.total_steps = positive_int(owner, "total_steps", self.total_steps)
        self.max_lrs = per_group(owner, "max_lr", self.max_lrs, len(groups))
        self.pct_start = fraction(owner, "pct_start", self.pct_start)
        self.anneal_strategy = one_of(
            owner, "anneal_strategy", self.anneal_strategy, "cos", "linear"
        )
        self.cycle_momentum = flag(owner, "cycle_momentum", self.cycle_momentum)
        below_one, n = partial(fraction, interval="[0, 1)"), len(groups)
        self.base_momenta = per_group(owner, "base_momentum", self.base_momenta, n, below_one)
        self.max_momenta = per_group(owner, "max_momentum", self.max_momenta, n, below_one)
        self.div_factor = positive(owner, "div_factor", self.div_factor)
        self.final_div_factor = positive(owner, "final_div_factor", self.final_div_factor)
        self.three_phase = flag(owner, "three_phase", self.three_phase)
        if self.cycle_momentum and not all("momentum" in g or "betas" in g for g in groups):
            raise ValueError(
                f"{owner}: expected an optimizer with momentum or betas, got "
                f"{type(self.optimizer).__name__}; pass cycle_momentum=False"
            )
        self._within(self.last_epoch)

    def start(self) -> None:
        """Set what holds at step 0, and note the rates there as the groups' first."""
        self.base_lrs = [lr / self.div_factor for lr in self.max_lrs]
        for group, lr in zip(self.optimizer.param_groups, self.base_lrs, strict=True):
            group["initial_lr"] = lr
        super().start()

    def rates(self, step: int) -> list[float]:
        """Return the learning rate of each group at ``step``."""
        self._within(step)
        rates = []
        for highest in self.max_lrs:
            first = highest / self.div_factor
            down = (first,) if self.three_phase else ()
            rates.append(self._along(step, (first, highest, *down, first / self.final_div_factor)))
        return rates

    def set_momentum(self) -> None:
        """Set the groups' momentum or β1 for the step it is."""
        if not self.cycle_momentum:
            return
        for group, low, high in zip(
            self.optimizer.param_groups, self.base_momenta, self.max_momenta, strict=True
        ):
            up = (high, high) if self.three_phase else (high,)
            momentum = self._along(self.last_epoch, (high, low, *up))
            if "betas" in group:
                group["betas"] = (momentum, *group["betas"][1:])
            else:
                group["momentum"] = momentum

    # ---- inside --------------------------------------------------------------------------------

    def _within(self, step: int) -> None:
        if step > self.total_steps:
            raise ValueError(
                f"{self.owner}: expected at most {self.total_steps} calls of step(), "
                f"got {step}; make total_steps larger"
            )

    def _along(self, step: int, values: tuple[float, ...]) -> float:
        """Return where ``step`` is on the way from one value to the next."""
        rise, last = self.pct_start * self.total_steps - 1, self.total_steps - 1
        ends = (rise, 2 * rise, last) if self.three_phase else (rise, last)
        i = next((i for i, end in enumerate(ends) if step <= end), len(ends) - 1)
        start = ends[i - 1] if i else 0
        part = (step - start) / (ends[i] - start) if ends[i] != start else 1.0
        return self._between(values[i], values[i + 1], part)

    def _between(self, start: float, end: float, part: float) -> float:
        if self.anneal_strategy == "linear":
            return start + (end - start) * min(part, 1.0)
        return end + (start - end) * (1 + math.cos(math.pi * part)) / 2
