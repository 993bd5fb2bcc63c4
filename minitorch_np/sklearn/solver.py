"""The optimizer that an estimator's options describe."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from minitorch_np import optim
from minitorch_np.parameter import Parameter

__all__ = ["make_optimizer"]

# Those that add weight_decay · p to the gradient, which is what a penalty in the loss is.
RULES: dict[str, Any] = {
    "sgd": optim.SGD,
    "adam": optim.Adam,
    "nadam": optim.NAdam,
    "radam": optim.RAdam,
    "adamax": optim.Adamax,
    "rmsprop": optim.RMSprop,
    "adagrad": optim.Adagrad,
    "adadelta": optim.Adadelta,
}


def make_optimizer(
    solver: Any,
    params: Iterable[Parameter],
    lr: float,
    decay: float,
    momentum: float,
    nesterov: bool,
) -> optim.Optimizer:
    """Return the optimizer that ``solver`` names, or makes of ``(params, lr=lr)``.

    Parameters
    ----------
    solver : str or callable
    params : iterable of Parameter
    lr : float
    decay : float
        The weight decay, of weights alone; for named solvers, as are the next two.
    momentum : float
    nesterov : bool

    Raises
    ------
    ValueError, TypeError
        If the name is unknown, or what was made is no optimizer.
    """
    if isinstance(solver, str) and solver in RULES:
        options = {"momentum": momentum, "nesterov": nesterov and momentum > 0}
        groups = optim.weight_decay_groups(params, decay)
        made: optim.Optimizer = RULES[solver](groups, lr=lr, **options if solver == "sgd" else {})
        return made
    if not callable(solver):
        raise ValueError(
            f"solver: expected one of {', '.join(RULES)}, or a callable that makes an Optimizer "
            f"of (params, lr=), such as optim.AdamW, got {solver!r}"
        )
    optimizer = solver(params, lr=lr)
    if not isinstance(optimizer, optim.Optimizer):
        raise TypeError(f"solver: expected an Optimizer, got {type(optimizer).__name__} from it")
    return optimizer
