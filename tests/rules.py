"""The rule table: one row for each optimizer, with the hyperparameters its proofs run over.

A row says which class, what PyTorch calls it, which options to try, and which to refuse. The proofs
in ``test_optim_*.py`` run over all rows; a new rule adds a row here.
"""

from collections.abc import Callable
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

    ``twin_of(torch)`` is the PyTorch class it is held against, in every configuration of ``grid``;
    ``refused`` are options that must be refused, each with a fragment of the sentence.
    """

    rule: type[optim.Optimizer]
    twin_of: Callable[[Any], Any]
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


def lion(torch: Any) -> Any:
    """Lion, transcribed from algorithm 2 of arXiv 2302.06675; PyTorch has none."""

    class Twin(torch.optim.Optimizer):  # type: ignore[misc]
        def __init__(
            self, params: Any, lr: Any = 1e-4, betas: Any = (0.9, 0.99), weight_decay: Any = 0.0,
            maximize: bool = False,
        ) -> None:  # fmt: skip
            options = {"lr": lr, "betas": betas, "weight_decay": weight_decay, "maximize": maximize}
            super().__init__(params, options)

        @torch.no_grad()
        def step(self) -> None:
            for group in self.param_groups:
                beta1, beta2 = group["betas"]
                for theta in group["params"]:
                    if theta.grad is None:
                        continue
                    g = -theta.grad if group["maximize"] else theta.grad
                    state = self.state[theta]
                    m = state.setdefault("exp_avg", torch.zeros_like(theta))
                    c = beta1 * m + (1 - beta1) * g
                    direction = torch.where(c.isnan(), c, torch.sign(c))  # sign(NaN) is 0 there
                    theta -= group["lr"] * (direction + group["weight_decay"] * theta)
                    state["exp_avg"] = beta2 * m + (1 - beta2) * g

    return Twin


RULES = (
    RuleCase(
        optim.SGD,
        lambda torch: torch.optim.SGD,
        (
            *every(lr=(0.1,), weight_decay=(0.0, 0.02)),
            *every(lr=(0.05,), momentum=(0.5, 0.9), dampening=(0.0, 0.3), weight_decay=(0.0, 0.02)),
            *every(lr=(0.05,), momentum=(0.9,), nesterov=(True,), weight_decay=(0.0, 0.02)),
            {"lr": 1},  # an int
            *every(momentum=(0.0, 0.9), maximize=(True,), weight_decay=(0.02,)),
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
        lambda torch: torch.optim.RMSprop,
        (
            *every(momentum=(0.0, 0.9), centered=(False, True), weight_decay=(0.0, 0.02)),
            *every(lr=(1e-3,), alpha=(0.5, 0.9), eps=(1e-3,), momentum=(0.0, 0.5)),
            {"maximize": True, "weight_decay": 0.02},
        ),
        bad_numbers("lr", "alpha", "eps", "weight_decay", "momentum"),
    ),
    RuleCase(
        optim.Adam,
        lambda torch: torch.optim.Adam,
        (
            *every(weight_decay=(0.0, 0.02), betas=((0.9, 0.999), (0.5, 0.9))),
            *every(lr=(0.1,), betas=((0.0, 0.99), (0.9, 0.0), (0.0, 0.0)), eps=(1e-3,)),
            *every(amsgrad=(False, True), decoupled_weight_decay=(True,), weight_decay=(0.02,)),
            *every(amsgrad=(True,), weight_decay=(0.0, 0.02), betas=((0.9, 0.5),)),
            {"maximize": True, "weight_decay": 0.02},
            {"lr": 1, "weight_decay": 1},  # ints
        ),
        (*bad_numbers("lr", "eps", "weight_decay"), *BAD_BETAS),
    ),
    RuleCase(
        optim.NAdam,
        lambda torch: torch.optim.NAdam,
        (
            *every(weight_decay=(0.0, 0.02), betas=((0.9, 0.999), (0.5, 0.9))),
            *every(lr=(0.1,), momentum_decay=(0.0, 0.5), eps=(1e-3,)),
            {"betas": (0.0, 0.99)},
            *every(
                decoupled_weight_decay=(True,), weight_decay=(0.0, 0.02), maximize=(False, True)
            ),
        ),
        (*bad_numbers("lr", "eps", "weight_decay", "momentum_decay"), *BAD_BETAS),
    ),
    RuleCase(
        optim.AdamW,
        lambda torch: torch.optim.AdamW,
        (
            *every(weight_decay=(0.0, 0.1), betas=((0.9, 0.999), (0.5, 0.9))),
            *every(lr=(0.1,), betas=((0.0, 0.99), (0.9, 0.0), (0.0, 0.0)), eps=(1e-3,)),
            *every(amsgrad=(True,), weight_decay=(0.0, 0.1), maximize=(False, True)),
            {"lr": 1, "weight_decay": 1},  # ints
        ),
        (*bad_numbers("lr", "eps", "weight_decay"), *BAD_BETAS),
    ),
    RuleCase(
        optim.Adagrad,
        lambda torch: torch.optim.Adagrad,
        (
            *every(weight_decay=(0.0, 0.02), initial_accumulator_value=(0.0, 0.5)),
            *every(lr=(0.1,), lr_decay=(0.1,), eps=(1e-3, 0.0), maximize=(False, True)),
            {"lr": 1, "weight_decay": 1},  # ints
        ),
        bad_numbers("lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps"),
    ),
    RuleCase(
        optim.Adadelta,
        lambda torch: torch.optim.Adadelta,
        (
            *every(weight_decay=(0.0, 0.02), rho=(0.9, 0.5)),
            *every(lr=(0.1,), rho=(0.0, 1.0), eps=(1e-3,)),
            *every(lr=(1,), maximize=(False, True)),
        ),
        (
            *bad_numbers("lr", "eps", "weight_decay"),
            *(({"rho": rho}, "expected rho in [0, 1]") for rho in (-0.1, 1.1, float("nan"), "a")),
        ),
    ),
    RuleCase(
        optim.Adamax,
        lambda torch: torch.optim.Adamax,
        (
            *every(weight_decay=(0.0, 0.02), betas=((0.9, 0.999), (0.5, 0.9))),
            *every(lr=(0.1,), betas=((0.0, 0.99), (0.9, 0.0)), eps=(1e-3,)),
            *every(lr=(1,), maximize=(False, True)),
        ),
        (*bad_numbers("lr", "eps", "weight_decay"), *BAD_BETAS),
    ),
    RuleCase(
        optim.RAdam,
        lambda torch: torch.optim.RAdam,
        (
            *every(weight_decay=(0.0, 0.02), betas=((0.9, 0.999), (0.5, 0.9), (0.9, 0.5))),
            *every(decoupled_weight_decay=(True,), weight_decay=(0.0, 0.1)),
            *every(lr=(0.1,), betas=((0.0, 0.99),), eps=(1e-3,), maximize=(False, True)),
        ),
        (*bad_numbers("lr", "eps", "weight_decay"), *BAD_BETAS),
    ),
    RuleCase(
        optim.Lion,
        lion,
        (
            *every(weight_decay=(0.0, 0.1), betas=((0.9, 0.99), (0.5, 0.9))),
            *every(lr=(0.1,), betas=((0.0, 0.99), (0.9, 0.0))),
            *every(lr=(1e-3,), maximize=(False, True)),
        ),
        (*bad_numbers("lr", "weight_decay"), *BAD_BETAS),
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
