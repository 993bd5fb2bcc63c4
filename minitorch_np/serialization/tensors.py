"""Arrays by name in the safetensors format: a JSON header, and then the bytes of each array."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from minitorch_np.serialization.errors import FormatError

__all__ = ["checksum", "from_bytes", "is_storable", "laid_out", "to_bytes"]

DTYPES = {
    "BOOL": np.bool_,
    "U8": np.uint8,
    "I8": np.int8,
    "U16": np.uint16,
    "I16": np.int16,
    "U32": np.uint32,
    "I32": np.int32,
    "U64": np.uint64,
    "I64": np.int64,
    "F16": np.float16,
    "F32": np.float32,
    "F64": np.float64,
}
LARGEST_HEADER = 8 << 20
"""Bytes. Reading a header takes up to forty times its size; arrays take their own."""


def is_storable(dtype: np.dtype[Any]) -> bool:
    """Whether arrays of this dtype can be in a file: booleans, integers, and floats to 64 bits.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.serialization.tensors import is_storable
    >>> is_storable(np.dtype(np.float16)), is_storable(np.dtype(object))
    (True, False)
    """
    return dtype.newbyteorder("=") in map(np.dtype, DTYPES.values())


def laid_out(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the arrays in C order and the machine's byte order, copied where they are not.

    safetensors writes an array's memory as it lies there, whatever its strides say.
    """
    # Not by ascontiguousarray, which makes an array of shape () one of shape (1,).
    return {
        name: np.asarray(array, array.dtype.newbyteorder("="), order="C")
        for name, array in arrays.items()
    }


def checksum(text: str, arrays: Mapping[str, np.ndarray]) -> str:
    """Return the CRC-32 of a text and of arrays that are laid out, in the order of their names."""
    crc = zlib.crc32(text.encode())
    for name in sorted(arrays):
        crc = zlib.crc32(arrays[name].reshape(-1).view(np.uint8).data, crc)
    return f"{crc:08x}"


def to_bytes(arrays: dict[str, np.ndarray], metadata: dict[str, str] | None = None) -> bytes:
    """Return the file that holds arrays that are laid out, and texts beside them.

    Raises
    ------
    ValueError
        If there is so much besides the arrays' bytes that nobody could read it.
    """
    from safetensors.numpy import save

    content: bytes = save(arrays, metadata)
    size = int.from_bytes(content[:8], "little")
    if size > LARGEST_HEADER:
        raise ValueError(
            f"save: expected at most {LARGEST_HEADER:,} bytes of names and descriptions, got "
            f"{size:,}; save it in several files"
        )
    return content


def from_bytes(content: bytes) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Return the arrays and the texts of a file; nothing larger than the file is allocated first.

    PyTorch's bfloat16, which NumPy lacks, comes as float32, exactly.

    Raises
    ------
    FormatError
        If it is no such file, or damaged, or cut off, or too large a header, or has a dtype that
        NumPy lacks.
    """
    from safetensors import SafetensorError, deserialize

    size = int.from_bytes(content[:8], "little")
    if len(content) < 8 or size > len(content) - 8:
        raise FormatError("it is cut off, or no safetensors file")
    if size > LARGEST_HEADER:
        raise FormatError(f"its header of {size:,} bytes is above the limit of {LARGEST_HEADER:,}")
    try:
        # The library checks each offset against the file's size, and each shape against its bytes.
        entries = dict(deserialize(content))  # type: ignore[no-untyped-call]
        header = json.loads(content[8 : 8 + size], object_hook=_without_arrays)
        # In the file's order, for the library's is another each time.
        names = [name for name in header if name != "__metadata__"]
        arrays = {name: _array(name, entries[name]) for name in names}
    except FormatError:
        raise
    except (SafetensorError, ValueError, RecursionError) as error:
        raise FormatError(f"it is damaged, or no safetensors file ({error})") from None
    return arrays, header.get("__metadata__") or {}


def _without_arrays(entry: dict[str, Any]) -> dict[str, Any] | None:
    # An array may be named so, too: then it stands for an entry, and not for a list.
    return None if isinstance(entry.get("data_offsets"), list) else entry


def _array(name: str, entry: Mapping[str, Any]) -> np.ndarray:
    dtype, shape, data = entry["dtype"], tuple(entry["shape"]), entry["data"]
    if dtype == "BF16":  # the upper half of a float32
        halves = np.frombuffer(data, "<u2").astype(np.uint32)
        halves <<= 16
        return halves.view(np.float32).reshape(shape)
    if dtype not in DTYPES:
        known = ", ".join([*DTYPES, "BF16"])
        raise FormatError(f"{name!r} is {dtype}, and only {known} can be read")
    if not math.prod(shape):  # frombuffer refuses what is empty
        return np.empty(shape, DTYPES[dtype])
    if dtype == "BOOL":  # any byte may stand there, and NumPy relies on 0 and 1
        return np.frombuffer(data, np.uint8).astype(np.bool_).reshape(shape)
    array = np.frombuffer(data, np.dtype(DTYPES[dtype]).newbyteorder("<")).reshape(shape)
    return array.astype(DTYPES[dtype], copy=False)
