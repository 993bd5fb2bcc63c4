"""A finished run, read back from its folder: configuration, data set and trained network."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, NamedTuple

from safetensors import SafetensorError
from safetensors.numpy import load_file

from lab import build
from lab.command_line import parse
from lab.config import Config
from lab.errors import UserError
from lab.images import DATASETS
from lab.models import MODELS
from minitorch_np import nn

__all__ = ["SavedRun", "newest_run", "read_run"]

METRICS, MODEL = "metrics.json", "model.safetensors"


class SavedRun(NamedTuple):
    """What a run has left."""

    path: Path
    dataset: str
    config: Config
    model: nn.Module  # with the trained weights


def newest_run(folder: Path) -> Path | None:
    """Return the run below ``folder`` that was finished last; None if none was."""
    finished = [path for path in folder.glob(f"*/{METRICS}") if (path.parent / MODEL).is_file()]
    last = max(finished, key=lambda path: path.stat().st_mtime_ns, default=None)
    return None if last is None else last.parent


def read_run(path: Path) -> SavedRun:
    """Read a run's configuration, and load its weights into the network that it describes.

    Raises
    ------
    UserError
        If a file is missing, cannot be read, or is of another network.
    """
    for name in (METRICS, MODEL):
        if not (path / name).is_file():
            raise UserError(
                f"expected a folder with {METRICS} and {MODEL}, which a finished run leaves, got "
                f"{path}, which has no {name}; name another run"
            )
    try:
        metrics = json.loads((path / METRICS).read_text(encoding="utf-8"))
        dataset, config = metrics["dataset"], _config(metrics["config"])
        model = build.network(config)
        if dataset not in DATASETS:
            raise ValueError(f"the data set {dataset!r}")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"expected {path / METRICS} to describe a run of these scripts, got {_brief(error)}; "
            "name another run"
        ) from None
    try:
        model.load_state_dict(load_file(path / MODEL))
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"expected {path / MODEL} to hold the weights of {config}, got: {_brief(error)}; "
            "name another run"
        ) from None
    return SavedRun(path, dataset, config, model)


def _config(values: dict[str, Any]) -> Config:
    """Return the configuration that ``Config.as_dict`` has written."""
    model = values["model"]
    if model not in MODELS:
        raise ValueError(f"the model {model!r}")
    known = {field.name for field in fields(Config)}
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in values.items()
        if name in known
    }
    return replace(Config.of(parse(["--model", model], "")), **{"views": False, **given})


def _brief(error: Exception) -> str:
    """An error's message on one line, without its remedy, and a KeyError's without its quotes."""
    return " ".join(str(error.args[0] if error.args else error).split()).split("; ")[0]
