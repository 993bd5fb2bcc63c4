"""Where random generators stand: all of them that a network or its data holds."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from minitorch_np.random import get_rng, set_rng_state

__all__ = ["generators", "load_random_state", "random_state"]

OWN = __name__.partition(".")[0]
LEAVES = (
    *(np.ndarray, np.generic, str, bytes, int, float, type, type(None)),
    *(ModuleType, BuiltinFunctionType),
)


def random_state(**holders: Any) -> dict[str, Any]:
    """Return the states of the package's generator and of those that objects hold.

    Parameters
    ----------
    **holders
        Networks, data loaders, transforms. Their attributes are searched, lists, dicts and
        functions among them, and all that those hold; of functions and methods what they enclose,
        their defaults, and the global variables that they name, where these are generators or of
        the function's own package or this one.

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
    return {path: rng.bit_generator.state for path, rng in generators(**holders).items()}


def load_random_state(saved: Mapping[str, Any], **holders: Any) -> None:
    """Set the generators that :func:`random_state` found; on any error none is changed.

    Raises
    ------
    ValueError
        If the same objects do not hold generators of the same kinds now.
    """
    found = generators(**holders)
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


def generators(**holders: Any) -> dict[str, np.random.Generator]:
    """Return the package's generator and those that objects hold, by the paths to them.

    Examples
    --------
    >>> from minitorch_np import nn
    >>> from minitorch_np.serialization.generators import generators
    >>> list(generators(layer=nn.Dropout(0.5, rng=0)))
    ['package', 'layer.rng']
    """
    found = {"package": get_rng()}
    seen: dict[int, Any] = {id(get_rng()): get_rng()}  # kept alive, so that an id is one object's
    waiting = list(holders.items())[::-1]
    while waiting:  # depth first, in the order of attributes; not by recursion, for long lists
        path, value = waiting.pop()
        if id(value) in seen:
            continue
        seen[id(value)] = value
        if isinstance(value, np.random.Generator):
            while path in found:  # the keys 1 and "1", say
                path += "'"
            found[path] = value
        else:
            waiting += [(path + end, item) for end, item in _parts(value)][::-1]
    return found


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield what an object holds that may hold generators, and how the path to it goes on."""
    if isinstance(value, type):
        if _package(value.__module__) != OWN:
            yield from ((f".{k}", v) for k, v in vars(value).items() if _is_function(v))
            yield from (("", base) for base in value.__bases__)
        return
    compiled_from = getattr(value, "py_func", None)
    if _is_function(compiled_from):  # by numba; what else it holds is the compiler
        yield "", compiled_from
        return
    held = getattr(value, "__dict__", None)
    slots = {name: getattr(value, name, None) for name in _slots(type(value))}
    for name, item in {**(held if isinstance(held, dict) else {}), **slots}.items():
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
        yield from ((".__self__", value.__self__), (".__func__", value.__func__))
    elif isinstance(value, FunctionType):
        yield from ((f".{k}", v) for k, v in _named(value) if not isinstance(v, LEAVES))
    else:
        yield "", type(value)


def _slots(kind: type) -> Iterator[str]:
    for each in kind.__mro__:
        slots = vars(each).get("__slots__", ())
        yield from (slots,) if isinstance(slots, str) else slots


def _is_function(value: Any) -> bool:
    return isinstance(value, FunctionType)


def _named(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """Yield what a function encloses, its defaults, and the global variables that it names."""
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:  # nothing has been assigned yet
            continue
    yield from enumerate(function.__defaults__ or ())
    yield from (function.__kwdefaults__ or {}).items()
    package = _package(function.__module__)
    for name in _names(function.__code__) if package != OWN else ():
        item = function.__globals__.get(name)
        kind = item if _is_function(item) else type(item)
        # Of other packages no more: what their functions name would be half of every library.
        if isinstance(item, np.random.Generator) or _package(kind.__module__) in (package, OWN):
            yield name, item


def _package(module: str | None) -> str:
    return (module or "").partition(".")[0]


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
