"""Who competes in `train_mlp.py`."""

from typing import Any

from harness import CORES, Contestant

OURS, OURS_NUMPY = "minitorch_np", "minitorch_np without numba"
TORCH, TORCH_COMPILED = "PyTorch eager", "PyTorch compiled"
JAX, JAX_PLAIN = "JAX jitted step, tuned", "JAX jitted step, fed NumPy arrays"
JAX_SCAN = "JAX scanned epoch (not step by step)"
SKLEARN = "scikit-learn partial_fit"

GROUPS = (OURS, OURS_NUMPY, TORCH, TORCH_COMPILED, JAX, JAX_PLAIN, JAX_SCAN, SKLEARN)
DRIFTING = "ours@1,ours-numpy@1,torch-fused@1"


def contestants(what: str) -> list[Contestant]:
    """Return all contestants of a mode: each on one thread, and on all cores."""
    return [c for threads in sorted({1, CORES}) for c in with_threads(threads, what)]


def with_threads(threads: int, what: str) -> list[Contestant]:
    """Return the contestants of a mode that use so many threads."""

    def ours(family: str, group: str, engine: str, *requires: str) -> Contestant:
        options = {"engine": engine, "threads": threads}
        needs = ("minitorch_np", *requires)
        return Contestant(
            family, group, group, threads, "mlp.with_minitorch_np:build", needs, options
        )

    def torch(family: str, title: str, group: str = TORCH, **options: Any) -> Contestant:
        options["threads"] = threads
        return Contestant(
            family, title, group, threads, "mlp.with_torch:build", ("torch",), options
        )

    def jax(
        family: str, title: str, group: str, scanned: bool = False, tuned: bool = True
    ) -> Contestant:
        options = {"scanned": scanned, "tuned": tuned}
        return Contestant(
            family, title, group, threads, "mlp.with_jax:build", ("jax",), options, pinned=True
        )

    def sklearn(title: str) -> Contestant:
        builder = "mlp.with_sklearn:build"
        return Contestant("sklearn", title, SKLEARN, threads, builder, ("sklearn",))

    rows = [
        ours("ours", OURS, "numba", "numba"),
        ours("ours-numpy", OURS_NUMPY, "numpy"),
    ]
    compiled = {"fused": True, "compiled": True, "loader": False}
    if what == "epoch":
        indexed = "fused Adam, indexed without DataLoader"
        return [
            *rows,
            torch("torch", "PyTorch eager, default Adam, DataLoader"),
            torch("torch-fused", "PyTorch eager, fused Adam, DataLoader", fused=True),
            torch("torch-index", f"PyTorch eager, {indexed}", fused=True, loader=False),
            torch("torch-compile", f"PyTorch compiled, {indexed}", TORCH_COMPILED, **compiled),
            jax("jax", f"{JAX}, batches gathered in NumPy", JAX, scanned=False),
            jax("jax-scan", JAX_SCAN, JAX_SCAN, scanned=True),
            sklearn(f"{SKLEARN}, an epoch a call"),
        ]
    rows += [
        torch("torch", "PyTorch eager, default Adam"),
        torch("torch-fused", "PyTorch eager, fused Adam", fused=True),
        torch("torch-compile", "PyTorch compiled, fused Adam", TORCH_COMPILED, **compiled),
        jax("jax", JAX, JAX),
        jax("jax-plain", JAX_PLAIN, JAX_PLAIN, tuned=False),
    ]
    if what == "step":  # drift asks for single steps, which these two don't have
        rows += [
            jax("jax-scan", JAX_SCAN, JAX_SCAN, scanned=True),
            sklearn(f"{SKLEARN}, many steps a call"),
        ]
    return rows
