"""A connection around a module."""

from __future__ import annotations

import numpy as np

from minitorch_np.module import Module
from minitorch_np.nn.container import Sequential

__all__ = ["Residual"]


class Residual(Module):
    """A module with a connection around it.

    Forward::

        y = x + f(x)

    Backward::

        dx = dy + f.backward(dy)

    Parameters
    ----------
    *modules : Module
        f; several are put into a :class:`Sequential`.

    Shape
    -----
    x, y: any, the same; f keeps the shape.

    References
    ----------
    He et al., "Deep residual learning for image recognition", CVPR 2016, eq. 1.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> nn.Residual(nn.ReLU())(np.array([-1.0, 2.0]))
    array([-1.,  4.])
    """

    def __init__(self, *modules: Module) -> None:
        super().__init__()
        self.body: Module = modules[0] if len(modules) == 1 else Sequential(*modules)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y = x + f(x).   x, y: (...)"""
        y = self.body(x)
        if y.shape != x.shape:
            raise ValueError(
                f"Residual: expected f to keep the shape {x.shape} of its input, got {y.shape}"
            )
        return x + y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dx = dy + f.backward(dy).   dy, dx: (...)"""
        dx = self.body.backward(dy)
        if dx is None:
            raise RuntimeError(
                "Residual: expected a gradient from its body, got None; drop its input_grad=False"
            )
        return dy + dx
