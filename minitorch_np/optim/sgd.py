"""Stochastic gradient descent."""

from __future__ import annotations

from typing import Any

from minitorch_np.optim.engine.formula import Rule
from minitorch_np.optim.optimizer import Optimizer
from minitorch_np.optim.ranges import at_least_zero, real

__all__ = ["SGD"]


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum if asked for.

    ::

        g ← g + λ p
        b ← μ b + (1 - τ) g          (b ← g at the first step)
        p ← p - η b                  (nesterov: p ← p - η (g + μ b))

    Parameters
    ----------
    params : iterable of Parameter, or of dict
    lr : float, default 1e-3
        η, at least 0.
    momentum : float, default 0
        μ, at least 0. With 0 there is no b, and p ← p - η g.
    dampening : float, default 0
        τ.
    weight_decay : float, default 0
        λ, at least 0.
    nesterov : bool, default False
    maximize : bool, default False
        Follow the gradient upwards.

    Raises
    ------
    ValueError
        If an option is out of range, or nesterov comes without momentum or with dampening.

    References
    ----------
    Sutskever et al., "On the importance of initialization and momentum in deep learning", ICML
    2013; PyTorch's form of it, in which the rate multiplies the whole buffer.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn, optim
    >>> p = nn.Parameter(np.array([1.0]))
    >>> optimizer = optim.SGD([p], lr=0.1, momentum=0.9)
    >>> for _ in range(2):
    ...     p.grad = [1.0]
    ...     optimizer.step()
    >>> p.data.round(3)
    array([0.71])
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def check(self, group: dict[str, Any]) -> None:
        """Raise ValueError if an option is out of its range."""
        at_least_zero("SGD", group, "lr", "momentum", "weight_decay")
        real("SGD", group, "dampening")
        if group["nesterov"] and (group["momentum"] <= 0 or group["dampening"] != 0):
            raise ValueError(
                "SGD: expected momentum above 0 and dampening 0 with nesterov, got "
                f"momentum {group['momentum']!r} and dampening {group['dampening']!r}"
            )

    def plan(self, group: dict[str, Any]) -> tuple[Rule, tuple[str, ...]]:
        """Return the formula without momentum, with it, or Nesterov's."""
        if not group["momentum"]:
            return SGD.rule, ()
        return (SGD.nesterov if group["nesterov"] else SGD.momentum), ("momentum_buffer",)

    def scalars(
        self, state: dict[str, float], group: dict[str, Any], loss: float | None
    ) -> tuple[float, ...]:
        """η, λ, and with momentum μ and 1 - τ, which are 0 and 1 at the first step of b."""
        lr, decay, mu = group["lr"], group["weight_decay"], group["momentum"]
        if not mu:
            state["step"] -= 1  # counts the steps of b, so that b begins with g whenever it begins
            return lr, decay
        first = state["step"] == 1
        return lr, decay, 0.0 if first else mu, 1.0 if first else 1 - group["dampening"], mu

    @staticmethod
    def rule(p, g, lr, decay):  # type: ignore[no-untyped-def]
        """p ← p - η (g + λ p)."""
        return p - lr * (g + decay * p)

    @staticmethod
    def momentum(p, g, b, lr, decay, keep, take, mu):  # type: ignore[no-untyped-def]
        """b ← μ b + (1 - τ) g, p ← p - η b."""
        b = keep * b + take * (g + decay * p)
        return p - lr * b, b

    @staticmethod
    def nesterov(p, g, b, lr, decay, keep, take, mu):  # type: ignore[no-untyped-def]
        """b ← μ b + g, p ← p - η (g + μ b)."""
        g = g + decay * p
        b = keep * b + take * g
        return p - lr * (g + mu * b), b
