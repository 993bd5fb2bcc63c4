"""RAdam."""

from __future__ import annotations

import math
from typing import Any

from numpy import sqrt

from minitorch_np.optim.engine.formula import Rule
from minitorch_np.optim.optimizer import Optimizer
from minitorch_np.optim.ranges import at_least_zero, below_one

__all__ = ["RAdam"]


class RAdam(Optimizer):
    """Adam that warms up by itself, while its second moment still varies too much.

    ::

        g ← g + λ p                  (decoupled: p ← (1 - η λ) p instead)
        m ← β1 m + (1 - β1) g
        v ← β2 v + (1 - β2) g²
        m̂ = m / (1 - β1ᵗ)
        ρ∞ = 2 / (1 - β2) - 1,   ρ = ρ∞ - 2 t β2ᵗ / (1 - β2ᵗ)
        r = √((ρ - 4) (ρ - 2) ρ∞ / ((ρ∞ - 4) (ρ∞ - 2) ρ))
        p ← p - η m̂ r √(1 - β2ᵗ) / (√v + ε)      if ρ > 5
        p ← p - η m̂                              otherwise

    Parameters
    ----------
    params : iterable of Parameter, or of dict
    lr : float, default 1e-3
        η, at least 0.
    betas : (float, float), default (0.9, 0.999)
        β1 and β2, each in [0, 1).
    eps : float, default 1e-8
        ε, at least 0.
    weight_decay : float, default 0
        λ, at least 0; added to the gradient.
    decoupled_weight_decay : bool, default False
        Shrink the parameters themselves, as :class:`AdamW` does.
    maximize : bool, default False
        Follow the gradient upwards.

    Raises
    ------
    ValueError
        If an option is out of range.

    References
    ----------
    Liu et al., "On the variance of the adaptive learning rate and beyond", ICLR 2020, algorithm 2;
    with the threshold 5, as in PyTorch and the authors' code (the paper has 4).

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn, optim
    >>> p = nn.Parameter(np.array([1.0]))
    >>> optimizer = optim.RAdam([p], lr=0.1)
    >>> p.grad = [5.0]
    >>> optimizer.step()
    >>> p.data.round(6)
    array([0.5])
    """

    slots = ("exp_avg", "exp_avg_sq")

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)

    def check(self, group: dict[str, Any]) -> None:
        """Raise ValueError if an option is out of its range."""
        at_least_zero("RAdam", group, "lr", "eps", "weight_decay")
        below_one("RAdam", "betas", group["betas"])

    def plan(self, group: dict[str, Any]) -> tuple[Rule, tuple[str, ...]]:
        """Return the formula with the decay in the gradient, or with it decoupled."""
        return (RAdam.decoupled if group["decoupled_weight_decay"] else RAdam.rule), self.slots

    def scalars(
        self, state: dict[str, float], group: dict[str, Any], loss: float | None
    ) -> tuple[float, ...]:
        """The rates of the plain and of the adaptive step, of which one is 0, and the rest."""
        t = state["step"]
        beta1, beta2 = group["betas"]
        lr, decay, eps = group["lr"], group["weight_decay"], group["eps"]
        corrected = lr / (1 - beta1**t)
        limit = 2 / (1 - beta2) - 1
        rho = limit - 2 * t * beta2**t / (1 - beta2**t)
        if rho > 5:
            squared = (rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho)
            plain, adaptive = 0.0, corrected * math.sqrt(squared * (1 - beta2**t))
        else:
            plain, adaptive = corrected, 0.0
            eps = eps or 1e-30  # adaptive / (√v + ε) has to be 0, not 0 / 0
        decay = 1 - lr * decay if group["decoupled_weight_decay"] else decay
        return plain, adaptive, decay, beta1, 1 - beta1, beta2, 1 - beta2, eps

    @staticmethod
    def rule(p, g, m, v, plain, adaptive, decay, beta1, not_beta1, beta2, not_beta2, eps):  # type: ignore[no-untyped-def]
        """p ← p - (plain + adaptive / (√v + ε)) m; u as in Adam."""
        g = g + decay * p
        m = beta1 * m + not_beta1 * g
        u = (g + eps) - eps
        v = beta2 * v + not_beta2 * u * u
        return p - (plain + adaptive / (sqrt(v) + eps)) * m, m, v

    @staticmethod
    def decoupled(p, g, m, v, plain, adaptive, keep, beta1, not_beta1, beta2, not_beta2, eps):  # type: ignore[no-untyped-def]
        """The same, with 1 - η λ as keep."""
        m = beta1 * m + not_beta1 * g
        u = (g + eps) - eps
        v = beta2 * v + not_beta2 * u * u
        return keep * p - (plain + adaptive / (sqrt(v) + eps)) * m, m, v
