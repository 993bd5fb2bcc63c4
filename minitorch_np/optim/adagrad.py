"""Adagrad."""

from __future__ import annotations

from typing import Any

from numpy import sqrt

from minitorch_np.optim.optimizer import Optimizer
from minitorch_np.optim.ranges import at_least_zero

__all__ = ["Adagrad"]


class Adagrad(Optimizer):
    """Adagrad: the gradient, divided by the root of the sum of all its squares so far.

    ::

        g ← g + λ p
        s ← s + g²                   (s = s0 before the first step)
        p ← p - η / (1 + (t - 1) κ) · g / (√s + ε)

    Parameters
    ----------
    params : iterable of Parameter, or of dict
    lr : float, default 1e-2
        η, at least 0.
    lr_decay : float, default 0
        κ, at least 0.
    weight_decay : float, default 0
        λ, at least 0; added to the gradient.
    initial_accumulator_value : float, default 0
        s0, at least 0.
    eps : float, default 1e-10
        ε, at least 0.
    maximize : bool, default False
        Follow the gradient upwards.

    Raises
    ------
    ValueError
        If an option is out of range.

    References
    ----------
    Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and stochastic
    optimization", JMLR 12, 2011, in PyTorch's form.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn, optim
    >>> p = nn.Parameter(np.array([1.0]))
    >>> optimizer = optim.Adagrad([p], lr=0.1)
    >>> for _ in range(2):
    ...     p.grad = [5.0]
    ...     optimizer.step()
    >>> p.data.round(4)
    array([0.8293])
    """

    slots = ("sum",)

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def check(self, group: dict[str, Any]) -> None:
        """Raise ValueError if an option is out of its range."""
        at_least_zero("Adagrad", group, "lr", "lr_decay", "weight_decay", "eps")
        at_least_zero("Adagrad", group, "initial_accumulator_value")

    def scalars(
        self, state: dict[str, float], group: dict[str, Any], loss: float | None
    ) -> tuple[float, ...]:
        """The rate of this step, λ, what the sum begins with (at the first step), and ε."""
        t = state["step"]
        lr = group["lr"] / (1 + (t - 1) * group["lr_decay"])
        start = group["initial_accumulator_value"] if t == 1 else 0.0
        return lr, group["weight_decay"], start, group["eps"]

    @staticmethod
    def rule(p, g, s, lr, decay, start, eps):  # type: ignore[no-untyped-def]
        """p ← p - η g / (√s + ε); u is what of g can show in √s beside ε, as in Adam."""
        g = g + decay * p
        u = (g + eps) - eps
        s = s + (start + u * u)
        return p - lr / (sqrt(s) + eps) * g, s
