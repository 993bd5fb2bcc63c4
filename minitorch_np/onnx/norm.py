"""Normalisation in ONNX, in eval mode."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from minitorch_np import nn
from minitorch_np.parameter import Parameter

if TYPE_CHECKING:
    from minitorch_np.onnx.graph import Graph

__all__ = ["batch_norm", "group_norm", "layer_norm"]


def layer_norm(layer: nn.LayerNorm, graph: Graph, x: str) -> str:
    """y = γ (x - μ) / √(σ² + ε) + β over the last dimensions: LayerNormalization."""
    x = _as_weight(layer.weight, graph, x)
    dtype = graph.dtype(x)
    weight = np.ones(layer.normalized_shape) if layer.weight is None else layer.weight
    bias = [] if layer.bias is None else [graph.constant(layer.bias)]
    return graph.add(
        "LayerNormalization",
        x,
        graph.constant(weight, dtype),
        *bias,
        axis=-len(layer.normalized_shape),
        epsilon=layer.eps,
    )


def batch_norm(layer: nn.BatchNorm1d | nn.BatchNorm2d, graph: Graph, x: str) -> str:
    """y = γ (x - μ̄) / √(σ̄² + ε) + β: BatchNormalization; by the batch if nothing is tracked."""
    x = _as_weight(layer.weight, graph, x)
    dtype, channels = graph.dtype(x), layer.num_features
    if layer.running_mean is None:
        rank = len(graph.shape(x))
        y = _standardised(graph, x, [0, *range(2, rank)], layer.eps)
        return _affine(layer, graph, y, rank)
    weight = np.ones(channels) if layer.weight is None else layer.weight
    bias = np.zeros(channels) if layer.bias is None else layer.bias
    values = (weight, bias, layer.running_mean, layer.running_var)
    constants = [graph.constant(value, dtype) for value in values]
    return graph.add("BatchNormalization", x, *constants, epsilon=layer.eps)


def group_norm(layer: nn.GroupNorm, graph: Graph, x: str) -> str:
    """y = γ (x - μ) / √(σ² + ε) + β over groups of channels, which stand in rows meanwhile."""
    x = _as_weight(layer.weight, graph, x)
    # Each size is said, for -1 cannot be told where there is no sample.
    size = math.prod(graph.sample(x)) // layer.num_groups
    rows = graph.add("Reshape", x, graph.constant([0, layer.num_groups, size]))
    rows = _standardised(graph, rows, [2], layer.eps)
    y = graph.add("Reshape", rows, graph.constant([0, *graph.sample(x)]))
    return _affine(layer, graph, y, len(graph.shape(x)))


def _as_weight(weight: Parameter | None, graph: Graph, x: str) -> str:
    """The input in the weight's type; a layer without one keeps the input's."""
    return graph.floating(x) if weight is None else graph.cast(x, weight.dtype)


def _standardised(graph: Graph, x: str, axes: list[int], eps: float) -> str:
    """(x - μ) / √(σ² + ε), with mean and variance over the axes."""
    over = graph.constant(axes)
    centred = graph.add("Sub", x, graph.add("ReduceMean", x, over))
    variance = graph.add("ReduceMean", graph.add("Mul", centred, centred), over)
    scale = graph.add("Sqrt", graph.add("Add", variance, graph.constant(eps, graph.dtype(x))))
    return graph.add("Div", centred, scale)


def _affine(
    layer: nn.GroupNorm | nn.BatchNorm1d | nn.BatchNorm2d, graph: Graph, y: str, rank: int
) -> str:
    """γ y + β, with a γ and a β for each channel."""
    if layer.weight is None or layer.bias is None:
        return y
    beside = graph.constant([-1, *[1] * (rank - 2)])
    weight, bias = (
        graph.add("Reshape", graph.constant(p), beside) for p in (layer.weight, layer.bias)
    )
    return graph.add("Add", graph.add("Mul", y, weight), bias)
