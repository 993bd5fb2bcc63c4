"""A module's state as a dict of arrays, under PyTorch's keys and layouts, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from minitorch_np.dlpack import as_array
from minitorch_np.parameter import Parameter
from minitorch_np.tree import Tree

__all__ = ["IncompatibleKeys", "load_state_dict", "state_dict"]


class IncompatibleKeys(NamedTuple):
    """What ``load_state_dict(strict=False)`` could not match.

    Attributes
    ----------
    missing_keys : list of str
        What the module has and the state has not.
    unexpected_keys : list of str
        What the state has and the module has not.
    """

    missing_keys: list[str]
    unexpected_keys: list[str]


def state_dict(module: Tree, prefix: str = "") -> dict[str, np.ndarray]:
    """Return copies of all parameters and persistent buffers, by dotted name.

    Parameters
    ----------
    module : Module
    prefix : str, optional
        Stands before every name.
    """
    return {name: value.copy() for name, value in _entries(module, prefix)}


def load_state_dict(
    module: Tree, state: Mapping[str, Any], strict: bool = True
) -> IncompatibleKeys:
    """Copy ``state`` into the module; on any error nothing has changed.

    See :meth:`minitorch_np.nn.Module.load_state_dict`.
    """
    if not isinstance(state, Mapping):
        raise TypeError(
            f"{type(module).__name__}.load_state_dict: expected a dict of arrays, got a "
            f"{type(state).__name__}; load a file first, such as with safetensors.numpy.load_file"
        )
    own = dict(_entries(module, ""))
    missing = [name for name in own if name not in state]
    unexpected = [name for name in state if name not in own]
    title = f"{type(module).__name__}.load_state_dict"
    if strict and (missing or unexpected):
        raise KeyError(
            f"{title}: expected the keys of this module's state_dict(), got "
            f"{_listed('missing', missing)} and {_listed('unexpected', unexpected)}; "
            "load into the same architecture, or pass strict=False"
        )
    values = {name: as_array(state[name], f"{title}: {name!r}") for name in own if name in state}
    for name, value in values.items():
        if value.shape != own[name].shape:
            raise ValueError(
                f"{title}: expected {name!r} of shape {own[name].shape}, got {value.shape}; "
                "load into the same architecture"
            )
        if value.dtype.kind not in "fiub":
            raise TypeError(f"{title}: expected numbers in {name!r}, got {value.dtype}")
        if not own[name].flags.writeable:
            raise ValueError(f"{title}: expected {name!r} to be writeable, got a read-only array")
    for name, value in values.items():
        np.copyto(own[name], value, casting="unsafe")
    return IncompatibleKeys(missing, unexpected)


def _entries(module: Tree, prefix: str) -> Iterator[tuple[str, np.ndarray]]:
    for path, part in module._walk(prefix.rstrip(".")):
        start = f"{path}." if path else ""
        for name, p in part._parameters.items():
            yield start + name, p.data if isinstance(p, Parameter) else p
        for name, value in part._buffers.items():
            if value is not None and name not in part._transient_buffers:
                yield start + name, value


def _listed(what: str, names: list[str]) -> str:
    shown = ", ".join(names[:5]) + (f", and {len(names) - 5} more" if len(names) > 5 else "")
    return f"{what} [{shown}]"
