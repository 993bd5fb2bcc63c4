"""Gradient clipping, over the packed gradients where there are any."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from minitorch_np.arena import stretches
from minitorch_np.parameter import Parameter

__all__ = ["clip_grad_norm_", "clip_grad_value_"]


def clip_grad_norm_(
    parameters: Parameter | Iterable[Parameter],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
) -> float:
    """Scale all gradients down together so that their norm is at most ``max_norm``.

    ::

        ‖g‖ = (Σ |g_i|^q)^(1/q)          g ← g · min(1, max_norm / (‖g‖ + 1e-6))

    Parameters
    ----------
    parameters : Parameter, or iterable of Parameter
        Those without a gradient are passed over.
    max_norm : float
    norm_type : float, default 2.0
        q; may be ``math.inf`` for the largest absolute value.
    error_if_nonfinite : bool, default False
        Refuse a norm that is NaN or infinite.

    Returns
    -------
    float
        The norm before clipping.

    Raises
    ------
    RuntimeError
        If the norm is NaN or infinite and ``error_if_nonfinite`` is set; nothing has changed.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> p = nn.Parameter(np.zeros(2))
    >>> p.grad = [3.0, 4.0]
    >>> nn.utils.clip_grad_norm_([p], max_norm=1.0)
    5.0
    >>> np.round(p.grad, 4)
    array([0.6, 0.8])
    """
    gradients = _gradients(parameters)
    norm = _norm(gradients, float(norm_type))
    if error_if_nonfinite and not math.isfinite(norm):
        raise RuntimeError(
            f"clip_grad_norm_: expected a finite gradient norm, got {norm}; "
            "look for a loss that is not finite, or lower the learning rate"
        )
    scale = max_norm / (norm + 1e-6)
    if not scale >= 1:  # also for NaN, which PyTorch spreads too, as silently
        with np.errstate(invalid="ignore"):
            for g in gradients:
                g *= g.dtype.type(scale)
    return norm


def clip_grad_value_(parameters: Parameter | Iterable[Parameter], clip_value: float) -> None:
    """Limit every gradient to [-clip_value, clip_value].

    Parameters
    ----------
    parameters : Parameter, or iterable of Parameter
        Those without a gradient are passed over.
    clip_value : float

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> p = nn.Parameter(np.zeros(2))
    >>> p.grad = [3.0, -0.5]
    >>> nn.utils.clip_grad_value_([p], 1.0)
    >>> p.grad
    array([ 1. , -0.5])
    """
    for g in _gradients(parameters):
        np.clip(g, -clip_value, clip_value, out=g)


def _norm(gradients: list[np.ndarray], q: float) -> float:
    if q == math.inf:
        # NumPy's maximum spreads NaN; Python's max loses it.
        return float(np.max([np.abs(g).max(initial=0) for g in gradients], initial=0))
    if q == 2:
        return math.sqrt(sum(float(np.dot(g, g)) for g in gradients))
    return float(sum(float((np.abs(g) ** q).sum()) for g in gradients) ** (1 / q))


def _gradients(parameters: Parameter | Iterable[Parameter]) -> list[np.ndarray]:
    """Return the gradients as flat arrays, as few as possible."""
    if isinstance(parameters, Parameter):
        parameters = [parameters]
    used = [p for p in parameters if p.has_grad]
    loose = {id(p): p for p in used if p._home is None}.values()
    packed = stretches(p for p in used if p._home is not None)
    return [p.grad.reshape(-1) for p in loose] + [stretch.grad for stretch in packed]
