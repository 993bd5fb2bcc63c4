"""Adam."""

from __future__ import annotations

import math
from typing import Any

from numpy import maximum, sqrt

from minitorch_np.optim.engine.formula import Rule
from minitorch_np.optim.optimizer import Optimizer
from minitorch_np.optim.ranges import at_least_zero, below_one

__all__ = ["Adam"]


class Adam(Optimizer):
    """Adam: steps of adaptive size, from moments of the gradient.

    ::

        g ← g + λ p                              (decoupled: p ← (1 - η λ) p instead)
        m ← β1 m + (1 - β1) g
        v ← β2 v + (1 - β2) g²
        m̂ = m / (1 - β1ᵗ),   v̂ = v / (1 - β2ᵗ)
        p ← p - η m̂ / (√v̂ + ε)                   (amsgrad: the largest v so far for v)

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
    amsgrad : bool, default False
        Divide by the largest second moment so far, so that no step is larger than one before.
    maximize : bool, default False
        Follow the gradient upwards.
    decoupled_weight_decay : bool, default False
        Shrink the parameters themselves, as :class:`AdamW` does.

    Raises
    ------
    ValueError
        If an option is out of range.

    References
    ----------
    Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1; amsgrad:
    Reddi et al., "On the convergence of Adam and beyond", ICLR 2018, algorithm 2, in PyTorch's
    form, where v is corrected after its maximum is taken.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn, optim
    >>> p = nn.Parameter(np.array([1.0, -1.0]))
    >>> optimizer = optim.Adam([p], lr=0.1)
    >>> p.grad = [5.0, -0.01]
    >>> optimizer.step()
    >>> p.data.round(6)
    array([ 0.9, -0.9])
    """

    slots = ("exp_avg", "exp_avg_sq")

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        decoupled_weight_decay: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)

    def check(self, group: dict[str, Any]) -> None:
        """Raise ValueError if an option is out of its range."""
        owner = type(self).__name__
        at_least_zero(owner, group, "lr", "eps", "weight_decay")
        below_one(owner, "betas", group["betas"])

    def plan(self, group: dict[str, Any]) -> tuple[Rule, tuple[str, ...]]:
        """Return one of four formulas: decay in the gradient or decoupled, amsgrad or not."""
        if group["amsgrad"]:
            rule = Adam.decoupled_amsgrad if group["decoupled_weight_decay"] else Adam.amsgrad
            return rule, (*self.slots, "max_exp_avg_sq")
        return (Adam.decoupled if group["decoupled_weight_decay"] else Adam.rule), self.slots

    def scalars(
        self, state: dict[str, float], group: dict[str, Any], loss: float | None
    ) -> tuple[float, ...]:
        """The rates with the corrections of this step in them; λ, or 1 - η λ if decoupled."""
        t = state["step"]
        beta1, beta2 = group["betas"]
        lr, decay = group["lr"], group["weight_decay"]
        return (
            lr / (1 - beta1**t),
            1 - lr * decay if group["decoupled_weight_decay"] else decay,
            beta1,
            1 - beta1,
            beta2,
            1 - beta2,
            1 / math.sqrt(1 - beta2**t),
            group["eps"],
        )

    @staticmethod
    def rule(p, g, m, v, lr, decay, beta1, not_beta1, beta2, not_beta2, root, eps):  # type: ignore[no-untyped-def]
        """Algorithm 1, with 1 / (1 - β1ᵗ) in lr, and 1 / √(1 - β2ᵗ) as root.

        Two things keep slow denormal numbers out of it where there is no gradient, or only that
        of a decaying weight: lr is divided first (lr * m may be denormal), and u is what of g can
        show in √v beside ε (its square may be, for tens of thousands of steps).
        """
        g = g + decay * p
        m = beta1 * m + not_beta1 * g
        u = (g + eps) - eps
        v = beta2 * v + not_beta2 * u * u
        return p - lr / (sqrt(v) * root + eps) * m, m, v

    @staticmethod
    def amsgrad(p, g, m, v, top, lr, decay, beta1, not_beta1, beta2, not_beta2, root, eps):  # type: ignore[no-untyped-def]
        """The same, with the largest v so far in v's place."""
        g = g + decay * p
        m = beta1 * m + not_beta1 * g
        u = (g + eps) - eps
        v = beta2 * v + not_beta2 * u * u
        top = maximum(top, v)
        return p - lr / (sqrt(top) * root + eps) * m, m, v, top

    @staticmethod
    def decoupled(p, g, m, v, lr, keep, beta1, not_beta1, beta2, not_beta2, root, eps):  # type: ignore[no-untyped-def]
        """The same, with 1 - η λ as keep."""
        m = beta1 * m + not_beta1 * g
        u = (g + eps) - eps
        v = beta2 * v + not_beta2 * u * u
        return keep * p - lr / (sqrt(v) * root + eps) * m, m, v

    @staticmethod
    def decoupled_amsgrad(p, g, m, v, top, lr, keep, beta1, not_beta1, beta2, not_beta2, root, eps):  # type: ignore[no-untyped-def]
        """Both."""
        m = beta1 * m + not_beta1 * g
        u = (g + eps) - eps
        v = beta2 * v + not_beta2 * u * u
        top = maximum(top, v)
        return keep * p - lr / (sqrt(top) * root + eps) * m, m, v, top
