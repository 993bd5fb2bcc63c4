"""Rules by name, and a user's own: ``package.module:Class`` or ``folder/file.py:Class``."""

import importlib
import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
from harness import Case

from .table import RULES, Rule


def user_rule(spec: str, folder: str) -> Rule:
    """Return the row of a user's own rule.

    Parameters
    ----------
    spec : str
        What the command line said.
    folder : str
        The directory in which modules and files are looked for.

    Raises
    ------
    ValueError
        If there is no such class, it is no Optimizer, or it needs more than default options.
    """
    cls = load(spec, folder)
    try:
        build(cls, [np.zeros(1, np.float32)], {})
    except Exception as error:
        raise ValueError(
            f"{spec}: cannot be built with default options: {explain(error)}"
        ) from None
    return row(spec)


def build(cls: type[Any], values: list[Any], options: Any) -> Any:
    """Return an optimizer of a class over parameters with these values."""
    nn: Any = importlib.import_module("minitorch_np.nn")
    return cls([nn.Parameter(value) for value in values], **options)


def rule_of(case: Case) -> Rule:
    """Return the row of the case's rule."""
    name = case["rule"]
    if ":" in name:
        return row(name)
    return next(rule for rule in RULES if rule.name == name)


def class_of(case: Case) -> type[Any]:
    """Return our class for the case's rule."""
    if ":" in case["rule"]:
        return load(case["rule"], case["folder"])
    optim = importlib.import_module("minitorch_np.optim")
    cls: type[Any] = getattr(optim, rule_of(case).ours)
    return cls


def row(spec: str) -> Rule:
    """Return the row of a user's own rule: its class alone is measured, with default options."""
    name = spec.rpartition(":")[2]
    return Rule(spec, name, name, {})


def load(spec: str, folder: str) -> type[Any]:
    """Import the class that `spec` names."""
    place, _, name = spec.rpartition(":")
    if not place or not name:
        raise ValueError(f"expected a rule as module:Class or file.py:Class, got {spec!r}")
    try:
        module = from_file(Path(folder, place)) if place.endswith(".py") else by_name(place, folder)
    except (Exception, SystemExit) as error:
        raise ValueError(f"{spec}: cannot import {place}: {explain(error)}") from None
    base = importlib.import_module("minitorch_np.optim").Optimizer
    cls: Any = getattr(module, name, None)
    if cls is None:
        raise ValueError(f"{spec}: {place} has no {name}")
    if not (isinstance(cls, type) and issubclass(cls, base)):
        raise ValueError(f"{spec}: {name} is no subclass of minitorch_np.optim.Optimizer")
    return cls


def by_name(module: str, folder: str) -> Any:
    """Import a module that may lie in the folder."""
    if folder not in sys.path:
        sys.path.append(folder)
    return importlib.import_module(module)


def from_file(file: Path) -> Any:
    """Import a file; what lies beside it can be imported too."""
    if not file.is_file():
        raise FileNotFoundError("there is no such file")
    if str(file.parent) not in sys.path:
        sys.path.append(str(file.parent))
    name = f"rule_in_{file.stem}"
    specification: Any = importlib.util.spec_from_file_location(name, file)
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module  # where a compiler looks for the formula's source
    specification.loader.exec_module(module)
    return module


def explain(error: BaseException) -> str:
    """Return the kind and the words of an error, in one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]
