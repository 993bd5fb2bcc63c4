"""The base class of optimizers: everything but the formula."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from minitorch_np.arena import Arena, pack, stretches
from minitorch_np.optim import engine, groups
from minitorch_np.optim import state as states
from minitorch_np.optim.engine.formula import Rule
from minitorch_np.optim.segment import Segment

__all__ = ["Optimizer"]


class Optimizer:
    """Base class of optimizers.

    A subclass gives its formula, ``rule``, the names of its state arrays, ``slots``, and the
    numbers that the formula takes, ``scalars``. The base class does the rest: groups, state, step
    counts, packed memory, and running the formula over it in one pass, on either engine. Where the
    numbers depend on the loss, ``needs_loss = True`` makes ``step`` insist on it.

    Parameters
    ----------
    params : iterable of Parameter, or of dict
        The parameters; or groups, dicts with "params" and options that differ from the defaults.
        A parameter that comes twice (tied weights) is taken once.
    defaults : dict
        The options and their default values. An option "maximize" needs nothing more: where it is
        True, the formula is given -g for g.

    Attributes
    ----------
    param_groups : list of dict
        Options may be changed between steps: ``optimizer.param_groups[0]["lr"] = 0.01``.

    Notes
    -----
    A parameter that got no gradient since ``zero_grad()`` is skipped by ``step()``: no decay, no
    momentum, its own step count stands still.

    The first optimizer that sees loose parameters packs them into contiguous memory; others then
    share it. After ``net.double()`` or ``net.float()`` the parameters have other memory, and the
    next ``step()`` says so.

    State smaller than 1e-32 (float32) is rounded to 0, so that decaying moments never become
    denormal numbers, which are slow; PyTorch keeps them.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn, optim
    >>> class SignSGD(optim.Optimizer):
    ...     def __init__(self, params, lr=0.01):
    ...         super().__init__(params, {"lr": lr})
    ...     def scalars(self, state, group, loss):
    ...         return (group["lr"],)
    ...     @staticmethod
    ...     def rule(p, g, lr):
    ...         return p - lr * np.sign(g)
    >>> p = nn.Parameter(np.array([1.0, 2.0]))
    >>> optimizer = SignSGD([p], lr=0.5)
    >>> p.grad = [3.0, -4.0]
    >>> optimizer.step()
    >>> p.data
    array([0.5, 2.5])
    """

    slots: ClassVar[tuple[str, ...]] = ()
    memory: ClassVar[dict[str, float]] = {}  # scalars a parameter keeps beside its step count
    needs_loss: ClassVar[bool] = False  # step(loss) has to be given the loss
    rule: ClassVar[Rule]

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        self.defaults = defaults
        self.param_groups: list[dict[str, Any]] = []
        self._segments: list[Segment] = []
        owner = type(self).__name__
        checked = [self._checked(group) for group in groups.as_groups(owner, params)]
        groups.refuse_shared(owner, checked)
        pack(p for group in checked for p in group["params"])
        for group in checked:
            self._adopt(group)

    # ---- what a subclass gives -----------------------------------------------------------------

    def plan(self, group: dict[str, Any]) -> tuple[Rule, tuple[str, ...]]:
        """Return the formula for a group and the names of its state arrays."""
        rule: Rule | None = getattr(type(self), "rule", None)
        if rule is None:
            raise NotImplementedError(
                f"{type(self).__name__}: expected a static method rule, the formula; write one"
            )
        return rule, self.slots

    def scalars(
        self, state: dict[str, float], group: dict[str, Any], loss: float | None
    ) -> tuple[float, ...]:
        """Return the scalars that the formula takes, in its order, in double precision.

        Parameters
        ----------
        state : dict
            "step", which is 1 at the first step, and what ``memory`` names; may be changed.
        group : dict
            The options.
        loss : float or None
            What ``step`` was given.
        """
        raise NotImplementedError(f"{type(self).__name__}: expected a method scalars; write one")

    def check(self, group: dict[str, Any]) -> None:
        """Raise ValueError if an option is out of its range; yours to override."""

    # ---- what a user calls ---------------------------------------------------------------------

    def zero_grad(self) -> None:
        """Make every gradient stale: the next one overwrites it."""
        for group in self.param_groups:
            for p in group["params"]:
                p._has_grad = False  # which is all of p.zero_grad()

    def step(self, loss: float | None = None) -> None:
        """Change the parameters by their gradients.

        Parameters
        ----------
        loss : float, optional
            The loss of this step, for the rules that use it.

        Raises
        ------
        RuntimeError
            If a parameter has changed its memory since.
        TypeError
            If the rule needs the loss, and it is not given as a number.
        """
        name = type(self).__name__
        if self.needs_loss and not isinstance(loss, (float, int, np.floating)):
            raise TypeError(
                f"{name}.step: expected the loss of this step as a number, got "
                f"{type(loss).__name__}; call optimizer.step(loss)"
            )
        work = []
        for segment in self._segments:
            if segment.has_moved():
                raise RuntimeError(
                    f"{name}.step: expected the parameters where they were packed, "
                    "got some with memory of their own since (double(), float()); "
                    "make a new optimizer after a change of dtype"
                )
            rule, names = self.plan(segment.group)
            maximize = bool(segment.group.get("maximize"))
            if names != segment.names:
                segment.set_slots(names)
            for run in segment.runs():
                state = {**run.state, "step": run.state["step"] + 1}
                work.append((run, state, rule, self.scalars(state, segment.group, loss), maximize))
        now = Arena.tick()
        for run, state, rule, scalars, maximize in work:
            engine.apply(rule, run.data, run.grad, run.slots, scalars, maximize)
            run.state = state
            run.stepped[...] = now

    def add_param_group(self, group: dict[str, Any]) -> None:
        """Take in more parameters, with options of their own.

        Parameters
        ----------
        group : dict
            "params", and options that differ from the defaults.
        """
        checked = self._checked(group)
        groups.refuse_shared(type(self).__name__, [*self.param_groups, checked])
        pack(checked["params"])
        self._adopt(checked)

    def state_dict(self) -> dict[str, Any]:
        """Return copies of the state and of the options, in PyTorch's shape of things.

        Returns
        -------
        dict
            "state": for each parameter that has been stepped, by its number, its step count and
            arrays by name; "param_groups": the options, and the parameters' numbers.
        """
        return states.state_dict(self)

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over the state and the options of ``state_dict``; on any error nothing changes.

        Parameters
        ----------
        state_dict : mapping
            From this class's :meth:`state_dict`, or PyTorch's twin of it.

        Raises
        ------
        ValueError
            If groups, their sizes, or the shapes of the state do not fit.
        """
        states.load_state_dict(self, state_dict)

    def __repr__(self) -> str:
        lines = []
        for i, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {i}")
            lines += [f"    {key}: {group[key]}" for key in sorted(group) if key != "params"]
        body = "\n".join(lines)
        return f"{type(self).__name__} (\n{body}\n)"

    # ---- copies --------------------------------------------------------------------------------

    def __getstate__(self) -> dict[str, Any]:
        kept = {name: value for name, value in self.__dict__.items() if name != "_segments"}
        return {**kept, "state": self.state_dict()}

    def __setstate__(self, kept: dict[str, Any]) -> None:
        state = kept.pop("state")
        self.__dict__.update(kept, _segments=[], param_groups=[])
        pack(p for group in kept["param_groups"] for p in group["params"])
        for group in kept["param_groups"]:
            self._adopt(group)
        self.load_state_dict(state)

    # ---- inside --------------------------------------------------------------------------------

    def _checked(self, group: Any) -> dict[str, Any]:
        return groups.checked_group(type(self).__name__, group, self.defaults, self.check)

    def _adopt(self, group: dict[str, Any]) -> None:
        self.param_groups.append(group)
        names = self.plan(group)[1]
        for stretch in stretches(group["params"]):
            self._segments.append(Segment(stretch, group, names, dict(self.memory)))
