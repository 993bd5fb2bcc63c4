"""The configuration of a run: the flags, and what they leave open."""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass
from typing import Any

from lab.errors import UserError
from lab.optimizers import DEFAULTS, OPTIMIZERS, USED_BY

__all__ = ["Config"]

DESCRIBING = (
    "num_layers",
    "hidden_size",
    "activation",
    "loss",
    "optimizer",
    *DEFAULTS,
    "weight_init",
)
WIDTHS = (512, 256)  # the default network
WIDTH = 128  # of a layer where only their number is given


@dataclass(frozen=True)
class Config:
    """All that a run depends on, besides the data.

    The script's own recipe has dropout, label smoothing and a learning-rate schedule. Where a
    standard flag speaks of the network, the loss or the optimizer (``DESCRIBING``), the net is the
    plain one that it describes: no dropout, no smoothing, a constant rate, unless asked for.
    """

    epochs: int
    batch_size: int
    loss: str
    label_smoothing: float
    optimizer: str
    learning_rate: float
    schedule: str
    cycle_momentum: bool
    momentum: float
    beta: float
    beta1: float
    beta2: float
    epsilon: float
    weight_decay: float
    weight_init: str
    hidden_size: tuple[int, ...]
    activation: str
    dropout: float
    seed: int

    @classmethod
    def of(cls, flags: argparse.Namespace) -> Config:
        """Complete what the command line says."""
        recipe = not _given(flags, *DESCRIBING)
        optimizer = _or(flags.optimizer, "adam")
        row = OPTIMIZERS[optimizer]
        smoothing = _or(flags.label_smoothing, 0.1 if recipe else 0.0)
        if smoothing and flags.loss == "mean_squared_error":
            raise UserError(
                "--label_smoothing: expected --loss cross_entropy, got mean_squared_error; drop one"
            )
        for flag, rules in USED_BY.items():
            if _given(flags, flag) and optimizer not in rules:
                print(f"note: --{flag} has no effect with --optimizer {optimizer}")
        return cls(
            epochs=flags.epochs,
            batch_size=flags.batch_size,
            loss=_or(flags.loss, "cross_entropy"),
            label_smoothing=smoothing,
            optimizer=optimizer,
            schedule=_or(flags.schedule, "one_cycle" if recipe else "constant"),
            cycle_momentum=not _given(flags, "momentum", "beta1"),
            **{flag: _or(getattr(flags, flag), row.default(flag)) for flag in DEFAULTS},
            weight_init=_or(flags.weight_init, "He"),
            hidden_size=_widths(flags.num_layers, flags.hidden_size),
            activation=_or(flags.activation, "ReLU"),
            dropout=_or(flags.dropout, 0.1 if recipe else 0.0),
            seed=flags.seed,
        )

    @property
    def name(self) -> str:
        """Begin a run's name: ``hl_3_bs_16_ac_tanh`` and what else people compare."""
        widths = "x".join(map(str, dict.fromkeys(self.hidden_size)))
        parts = [
            f"hl_{len(self.hidden_size)}_bs_{self.batch_size}_ac_{self.activation.lower()}",
            f"sz_{widths or 0}_op_{self.optimizer}_lr_{self.learning_rate:g}_ep_{self.epochs}",
            f"seed_{self.seed}",
        ]
        return "_".join(parts)

    def as_dict(self) -> dict[str, Any]:
        """Return the configuration as plain values, with the number of layers."""
        return {**asdict(self), "num_layers": len(self.hidden_size)}

    def __str__(self) -> str:
        widths = "-".join(map(str, (784, *self.hidden_size, 10)))
        parts = [
            f"{widths} {self.activation}, {self.weight_init} init",
            f"dropout {self.dropout:g}" if self.dropout else "no dropout",
            self.loss + (f" smoothed by {self.label_smoothing:g}" if self.label_smoothing else ""),
            f"{self.optimizer} at {self.learning_rate:g} ({self.schedule})",
            f"weight decay {self.weight_decay:g}",
            f"batches of {self.batch_size}, {self.epochs} epochs, seed {self.seed}",
        ]
        return ", ".join(parts)


def _given(flags: argparse.Namespace, *names: str) -> bool:
    return any(getattr(flags, name) is not None for name in names)


def _or(value: Any, default: Any) -> Any:
    return default if value is None else value


def _widths(num_layers: int | None, hidden_size: list[int] | None) -> tuple[int, ...]:
    if hidden_size is None:
        return WIDTHS if num_layers is None else (WIDTH,) * num_layers
    if len(hidden_size) == 1:
        return (hidden_size[0],) * (len(WIDTHS) if num_layers is None else num_layers)
    if num_layers not in (None, len(hidden_size)):
        raise UserError(
            f"--hidden_size: expected one width, or one for each of the {num_layers} layers of "
            f"--num_layers, got {len(hidden_size)}"
        )
    return tuple(hidden_size)
