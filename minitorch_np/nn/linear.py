"""The fully connected layer."""

from __future__ import annotations

import math

import numpy as np

from minitorch_np.checks import as_dtype, positive_int
from minitorch_np.module import Module
from minitorch_np.nn import init
from minitorch_np.parameter import Parameter
from minitorch_np.random import Rng, get_rng
from minitorch_np.sums import column_sums
from minitorch_np.threads import matmul

__all__ = ["Linear"]


class Linear(Module):
    """A fully connected layer.

    Forward::

        y = x Wᵀ + b

    Backward::

        dW = dyᵀ x          db = Σ_n dy          dx = dy W

    Parameters
    ----------
    in_features : int
        D_in, the size of each input.
    out_features : int
        D_out, the size of each output.
    bias : bool, default True
        Whether to add b.
    input_grad : bool, default True
        False says that the layer sits on data: ``backward`` returns None and does not compute dx,
        a third of the layer's work.
    rng : numpy.random.Generator or int, optional
        Draws the initial values; by default the package's own.

    Attributes
    ----------
    weight : Parameter of shape (D_out, D_in)
    bias : Parameter of shape (D_out,), or None
        Both start uniform in [-1/√D_in, 1/√D_in], float32, as PyTorch's.

    Shape
    -----
    x: (..., D_in), y: (..., D_out). Computed in the dtype of the weight.

    Raises
    ------
    ValueError
        If the last dimension of x is not D_in.

    Notes
    -----
    ``input_grad`` and ``rng`` are not PyTorch's.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> layer = nn.Linear(3, 2, rng=0)
    >>> y = layer(np.ones((5, 3), np.float32))
    >>> dx = layer.backward(np.ones_like(y))
    >>> y.shape, dx.shape, layer.weight.grad.tolist()
    ((5, 2), (5, 3), [[5.0, 5.0, 5.0], [5.0, 5.0, 5.0]])
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        input_grad: bool = True,
        rng: Rng = None,
    ) -> None:
        super().__init__()
        self.in_features = positive_int("Linear", "in_features", in_features)
        self.out_features = positive_int("Linear", "out_features", out_features)
        self.input_grad = input_grad
        self.weight = Parameter(np.empty((out_features, in_features), np.float32))
        self.bias = Parameter(np.empty(out_features, np.float32)) if bias else None
        self.reset_parameters(rng)

    def reset_parameters(self, rng: Rng = None) -> None:
        """Draw new initial values."""
        rng = get_rng(rng)
        init.kaiming_uniform_(self.weight, a=math.sqrt(5), rng=rng)
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_features)
            init.uniform_(self.bias, -bound, bound, rng=rng)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y = x Wᵀ + b.   x: (..., D_in), y: (..., D_out)"""
        weight = self.weight.data
        x = as_dtype(x, weight.dtype)
        if not x.ndim or x.shape[-1] != self.in_features:
            raise ValueError(
                f"Linear: expected x of shape (..., {self.in_features}), got {x.shape}"
            )
        self.save(x)
        # BLAS is fastest, and threads pay, on one matrix of rows.
        y = matmul(x if x.ndim == 2 else x.reshape(-1, self.in_features), weight.T)
        if x.ndim != 2:
            y = y.reshape(*x.shape[:-1], self.out_features)
        if self.bias is not None:
            y += self.bias.data
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray | None:
        """dW = dyᵀ x, db = Σ dy, dx = dy W.   dy: (..., D_out), dx: (..., D_in)"""
        (x,) = self.saved()
        weight = self.weight.data
        dy = as_dtype(dy, weight.dtype)
        if dy.shape != (*x.shape[:-1], self.out_features):
            raise ValueError(
                f"Linear: expected dy of shape {(*x.shape[:-1], self.out_features)}, the output's, "
                f"got {dy.shape}"
            )
        rows = dy
        if x.ndim != 2:
            x, rows = x.reshape(-1, self.in_features), dy.reshape(-1, self.out_features)
        if self.bias is not None:
            self.bias.accumulate(column_sums, rows)
        if not self.input_grad:
            self.weight.accumulate(matmul, rows.T, x)
            return None
        dx = np.empty(x.shape, weight.dtype)
        if self.weight.requires_grad:
            self.weight.accumulate(matmul, rows.T, x, also=(rows, weight, dx))
        else:
            matmul(rows, weight, out=dx)
        return dx if dy.ndim == 2 else dx.reshape(*dy.shape[:-1], self.in_features)

    def extra_repr(self) -> str:
        """Return the sizes, and the settings that differ from the default."""
        data = "" if self.input_grad else ", input_grad=False"
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}{data}"
        )
