"""The optimizers that -o names: how each is built, from which flags, with which defaults.

Another optimizer is another row of ``OPTIMIZERS``. The choices of -o, what --help says, the notes
on flags without effect, and whether one-cycle moves a momentum follow from the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

from minitorch_np import nn, optim

__all__ = ["DEFAULTS", "OPTIMIZERS", "SYNONYMS", "USED_BY", "Row", "defaults_of", "listed"]

# What the flags are where neither the command line nor the optimizer's row says otherwise.
DEFAULTS = {
    "learning_rate": 1e-3,
    "momentum": 0.9,
    "beta": 0.99,
    "beta1": 0.9,
    "beta2": 0.999,
    "epsilon": 1e-8,
    "weight_decay": 0.0,
}


@dataclass(frozen=True)
class Row:
    """An optimizer and the flags that it takes.

    Attributes
    ----------
    make : callable
        ``make(parameters, **options)`` builds it.
    options : dict
        Its options, each with the flag, or the pair of flags, that gives the value; besides ``lr``
        and ``weight_decay``, which all have.
    defaults : dict
        The defaults of its flags, where they are not those of ``DEFAULTS``.
    decoupled : bool
        Whether weight decay shrinks the weights, and is not added to the gradient.
    """

    make: Callable[..., optim.Optimizer]
    options: Mapping[str, str | tuple[str, str]] = field(default_factory=dict)
    defaults: Mapping[str, float] = field(default_factory=dict)
    decoupled: bool = False

    @property
    def flags(self) -> set[str]:
        """The flags that have an effect."""
        flags: set[str] = set()
        for source in (*COMMON.values(), *self.options.values()):
            flags |= {source} if isinstance(source, str) else set(source)
        return flags

    @property
    def has_momentum(self) -> bool:
        """Whether there is a momentum, or a β1, for a schedule to move."""
        return not self.flags.isdisjoint(("momentum", "beta1"))

    def default(self, flag: str) -> float:
        """Return the default of a flag."""
        return self.defaults.get(flag, DEFAULTS[flag])

    def build(self, parameters: Iterable[nn.Parameter], config: object) -> optim.Optimizer:
        """Return the optimizer, with the values that ``config`` has under the flags' names."""
        options = {**COMMON, **self.options}
        return self.make(parameters, **{name: _value(config, options[name]) for name in options})


def _value(config: object, source: str | tuple[str, str]) -> object:
    if isinstance(source, str):
        return getattr(config, source)
    return tuple(getattr(config, flag) for flag in source)


COMMON = {"lr": "learning_rate", "weight_decay": "weight_decay"}
MOMENTUM = {"momentum": "momentum"}
EPS = {"eps": "epsilon"}
BETAS = {"betas": ("beta1", "beta2")}

OPTIMIZERS = {
    "sgd": Row(optim.SGD, {}, {"learning_rate": 0.1}),
    "momentum": Row(optim.SGD, MOMENTUM, {"learning_rate": 0.05}),
    "nag": Row(partial(optim.SGD, nesterov=True), MOMENTUM, {"learning_rate": 0.05}),
    "rmsprop": Row(optim.RMSprop, {"alpha": "beta", **EPS}),
    "adam": Row(optim.Adam, {**BETAS, **EPS}),
    "nadam": Row(optim.NAdam, {**BETAS, **EPS}),
    "adamw": Row(optim.AdamW, {**BETAS, **EPS}, {"weight_decay": 1e-2}, decoupled=True),
    "adagrad": Row(optim.Adagrad, EPS, {"learning_rate": 1e-2, "epsilon": 1e-10}),
    "adadelta": Row(
        optim.Adadelta,
        {"rho": "beta", **EPS},
        {"learning_rate": 1.0, "beta": 0.9, "epsilon": 1e-6},
    ),
    "adamax": Row(optim.Adamax, {**BETAS, **EPS}, {"learning_rate": 2e-3}),
    "radam": Row(optim.RAdam, {**BETAS, **EPS}),
    "lion": Row(optim.Lion, BETAS, {"learning_rate": 1e-4, "beta2": 0.99}, decoupled=True),
}
SYNONYMS = {"nesterov": "nag"}

# For each flag the optimizers that it has an effect on.
USED_BY = {
    flag: tuple(name for name, row in OPTIMIZERS.items() if flag in row.flags) for flag in DEFAULTS
}


def defaults_of(flag: str) -> str:
    """Say what a flag's default is: ``0.001; 0.1 for sgd, 0.05 for momentum and nag``."""
    others: dict[float, list[str]] = {}
    for name in USED_BY[flag]:
        value = OPTIMIZERS[name].default(flag)
        if value != DEFAULTS[flag]:
            others.setdefault(value, []).append(name)
    said = [f"{_short(value)} for {listed(names)}" for value, names in others.items()]
    return "; ".join([_short(DEFAULTS[flag]), *([", ".join(said)] if said else [])])


def listed(names: Iterable[str]) -> str:
    """Return ``a, b and c``."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _short(value: float) -> str:
    return f"{value:g}".replace("e-0", "e-")
