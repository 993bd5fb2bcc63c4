"""Pooling in ONNX."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from minitorch_np import nn
from minitorch_np.nn.pooling.adaptive import resolved, spans

if TYPE_CHECKING:
    from minitorch_np.onnx.graph import Graph

__all__ = ["adaptive_avg_pool", "adaptive_max_pool", "avg_pool", "max_pool"]


def max_pool(layer: nn.MaxPool2d, graph: Graph, x: str) -> str:
    """y = the largest under the window: MaxPool."""
    channels, height, width = graph.sample(graph.floating(x))
    rows, columns = layer._axes
    if not layer._windows((1, height, width, channels)).seen().all():
        raise graph.error(
            "expected windows that see a pixel each, for onnxruntime makes no -inf of one that "
            f"sees none, got {layer!r} on {height} x {width} pixels; lessen padding or dilation"
        )
    settings = _window(layer, (height, width))
    return graph.add("MaxPool", x, dilations=[rows.dilation, columns.dilation], **settings)


def avg_pool(layer: nn.AvgPool2d, graph: Graph, x: str) -> str:
    """y = Σ x / a under the window: AveragePool, and a factor where its a is another."""
    channels, height, width = graph.sample(graph.floating(x))
    settings = _window(layer, (height, width))
    if not layer.ceil_mode and layer.divisor_override is None:
        counted = int(layer.count_include_pad)
        return graph.add("AveragePool", x, count_include_pad=counted, **settings)
    shape = 1, height, width, channels
    top, left, bottom, right = settings.pop("pads")
    x = graph.add("Pad", x, graph.constant([0, 0, top, left, 0, 0, bottom, right]))
    y = graph.add("AveragePool", x, **settings)
    divisors = layer._divisors(shape, layer._windows(shape))
    factors = math.prod(settings["kernel_shape"]) / divisors
    return graph.add("Mul", y, graph.constant(factors, graph.dtype(x)))


def adaptive_avg_pool(layer: nn.AdaptiveAvgPool2d, graph: Graph, x: str) -> str:
    """y = the mean of each window: ReduceMean of all, else along the rows and then the columns."""
    _, height, width = graph.sample(graph.floating(x))
    oh, ow = resolved(layer.output_size, height, width)
    if (oh, ow) == (1, 1):
        return graph.add("ReduceMean", x, graph.constant([2, 3]))
    for axis, size, parts in ((2, height, oh), (3, width, ow)):
        pixels, shares = _seen(size, parts)
        seen = graph.add("Gather", x, graph.constant(pixels), axis=axis)
        beside = graph.constant(shares.reshape(*shares.shape, *[1] * (3 - axis)), graph.dtype(x))
        terms = graph.add("Mul", seen, beside)
        x = graph.add("ReduceSum", terms, graph.constant([axis + 1]), keepdims=0)
    return x


def adaptive_max_pool(layer: nn.AdaptiveMaxPool2d, graph: Graph, x: str) -> str:
    """y = the largest of each window, along the rows and then the columns: Gather and ReduceMax."""
    _, height, width = graph.sample(graph.floating(x))
    oh, ow = resolved(layer.output_size, height, width)
    for axis, size, parts in ((2, height, oh), (3, width, ow)):
        pixels, _ = _seen(size, parts)
        seen = graph.add("Gather", x, graph.constant(pixels), axis=axis)
        x = graph.add("ReduceMax", seen, graph.constant([axis + 1]), keepdims=0)
    return x


def _window(layer: nn.MaxPool2d | nn.AvgPool2d, size: tuple[int, int]) -> dict[str, Any]:
    """The window as ONNX says it; one that sticks out is padding after the image."""
    after = []
    for axis, pixels in zip(layer._axes, size, strict=True):
        last = (axis.outputs(pixels) - 1) * axis.stride - axis.padding
        end = last + axis.dilation * (axis.kernel - 1) + 1
        after.append(max(axis.padding, end - pixels))
    return {
        "kernel_shape": [axis.kernel for axis in layer._axes],
        "strides": [axis.stride for axis in layer._axes],
        "pads": [*(axis.padding for axis in layer._axes), *after],
    }


def _seen(size: int, parts: int) -> tuple[np.ndarray, np.ndarray]:
    """The pixels that each window sees, and their shares in its mean.   both: (parts, longest)

    A window that is shorter than others sees its last pixel again, which then has no share.
    """
    windows = spans(size, parts)
    lengths = np.array([[window.stop - window.start] for window in windows])
    places = np.arange(lengths.max())
    pixels = np.array([[window.start] for window in windows]) + np.minimum(places, lengths - 1)
    return pixels, np.where(places < lengths, 1 / lengths, 0)
