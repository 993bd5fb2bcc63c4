"""A deep-learning framework without automatic differentiation, in NumPy.

PyTorch's vocabulary, every backward pass written by hand, and fast on a CPU.
"""

from minitorch_np import data, metrics, nn, optim, testing, training
from minitorch_np.optim.engine import get_engine, set_engine
from minitorch_np.random import manual_seed
from minitorch_np.recording import enable_grad, is_grad_enabled, no_grad
from minitorch_np.summary import summary
from minitorch_np.threads import get_num_threads, set_num_threads
from minitorch_np.version import __version__

__all__ = [
    "__version__",
    "data",
    "enable_grad",
    "get_engine",
    "get_num_threads",
    "is_grad_enabled",
    "manual_seed",
    "metrics",
    "nn",
    "no_grad",
    "optim",
    "set_engine",
    "set_num_threads",
    "summary",
    "testing",
    "training",
]
