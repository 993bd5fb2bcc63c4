"""RMSprop."""

from __future__ import annotations

from typing import Any

from numpy import sqrt

from minitorch_np.optim.engine.formula import Rule
from minitorch_np.optim.optimizer import Optimizer
from minitorch_np.optim.ranges import at_least_zero

__all__ = ["RMSprop"]


class RMSprop(Optimizer):
    """RMSprop: the gradient, divided by a running root mean square of it.

    ::

        g ← g + λ p
        v ← α v + (1 - α) g²
        a ← α a + (1 - α) g          (centered; else a = 0)
        d = g / (√(v - a²) + ε)
        b ← μ b + d                  (with momentum; else b = d)
        p ← p - η b

    Parameters
    ----------
    params : iterable of Parameter, or of dict
    lr : float, default 1e-2
        η, at least 0.
    alpha : float, default 0.99
        α, at least 0.
    eps : float, default 1e-8
        ε, at least 0.
    weight_decay : float, default 0
        λ, at least 0; added to the gradient.
    momentum : float, default 0
        μ, at least 0.
    centered : bool, default False
        Divide by an estimate of the standard deviation instead.
    maximize : bool, default False
        Follow the gradient upwards.

    Raises
    ------
    ValueError
        If an option is out of range.

    Notes
    -----
    Where rounding makes v - a² negative, its absolute value is taken; PyTorch gives NaN.

    References
    ----------
    Tieleman and Hinton, "Lecture 6.5 - rmsprop", 2012; centered: Graves, arXiv 1308.0850.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn, optim
    >>> p = nn.Parameter(np.array([1.0]))
    >>> optimizer = optim.RMSprop([p], lr=0.01)
    >>> p.grad = [5.0]
    >>> optimizer.step()
    >>> p.data.round(6)
    array([0.9])
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "alpha": alpha,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "centered": centered,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def check(self, group: dict[str, Any]) -> None:
        """Raise ValueError if an option is out of its range."""
        at_least_zero("RMSprop", group, "lr", "alpha", "eps", "weight_decay", "momentum")

    def plan(self, group: dict[str, Any]) -> tuple[Rule, tuple[str, ...]]:
        """Return one of four formulas: centered or not, with momentum or not."""
        if group["centered"]:
            if group["momentum"]:
                return RMSprop.centered_momentum, ("square_avg", "grad_avg", "momentum_buffer")
            return RMSprop.centered, ("square_avg", "grad_avg")
        if group["momentum"]:
            return RMSprop.momentum, ("square_avg", "momentum_buffer")
        return RMSprop.rule, ("square_avg",)

    def scalars(
        self, state: dict[str, float], group: dict[str, Any], loss: float | None
    ) -> tuple[float, ...]:
        """η, λ, α, 1 - α, ε, and μ where there is momentum."""
        alpha, mu = group["alpha"], group["momentum"]
        common = group["lr"], group["weight_decay"], alpha, 1 - alpha, group["eps"]
        return (*common, mu) if mu else common

    @staticmethod
    def rule(p, g, v, lr, decay, alpha, not_alpha, eps):  # type: ignore[no-untyped-def]
        """p ← p - η g / (√v + ε); u is what of g can show in √v beside ε, as in Adam."""
        g = g + decay * p
        u = (g + eps) - eps
        v = alpha * v + not_alpha * u * u
        return p - lr * g / (sqrt(v) + eps), v

    @staticmethod
    def centered(p, g, v, a, lr, decay, alpha, not_alpha, eps):  # type: ignore[no-untyped-def]
        """p ← p - η g / (√(v - a²) + ε)."""
        g = g + decay * p
        u = (g + eps) - eps
        v = alpha * v + not_alpha * u * u
        a = alpha * a + not_alpha * g
        return p - lr * g / (sqrt(abs(v - a * a)) + eps), v, a

    @staticmethod
    def momentum(p, g, v, b, lr, decay, alpha, not_alpha, eps, mu):  # type: ignore[no-untyped-def]
        """b ← μ b + g / (√v + ε), p ← p - η b."""
        g = g + decay * p
        u = (g + eps) - eps
        v = alpha * v + not_alpha * u * u
        b = mu * b + g / (sqrt(v) + eps)
        return p - lr * b, v, b

    @staticmethod
    def centered_momentum(p, g, v, a, b, lr, decay, alpha, not_alpha, eps, mu):  # type: ignore[no-untyped-def]
        """b ← μ b + g / (√(v - a²) + ε), p ← p - η b."""
        g = g + decay * p
        u = (g + eps) - eps
        v = alpha * v + not_alpha * u * u
        a = alpha * a + not_alpha * g
        b = mu * b + g / (sqrt(abs(v - a * a)) + eps)
        return p - lr * b, v, a, b
