"""What convolutions over images and over sequences have in common."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from minitorch_np.checks import as_dtype, check_upstream, positive_int
from minitorch_np.module import Module
from minitorch_np.nn import init
from minitorch_np.nn.conv import arrays, loops
from minitorch_np.nn.conv.window import (
    Window,
    channels_first,
    channels_last,
    sizes,
    window_over,
)
from minitorch_np.parameter import Parameter
from minitorch_np.random import Rng, get_rng
from minitorch_np.threads import gemm, one_blas_thread, parts

__all__ = ["Conv"]

# Patches that are made at once: so many that BLAS is at its best, while they stay in the L2 cache.
ROWS, AT_ONCE = 256, 1 << 13  # patches, and elements where those are fewer
MOST = 1 << 18  # elements
GRAIN = 2_000_000  # multiply-adds that are worth a thread


class Conv(Module):
    """A convolution; the subclasses have the equations. A sequence is an image of a single row."""

    dims: int  # that the window slides over
    form: str  # how the input's shape is said
    large: str  # how its least size is said

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
        """y = P Wᵀ + b.   x: (N, C, ...), y: (N, O, ...)"""
        x = as_dtype(x, self.weight.dtype)
        if x.ndim != self.dims + 2 or x.shape[1] != self.in_channels:
            raise ValueError(
                f"{type(self).__name__}: expected x of shape "
                f"{self.form.format(C=self.in_channels)}, got {x.shape}"
            )
        window = self._window(x.shape)
        x = channels_last(self._as_images(x))
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
        return self._as_given(channels_first(y))

    def backward(self, dy: np.ndarray) -> np.ndarray | None:
        """dW = dyᵀ P, db = Σ dy, dx = scatter(dy W).   dy: (N, O, ...), dx: (N, C, ...)"""
        x, window = self.saved()
        shape = (len(x), self.out_channels, *window.out[-self.dims :])
        check_upstream(type(self).__name__, dy, shape)
        wt = self._transposed()
        x = as_dtype(x, wt.dtype)  # the layer may have been cast meanwhile
        dy = channels_last(self._as_images(as_dtype(dy, x.dtype)))
        dx = np.empty(x.shape if self.input_grad else (0, *x.shape[1:]), x.dtype)
        loop, blas = loops.backward.compiled(x.dtype), gemm(x.dtype)
        learned = len(wt) if self.weight.requires_grad else 0, wt.shape[2], wt.shape[1]
        if loop is None or blas is None or not dy.size:
            w, biased = wt.transpose(0, 2, 1), self.bias is not None
            dw, db = arrays.backward(x, w, dy, window, learned, biased, dx)
        else:
            threads = self._threads(len(x), dy)
            dws = np.empty((threads, *learned), wt.dtype)
            dbs = np.empty((threads, self.out_channels), wt.dtype)
            with one_blas_thread:
                loop(
                    len(x), threads, blas, window.numbers(), x, wt, dy, self._room(threads, window),
                    dws, dbs, dx,
                )  # fmt: skip
            dw, db = dws.sum(axis=0), dbs.sum(axis=0)
        if dw.size:
            self.weight.accumulate(np.positive, self._as_weight(dw))
        if self.bias is not None:
            self.bias.accumulate(np.positive, db)
        return self._as_given(channels_first(dx)) if self.input_grad else None

    def _as_images(self, x: np.ndarray) -> np.ndarray:
        """Sequences as images of one row.   (N, C, ...) -> (N, C, H, W)"""
        return x if self.dims == 2 else x[:, :, None]

    def _as_given(self, images: np.ndarray) -> np.ndarray:
        """The opposite of :meth:`_as_images`."""
        return images if self.dims == 2 else images[:, :, 0]

    def _window(self, shape: tuple[int, ...]) -> Window:
        window, least = window_over(
            shape[2:], self.kernel_size, self.stride, self.padding, self.dilation
        )
        if min(window.out) < 1:
            raise ValueError(
                f"{type(self).__name__}: expected {self.large.format(*least)}, got {shape}"
            )
        return window

    def _padding(self, padding: int | Sequence[int] | str) -> tuple[int, ...] | str:
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

    def _sizes(self, name: str, value: int | Sequence[int], least: int = 1) -> tuple[int, ...]:
        return sizes(type(self).__name__, name, value, self.dims, least)

    def _grouped(self) -> np.ndarray:
        w = self.weight.data
        places = math.prod(self.kernel_size)
        return w.reshape(self.groups, -1, w.shape[1], places)  # (G, O/G, C/G, KH · KW)

    def _matrices(self) -> np.ndarray:
        """The weight as the forward loop takes it: (G, KH · KW · C/G, O/G)."""
        matrices = self._grouped().transpose(0, 3, 2, 1)
        return np.ascontiguousarray(matrices.reshape(self.groups, self.weight.data[0].size, -1))

    def _transposed(self) -> np.ndarray:
        """And as the backward loop takes it: (G, O/G, KH · KW · C/G)."""
        matrices = self._grouped().transpose(0, 1, 3, 2)
        return np.ascontiguousarray(matrices.reshape(self.groups, -1, self.weight.data[0].size))

    def _as_weight(self, dw: np.ndarray) -> np.ndarray:
        """The opposite of :meth:`_matrices`, for a gradient."""
        shape = self.weight.shape
        grouped = dw.reshape(self.groups, -1, shape[1], dw.shape[2])  # (G, KH · KW, C/G, O/G)
        return grouped.transpose(0, 3, 2, 1).reshape(shape)

    def _threads(self, size: int, y: np.ndarray) -> int:
        work = y.size * self.weight.data[0].size
        return parts(size, max(1, size * GRAIN // work))

    def _room(self, threads: int, window: Window) -> np.ndarray:
        """Room for the patches of some rows of outputs, for each thread."""
        patch, ow = self.weight.data[0].size, window.out[1]
        patches = min(max(ROWS, AT_ONCE // patch), MOST // patch)
        return np.empty((threads, max(1, patches // ow) * ow, patch), self.weight.dtype)

    def extra_repr(self) -> str:
        """Return the sizes, and the settings that differ from the default."""
        said = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}"]
        said += [f"stride={self.stride}"]
        settings = {"padding": (0,) * self.dims, "dilation": (1,) * self.dims, "groups": 1}
        for name, default in settings.items():
            if getattr(self, name) != default:
                said.append(f"{name}={getattr(self, name)}")
        said += [] if self.bias is not None else ["bias=False"]
        said += [] if self.input_grad else ["input_grad=False"]
        return ", ".join(said)
