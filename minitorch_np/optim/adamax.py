"""Adamax."""

from __future__ import annotations

from typing import Any

from numpy import maximum

from minitorch_np.optim.optimizer import Optimizer
from minitorch_np.optim.ranges import at_least_zero, below_one

__all__ = ["Adamax"]


class Adamax(Optimizer):
    """Adam with the infinity norm: divided by the largest gradient, slowly forgotten.

    ::

        g ← g + λ p
        m ← β1 m + (1 - β1) g
        u ← max(β2 u, |g| + ε)
        p ← p - η / (1 - β1ᵗ) · m / u

    Parameters
    ----------
    params : iterable of Parameter, or of dict
    lr : float, default 2e-3
        η, at least 0.
    betas : (float, float), default (0.9, 0.999)
        β1 and β2, each in [0, 1).
    eps : float, default 1e-8
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
    Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 2; with ε
    inside the maximum, as in PyTorch.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn, optim
    >>> p = nn.Parameter(np.array([1.0, -1.0]))
    >>> optimizer = optim.Adamax([p], lr=0.1)
    >>> p.grad = [5.0, -0.01]
    >>> optimizer.step()
    >>> p.data.round(6)
    array([ 0.9, -0.9])
    """

    slots = ("exp_avg", "exp_inf")

    def __init__(
        self,
        params: Any,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def check(self, group: dict[str, Any]) -> None:
        """Raise ValueError if an option is out of its range."""
        at_least_zero("Adamax", group, "lr", "eps", "weight_decay")
        below_one("Adamax", "betas", group["betas"])

    def scalars(
        self, state: dict[str, float], group: dict[str, Any], loss: float | None
    ) -> tuple[float, ...]:
        """The rate with the correction of this step in it, λ, β1, 1 - β1, β2, ε."""
        beta1, beta2 = group["betas"]
        lr = group["lr"] / (1 - beta1 ** state["step"])
        return lr, group["weight_decay"], beta1, 1 - beta1, beta2, group["eps"]

    @staticmethod
    def rule(p, g, m, u, lr, decay, beta1, not_beta1, beta2, eps):  # type: ignore[no-untyped-def]
        """p ← p - η / u · m; η is divided first, for η m may be a slow denormal number."""
        g = g + decay * p
        m = beta1 * m + not_beta1 * g
        u = maximum(beta2 * u, abs(g) + eps)
        return p - lr / u * m, m, u
