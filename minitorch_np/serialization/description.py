"""Nested state as arrays by name, and a JSON text that says where each belongs."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from minitorch_np.serialization.errors import FormatError
from minitorch_np.serialization.tensors import is_storable

__all__ = ["LARGEST", "describe", "rebuild"]

LARGEST = 4 << 20
"""Characters of a description. They become Python objects some twenty times their size."""
DEEPEST = 100


def describe(state: Any) -> tuple[str, dict[str, np.ndarray]]:
    """Take nested state apart.

    JSON's own values stand for themselves. What JSON lacks is an object with a single key:
    ``{"$array": name}``, ``{"$scalar": name}`` (NumPy's), ``{"$tuple": [...]}``,
    ``{"$float": "nan"}``, and ``{"$dict": [[key, value], ...]}`` for keys that are not plain
    strings.

    Returns
    -------
    text : str
    arrays : dict of str to ndarray
        By their paths, such as "optimizer/state/0/exp_avg".

    Raises
    ------
    TypeError
        If something is neither an array, a number, a text, None, nor a dict, list or tuple of them.
    ValueError
        If it is nested too deeply.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.serialization.description import describe
    >>> describe({"step": 3, "betas": (0.9, 0.99), "m": np.zeros(2)})
    ('{"step": 3, "betas": {"$tuple": [0.9, 0.99]}, "m": {"$array": "m"}}', {'m': array([0., 0.])})
    """
    arrays: dict[str, np.ndarray] = {}
    return json.dumps(_described(state, (), arrays)), arrays


def rebuild(text: str, arrays: dict[str, np.ndarray]) -> Any:
    """Put nested state together again; ``arrays`` is used up.

    Raises
    ------
    FormatError
        If the text is too long or not a description, or does not go with the arrays.
    """
    if len(text) > LARGEST:
        raise FormatError(f"its description is longer than {LARGEST:,} characters")

    def value_of(entry: dict[str, Any]) -> Any:
        (tag, value), *others = list(entry.items()) or [("", "")]
        if others or not tag.startswith("$"):
            return entry
        if tag == "$array":
            return arrays.pop(value)
        if tag == "$scalar":
            return arrays.pop(value)[()]
        if tag == "$tuple":
            return tuple(value)
        if tag == "$float":
            return float(value)
        if tag == "$dict":
            return dict(value)
        raise FormatError(f"its description has an unknown {tag!r}")

    try:
        state = json.loads(text, object_hook=value_of)
    except FormatError:
        raise
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise FormatError(
            f"its description does not fit ({type(error).__name__}: {error})"
        ) from None
    if arrays:
        raise FormatError(f"its description says nothing of {next(iter(arrays))!r}")
    return state


def _described(value: Any, path: tuple[str, ...], arrays: dict[str, np.ndarray]) -> Any:
    if len(path) > DEEPEST:
        raise ValueError(
            f"save: expected at most {DEEPEST} levels of dicts, lists and tuples, got more; "
            "does one contain itself?"
        )
    is_array = isinstance(value, (np.ndarray, np.generic))
    if is_array and is_storable(value.dtype) and not isinstance(value, np.ma.MaskedArray):
        name = _unused("/".join(path), arrays)
        arrays[name] = np.asarray(value)
        return {"$array" if isinstance(value, np.ndarray) else "$scalar": name}
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        return value if math.isfinite(value) else {"$float": str(value)}
    if isinstance(value, (list, tuple)):
        items = [_described(item, (*path, str(i)), arrays) for i, item in enumerate(value)]
        return items if isinstance(value, list) else {"$tuple": items}
    if isinstance(value, Mapping):
        below = {key: _described(item, (*path, str(key)), arrays) for key, item in value.items()}
        if all(type(key) is str and not key.startswith("$") for key in below):
            return below
        return {"$dict": [[_described(key, path, arrays), item] for key, item in below.items()]}
    came = f"a {type(value).__name__}"
    came += f" of {value.dtype}" if is_array else ""
    raise TypeError(
        "save: expected arrays of real numbers, numbers, texts, None, and dicts, lists and tuples "
        f"of them, got {came} at {'/'.join(path) or 'the top'!r}; save its state_dict(), or leave "
        "it out"
    )


def _unused(path: str, arrays: Mapping[str, np.ndarray]) -> str:
    """Return a name for the array at ``path`` that no other has and any file can hold."""
    name = path.encode("utf-8", "backslashreplace").decode("utf-8")
    count = 1
    while name in arrays or name == "__metadata__":
        count += 1
        name = f"{path}~{count}".encode("utf-8", "backslashreplace").decode("utf-8")
    return name
