"""What every scheduler is: an optimizer, the rates it set, and a state that can be saved."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from minitorch_np.checks import count
from minitorch_np.optim.lr_scheduler.ranges import per_group
from minitorch_np.optim.optimizer import Optimizer

__all__ = ["Scheduler", "checked_optimizer"]

AnyScheduler = TypeVar("AnyScheduler", bound="Scheduler")


class Scheduler:
    """Base class of all schedulers, whatever their ``step`` takes.

    A subclass sets its options as attributes, numbers, strings or lists of them, and gives
    :meth:`check`, which both making and loading call. All attributes are saved, but for those
    that ``unsaved`` names.

    Parameters
    ----------
    optimizer : Optimizer
    """

    unsaved: ClassVar[tuple[str, ...]] = ("optimizer",)

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer = checked_optimizer(self.owner, optimizer)
        self.last_epoch = 0
        self._last_lr = self._rates_now()

    @property
    def owner(self) -> str:
        """The name that errors begin with."""
        return type(self).__name__

    # ---- what a subclass gives -----------------------------------------------------------------

    def check(self) -> None:
        """Raise ValueError if an attribute is out of its range."""
        self.last_epoch = count(self.owner, "last_epoch", self.last_epoch)
        self._last_lr = self._checked_rates("_last_lr", self._last_lr)

    def adopt(self) -> None:
        """Take in the groups that the optimizer was given since, if this scheduler can."""

    def set_momentum(self) -> None:
        """Set the groups' momentum, if this scheduler moves it."""

    # ---- what a user calls ---------------------------------------------------------------------

    def get_last_lr(self) -> list[float]:
        """Return the learning rate of each group that this scheduler has set last."""
        return list(self._last_lr)

    def state_dict(self) -> dict[str, Any]:
        """Return what :meth:`load_state_dict` needs to go on from here.

        Returns
        -------
        dict
            Numbers, strings and lists: the class ("scheduler"), the options, where it is, and the
            rates that the groups have now ("lr").
        """
        self.adopt()
        kept = {name: _copied(value) for name, value in self._saved().items()}
        return {"scheduler": self.owner, **kept, "lr": self._rates_now()}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from a state; the optimizer's options are set at once; on any error nothing is.

        Parameters
        ----------
        state_dict : mapping
            From :meth:`state_dict` of the same class. Its options replace this scheduler's.

        Raises
        ------
        ValueError
            If it is another class's, an entry is missing or unknown, or one is out of its range.
        """
        loaded = self._loaded(state_dict)
        rates = self._checked_rates("lr", state_dict["lr"])
        self._take(loaded)
        for group, lr in zip(self.optimizer.param_groups, rates, strict=True):
            group["lr"] = lr
        self.set_momentum()

    # ---- inside --------------------------------------------------------------------------------

    def _saved(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in self.unsaved}

    def _loaded(self: AnyScheduler, state_dict: Mapping[str, Any]) -> AnyScheduler:
        """Return a copy of this scheduler that is in the given state, checked."""
        title = f"{self.owner}.load_state_dict"
        saved = state_dict.get("scheduler") if isinstance(state_dict, Mapping) else None
        if saved != self.owner:
            unnamed = f"a {type(state_dict).__name__} without the entry 'scheduler'"
            raise ValueError(
                f"{title}: expected the state of a {self.owner}, got "
                f"{f'that of a {saved}' if saved else unnamed}; "
                "pass what state_dict() of this class returned"
            )
        entries = self.state_dict().keys()
        wrong = [f"no {name}" for name in entries if name not in state_dict]
        wrong += [f"an unknown {name}" for name in state_dict if name not in entries]
        if wrong:
            raise ValueError(
                f"{title}: expected the entries {', '.join(entries)}, got {', '.join(wrong)}; "
                "pass what state_dict() of this class returned"
            )
        loaded = copy.copy(self)
        vars(loaded).update({name: _copied(state_dict[name]) for name in self._saved()})
        loaded.check()
        return loaded

    def _take(self: AnyScheduler, loaded: AnyScheduler) -> None:
        vars(self).update(loaded._saved())

    def _rates_now(self) -> list[float]:
        return [float(group["lr"]) for group in self.optimizer.param_groups]

    def _checked_rates(self, name: str, rates: Any) -> list[float]:
        return per_group(self.owner, name, rates, len(self.optimizer.param_groups))


def checked_optimizer(owner: str, optimizer: Any) -> Optimizer:
    """Return ``optimizer`` if it is one and has learning rates, or say what came."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{owner}: expected an Optimizer, got a {type(optimizer).__name__}")
    if not all("lr" in group for group in optimizer.param_groups):
        raise ValueError(
            f"{owner}: expected an optimizer with the option lr, got {type(optimizer).__name__}"
        )
    return optimizer


def _copied(value: Any) -> Any:
    return copy.deepcopy(value) if isinstance(value, (list, tuple, dict)) else value
