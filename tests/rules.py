"""The rule table: one row for each optimizer, with the hyperparameters its proofs run over.

A row says which class, what PyTorch calls it, which options to try, and which to refuse. The proofs
in ``test_optim_*.py`` run over all rows; a new rule adds a row here.
"""

from dataclasses import dataclass
from importlib.util import find_spec
from itertools import product
from typing import Any

import numpy as np
import pytest

from minitorch_np import nn, optim

__all__ = ["DTYPES", "ENGINES", "RULES", "SHAPES", "RuleCase", "configurations", "parameters"]

Options = dict[str, Any]

ENGINES = [
    "numpy",
    pytest.param(
        "numba", marks=pytest.mark.skipif(find_spec("numba") is None, reason="numba is absent")
    ),
]
DTYPES = [np.float32, np.float64]
# Odd sizes: no multiple of a vector's width, one value, no dimension, no value.
SHAPES = ((7, 5), (13,), (1,), (), (0, 3), (2, 3, 3))


@dataclass(frozen=True)
class RuleCase:
    """An optimizer, with what its proofs need.

    ``grid`` are the configurations in which it is held against its PyTorch twin; ``refused`` are
    options that must be refused, each with a fragment of the sentence.
    """

    rule: type[optim.Optimizer]
    twin: str
    grid: tuple[Options, ...]
    refused: tuple[tuple[Options, str], ...]

    @property
    def id(self) -> str:
        return self.rule.__name__


def every(**choices: tuple[Any, ...]) -> list[Options]:
    """Every combination of the choices."""
    return [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]


def bad_numbers(*names: str) -> tuple[tuple[Options, str], ...]:
    """Values that an option of at least 0 must refuse."""
    return tuple(
        ({name: value}, f"expected {name} of at least 0, got {value!r}")
        for name in names
        for value in (-1e-3, float("nan"), "0.1", None)
    )


BAD_BETAS = tuple(
    ({"betas": betas}, "expected betas to be a pair in [0, 1), got")
    for betas in ((0.9, 1.0), (-0.1, 0.9), (float("nan"), 0.9), (0.9,), (0.9, 0.9, 0.9), 0.9, "ab")
)

RULES = (
    RuleCase(
        optim.SGD,
        "SGD",
        (
            *every(lr=(0.1,), weight_decay=(0.0, 0.02)),
            *every(lr=(0.05,), momentum=(0.5, 0.9), dampening=(0.0, 0.3), weight_decay=(0.0, 0.02)),
            *every(lr=(0.05,), momentum=(0.9,), nesterov=(True,), weight_decay=(0.0, 0.02)),
            {"lr": 1},  # an int
        ),
        (
            *bad_numbers("lr", "momentum", "weight_decay"),
            ({"dampening": "0"}, "expected dampening to be a number"),
            ({"nesterov": True}, "expected momentum above 0 and dampening 0 with nesterov"),
            ({"nesterov": True, "momentum": 0.9, "dampening": 0.1}, "and dampening 0.1"),
        ),
    ),
    RuleCase(
        optim.RMSprop,
        "RMSprop",
        (
            *every(momentum=(0.0, 0.9), centered=(False, True), weight_decay=(0.0, 0.02)),
            *every(lr=(1e-3,), alpha=(0.5, 0.9), eps=(1e-3,), momentum=(0.0, 0.5)),
        ),
        bad_numbers("lr", "alpha", "eps", "weight_decay", "momentum"),
    ),
    RuleCase(
        optim.Adam,
        "Adam",
        (
            *every(weight_decay=(0.0, 0.02), betas=((0.9, 0.999), (0.5, 0.9))),
            *every(lr=(0.1,), betas=((0.0, 0.99), (0.9, 0.0), (0.0, 0.0)), eps=(1e-3,)),
            {"lr": 1, "weight_decay": 1},  # ints
        ),
        (*bad_numbers("lr", "eps", "weight_decay"), *BAD_BETAS),
    ),
    RuleCase(
        optim.NAdam,
        "NAdam",
        (
            *every(weight_decay=(0.0, 0.02), betas=((0.9, 0.999), (0.5, 0.9))),
            *every(lr=(0.1,), momentum_decay=(0.0, 0.5), eps=(1e-3,)),
            {"betas": (0.0, 0.99)},
        ),
        (*bad_numbers("lr", "eps", "weight_decay", "momentum_decay"), *BAD_BETAS),
    ),
)


def configurations() -> list[Any]:
    """Every row in every configuration, as pytest parameters (case, options)."""
    return [
        pytest.param(
            case,
            options,
            id="-".join([case.id, *(f"{name}={value}" for name, value in options.items())]),
        )
        for case in RULES
        for options in case.grid
    ]


def parameters(dtype: Any, seed: int = 1, shapes: Any = SHAPES) -> list[nn.Parameter]:
    """Parameters with standard normal values."""
    rng = np.random.default_rng(seed)
    return [nn.Parameter(np.asarray(rng.standard_normal(shape), dtype)) for shape in shapes]
