"""Who competes in `train_mlp.py`."""

from typing import Any

from harness import CORES, Contestant

from .net import OPTIMIZERS

OURS, OURS_NUMPY = "minitorch_np", "minitorch_np without numba"
TORCH, TORCH_COMPILED = "PyTorch eager", "PyTorch compiled"
TORCH_INDEXED = "PyTorch eager, indexed without DataLoader"
JAX, JAX_PLAIN = "JAX jitted step, tuned", "JAX jitted step, fed NumPy arrays"
JAX_SCAN = "JAX scanned epoch (not step by step)"
SKLEARN = "scikit-learn partial_fit"

GROUPS = (
    OURS, OURS_NUMPY, TORCH, TORCH_INDEXED, TORCH_COMPILED, JAX, JAX_PLAIN, JAX_SCAN, SKLEARN
)  # fmt: skip
FORMS = {"adam": "fused", "nadam": "foreach"}  # PyTorch's fastest: it has no fused NAdam


def drifting(optimizer: str) -> str:
    """Return who competes in `--what drift`, if nothing is said."""
    return f"ours@1,ours-numpy@1,torch-{FORMS[optimizer]}@1"


def contestants(what: str, optimizer: str) -> list[Contestant]:
    """Return all contestants of a mode: each on one thread, and on all cores."""
    rows = [c for threads in sorted({1, CORES}) for c in with_threads(threads, what, optimizer)]
    return [row for row in rows if optimizer == "adam" or row.group != SKLEARN]  # it has no other


def with_threads(threads: int, what: str, optimizer: str) -> list[Contestant]:
    """Return the contestants of a mode that use so many threads."""
    rule, form = OPTIMIZERS[optimizer], FORMS[optimizer]

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
    indexed = {"form": form, "loader": False}
    compiled = {"compiled": True, **indexed}
    if what == "epoch":
        best = f"{form} {rule}, indexed without DataLoader"
        rows += [
            torch("torch", f"PyTorch eager, default {rule}, DataLoader"),
            torch(f"torch-{form}", f"PyTorch eager, {form} {rule}, DataLoader", form=form),
            torch("torch-index", f"PyTorch eager, {best}", TORCH_INDEXED, **indexed),
            torch("torch-compile", f"PyTorch compiled, {best}", TORCH_COMPILED, **compiled),
            jax("jax", f"{JAX}, batches gathered in NumPy", JAX, scanned=False),
            jax("jax-scan", JAX_SCAN, JAX_SCAN, scanned=True),
            sklearn(f"{SKLEARN}, an epoch a call"),
        ]
        return rows
    rows += [
        torch("torch", f"PyTorch eager, default {rule}"),
        torch(f"torch-{form}", f"PyTorch eager, {form} {rule}", form=form),
        torch("torch-compile", f"PyTorch compiled, {form} {rule}", TORCH_COMPILED, **compiled),
        jax("jax", JAX, JAX),
        jax("jax-plain", JAX_PLAIN, JAX_PLAIN, tuned=False),
    ]
    if what == "step":  # drift asks for single steps, which these two don't have
        rows += [
            jax("jax-scan", JAX_SCAN, JAX_SCAN, scanned=True),
            sklearn(f"{SKLEARN}, many steps a call"),
        ]
    return rows
