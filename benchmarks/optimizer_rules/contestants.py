"""Who competes in `optimizers.py`."""

from typing import Any

from harness import CORES, Contestant

from .table import Rule

OURS, OURS_NUMPY = "minitorch_np", "numpy engine"
LOOP, FOREACH, FUSED = "PyTorch loop", "PyTorch foreach", "PyTorch fused"
OPTAX = "optax"
COPY, IN_PLACE = "copy", "in place"

TORCH = (LOOP, FOREACH, FUSED)
MEMORY = (COPY, IN_PLACE)
GROUPS = (OURS, OURS_NUMPY, *TORCH, OPTAX, *MEMORY)
"""The columns of the tables."""

TITLES = {
    OURS: "minitorch_np, compiled by numba",
    OURS_NUMPY: "minitorch_np without numba",
    LOOP: "PyTorch's default on a CPU, foreach=False",
    FOREACH: "PyTorch, foreach=True",
    FUSED: "PyTorch, fused=True",
    OPTAX: "optax, jitted, buffers donated",
    COPY: "the memory's limit: a copy of as many bytes",
    IN_PLACE: "the memory's limit: as many bytes read and written where they are",
}


def contestants() -> list[Contestant]:
    """Return all contestants: each on one thread, and on all cores."""
    return [c for threads in sorted({1, CORES}) for c in with_threads(threads)]


def takes_part(contestant: Contestant, rule: Rule, tensors: str) -> bool:
    """Tell whether this one has the rule; of optax's forms, the flattened is for many tensors."""
    if contestant.group in TORCH:
        return rule.torch is not None
    if contestant.group == OPTAX:
        return rule.optax is not None and (tensors == "many" or not contestant.options["flat"])
    return True


def with_threads(threads: int) -> list[Contestant]:
    """Return the contestants that use so many threads."""

    def row(family: str, group: str, module: str, *requires: str, **options: Any) -> Contestant:
        builder = f"optimizer_rules.{module}:build"
        options["threads"] = threads
        return Contestant(family, TITLES[group], group, threads, builder, requires, options)

    def optax(family: str, title: str, flat: bool) -> Contestant:
        builder, requires = "optimizer_rules.with_optax:build", ("jax", "optax")
        options = {"flat": flat}
        return Contestant(family, title, OPTAX, threads, builder, requires, options, pinned=True)

    return [
        row("ours", OURS, "with_minitorch_np", "minitorch_np", "numba", engine="numba"),
        row("ours-numpy", OURS_NUMPY, "with_minitorch_np", "minitorch_np", engine="numpy"),
        row("torch", LOOP, "with_torch", "torch", mode="loop"),
        row("torch-foreach", FOREACH, "with_torch", "torch", mode="foreach"),
        row("torch-fused", FUSED, "with_torch", "torch", mode="fused"),
        optax("optax", TITLES[OPTAX], flat=False),
        optax("optax-flat", f"{TITLES[OPTAX]}, state flattened", flat=True),
        row("copy", COPY, "with_memory", kind="copy"),
        row("in-place", IN_PLACE, "with_memory", kind="in place"),
    ]
