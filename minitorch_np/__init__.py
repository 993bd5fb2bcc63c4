"""A deep-learning framework without automatic differentiation, in NumPy.

PyTorch's vocabulary, every backward pass written by hand, and fast on a CPU.
"""

import importlib
from typing import TYPE_CHECKING, Any

from minitorch_np import nn, optim
from minitorch_np.anomaly import AnomalyError, detect_anomaly
from minitorch_np.engine import get_engine, set_engine
from minitorch_np.heap import keep_freed_memory
from minitorch_np.random import manual_seed
from minitorch_np.recording import enable_grad, is_grad_enabled, no_grad
from minitorch_np.summary import summary
from minitorch_np.threads import get_num_threads, set_num_threads
from minitorch_np.version import __version__

if TYPE_CHECKING:
    from minitorch_np import data, metrics, onnx, serialization, testing, training
    from minitorch_np.serialization import load, save

__all__ = [
    "AnomalyError",
    "__version__",
    "data",
    "detect_anomaly",
    "enable_grad",
    "get_engine",
    "get_num_threads",
    "is_grad_enabled",
    "load",
    "manual_seed",
    "metrics",
    "nn",
    "no_grad",
    "onnx",
    "optim",
    "save",
    "serialization",
    "set_engine",
    "set_num_threads",
    "summary",
    "testing",
    "training",
]

# Imported at the first use: they need more of the standard library than a network does, and
# `import minitorch_np` is to cost little more than `import numpy`.
ON_FIRST_USE = ("data", "metrics", "onnx", "serialization", "testing", "training")

keep_freed_memory()


def __getattr__(name: str) -> Any:
    if name in ON_FIRST_USE:
        return importlib.import_module(f"minitorch_np.{name}")
    if name in ("load", "save"):
        return getattr(importlib.import_module("minitorch_np.serialization"), name)
    raise AttributeError(f"module 'minitorch_np' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
