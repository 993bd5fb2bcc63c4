"""One schedule after another."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from minitorch_np.optim.lr_scheduler.base import LRScheduler
from minitorch_np.optim.lr_scheduler.ranges import counts
from minitorch_np.optim.lr_scheduler.reduce_on_plateau import ReduceLROnPlateau
from minitorch_np.optim.lr_scheduler.scheduler import checked_optimizer
from minitorch_np.optim.optimizer import Optimizer

__all__ = ["SequentialLR"]


class SequentialLR(LRScheduler):
    """Run one schedule after another; each begins at its own step 0, at its milestone.

    lr_t = lr of schedule i at step t - milestone i, the last milestone that is ≤ t

    Parameters
    ----------
    optimizer : Optimizer
    schedulers : list of LRScheduler
        Over this optimizer. From now on this scheduler steps them.
    milestones : list of int
        Increasing steps: when the second of them begins, and so on; one less than schedulers.

    Raises
    ------
    TypeError
        If something is given that is not a schedule.
    ValueError
        If a schedule is a ReduceLROnPlateau or over another optimizer, or milestones do not fit.
    RuntimeError
        From :meth:`step`, if the optimizer was given groups since.

    Notes
    -----
    As in PyTorch, the first schedule begins with the groups' "initial_lr", and the others with
    their ``base_lrs``. They are the same, unless a OneCycleLR is among them: it marks the groups
    with an initial rate of its own, for the first schedule and all that are made after it.

    A change by hand lasts until the next milestone at most, as in PyTorch.

    A SequentialLR may be one of the schedulers. In PyTorch the inner one runs one step ahead if it
    comes first, and fails if it comes later. PyTorch takes milestones in any order. Its last_epoch
    is not taken: go on with ``load_state_dict`` (see LRScheduler).

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn, optim
    >>> from minitorch_np.optim.lr_scheduler import ExponentialLR, LinearLR, SequentialLR
    >>> optimizer = optim.SGD([nn.Parameter(np.zeros(1))], lr=0.5)
    >>> warmup = LinearLR(optimizer, start_factor=0.5, total_iters=2)
    >>> decay = ExponentialLR(optimizer, gamma=0.5)
    >>> scheduler = SequentialLR(optimizer, [warmup, decay], milestones=[2])
    >>> rates = scheduler.get_last_lr()
    >>> for _ in range(4):
    ...     scheduler.step()
    ...     rates += scheduler.get_last_lr()
    >>> rates
    [0.25, 0.375, 0.5, 0.25, 0.125]
    """

    unsaved = ("optimizer", "schedulers")

    def __init__(
        self, optimizer: Optimizer, schedulers: Sequence[LRScheduler], milestones: Iterable[int]
    ) -> None:
        checked_optimizer(self.owner, optimizer)
        self.schedulers = self._checked_schedulers(optimizer, schedulers)
        self.milestones = counts(self.owner, "milestones", milestones)
        super().__init__(optimizer)

    def check(self) -> None:
        """Raise ValueError if an attribute is out of its range."""
        super().check()
        self.milestones = counts(self.owner, "milestones", self.milestones)
        if len(set(self.milestones)) != len(self.milestones):
            raise ValueError(
                f"{self.owner}: expected increasing milestones, got {self.milestones}; "
                "leave out the schedule that has no steps"
            )
        if len(self.milestones) != len(self.schedulers) - 1:
            raise ValueError(
                f"{self.owner}: expected one milestone less than schedulers, got "
                f"{len(self.milestones)} for {len(self.schedulers)}; "
                "the first schedule begins at step 0"
            )

    def rates(self, step: int) -> list[float]:
        """Return the learning rate of each group at ``step``, if nobody else changes it."""
        i = bisect_right(self.milestones, step)
        return self.schedulers[i].rates(step - self.milestones[i - 1] if i else step)

    def start(self) -> None:
        """Start the first schedule, from the rates that the groups had first."""
        for group, lr in zip(self.optimizer.param_groups, self.base_lrs, strict=True):
            group["lr"] = lr
        self._current(0).start()
        self._note(0)

    def restart(self) -> None:
        """Go back to step 0, and to the rates that follow from ``base_lrs``."""
        self._current(0).restart()
        self._note(0)

    def step(self) -> None:
        """Go on to the next step."""
        if len(self.base_lrs) != len(self.optimizer.param_groups):
            raise RuntimeError(
                f"{self.owner}: expected the {len(self.base_lrs)} groups it was made for, got "
                f"{len(self.optimizer.param_groups)}; add groups before making the schedulers"
            )
        step = self.last_epoch + 1
        if step in self.milestones:
            self._current(step).restart()
        else:
            self._current(step).step()
        self._note(step)

    def set_momentum(self) -> None:
        """Set the groups' momentum, if the schedule that runs moves it."""
        self._current(self.last_epoch).set_momentum()

    def state_dict(self) -> dict[str, Any]:
        """Return what :meth:`load_state_dict` needs to go on from here: also the schedulers'."""
        return {**super().state_dict(), "schedulers": [s.state_dict() for s in self.schedulers]}

    # ---- inside --------------------------------------------------------------------------------

    def _current(self, step: int) -> LRScheduler:
        return self.schedulers[bisect_right(self.milestones, step)]

    def _note(self, step: int) -> None:
        self.last_epoch = step
        self._last_lr = self._current(step).get_last_lr()

    def _checked_schedulers(self, optimizer: Optimizer, schedulers: Any) -> list[LRScheduler]:
        if not isinstance(schedulers, (list, tuple)) or not schedulers:
            raise ValueError(
                f"{self.owner}: expected schedulers to be a list of at least one, "
                f"got {schedulers!r}"
            )
        for i, scheduler in enumerate(schedulers):
            if isinstance(scheduler, ReduceLROnPlateau):
                raise ValueError(
                    f"{self.owner}: expected schedules of the step alone, got a "
                    f"ReduceLROnPlateau as schedulers[{i}]; call its step(metrics) yourself"
                )
            if not isinstance(scheduler, LRScheduler):
                raise TypeError(
                    f"{self.owner}: expected schedulers[{i}] to be an LRScheduler, "
                    f"got a {type(scheduler).__name__}"
                )
            if scheduler.optimizer is not optimizer:
                raise ValueError(
                    f"{self.owner}: expected schedulers over its own optimizer, got "
                    f"schedulers[{i}], a {scheduler.owner}, over another; make it over the same"
                )
        return list(schedulers)

    def _loaded(self, state_dict: Mapping[str, Any]) -> SequentialLR:
        loaded = super()._loaded(state_dict)
        saved = state_dict["schedulers"]
        if not isinstance(saved, list) or len(saved) != len(self.schedulers):
            raise ValueError(
                f"{self.owner}.load_state_dict: expected the states of {len(self.schedulers)} "
                f"schedulers, got {len(saved) if isinstance(saved, list) else saved!r}"
            )
        loaded.schedulers = [
            own._loaded(state) for own, state in zip(self.schedulers, saved, strict=True)
        ]
        return loaded

    def _take(self, loaded: SequentialLR) -> None:
        super()._take(loaded)
        for own, other in zip(self.schedulers, loaded.schedulers, strict=True):
            own._take(other)
