"""PyTorch's own files, read and written by PyTorch, where it is installed."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from minitorch_np.serialization.errors import FormatError

__all__ = ["SUFFIXES", "is_torch_content", "load_torch", "to_torch_bytes"]

SUFFIXES = (".pt", ".pth")


def is_torch_content(content: bytes) -> bool:
    """Whether a file begins as a ZIP archive or a pickle does."""
    return content.startswith((b"PK\x03\x04", b"\x80\x02"))


def load_torch(path: Path) -> Any:
    """Return what a PyTorch file holds, with arrays for its tensors.

    Raises
    ------
    ImportError
        If PyTorch is not installed.
    FormatError
        If PyTorch refuses the file, as it does where it holds more than numbers; or if it holds
        tensors that NumPy has not: sparse, quantised or 8-bit floating-point ones.
    """
    torch = _torch("load", path)
    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception as error:  # PyTorch raises many kinds
        # Not its message, which says how to run what is in there.
        raise FormatError(
            f"PyTorch refuses it ({type(error).__name__}), for it is damaged, or holds more than "
            "tensors, numbers and texts; have its state_dict() saved"
        ) from None
    return _converted(loaded, lambda value: _array(torch, value))


def to_torch_bytes(path: Path, state: Any) -> bytes:
    """Return the PyTorch file that holds ``state``, with tensors for its arrays."""
    torch = _torch("save", path)

    def tensor(value: Any) -> Any:
        if isinstance(value, (np.ndarray, np.generic)):
            return torch.from_numpy(np.array(value, value.dtype.newbyteorder("="), order="C"))
        return value

    file = io.BytesIO()
    torch.save(_converted(state, tensor), file)
    return file.getvalue()


def _torch(owner: str, path: Path) -> Any:
    try:
        import torch
    except ImportError:
        raise ImportError(
            f"{owner}: expected PyTorch for the file {path}, found none; pip install torch, or use "
            "a .safetensors file, which needs none"
        ) from None
    return torch


def _array(torch: Any, value: Any) -> Any:
    if not isinstance(value, torch.Tensor):
        return value
    tensor = value.float() if value.dtype == torch.bfloat16 else value
    try:
        return tensor.numpy(force=True).copy()
    except (NotImplementedError, RuntimeError, TypeError, ValueError):
        raise FormatError(
            f"it holds a tensor of {tensor.dtype} and {tensor.layout} on {tensor.device}, which "
            "NumPy has not; have it saved dense and as float32"
        ) from None


def _converted(value: Any, leaf: Callable[[Any], Any]) -> Any:
    if isinstance(value, Mapping):
        return {key: _converted(item, leaf) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        items = [_converted(item, leaf) for item in value]
        return items if isinstance(value, list) else tuple(items)
    return leaf(value)
