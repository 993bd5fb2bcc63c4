"""Who competes: one library in one configuration, with a fixed number of threads."""

import importlib.machinery
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BENCHMARKS = Path(__file__).resolve().parents[1]
CHECKOUT = BENCHMARKS.parent

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

# Read once, when a library is imported, so they are set before the process starts.
THREAD_VARIABLES = (
    "MINITORCH_NP_NUM_THREADS",
    "NPROC",  # XLA
    "NUMBA_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)

# They narrow what one library uses of the processor, whatever the others use: all run without them.
KERNEL_VARIABLES = (
    "MKL_CBWR",
    "MKL_ENABLE_INSTRUCTIONS",
    "NPY_DISABLE_CPU_FEATURES",
    "NPY_ENABLE_CPU_FEATURES",
    "ONEDNN_MAX_CPU_ISA",
    "OPENBLAS_CORETYPE",
    "OPENBLAS_L2_SIZE",
)


def use_checkout() -> None:
    """Let this process import what lies around the script, as the contestants do."""
    sys.path.insert(0, str(CHECKOUT))


@dataclass(frozen=True)
class Contestant:
    """One row of a benchmark's table.

    Parameters
    ----------
    family : str
        The short name by which a person picks it: ``torch-fused``.
    title : str
        The name in the table.
    group : str
        Contestants of a group count as one, with the best of their times, in ratios and plots.
    threads : int
        How many threads it may use.
    builder : str
        ``"package.module:function"``; the function takes a case and `options`, and returns a task.
    options : mapping, default empty
        Keyword arguments of the builder.
    requires : tuple of str
        Packages without which it is missing.
    pinned : bool, default False
        Hold the process to as many cores as it has threads, for a library that no variable limits.
    """

    family: str
    title: str
    group: str
    threads: int
    builder: str
    requires: tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    pinned: bool = False

    @property
    def name(self) -> str:
        return f"{self.family}@{self.threads}"

    def missing(self) -> str | None:
        """Say why it cannot compete; None if it can."""
        absent = [package for package in self.requires if not is_installed(package)]
        return f"not installed: {', '.join(absent)}" if absent else None

    def environment(self) -> dict[str, str]:
        """Return the variables of its process; this checkout comes first on the path."""
        path = [str(CHECKOUT), *filter(None, [os.environ.get("PYTHONPATH")])]
        kept = {name: said for name, said in os.environ.items() if name not in KERNEL_VARIABLES}
        threads = dict.fromkeys(THREAD_VARIABLES, str(self.threads))
        return kept | threads | {"PYTHONPATH": os.pathsep.join(path)}


def narrowed() -> list[str]:
    """Return which variables are set that contestants run without."""
    return [f"{name}={os.environ[name]}" for name in KERNEL_VARIABLES if name in os.environ]


def is_installed(package: str) -> bool:
    """Tell whether a contestant's process could import the package, without importing it."""
    return importlib.machinery.PathFinder.find_spec(package, [str(CHECKOUT), *sys.path]) is not None


def select(contestants: Sequence[Contestant], wanted: Sequence[str]) -> list[Contestant]:
    """Return the contestants whose family or name (``family@threads``) is wanted.

    Raises
    ------
    ValueError
        If something wanted is neither.
    """
    for choice in wanted:
        if not any(choice in (c.family, c.name) for c in contestants):
            families = ", ".join(dict.fromkeys(c.family for c in contestants))
            raise ValueError(f"no contestant {choice!r}; choose from {families}")
    return [c for c in contestants if {c.family, c.name} & set(wanted)]
