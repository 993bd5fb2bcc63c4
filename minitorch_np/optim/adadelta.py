"""Adadelta."""

from __future__ import annotations

from typing import Any

from numpy import sqrt

from minitorch_np.optim.optimizer import Optimizer
from minitorch_np.optim.ranges import at_least_zero, at_most_one

__all__ = ["Adadelta"]


class Adadelta(Optimizer):
    """Adadelta: the gradient in units of the parameter, by two running root mean squares.

    ::

        g ← g + λ p
        v ← ρ v + (1 - ρ) g²
        d = √(a + ε) / √(v + ε) · g
        a ← ρ a + (1 - ρ) d²
        p ← p - η d

    Parameters
    ----------
    params : iterable of Parameter, or of dict
    lr : float, default 1.0
        η, at least 0.
    rho : float, default 0.9
        ρ, in [0, 1].
    eps : float, default 1e-6
        ε, at least 0.
    weight_decay : float, default 0
        λ, at least 0; added to the gradient.
    maximize : bool, default False
        Follow the gradient upwards.

    Raises
    ------
    ValueError
        If an option is out of range.

    References
    ----------
    Zeiler, "ADADELTA: an adaptive learning rate method", arXiv 1212.5701, algorithm 1.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn, optim
    >>> p = nn.Parameter(np.array([1.0]))
    >>> optimizer = optim.Adadelta([p])
    >>> p.grad = [5.0]
    >>> optimizer.step()
    >>> p.data.round(6)
    array([0.996838])
    """

    slots = ("square_avg", "acc_delta")

    def __init__(
        self,
        params: Any,
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "rho": rho,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def check(self, group: dict[str, Any]) -> None:
        """Raise ValueError if an option is out of its range."""
        at_least_zero("Adadelta", group, "lr", "eps", "weight_decay")
        at_most_one("Adadelta", group, "rho")

    def scalars(
        self, state: dict[str, float], group: dict[str, Any], loss: float | None
    ) -> tuple[float, ...]:
        """η, λ, ρ, 1 - ρ, ε."""
        rho = group["rho"]
        return group["lr"], group["weight_decay"], rho, 1 - rho, group["eps"]

    @staticmethod
    def rule(p, g, v, a, lr, decay, rho, not_rho, eps):  # type: ignore[no-untyped-def]
        """p ← p - η d; u and w are what of g and d can show in a square beside ε."""
        g = g + decay * p
        u = (g + eps) - eps
        v = rho * v + not_rho * u * u
        d = sqrt(a + eps) / sqrt(v + eps) * g
        w = (d + eps) - eps
        a = rho * a + not_rho * w * w
        return p - lr * d, v, a
