"""The rules: one row each, with PyTorch's and optax's twins.

The rates are small, and every run steps under one gradient, so that parameters stay finite and
normal however many steps a block has.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Options = Mapping[str, Any]


class Twin(NamedTuple):
    """optax's form of a rule."""

    name: str
    options: Options
    differs: str = ""
    """Why its parameters are not ours to rounding, if they are not: it is not compared then."""


@dataclass(frozen=True)
class Rule:
    """An optimizer's formula: a class with options that choose one.

    Parameters
    ----------
    name : str
        By which a person picks it; for a user's own rule ``module:Class``.
    title : str
        In the table.
    ours : str
        The class in ``minitorch_np.optim``.
    options : mapping
        Its options, and those of PyTorch's class.
    torch : str, optional
        The class in ``torch.optim``.
    optax : Twin, optional
    drifting : mapping
        Options that differ where gradients are zero (``--what drift``).
    """

    name: str
    title: str
    ours: str
    options: Options
    torch: str | None = None
    optax: Twin | None = None
    drifting: Options = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


LR = 1e-4
PLAIN = {"lr": 1e-3}  # a step of SGD is smaller by the gradient's size
MOMENTUM = {**PLAIN, "momentum": 0.9}
NESTEROV = {**MOMENTUM, "nesterov": True}
ADAPTIVE = {"lr": LR}
ADAMW = {"lr": LR, "weight_decay": 0.01}
AMSGRAD = {"lr": LR, "amsgrad": True}
ADAGRAD = {"lr": 0.01}
ADADELTA = {"lr": 0.1}
# Under one gradient the variance of it vanishes, unless the averages take for ever to settle.
CENTERED = {"lr": LR, "momentum": 0.9, "alpha": 0.99999, "centered": True}

PLAIN_TWIN = Twin("sgd", {"learning_rate": 1e-3})
MOMENTUM_TWIN = Twin("sgd", {"learning_rate": 1e-3, "momentum": 0.9})
NESTEROV_TWIN = Twin("sgd", {"learning_rate": 1e-3, "momentum": 0.9, "nesterov": True})
RATE = {"learning_rate": LR}
LION_TWIN = Twin("lion", {**RATE, "weight_decay": 0.0})
RMSPROP_TWIN = Twin("rmsprop", {**RATE, "decay": 0.99, "eps_in_sqrt": False})
CENTERED_TWIN = Twin(
    "rmsprop",
    {**RATE, "decay": 0.99999, "eps_in_sqrt": False, "momentum": 0.9, "centered": True},
)
ADAMW_TWIN = Twin("adamw", {**RATE, "weight_decay": 0.01})
NADAM_TWIN = Twin("nadam", RATE, differs="optax's NAdam has no momentum decay")
AMSGRAD_TWIN = Twin(
    "amsgrad", RATE, differs="optax's AMSGrad takes the maximum of corrected moments"
)
ADAGRAD_TWIN = Twin(
    "adagrad", {"learning_rate": 0.01, "initial_accumulator_value": 0.0, "eps": 1e-20}
)
ADADELTA_TWIN = Twin("adadelta", {"learning_rate": 0.1})

RULES = [
    Rule("sgd", "SGD", "SGD", PLAIN, "SGD", PLAIN_TWIN),
    Rule("sgd-momentum", "SGD, momentum", "SGD", MOMENTUM, "SGD", MOMENTUM_TWIN),
    Rule("sgd-nesterov", "SGD, Nesterov", "SGD", NESTEROV, "SGD", NESTEROV_TWIN),
    Rule("lion", "Lion", "Lion", ADAPTIVE, None, LION_TWIN),
    Rule("adagrad", "Adagrad", "Adagrad", ADAGRAD, "Adagrad", ADAGRAD_TWIN),
    Rule("rmsprop", "RMSprop", "RMSprop", ADAPTIVE, "RMSprop", RMSPROP_TWIN),
    Rule("adam", "Adam", "Adam", ADAPTIVE, "Adam", Twin("adam", RATE)),
    Rule("adamw", "AdamW", "AdamW", ADAMW, "AdamW", ADAMW_TWIN),
    Rule("nadam", "NAdam", "NAdam", ADAPTIVE, "NAdam", NADAM_TWIN),
    Rule("radam", "RAdam", "RAdam", ADAPTIVE, "RAdam", Twin("radam", RATE)),
    Rule("adamax", "Adamax", "Adamax", ADAPTIVE, "Adamax", Twin("adamax", RATE)),
    Rule("adadelta", "Adadelta", "Adadelta", ADADELTA, "Adadelta", ADADELTA_TWIN),
    Rule("adam-amsgrad", "Adam, AMSGrad", "Adam", AMSGRAD, "Adam", AMSGRAD_TWIN),
    Rule(
        "rmsprop-centered",
        "RMSprop, centered, momentum",
        "RMSprop",
        CENTERED,
        "RMSprop",
        CENTERED_TWIN,
        drifting={"alpha": 0.99},
    ),
]


def select_rules(wanted: list[str]) -> list[Rule]:
    """Return the rules of these names, in the table's order.

    Raises
    ------
    ValueError
        If there is none of a name.
    """
    names = [rule.name for rule in RULES]
    for name in wanted:
        if name not in names:
            raise ValueError(f"no rule {name!r}; choose from {', '.join(names)}")
    return [rule for rule in RULES if rule.name in wanted]
