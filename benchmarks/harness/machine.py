"""Where a result was measured: without it no figure means anything."""

import importlib.metadata
import os
import platform
from collections.abc import Iterable
from pathlib import Path

from .contestant import CORES


def machine() -> dict[str, str | int]:
    """Describe this machine: processor, cores, memory, system, Python."""
    description: dict[str, str | int] = {
        "processor": processor(),
        "cores": CORES,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        description["memory_gib"] = round(memory / 2**30)
    return description


def processor() -> str:
    """Return the processor's own name and its widest vectors, as far as the system tells."""
    information = Path("/proc/cpuinfo")
    if not information.exists():
        return platform.processor() or platform.machine()
    lines = information.read_text().splitlines()
    fields = dict(line.split(":", 1) for line in reversed(lines) if ":" in line)
    entries = {key.strip(): value.strip() for key, value in fields.items()}
    flags = entries.get("flags", "").split()
    vectors = next((v for v in ("avx512f", "avx2", "avx") if v in flags), "")
    return " ".join([entries.get("model name", platform.machine()), vectors]).strip()


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Return the versions of those packages that are installed."""
    found = {}
    for package in packages:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
