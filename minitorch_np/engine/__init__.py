"""The engines: whether loops run compiled by numba, or NumPy does the work."""

from minitorch_np.engine.choice import compile_or_warn, get_engine, set_engine
from minitorch_np.engine.file import CompiledFile
from minitorch_np.engine.loop import Loop
from minitorch_np.engine.written import compiled_in

__all__ = ["CompiledFile", "Loop", "compile_or_warn", "compiled_in", "get_engine", "set_engine"]
