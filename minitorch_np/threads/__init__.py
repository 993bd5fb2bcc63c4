"""How many threads an operation gets: the one place that decides.

Work is spread over the package's own threads alone: bands of a matrix product, slices of a compiled
loop, or plain NumPy, all of which release the GIL. BLAS is held to one thread meanwhile and is
afterwards as the user set it; its own pool never wakes, so there are never two awake at once, which
ruins both. Small work gets one thread.
"""

from minitorch_np.threads.blas import gemm
from minitorch_np.threads.blocks import in_blocks
from minitorch_np.threads.loop import ThreadedLoop
from minitorch_np.threads.number import get_num_threads, set_num_threads
from minitorch_np.threads.product import matmul, multiply, one_blas_thread
from minitorch_np.threads.split import parts, side_by_side, slices, spread

__all__ = [
    "ThreadedLoop",
    "gemm",
    "get_num_threads",
    "in_blocks",
    "matmul",
    "multiply",
    "one_blas_thread",
    "parts",
    "set_num_threads",
    "side_by_side",
    "slices",
    "spread",
]
