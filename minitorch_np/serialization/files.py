"""``save`` and ``load``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from minitorch_np.serialization.atomic import write_atomically
from minitorch_np.serialization.description import LARGEST, describe, rebuild
from minitorch_np.serialization.errors import FormatError
from minitorch_np.serialization.tensors import checksum, from_bytes, laid_out, to_bytes
from minitorch_np.serialization.torch_files import (
    SUFFIXES,
    is_torch_content,
    load_torch,
    to_torch_bytes,
)

__all__ = ["load", "save"]

VERSION = "1"


def save(path: str | os.PathLike[str], state: Any) -> None:
    """Write state to a file, whole or not at all.

    Parameters
    ----------
    path : path
        A safetensors file, whatever it is called; but one that ends in ``.pt`` or ``.pth`` is
        written by PyTorch, which has to be installed.
    state : dict of arrays, or nested dicts, lists and tuples
        Of arrays (booleans, integers, floats), numbers, texts and None: what ``state_dict()`` of
        modules, optimizers and schedulers returns, and dicts of those.

    Raises
    ------
    TypeError
        If something in it is none of these.
    ValueError
        If it is nested too deeply, or more than four megabytes of it are not in arrays.
    OSError
        If it cannot be written; what ``path`` held is as it was.
    ImportError
        For ``.pt``, if PyTorch is not installed.

    Notes
    -----
    Differs from PyTorch: the path comes first, and nothing is pickled. A flat dict of arrays, such
    as a module's state, is the very file that safetensors itself writes, and PyTorch reads it with
    ``safetensors.torch.load_file``. All else has its arrays in there by their paths, and a JSON
    text in the file's metadata that says how they belong together, under a checksum.

    Examples
    --------
    >>> import os, tempfile
    >>> import minitorch_np as mt
    >>> net = mt.nn.Linear(2, 1)
    >>> optimizer = mt.optim.Adam(net.parameters())
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "run.safetensors")
    ...     mt.save(path, {"net": net.state_dict(), "optimizer": optimizer.state_dict()})
    ...     saved = mt.load(path)
    >>> net.load_state_dict(saved["net"])
    IncompatibleKeys(missing_keys=[], unexpected_keys=[])
    >>> saved["optimizer"]["param_groups"][0]["betas"]
    (0.9, 0.999)
    """
    path = Path(path)
    text, found = describe(state)
    arrays = laid_out(found)
    if path.suffix.lower() in SUFFIXES:
        write_atomically(path, to_torch_bytes(path, state))
    elif _is_flat(state, arrays):
        write_atomically(path, to_bytes(arrays))
    else:
        if len(text) > LARGEST:
            raise ValueError(
                f"save: expected at most {LARGEST:,} characters beside the arrays, got "
                f"{len(text):,}; make arrays of long lists of numbers"
            )
        # One entry: safetensors writes several in a random order, and equal state is to be equal
        # bytes.
        metadata = {"minitorch_np": f"{VERSION} {checksum(text, arrays)} {text}"}
        write_atomically(path, to_bytes(arrays, metadata))


def load(path: str | os.PathLike[str]) -> Any:
    """Read state from a file; this runs no code, whoever wrote the file.

    Parameters
    ----------
    path : path
        From :func:`save`, or any safetensors file, PyTorch's among them. One that ends in ``.pt``
        or ``.pth`` is read by PyTorch, with ``weights_only=True``.

    Returns
    -------
    dict of str to ndarray, or what ``save`` was given
        bfloat16 comes as float32, exactly.

    Raises
    ------
    FormatError
        If the file is damaged, cut off, something else, or of a newer version.
    OSError
        If it cannot be read.
    ImportError
        For ``.pt``, if PyTorch is not installed.

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np, minitorch_np as mt
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "a.safetensors")
    ...     mt.save(path, {"steps": [1, 2], "mean": np.array(0.5)})
    ...     mt.load(path)
    {'steps': [1, 2], 'mean': array(0.5)}
    """
    path = Path(path)
    if not path.is_file():
        path.stat()  # what is absent says so itself
        raise OSError(f"load: expected a file, got {path}, which is something else")
    try:
        return load_torch(path) if path.suffix.lower() in SUFFIXES else _read(path)
    except FormatError as error:
        raise FormatError(
            f"load: expected a file of arrays as save() writes it, got {path}: {error}"
        ) from None


def _read(path: Path) -> Any:
    content = path.read_bytes()
    try:
        arrays, metadata = from_bytes(content)
    except FormatError:  # only now: the size of a header may look like the beginning of a pickle
        if is_torch_content(content):
            raise FormatError(
                "it looks like a PyTorch file; name it .pt, and PyTorch will read it"
            ) from None
        raise
    del content
    if "minitorch_np" not in metadata:
        return arrays
    version, _, rest = metadata["minitorch_np"].partition(" ")
    if version != VERSION:
        raise FormatError(
            f"it is of version {version[:20]!r}, and this package reads version {VERSION!r}; "
            "upgrade minitorch_np"
        )
    expected, _, text = rest.partition(" ")
    if checksum(text, arrays) != expected:
        raise FormatError("it is damaged: its content does not have the checksum that it names")
    return rebuild(text, arrays)


def _is_flat(state: Any, arrays: dict[str, np.ndarray]) -> bool:
    """Whether the state is a dict of arrays whose names can be those in the file."""
    return (
        isinstance(state, Mapping)
        and list(state) == list(arrays)
        and "" not in state
        and all(isinstance(value, np.ndarray) for value in state.values())
    )
