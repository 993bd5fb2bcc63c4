"""Layers that move values, or leave them alone, in ONNX."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from minitorch_np import nn
from minitorch_np.module import Module

if TYPE_CHECKING:
    from minitorch_np.onnx.graph import Graph

__all__ = ["flatten", "nothing", "zero_pad"]


def nothing(layer: Module, graph: Graph, x: str) -> str:
    """y = x, without an operator: Identity, and dropout in eval mode."""
    return x


def flatten(layer: nn.Flatten, graph: Graph, x: str) -> str:
    """y = x.reshape(N, -1): Flatten where all but the batch is merged, else Reshape."""
    shape = graph.shape(x)
    start, end = (d + len(shape) if d < 0 else d for d in (layer.start_dim, layer.end_dim))
    if start == 1 and end == len(shape) - 1:
        return graph.add("Flatten", x, axis=1)
    merged, after = shape[start : end + 1], shape[end + 1 :]
    # 0 stands for the size that x has there, -1 for whatever is left.
    size = -1 if None in merged else math.prod(merged)  # type: ignore[arg-type]
    return graph.add("Reshape", x, graph.constant([*[0] * start, size, *after]))


def zero_pad(layer: nn.ZeroPad2d, graph: Graph, x: str) -> str:
    """y = x with zeros around it: Pad."""
    left, right, top, bottom = layer.padding
    return graph.add(
        "Pad", graph.floating(x), graph.constant([0, 0, top, left, 0, 0, bottom, right])
    )
