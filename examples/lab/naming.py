"""The names of runs: different configurations never share one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from lab.models import DEFAULTS, MODELS
from lab.optimizers import OPTIMIZERS

if TYPE_CHECKING:
    from lab.config import Config

__all__ = ["LONGEST", "config_name", "run_name"]

LONGEST = 100  # characters of a configuration's name; wandb and file systems have their limits
LABELS = {
    "loss": "lo",
    "label_smoothing": "ls",
    "schedule": "sc",
    "cycle_momentum": "cm",
    "momentum": "m",
    "epsilon": "eps",
    "weight_decay": "wd",
    "weight_init": "wi",
    "dropout": "do",
    "augment": "aug",
}
WORDS = {"mean_squared_error": "mse", "binary_cross_entropy": "bce"}
# The settings that a name always has, or that only say again what others say.
ALWAYS = {
    *("model", "hidden_size", "batch_size", "activation"),
    *("optimizer", "learning_rate", "epochs", "seed"),
}


def config_name(config: Config) -> str:
    """Return ``hl_3_bs_16_ac_tanh`` and so on, with each setting that is not a default.

    All digits of a number are there, so that two names differ where two configurations do. Of a
    name longer than ``LONGEST`` the end gives way to a digest of the whole.
    """
    row = MODELS[config.model]
    parts = [] if config.model == "mlp" else [config.model]
    if "hidden_size" in row.options:
        parts += [f"hl_{len(config.hidden_size)}_bs_{config.batch_size}"]
        parts += [f"ac_{config.activation.lower()}_sz_{_widths(config.hidden_size)}"]
    else:
        parts += [f"bs_{config.batch_size}"]
    parts += [f"op_{config.optimizer}_lr_{_written(config.learning_rate)}_ep_{config.epochs}"]
    for field in fields(config):
        value = getattr(config, field.name)
        if field.name not in ALWAYS and value != _default(config, field.name):
            parts.append(f"{LABELS.get(field.name, field.name)}_{_written(value)}")
    name = "_".join([*parts, f"seed_{config.seed}"])
    if len(name) <= LONGEST:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:12]
    return f"{name[: LONGEST - len(digest) - 1]}_{digest}"


def run_name(config: Config, dataset: str, limit: int | None = None) -> str:
    """Return the name of a run: of its configuration, and of the images it trains on."""
    return f"{config.name}_{dataset}" + (f"_first_{limit}" if limit else "")


def _default(config: Config, setting: str) -> Any:
    """What a setting is where no flag speaks of it, but flags describe the net."""
    row, optimizer = MODELS[config.model], OPTIMIZERS[config.optimizer]
    if setting == "loss":
        return row.losses[0]
    if setting == "cycle_momentum":  # where nothing cycles it makes no difference
        return config.cycle_momentum if config.schedule == "constant" else True
    if setting in DEFAULTS:
        return row.default(setting, described=True)
    return row.tuning.get(setting, optimizer.default(setting))


def _widths(hidden_size: Sequence[int]) -> str:
    alike = len(set(hidden_size)) == 1
    return "x".join(map(str, hidden_size[:1] if alike else hidden_size)) or "0"


def _written(value: Any) -> str:
    if isinstance(value, tuple):
        return "-".join(map(str, value)) or "none"
    return WORDS.get(value, str(value).removesuffix(".0"))
