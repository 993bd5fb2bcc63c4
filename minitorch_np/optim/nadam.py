"""NAdam."""

from __future__ import annotations

import math
from typing import Any

from numpy import sqrt

from minitorch_np.optim.engine.formula import Rule
from minitorch_np.optim.optimizer import Optimizer
from minitorch_np.optim.ranges import at_least_zero, below_one

__all__ = ["NAdam"]


class NAdam(Optimizer):
    """Adam with Nesterov's momentum.

    ::

        g ← g + λ p                  (decoupled: p ← (1 - η λ) p instead)
        μ_t = β1 (1 - ½ · 0.96^(t ψ))
        m ← β1 m + (1 - β1) g
        v ← β2 v + (1 - β2) g²
        m̂ = μ_{t+1} m / (1 - Π_{i ≤ t+1} μ_i) + (1 - μ_t) g / (1 - Π_{i ≤ t} μ_i)
        v̂ = v / (1 - β2ᵗ)
        p ← p - η m̂ / (√v̂ + ε)

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
    momentum_decay : float, default 4e-3
        ψ, at least 0.
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
    Dozat, "Incorporating Nesterov momentum into Adam", ICLR workshop 2016; PyTorch's form.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn, optim
    >>> p = nn.Parameter(np.array([1.0]))
    >>> optimizer = optim.NAdam([p], lr=0.1)
    >>> p.grad = [5.0]
    >>> optimizer.step()
    >>> bool(p.data < 1)
    True
    """

    slots = ("exp_avg", "exp_avg_sq")
    memory = {"mu_product": 1.0}

    def __init__(
        self,
        params: Any,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "maximize": maximize,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)

    def check(self, group: dict[str, Any]) -> None:
        """Raise ValueError if an option is out of its range."""
        at_least_zero("NAdam", group, "lr", "eps", "weight_decay", "momentum_decay")
        below_one("NAdam", "betas", group["betas"])

    def plan(self, group: dict[str, Any]) -> tuple[Rule, tuple[str, ...]]:
        """Return the formula with the decay in the gradient, or with it decoupled."""
        return (NAdam.decoupled if group["decoupled_weight_decay"] else NAdam.rule), self.slots

    def scalars(
        self, state: dict[str, float], group: dict[str, Any], loss: float | None
    ) -> tuple[float, ...]:
        """η, λ (or 1 - η λ if decoupled), and the weights of g and m, corrected for this step."""
        t = state["step"]
        psi = group["momentum_decay"]
        beta1, beta2 = group["betas"]
        lr, decay = group["lr"], group["weight_decay"]
        mu = beta1 * (1 - 0.5 * 0.96 ** (t * psi))
        mu_next = beta1 * (1 - 0.5 * 0.96 ** ((t + 1) * psi))
        state["mu_product"] *= mu
        return (
            lr,
            1 - lr * decay if group["decoupled_weight_decay"] else decay,
            (1 - mu) / (1 - state["mu_product"]),
            mu_next / (1 - state["mu_product"] * mu_next),
            beta1,
            1 - beta1,
            beta2,
            1 - beta2,
            1 / math.sqrt(1 - beta2**t),
            group["eps"],
        )

    @staticmethod
    def rule(p, g, m, v, lr, decay, of_g, of_m, beta1, not_beta1, beta2, not_beta2, root, eps):  # type: ignore[no-untyped-def]
        """p ← p - η m̂ / (√v̂ + ε), u and the order as in Adam."""
        g = g + decay * p
        m = beta1 * m + not_beta1 * g
        u = (g + eps) - eps
        v = beta2 * v + not_beta2 * u * u
        return p - lr / (sqrt(v) * root + eps) * (of_g * g + of_m * m), m, v

    @staticmethod
    def decoupled(p, g, m, v, lr, keep, of_g, of_m, beta1, not_beta1, beta2, not_beta2, root, eps):  # type: ignore[no-untyped-def]
        """The same, with 1 - η λ as keep."""
        m = beta1 * m + not_beta1 * g
        u = (g + eps) - eps
        v = beta2 * v + not_beta2 * u * u
        return keep * p - lr / (sqrt(v) * root + eps) * (of_g * g + of_m * m), m, v
