"""The configuration of a run: the flags, and what they leave open."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from lab.errors import UserError
from lab.models import MODELS, OPTIONAL
from lab.naming import config_name
from lab.optimizers import DEFAULTS, OPTIMIZERS, USED_BY, listed
from lab.views import TRAINED_FOR

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
WIDTH = 128  # of a layer where only their number is given


@dataclass(frozen=True)
class Config:
    """All that a run depends on, besides the data.

    A model brings its own settings (:mod:`lab.models`), and each flag overrides one of them. Only
    the script's own recipe, ``mlp`` with dropout, label smoothing and a learning-rate schedule,
    gives way as a whole: where a standard flag speaks of the network, the loss or the optimizer
    (``DESCRIBING``), the net is the plain one that it describes, unless asked for.
    """

    model: str
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
    augment: tuple[str, ...]
    views: bool
    seed: int

    @classmethod
    def of(cls, flags: argparse.Namespace) -> Config:
        """Complete what the command line says."""
        model = _or(flags.model, "mlp")
        row, described = MODELS[model], _given(flags, *DESCRIBING)
        _refuse_what_does_not_apply(flags, model)

        def setting(flag: str) -> Any:
            return _or(getattr(flags, flag), row.default(flag, described))

        loss = _or(flags.loss, row.losses[0])
        smoothed = loss == "cross_entropy"
        if flags.label_smoothing and not smoothed:
            raise UserError(
                f"--label_smoothing: expected --loss cross_entropy, got {loss}; drop one"
            )
        augment = _augmentations(flags.augment, row.default("augment"), setting("dataset"))
        optimizer = setting("optimizer")
        tuning = row.tuning if optimizer == row.default("optimizer") else {}
        rates = {flag: OPTIMIZERS[optimizer].default(flag) for flag in DEFAULTS} | dict(tuning)
        for flag, rules in USED_BY.items():
            if _given(flags, flag) and optimizer not in rules:
                print(f"note: --{flag} has no effect with --optimizer {optimizer}")
        return cls(
            model=model,
            epochs=setting("epochs"),
            batch_size=setting("batch_size"),
            loss=loss,
            label_smoothing=setting("label_smoothing") if smoothed else 0.0,
            optimizer=optimizer,
            schedule=setting("schedule"),
            cycle_momentum=not _given(flags, "momentum", "beta1"),
            **{flag: _or(getattr(flags, flag), rates[flag]) for flag in DEFAULTS},
            weight_init=setting("weight_init"),
            hidden_size=_widths(flags.num_layers, flags.hidden_size, row.default("hidden_size")),
            activation=setting("activation"),
            dropout=setting("dropout"),
            augment=augment,
            views=_views(flags.views, row.default("views"), augment),
            seed=flags.seed,
        )

    @property
    def name(self) -> str:
        """The name of the run's configuration (:mod:`lab.naming`): ``hl_3_bs_16_ac_tanh_...``."""
        return config_name(self)

    def as_dict(self) -> dict[str, Any]:
        """Return the configuration as plain values, with the number of layers."""
        values = {**asdict(self), "num_layers": len(self.hidden_size)}
        without = set() if self._has_widths else {"hidden_size", "num_layers", "activation"}
        without |= set() if self.views else {"views"}
        return {name: value for name, value in values.items() if name not in without}

    def __str__(self) -> str:
        net = [] if self.model == "mlp" else [self.model]
        if self._has_widths:
            net += ["-".join(map(str, (784, *self.hidden_size, 10))), self.activation]
        parts = [
            f"{' '.join(net)}, {self.weight_init} init",
            f"dropout {self.dropout:g}" if self.dropout else "no dropout",
            self.loss + (f" smoothed by {self.label_smoothing:g}" if self.label_smoothing else ""),
            f"{self.optimizer} at {self.learning_rate:g} ({self.schedule})",
            f"weight decay {self.weight_decay:g}",
            *([f"augmented by {listed(self.augment)}"] if self.augment else []),
            *(["answers from several views"] if self.views else []),
            f"batches of {self.batch_size}, {self.epochs} epochs, seed {self.seed}",
        ]
        return ", ".join(parts)

    @property
    def _has_widths(self) -> bool:
        return "hidden_size" in MODELS[self.model].options


def _given(flags: argparse.Namespace, *names: str) -> bool:
    return any(getattr(flags, name) is not None for name in names)


def _or(value: Any, default: Any) -> Any:
    return default if value is None else value


def _refuse_what_does_not_apply(flags: argparse.Namespace, model: str) -> None:
    for flag in OPTIONAL:
        if _given(flags, flag) and flag not in MODELS[model].flags:
            models = ", ".join(name for name, row in MODELS.items() if flag in row.flags)
            raise UserError(
                f"--{flag}: expected a --model that it applies to ({models}), got {model}; drop one"
            )


def _widths(
    num_layers: int | None, hidden_size: list[int] | None, default: tuple[int, ...]
) -> tuple[int, ...]:
    if hidden_size is None:
        return default if num_layers is None else (WIDTH,) * num_layers
    if len(hidden_size) == 1:
        return (hidden_size[0],) * (len(default) if num_layers is None else num_layers)
    if num_layers not in (None, len(hidden_size)):
        raise UserError(
            f"--hidden_size: expected one width, or one for each of the {num_layers} layers of "
            f"--num_layers, got {len(hidden_size)}"
        )
    return tuple(hidden_size)


def _augmentations(
    given: list[str] | None, default: Sequence[str], dataset: str
) -> tuple[str, ...]:
    if given is not None:
        return tuple(given)
    mirrored = dataset not in ("mnist", "digits")  # garments can be; a mirrored digit is none
    return tuple(name for name in default if name != "flip" or mirrored)


def _views(given: bool | None, default: bool, augment: Sequence[str]) -> bool:
    can = any(name in augment for name in TRAINED_FOR)
    if given and not can:
        raise UserError(
            f"--views: expected --augment with {' or '.join(TRAINED_FOR)}, so that the network "
            f"knows such views, got {' '.join(augment) or 'none'}; give one, or drop --views"
        )
    return can and _or(given, default)
