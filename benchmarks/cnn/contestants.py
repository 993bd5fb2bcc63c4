"""Who competes in `train_cnn.py` and in `inference.py`."""

from typing import Any

from harness import CORES, Contestant
from mlp.contestants import OURS, OURS_NUMPY

TORCH, TORCH_LAST = "PyTorch eager, default layout", "PyTorch eager, channels_last"
JAX = "JAX jitted"

GROUPS = (OURS, OURS_NUMPY, TORCH, TORCH_LAST, JAX)

BUILDERS = {
    "step": "cnn.with_{}:build",
    "memory": "cnn.with_{}:build",
    "layers": "cnn.layer_with_{}:build",
    "inference": "prediction.with_{}:build",
}


def contestants(what: str) -> list[Contestant]:
    """Return all contestants of a mode: each on one thread, and on all cores."""
    return [c for threads in sorted({1, CORES}) for c in with_threads(threads, what)]


def with_threads(threads: int, what: str) -> list[Contestant]:
    """Return the contestants of a mode that use so many threads."""

    def row(
        library: str, family: str, title: str, group: str, *requires: str, **options: Any
    ) -> Contestant:
        builder = BUILDERS[what].format(library)
        return Contestant(
            family, title, group, threads, builder, (library, *requires), options, library == "jax"
        )

    def ours(family: str, group: str, *requires: str, engine: str) -> Contestant:
        options = {"engine": engine, "threads": threads}
        return row("minitorch_np", family, group, group, *requires, **options)

    def torch(family: str, title: str, group: str, **options: bool) -> Contestant:
        last = group == TORCH_LAST
        return row("torch", family, title, group, threads=threads, channels_last=last, **options)

    def jax(family: str, pooling: str, *requires: str, windows: bool) -> Contestant:
        return row("jax", family, f"{JAX}, {pooling}", JAX, *requires, windows=windows)

    rows = [
        ours("ours", OURS, "numba", engine="numba"),
        ours("ours-numpy", OURS_NUMPY, engine="numpy"),
    ]
    if what == "step":
        rows += [
            torch("torch", f"{TORCH}, default Adam", TORCH),
            torch("torch-fused", f"{TORCH}, fused Adam", TORCH, fused=True),
            torch("torch-last", f"{TORCH_LAST}, default Adam", TORCH_LAST),
            torch("torch-last-fused", f"{TORCH_LAST}, fused Adam", TORCH_LAST, fused=True),
        ]
    else:
        rows += [torch("torch", TORCH, TORCH), torch("torch-last", TORCH_LAST, TORCH_LAST)]
    if what in ("step", "inference"):
        needs = ("optax",) if what == "step" else ()
        rows += [
            jax("jax", "pooling by reshape", *needs, windows=False),
            jax("jax-window", "pooling by reduce_window", *needs, windows=True),
        ]
    return rows
