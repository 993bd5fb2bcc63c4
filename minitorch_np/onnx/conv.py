"""Convolutions in ONNX."""

from __future__ import annotations

from typing import TYPE_CHECKING

from minitorch_np import nn
from minitorch_np.nn.conv.window import zeros_around

if TYPE_CHECKING:
    from minitorch_np.onnx.graph import Graph

__all__ = ["conv"]


def conv(layer: nn.Conv1d | nn.Conv2d, graph: Graph, x: str) -> str:
    """y = P Wᵀ + b: Conv."""
    before, total = zeros_around(layer.kernel_size, layer.padding, layer.dilation)
    after = [t - b for b, t in zip(before, total, strict=True)]
    bias = [] if layer.bias is None else [graph.constant(layer.bias)]
    return graph.add(
        "Conv",
        graph.cast(x, layer.weight.dtype),
        graph.constant(layer.weight),
        *bias,
        kernel_shape=layer.kernel_size,
        strides=layer.stride,
        pads=[*before, *after],
        dilations=layer.dilation,
        group=layer.groups,
    )
