"""Where random generators stand: all of them that a network or its data holds."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator, Mapping
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from minitorch_np.random import get_rng, set_rng_state

__all__ = ["load_random_state", "random_state"]

LEAVES = (
    *(np.ndarray, np.generic, str, bytes, int, float, type, type(None)),
    *(ModuleType, BuiltinFunctionType),
)


def random_state(**holders: Any) -> dict[str, Any]:
    """Return the states of the package's generator and of those that objects hold.

    Parameters
    ----------
    **holders
        Networks, data loaders, transforms. Their attributes are searched, lists, dicts and closures
        among them, and all that those hold.

    Returns
    -------
    dict
        The state of each ``numpy.random.Generator``, by the path to it. One that several hold
        (``rng=`` given to two layers) comes once, under the first path.

    Examples
    --------
    >>> from minitorch_np import nn
    >>> from minitorch_np.serialization import load_random_state, random_state
    >>> net = nn.Sequential(nn.Dropout(0.5, rng=0), nn.Dropout(0.5))
    >>> saved = random_state(net=net)
    >>> list(saved)
    ['package', 'net._modules[0].rng']
    >>> load_random_state(saved, net=net)
    """
    return {path: rng.bit_generator.state for path, rng in _found(holders).items()}


def load_random_state(saved: Mapping[str, Any], **holders: Any) -> None:
    """Set the generators that :func:`random_state` found; on any error none is changed.

    Raises
    ------
    ValueError
        If the same objects do not hold generators of the same kinds now.
    """
    found = _found(holders)
    if not isinstance(saved, Mapping) or set(saved) != set(found):
        names = ", ".join(map(str, saved)) if isinstance(saved, Mapping) else repr(saved)
        raise ValueError(
            f"load_random_state: expected the generators {', '.join(found)}, got {names}; "
            "give rng= where it was given before"
        )
    before = {path: rng.bit_generator.state for path, rng in found.items()}
    try:
        for path, rng in found.items():
            set_rng_state(rng, saved[path])
    except ValueError as error:
        for name, rng in found.items():
            set_rng_state(rng, before[name])
        raise ValueError(f"load_random_state: {path}: {error}") from None


def _found(holders: Mapping[str, Any]) -> dict[str, np.random.Generator]:
    found = {"package": get_rng()}
    seen: dict[int, Any] = {id(get_rng()): get_rng()}  # kept alive, so that an id is one object's
    waiting = list(holders.items())[::-1]
    while waiting:  # depth first, in the order of attributes; not by recursion, for long lists
        path, value = waiting.pop()
        if id(value) in seen:
            continue
        seen[id(value)] = value
        if isinstance(value, np.random.Generator):
            found[path] = value
        else:
            waiting += [(path + end, item) for end, item in _parts(value)][::-1]
    return found


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield what an object holds that may hold generators, and how the path to it goes on."""
    for name, item in getattr(value, "__dict__", {}).items():
        if not isinstance(item, LEAVES):
            yield f".{name}", item
    if isinstance(value, dict):
        yield from ((f"[{k}]", item) for k, item in value.items() if not isinstance(item, LEAVES))
    elif isinstance(value, (list, tuple)):
        yield from (
            (f"[{i}]", item) for i, item in enumerate(value) if not isinstance(item, LEAVES)
        )
    elif isinstance(value, functools.partial):
        yield from ((".func", value.func), (".args", value.args), (".keywords", value.keywords))
    elif isinstance(value, MethodType):
        yield ".__self__", value.__self__
    elif isinstance(value, FunctionType):
        enclosed = inspect.getclosurevars(value).nonlocals
        yield from ((f".{name}", item) for name, item in enclosed.items())
