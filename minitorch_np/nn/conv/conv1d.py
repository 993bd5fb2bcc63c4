"""Convolution over sequences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from minitorch_np.checks import as_dtype, count
from minitorch_np.nn.conv.conv2d import Conv2d
from minitorch_np.nn.conv.window import Pair, Window

__all__ = ["Conv1d"]


class Conv1d(Conv2d):
    """A convolution over sequences: over images of a single row of pixels.

    Forward, with every patch of x, the C/groups · K values under the window, written as a row of a
    matrix P, and the weight as a matrix W of a row for each output channel::

        y = P Wᵀ + b        that is
        y[n, o, i] = b[o] + Σ_{c, u} W[o, c, u] · x[n, c, i·s + u·d - p]

    Backward, where "scatter" adds each element of a patch to the place it was copied from::

        dW = dyᵀ P          db = Σ_{n, i} dy          dx = scatter(dy W)

    Parameters
    ----------
    in_channels : int
        C.
    out_channels : int
        O.
    kernel_size : int
        K.
    stride : int, default 1
        s, how far the window moves.
    padding : int, "same" or "valid", default 0
        p, how many zeros there are before and after the sequence; "same" as many as keep its length
        (stride 1 only), the odd one after it, "valid" none.
    dilation : int, default 1
        d, the distance of the values under the window.
    groups : int, default 1
        The channels are divided into so many groups, each a convolution of its own; with
        ``groups=in_channels`` a depthwise convolution.
    bias : bool, default True
    padding_mode : "zeros"
    input_grad : bool, default True
        False says that the layer sits on data: ``backward`` returns None and does not compute dx.
    rng : numpy.random.Generator or int, optional
        Draws the initial values; by default the package's own.

    Attributes
    ----------
    weight : Parameter of shape (O, C / groups, K)
    bias : Parameter of shape (O,), or None
        Both start uniform in ±1/√(C / groups · K), float32, as PyTorch's.

    Shape
    -----
    x: (N, C, L), y: (N, O, OL), OL = ⌊(L + 2p - d (K - 1) - 1) / s⌋ + 1. Computed in the dtype of
    the weight. y lies in memory with the channels side by side, and sequences that lie so already
    are not copied.

    Raises
    ------
    ValueError
        If the channels are not C, or the window is longer than the padded sequence.

    Notes
    -----
    ``input_grad`` and ``rng`` are not PyTorch's. Other padding modes, and single sequences without
    the dimension N, are not taken.

    References
    ----------
    Waibel et al., "Phoneme recognition using time-delay neural networks", IEEE Transactions on
    Acoustics, Speech, and Signal Processing 37, 1989.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> layer = nn.Conv1d(1, 4, 3, padding=1, rng=0)
    >>> y = layer(np.ones((2, 1, 5), np.float32))
    >>> y.shape, layer.backward(np.ones_like(y)).shape
    ((2, 4, 5), (2, 1, 5))
    """

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y = P Wᵀ + b.   x: (N, C, L), y: (N, O, OL)"""
        x = as_dtype(x, self.weight.dtype)
        if x.ndim != 3 or x.shape[1] != self.in_channels:
            raise ValueError(
                f"{type(self).__name__}: expected x of shape (N, {self.in_channels}, L), "
                f"got {x.shape}"
            )
        return super().forward(x[:, :, None])[:, :, 0]

    def backward(self, dy: np.ndarray) -> np.ndarray | None:
        """dW = dyᵀ P, db = Σ dy, dx = scatter(dy W).   dy: (N, O, OL), dx: (N, C, L)"""
        dx = super().backward(np.expand_dims(dy, -2))
        return None if dx is None else dx[:, :, 0]

    def _window(self, x_shape: tuple[int, ...]) -> Window:
        k, s, d = self.kernel_size[0], self.stride[0], self.dilation[0]
        total = d * (k - 1) if self.padding == "same" else 0  # zeros
        if not isinstance(self.padding, str):
            total = 2 * self.padding[0]
        n, channels, _, length = x_shape
        reach = d * (k - 1) + 1 - total
        if length < reach:
            raise ValueError(
                f"{type(self).__name__}: expected sequences of at least {reach} values, "
                f"got {(n, channels, length)}"
            )
        return Window((1, k), (1, s), (1, d), 0, total // 2, (1, (length - reach) // s + 1))

    def _sizes(self, name: str, value: int | Sequence[int], least: int = 1) -> Pair:
        """A number as PyTorch shows it, (number,)."""
        one = (value,) if isinstance(value, (int, np.integer)) else tuple(value)
        if len(one) != 1:
            raise ValueError(f"{type(self).__name__}: expected {name} to be a number, got {value}")
        return (count(type(self).__name__, name, one[0], least),)  # type: ignore[return-value]

    def _matrices(self) -> np.ndarray:
        """The weight as the loops take it: (G, K · C/G, O/G)."""
        w = self.weight.data
        grouped = w.reshape(self.groups, -1, *w.shape[1:]).transpose(0, 3, 2, 1)
        return np.ascontiguousarray(grouped).reshape(self.groups, w[0].size, -1)

    def _as_weight(self, dw: np.ndarray) -> np.ndarray:
        _, channels, size = self.weight.shape
        grouped = dw.reshape(self.groups, size, channels, -1).transpose(0, 3, 2, 1)
        return grouped.reshape(self.weight.shape)

    def extra_repr(self) -> str:
        """Return the sizes, and the settings that differ from the default."""
        said = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}"]
        said += [f"stride={self.stride}"]
        settings = {"padding": (0,), "dilation": (1,), "groups": 1}
        for name, default in settings.items():
            if getattr(self, name) != default:
                said.append(f"{name}={getattr(self, name)}")
        said += [] if self.bias is not None else ["bias=False"]
        said += [] if self.input_grad else ["input_grad=False"]
        return ", ".join(said)
