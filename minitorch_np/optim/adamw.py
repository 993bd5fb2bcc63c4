"""AdamW."""

from __future__ import annotations

from typing import Any

from minitorch_np.optim.adam import Adam

__all__ = ["AdamW"]


class AdamW(Adam):
    """Adam with weight decay that its adaptive rates do not touch.

    ::

        p ← (1 - η λ) p
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
    weight_decay : float, default 1e-2
        λ, at least 0.
    amsgrad : bool, default False
        Divide by the largest second moment so far.
    maximize : bool, default False
        Follow the gradient upwards.

    Raises
    ------
    ValueError
        If an option is out of range, or a state with coupled decay is loaded.

    References
    ----------
    Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019, algorithm 2, in
    PyTorch's form, where η multiplies λ.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn, optim
    >>> p = nn.Parameter(np.array([1.0, -1.0]))
    >>> optimizer = optim.AdamW([p], lr=0.1)
    >>> p.grad = [5.0, 0.0]
    >>> optimizer.step()
    >>> p.data.round(6)
    array([ 0.899, -0.999])
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            maximize=maximize,
            decoupled_weight_decay=True,
        )

    def check(self, group: dict[str, Any]) -> None:
        """Raise ValueError if an option is out of its range."""
        super().check(group)
        if not group["decoupled_weight_decay"]:
            raise ValueError(
                "AdamW: expected decoupled_weight_decay=True, got False; for decay in the "
                "gradient take Adam"
            )
