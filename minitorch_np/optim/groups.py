"""What an optimizer is given: parameters or groups of them, checked before anything is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from typing import Any

import numpy as np

from minitorch_np.parameter import Parameter

__all__ = ["as_groups", "checked_group", "kind", "refuse_shared"]

EXTRA_KEYS = {"params", "name", "initial_lr"}


def as_groups(owner: str, params: Any) -> list[Any]:
    """Return the groups of ``params``, unchecked; plain parameters are one group."""
    if isinstance(params, Parameter):
        raise TypeError(
            f"{owner}: expected an iterable of parameters or of groups, got a Parameter; "
            "pass a list of it"
        )
    items = _listed(owner, params)
    if not items:
        raise ValueError(
            f"{owner}: expected at least one parameter, got an empty list; "
            "pass model.parameters(), and a generator only once"
        )
    if isinstance(items[0], Mapping):
        return items
    return [{"params": items}]


def checked_group(
    owner: str, group: Any, defaults: dict[str, Any], check: Callable[[dict[str, Any]], None]
) -> dict[str, Any]:
    """Return a group with all options and each parameter once, after ``check`` has passed it."""
    if not isinstance(group, Mapping) or "params" not in group:
        raise TypeError(f"{owner}: expected a group to be a dict with 'params', got {kind(group)}")
    unknown = set(group) - EXTRA_KEYS - set(defaults)
    if unknown:
        raise ValueError(
            f"{owner}: expected options among {', '.join(defaults)}, "
            f"got {', '.join(sorted(map(str, unknown)))}"
        )
    params = group["params"]
    members = [params] if isinstance(params, Parameter) else _listed(owner, params)
    for p in members:
        if not isinstance(p, Parameter):
            raise TypeError(
                f"{owner}: expected parameters, got a {type(p).__name__}; pass model.parameters()"
            )
        if p.dtype not in (np.float32, np.float64):
            raise TypeError(f"{owner}: expected float32 or float64 parameters, got {p.dtype}")
    unique = list({id(p): p for p in members}.values())
    checked = {**defaults, **group, "params": unique}
    check(checked)
    return checked


def refuse_shared(owner: str, groups: list[dict[str, Any]]) -> None:
    """Raise ValueError if a parameter is in two groups."""
    seen: set[int] = set()
    for group in groups:
        own = {id(p) for p in group["params"]}
        if own & seen:
            raise ValueError(
                f"{owner}: expected each parameter in one group, got one in two; name it once"
            )
        seen |= own


def kind(value: Any) -> str:
    """Say what came, in a few words."""
    if isinstance(value, Mapping):
        return f"a {type(value).__name__} with {', '.join(map(str, list(value)[:5])) or 'no keys'}"
    return f"a {type(value).__name__}"


def _listed(owner: str, params: Any) -> list[Any]:
    # A set has another order in each run, and with it the numbers in state_dict().
    if isinstance(params, (np.ndarray, Set)) or not isinstance(params, Iterable):
        raise TypeError(
            f"{owner}: expected an ordered iterable of parameters or of groups, "
            f"got a {type(params).__name__}; pass model.parameters()"
        )
    return list(params)
