"""Lion."""

from __future__ import annotations

from typing import Any

from numpy import sign

from minitorch_np.optim.optimizer import Optimizer
from minitorch_np.optim.ranges import at_least_zero, below_one

__all__ = ["Lion"]


class Lion(Optimizer):
    """Lion: steps of one size, in the direction of the sign of a momentum.

    ::

        c = β1 m + (1 - β1) g
        p ← p - η (sign(c) + λ p)
        m ← β2 m + (1 - β2) g

    Parameters
    ----------
    params : iterable of Parameter, or of dict
    lr : float, default 1e-4
        η, at least 0; three to ten times smaller than Adam's, says the paper.
    betas : (float, float), default (0.9, 0.99)
        β1 and β2, each in [0, 1).
    weight_decay : float, default 0
        λ, at least 0; three to ten times larger than AdamW's.
    maximize : bool, default False
        Follow the gradient upwards.

    Raises
    ------
    ValueError
        If an option is out of range.

    Notes
    -----
    PyTorch has no Lion; options are called as its Adam calls them.

    References
    ----------
    Chen et al., "Symbolic discovery of optimization algorithms", arXiv 2302.06675, algorithm 2.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn, optim
    >>> p = nn.Parameter(np.array([1.0, -1.0, 0.5]))
    >>> optimizer = optim.Lion([p], lr=0.1)
    >>> p.grad = [5.0, -0.01, 0.0]
    >>> optimizer.step()
    >>> p.data
    array([ 0.9, -0.9,  0.5])
    """

    slots = ("exp_avg",)

    def __init__(
        self,
        params: Any,
        lr: float = 1e-4,
        betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        defaults = {"lr": lr, "betas": betas, "weight_decay": weight_decay, "maximize": maximize}
        super().__init__(params, defaults)

    def check(self, group: dict[str, Any]) -> None:
        """Raise ValueError if an option is out of its range."""
        at_least_zero("Lion", group, "lr", "weight_decay")
        below_one("Lion", "betas", group["betas"])

    def scalars(
        self, state: dict[str, float], group: dict[str, Any], loss: float | None
    ) -> tuple[float, ...]:
        """η, 1 - η λ, β1, 1 - β1, β2, 1 - β2."""
        beta1, beta2 = group["betas"]
        lr = group["lr"]
        return lr, 1 - lr * group["weight_decay"], beta1, 1 - beta1, beta2, 1 - beta2

    @staticmethod
    def rule(p, g, m, lr, keep, beta1, not_beta1, beta2, not_beta2):  # type: ignore[no-untyped-def]
        """p ← (1 - η λ) p - η sign(c)."""
        c = beta1 * m + not_beta1 * g
        return keep * p - lr * sign(c), beta2 * m + not_beta2 * g
