"""Which parameters decay: the weights, and neither biases nor the scales of norms."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from minitorch_np.parameter import Parameter

__all__ = ["weight_decay_groups"]


def weight_decay_groups(params: Iterable[Parameter], weight_decay: float) -> list[dict[str, Any]]:
    """Return parameter groups in which only matrices and kernels decay.

    Biases and the scales and shifts of norms, which have one dimension, get a group without decay:
    pulling them to 0 regularises nothing and hurts.

    Parameters
    ----------
    params : iterable of Parameter
    weight_decay : float
        Of the parameters with two dimensions or more.

    Returns
    -------
    list of dict
        For any optimizer with the option weight_decay; options may be added to each.

    Notes
    -----
    PyTorch leaves this to its users.

    Examples
    --------
    >>> from minitorch_np import nn, optim
    >>> model = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    >>> optimizer = optim.AdamW(optim.weight_decay_groups(model.parameters(), 0.01), lr=1e-3)
    >>> [(len(group["params"]), group["weight_decay"]) for group in optimizer.param_groups]
    [(2, 0.01), (2, 0.0)]
    """
    params = list(params)
    groups = [
        {"params": [p for p in params if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in params if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]
