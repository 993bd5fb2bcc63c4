"""An optimizer's state and options as a dict, in PyTorch's shape of things, and back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from minitorch_np.optim.groups import kind
from minitorch_np.parameter import Parameter

if TYPE_CHECKING:
    from minitorch_np.optim.optimizer import Optimizer

__all__ = ["load_state_dict", "state_dict"]

FOREIGN = ("amsgrad", "decoupled_weight_decay", "maximize")  # of PyTorch; they change the formula


def state_dict(optimizer: Optimizer) -> dict[str, Any]:
    """Return copies of the state, by the parameters' numbers, and of the options."""
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    numbers = {id(p): i for i, p in enumerate(parameters)}
    state: dict[int, dict[str, Any]] = {}
    for segment in optimizer._segments:
        for i, p in enumerate(segment.parameters):
            scalars, arrays = segment.state_of(i)
            if scalars["step"]:
                copies = {name: array.copy() for name, array in arrays.items()}
                state[numbers[id(p)]] = {**scalars, **copies}
    groups = [
        {**group, "params": [numbers[id(p)] for p in group["params"]]}
        for group in optimizer.param_groups
    ]
    return {"state": dict(sorted(state.items())), "param_groups": groups}


def load_state_dict(optimizer: Optimizer, state_dict: Mapping[str, Any]) -> None:
    """Take over state and options; everything is checked before anything changes."""
    title = f"{type(optimizer).__name__}.load_state_dict"
    options = _checked_options(title, optimizer, state_dict)
    numbers = iter([i for group in state_dict["param_groups"] for i in group["params"]])
    entries = {
        id(p): _checked_entry(
            title,
            p,
            state_dict["state"].get(next(numbers)),
            optimizer.plan(option)[1],
            optimizer.memory,
        )
        for option in options
        for p in option["params"]
    }
    for mine, option in zip(optimizer.param_groups, options, strict=True):
        mine.update(option)
    for segment in optimizer._segments:
        loaded = [entries[id(p)] for p in segment.parameters]
        resting = {name: None for _, values in loaded for name in values}
        segment.set_slots(optimizer.plan(segment.group)[1], resting)
        for i, (scalars, values) in enumerate(loaded):
            current, arrays = segment.state_of(i)
            current.update(scalars)
            for name, array in arrays.items():
                np.copyto(array, values.get(name, 0), casting="unsafe")


def _checked_options(
    title: str, optimizer: Optimizer, state_dict: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the optimizer's groups with the saved options in them."""
    if not isinstance(state_dict, Mapping) or not {"state", "param_groups"} <= set(state_dict):
        raise ValueError(
            f"{title}: expected a dict with 'state' and 'param_groups', got "
            f"{kind(state_dict)}; pass what state_dict() of an optimizer returned"
        )
    groups = state_dict["param_groups"]
    sizes = [len(group["params"]) for group in groups]
    own = [len(group["params"]) for group in optimizer.param_groups]
    if sizes != own:
        raise ValueError(
            f"{title}: expected groups of {own} parameters, got {sizes}; "
            "load into an optimizer over the same network"
        )
    options = []
    for group, mine in zip(groups, optimizer.param_groups, strict=True):
        names = {*mine, "initial_lr"} & set(group) - {"params"}
        options.append({**mine, **{name: group[name] for name in names}})
        foreign = [name for name in FOREIGN if group.get(name) and name not in optimizer.defaults]
        if foreign:
            raise ValueError(
                f"{title}: expected options that this class has, got {foreign[0]}=True"
            )
        optimizer.check(options[-1])
    return options


def _checked_entry(
    title: str,
    p: Parameter,
    entry: Mapping[str, Any] | None,
    names: tuple[str, ...],
    memory: Mapping[str, float],
) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """Return the scalars and the arrays of one parameter's saved state."""
    given = {name: value for name, value in (entry or {}).items() if value is not None}
    # PyTorch's SGD keeps no step count: a parameter with state has been stepped.
    first = {"step": 1 if given else 0, **memory}
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
    fitting = {n: a for n, a in arrays.items() if a.shape == p.shape and a.dtype.kind in "fiub"}
    # State begins with the first step; PyTorch's Adagrad fills it in before.
    return scalars, fitting if scalars["step"] else {}
