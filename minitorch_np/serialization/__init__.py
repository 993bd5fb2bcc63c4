"""Keeping what was trained: files that hold numbers, and run nothing when they are opened."""

from minitorch_np.serialization.atomic import remove_leftovers, write_atomically
from minitorch_np.serialization.errors import FormatError
from minitorch_np.serialization.files import load, save
from minitorch_np.serialization.generators import load_random_state, random_state

__all__ = [
    "FormatError",
    "load",
    "load_random_state",
    "random_state",
    "remove_leftovers",
    "save",
    "write_atomically",
]
