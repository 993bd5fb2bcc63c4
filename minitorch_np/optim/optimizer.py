"""The base class of optimizers: everything but the formula."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Set
from typing import Any, ClassVar

import numpy as np

from minitorch_np.arena import Arena, pack, stretches
from minitorch_np.optim import engine
from minitorch_np.optim.engine.formula import Rule
from minitorch_np.optim.segment import Segment
from minitorch_np.parameter import Parameter

__all__ = ["Optimizer"]

EXTRA_KEYS = {"params", "name", "initial_lr"}
FOREIGN = ("amsgrad", "decoupled_weight_decay", "maximize")  # of PyTorch; they change the formula


class Optimizer:
    """Base class of optimizers.

    A subclass gives its formula, ``rule``, the names of its state arrays, ``slots``, and the
    numbers that the formula takes, ``scalars``. The base class does the rest: groups, state, step
    counts, packed memory, and running the formula over it in one pass, on either engine.

    Parameters
    ----------
    params : iterable of Parameter, or of dict
        The parameters; or groups, dicts with "params" and options that differ from the defaults.
        A parameter that comes twice (tied weights) is taken once.
    defaults : dict
        The options and their default values.

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
    rule: ClassVar[Rule]

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        self.defaults = defaults
        self.param_groups: list[dict[str, Any]] = []
        self._segments: list[Segment] = []
        groups = self._as_groups(params)
        checked = [self._checked_group(group) for group in groups]
        self._refuse_shared(checked)
        pack(p for group in checked for p in group["params"])
        for group in checked:
            self._adopt(group)

    # ---- what a subclass gives -----------------------------------------------------------------

    def plan(self, group: dict[str, Any]) -> tuple[Rule, tuple[str, ...]]:
        """Return the formula for a group and the names of its state arrays."""
        return type(self).rule, self.slots

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
                p.zero_grad()

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
        """
        work = []
        for segment in self._segments:
            if segment.has_moved():
                raise RuntimeError(
                    f"{type(self).__name__}.step: expected the parameters where they were packed, "
                    "got some with memory of their own since (double(), float()); "
                    "make a new optimizer after a change of dtype"
                )
            rule, names = self.plan(segment.group)
            if names != segment.names:
                segment.set_slots(names)
            for run in segment.runs():
                state = {**run.state, "step": run.state["step"] + 1}
                work.append((run, state, rule, self.scalars(state, segment.group, loss)))
        now = Arena.tick()
        for run, state, rule, scalars in work:
            engine.apply(rule, run.data, run.grad, run.slots, scalars)
            run.state = state
            run.stepped[...] = now

    def add_param_group(self, group: dict[str, Any]) -> None:
        """Take in more parameters, with options of their own.

        Parameters
        ----------
        group : dict
            "params", and options that differ from the defaults.
        """
        checked = self._checked_group(group)
        self._refuse_shared([*self.param_groups, checked])
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
        numbers = {id(p): i for i, p in enumerate(self._all_parameters())}
        state: dict[int, dict[str, Any]] = {}
        for segment in self._segments:
            for i, p in enumerate(segment.parameters):
                scalars, arrays = segment.state_of(i)
                if scalars["step"]:
                    copies = {name: array.copy() for name, array in arrays.items()}
                    state[numbers[id(p)]] = {**scalars, **copies}
        groups = [
            {**group, "params": [numbers[id(p)] for p in group["params"]]}
            for group in self.param_groups
        ]
        return {"state": dict(sorted(state.items())), "param_groups": groups}

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
        title = f"{type(self).__name__}.load_state_dict"
        if not isinstance(state_dict, Mapping) or not {"state", "param_groups"} <= set(state_dict):
            raise ValueError(
                f"{title}: expected a dict with 'state' and 'param_groups', got "
                f"{_kind(state_dict)}; pass what state_dict() of an optimizer returned"
            )
        groups = state_dict["param_groups"]
        sizes = [len(group["params"]) for group in groups]
        own = [len(group["params"]) for group in self.param_groups]
        if sizes != own:
            raise ValueError(
                f"{title}: expected groups of {own} parameters, got {sizes}; "
                "load into an optimizer over the same network"
            )
        options = []
        for group, mine in zip(groups, self.param_groups, strict=True):
            names = {*mine, "initial_lr"} & set(group) - {"params"}
            options.append({**mine, **{name: group[name] for name in names}})
            foreign = [name for name in FOREIGN if group.get(name) and name not in self.defaults]
            if foreign:
                raise ValueError(
                    f"{title}: expected options that this class has, got {foreign[0]}=True"
                )
            self.check(options[-1])
        order = [number for group in groups for number in group["params"]]
        numbers = iter(order)
        entries = {
            id(p): self._checked_entry(
                title, p, state_dict["state"].get(next(numbers)), self.plan(option)[1]
            )
            for option in options
            for p in option["params"]
        }
        for mine, option in zip(self.param_groups, options, strict=True):
            mine.update(option)
        for segment in self._segments:
            loaded = [entries[id(p)] for p in segment.parameters]
            resting = {name: None for _, values in loaded for name in values}
            segment.set_slots(self.plan(segment.group)[1], resting)
            for i, (scalars, values) in enumerate(loaded):
                current, arrays = segment.state_of(i)
                current.update(scalars)
                for name, array in arrays.items():
                    np.copyto(array, values.get(name, 0), casting="unsafe")

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
        groups = kept["param_groups"]
        pack(p for group in groups for p in group["params"])
        for group in groups:
            self._adopt(group)
        self.load_state_dict(state)

    # ---- inside --------------------------------------------------------------------------------

    def _all_parameters(self) -> list[Parameter]:
        return [p for group in self.param_groups for p in group["params"]]

    def _adopt(self, group: dict[str, Any]) -> None:
        self.param_groups.append(group)
        names = self.plan(group)[1]
        for stretch in stretches(group["params"]):
            self._segments.append(Segment(stretch, group, names, dict(self.memory)))

    def _as_groups(self, params: Any) -> list[dict[str, Any]]:
        name = type(self).__name__
        if isinstance(params, Parameter):
            raise TypeError(
                f"{name}: expected an iterable of parameters or of groups, got a Parameter; "
                "pass a list of it"
            )
        items = self._listed(params)
        if not items:
            raise ValueError(
                f"{name}: expected at least one parameter, got an empty list; "
                "pass model.parameters(), and a generator only once"
            )
        if isinstance(items[0], Mapping):
            return items
        return [{"params": items}]

    def _checked_group(self, group: Any) -> dict[str, Any]:
        name = type(self).__name__
        if not isinstance(group, Mapping) or "params" not in group:
            raise TypeError(
                f"{name}: expected a group to be a dict with 'params', got {_kind(group)}"
            )
        unknown = set(group) - EXTRA_KEYS - set(self.defaults)
        if unknown:
            raise ValueError(
                f"{name}: expected options among {', '.join(self.defaults)}, "
                f"got {', '.join(sorted(map(str, unknown)))}"
            )
        params = group["params"]
        members = [params] if isinstance(params, Parameter) else self._listed(params)
        for p in members:
            if not isinstance(p, Parameter):
                raise TypeError(
                    f"{name}: expected parameters, got a {type(p).__name__}; "
                    "pass model.parameters()"
                )
            if p.dtype not in (np.float32, np.float64):
                raise TypeError(f"{name}: expected float32 or float64 parameters, got {p.dtype}")
        unique = list({id(p): p for p in members}.values())
        checked = {**self.defaults, **group, "params": unique}
        self.check(checked)
        return checked

    def _listed(self, params: Any) -> list[Any]:
        # A set has another order in each run, and with it the numbers in state_dict().
        if isinstance(params, (np.ndarray, Set)) or not isinstance(params, Iterable):
            raise TypeError(
                f"{type(self).__name__}: expected an ordered iterable of parameters or of groups, "
                f"got a {type(params).__name__}; pass model.parameters()"
            )
        return list(params)

    def _refuse_shared(self, groups: list[dict[str, Any]]) -> None:
        seen: set[int] = set()
        for group in groups:
            own = {id(p) for p in group["params"]}
            if own & seen:
                raise ValueError(
                    f"{type(self).__name__}: expected each parameter in one group, got one in two; "
                    "name it once"
                )
            seen |= own

    def _checked_entry(
        self, title: str, p: Parameter, entry: Mapping[str, Any] | None, names: tuple[str, ...]
    ) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """Return the scalars and the arrays of one parameter's saved state."""
        given = {name: value for name, value in (entry or {}).items() if value is not None}
        # PyTorch's SGD keeps no step count: a parameter with state has been stepped.
        first = {"step": 1 if given else 0, **self.memory}
        scalars = {name: float(given.pop(name, value)) for name, value in first.items()}
        if not all(0 <= value < math.inf for value in scalars.values()):
            raise ValueError(f"{title}: expected numbers of at least 0, got {scalars}")
        scalars["step"] = int(scalars["step"])
        arrays = {name: np.asarray(value) for name, value in given.items()}
        for name in names if scalars["step"] else ():
            value = arrays.get(name)
            if value is None or value.shape != p.shape or value.dtype.kind not in "fiub":
                got = "none" if value is None else f"{value.dtype} of shape {value.shape}"
                raise ValueError(
                    f"{title}: expected {name!r} of shape {p.shape}, got {got}; "
                    "load into an optimizer of the same kind over the same network"
                )
        kept = {n: a for n, a in arrays.items() if a.shape == p.shape and a.dtype.kind in "fiub"}
        return scalars, kept


def _kind(value: Any) -> str:
    """What came, in a few words."""
    if isinstance(value, Mapping):
        return f"a {type(value).__name__} with {', '.join(map(str, list(value)[:5])) or 'no keys'}"
    return f"a {type(value).__name__}"
