"""Convolution over images."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from minitorch_np.checks import as_dtype, check_upstream, positive_int
from minitorch_np.module import Module
from minitorch_np.nn import init
from minitorch_np.nn.conv import arrays, loops
from minitorch_np.nn.conv.window import Pair, Window, channels_first, channels_last, pair
from minitorch_np.parameter import Parameter
from minitorch_np.random import Rng, get_rng
from minitorch_np.threads import gemm, one_blas_thread, parts

__all__ = ["Conv2d"]

AT_ONCE = 1 << 17  # elements of patches that are made at once: they stay in the L2 cache
GRAIN = 2_000_000  # multiply-adds that are worth a thread


class Conv2d(Module):
    """A convolution over images: a linear layer that looks through a sliding window.

    Forward, with every patch of x, the C/groups · KH · KW pixels under the window, written as a row
    of a matrix P, and the weight as a matrix W of a row for each output channel::

        y = P Wᵀ + b        that is
        y[n, o, i, j] = b[o] + Σ_{c, u, v} W[o, c, u, v] · x[n, c, i·s + u·d - p, j·s + v·d - p]

    Backward, where "scatter" adds each element of a patch to the pixel it was copied from::

        dW = dyᵀ P          db = Σ_{n, i, j} dy          dx = scatter(dy W)

    Parameters
    ----------
    in_channels : int
        C.
    out_channels : int
        O.
    kernel_size : int or pair of int
        (KH, KW).
    stride : int or pair of int, default 1
        s, how far the window moves.
    padding : int, pair of int, "same" or "valid", default 0
        p, how many zeros there are around the image; "same" as many as keep its size (stride 1
        only), the odd one at the bottom and on the right, "valid" none.
    dilation : int or pair of int, default 1
        d, the distance of the pixels under the window.
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
    weight : Parameter of shape (O, C / groups, KH, KW)
    bias : Parameter of shape (O,), or None
        Both start uniform in ±1/√(C / groups · KH · KW), float32, as PyTorch's.

    Shape
    -----
    x: (N, C, H, W), y: (N, O, OH, OW), OH = ⌊(H + 2p - d (KH - 1) - 1) / s⌋ + 1. Computed in the
    dtype of the weight. y lies in memory with the channels side by side, and images that lie so
    already are not copied.

    Raises
    ------
    ValueError
        If the channels are not C, or the window is larger than the padded image.

    Notes
    -----
    ``input_grad`` and ``rng`` are not PyTorch's. Other padding modes, and single images without the
    dimension N, are not taken.

    References
    ----------
    LeCun et al., "Backpropagation applied to handwritten zip code recognition", 1989. As a matrix
    product: Chellapilla et al., "High performance convolutional neural networks for document
    processing", 2006.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> layer = nn.Conv2d(1, 4, 3, padding=1, rng=0)
    >>> y = layer(np.ones((2, 1, 5, 6), np.float32))
    >>> y.shape, layer.backward(np.ones_like(y)).shape
    ((2, 4, 5, 6), (2, 1, 5, 6))
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] = 1,
        padding: int | Sequence[int] | str = 0,
        dilation: int | Sequence[int] = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        *,
        input_grad: bool = True,
        rng: Rng = None,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        self.in_channels = positive_int(name, "in_channels", in_channels)
        self.out_channels = positive_int(name, "out_channels", out_channels)
        self.kernel_size = self._sizes("kernel_size", kernel_size)
        self.stride = self._sizes("stride", stride)
        self.dilation = self._sizes("dilation", dilation)
        self.groups = positive_int(name, "groups", groups)
        if in_channels % groups or out_channels % groups:
            raise ValueError(
                f"{name}: expected groups to divide in_channels and out_channels, got {groups} for "
                f"{in_channels} and {out_channels}"
            )
        if padding_mode != "zeros":
            raise ValueError(f"{name}: expected padding_mode 'zeros', got {padding_mode!r}")
        self.padding = self._padding(padding)
        self.padding_mode = padding_mode
        self.input_grad = input_grad
        shape = (out_channels, in_channels // groups, *self.kernel_size)
        self.weight = Parameter(np.empty(shape, np.float32))
        self.bias = Parameter(np.empty(out_channels, np.float32)) if bias else None
        self.reset_parameters(rng)

    def reset_parameters(self, rng: Rng = None) -> None:
        """Draw new initial values."""
        rng = get_rng(rng)
        init.kaiming_uniform_(self.weight, a=math.sqrt(5), rng=rng)
        if self.bias is not None:
            bound = 1 / math.sqrt(self.weight.data[0].size)
            init.uniform_(self.bias, -bound, bound, rng=rng)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y = P Wᵀ + b.   x: (N, C, H, W), y: (N, O, OH, OW)"""
        x = as_dtype(x, self.weight.dtype)
        if x.ndim != 4 or x.shape[1] != self.in_channels:
            raise ValueError(
                f"{type(self).__name__}: expected x of shape (N, {self.in_channels}, H, W), "
                f"got {x.shape}"
            )
        window = self._window(x.shape)
        x = channels_last(x)
        self.save(x, window)
        y = np.empty((len(x), *window.out, self.out_channels), x.dtype)
        b = np.empty(0, x.dtype) if self.bias is None else self.bias.data
        loop, blas = loops.forward.compiled(x.dtype), gemm(x.dtype)
        if loop is None or blas is None or not y.size:
            arrays.forward(x, self._matrices(), b, window, y)
        else:
            rows = y.shape[0] * y.shape[1]
            threads = self._threads(rows, y)
            with one_blas_thread:
                loop(
                    rows, threads, blas, window.numbers(), x, self._matrices(), b,
                    self._room(threads, window), y,
                )  # fmt: skip
        return channels_first(y)

    def backward(self, dy: np.ndarray) -> np.ndarray | None:
        """dW = dyᵀ P, db = Σ dy, dx = scatter(dy W).   dy: (N, O, OH, OW), dx: (N, C, H, W)"""
        x, window = self.saved()
        check_upstream(type(self).__name__, dy, (len(x), self.out_channels, *window.out))
        w = self._matrices()
        x = as_dtype(x, w.dtype)  # the layer may have been cast meanwhile
        dy = channels_last(as_dtype(dy, x.dtype))
        dx = np.empty(x.shape if self.input_grad else (0, *x.shape[1:]), x.dtype)
        loop, blas = loops.backward.compiled(x.dtype), gemm(x.dtype)
        if loop is None or blas is None or not dy.size:
            dw, db = arrays.backward(x, w, dy, window, dx)
        else:
            threads = self._threads(len(x), dy)
            dws = np.empty((threads, *w.shape), w.dtype)
            dbs = np.empty((threads, self.out_channels), w.dtype)
            with one_blas_thread:
                loop(
                    len(x), threads, blas, window.numbers(), x, w, dy, self._room(threads, window),
                    dws, dbs, dx,
                )  # fmt: skip
            dw, db = dws.sum(axis=0), dbs.sum(axis=0)
        self.weight.accumulate(np.positive, self._as_weight(dw))
        if self.bias is not None:
            self.bias.accumulate(np.positive, db)
        return channels_first(dx) if self.input_grad else None

    def _window(self, x_shape: tuple[int, ...]) -> Window:
        before, total = self._zeros()
        reach = [d * (k - 1) + 1 for d, k in zip(self.dilation, self.kernel_size, strict=True)]
        spare = [x_shape[2 + i] + total[i] - reach[i] for i in range(2)]
        if min(spare) < 0:
            raise ValueError(
                f"{type(self).__name__}: expected images of at least "
                f"{reach[0] - total[0]} x {reach[1] - total[1]} pixels, got {x_shape}"
            )
        out = spare[0] // self.stride[0] + 1, spare[1] // self.stride[1] + 1
        return Window(self.kernel_size, self.stride, self.dilation, *before, out)

    def _zeros(self) -> tuple[Pair, Pair]:
        """How many zeros there are before the first pixel, and in all."""
        if self.padding == "same":
            total = [d * (k - 1) for d, k in zip(self.dilation, self.kernel_size, strict=True)]
            return (total[0] // 2, total[1] // 2), (total[0], total[1])
        ph, pw = (0, 0) if isinstance(self.padding, str) else self.padding
        return (ph, pw), (2 * ph, 2 * pw)

    def _padding(self, padding: int | Sequence[int] | str) -> Pair | str:
        if not isinstance(padding, str):
            return self._sizes("padding", padding, least=0)
        name = type(self).__name__
        if padding not in ("same", "valid"):
            raise ValueError(
                f"{name}: expected padding 'same', 'valid' or numbers, got {padding!r}"
            )
        if padding == "same" and any(s != 1 for s in self.stride):
            raise ValueError(f"{name}: expected stride 1 for padding 'same', got {self.stride}")
        return padding

    def _sizes(self, name: str, value: int | Sequence[int], least: int = 1) -> Pair:
        return pair(type(self).__name__, name, value, least)

    def _matrices(self) -> np.ndarray:
        """The weight as the loops take it: (G, KH · KW · C/G, O/G)."""
        w = self.weight.data
        grouped = w.reshape(self.groups, -1, *w.shape[1:]).transpose(0, 3, 4, 2, 1)
        return np.ascontiguousarray(grouped).reshape(self.groups, w[0].size, -1)

    def _as_weight(self, dw: np.ndarray) -> np.ndarray:
        """The opposite of :meth:`_matrices`."""
        shape = self.weight.shape
        grouped = dw.reshape(self.groups, *shape[2:], shape[1], -1).transpose(0, 4, 3, 1, 2)
        return grouped.reshape(shape)

    def _threads(self, size: int, y: np.ndarray) -> int:
        work = y.size * self.weight.data[0].size
        return parts(size, max(1, size * GRAIN // work))

    def _room(self, threads: int, window: Window) -> np.ndarray:
        """Room for the patches of some rows of outputs, for each thread."""
        patch, (oh, ow) = self.weight.data[0].size, window.out
        rows = min(oh, max(1, AT_ONCE // (ow * patch)))
        return np.empty((threads, rows * ow, patch), self.weight.dtype)

    def extra_repr(self) -> str:
        """Return the sizes, and the settings that differ from the default."""
        said = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}"]
        said += [f"stride={self.stride}"]
        settings = {"padding": (0, 0), "dilation": (1, 1), "groups": 1}
        for name, default in settings.items():
            if getattr(self, name) != default:
                said.append(f"{name}={getattr(self, name)!r}")
        said += [] if self.bias is not None else ["bias=False"]
        said += [] if self.input_grad else ["input_grad=False"]
        return ", ".join(said)
