"""Linear and Embedding in ONNX."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from minitorch_np import nn

if TYPE_CHECKING:
    from minitorch_np.onnx.graph import Graph

__all__ = ["embedding", "linear"]


def linear(layer: nn.Linear, graph: Graph, x: str) -> str:
    """y = x Wᵀ + b: Gemm for rows, MatMul and Add for more dimensions."""
    weight = graph.constant(layer.weight)
    x = graph.cast(x, layer.weight.dtype)
    bias = [] if layer.bias is None else [graph.constant(layer.bias)]
    if len(graph.shape(x)) == 2:
        return graph.add("Gemm", x, weight, *bias, transB=1)
    y = graph.add("MatMul", x, graph.add("Transpose", weight, perm=[1, 0]))
    return graph.add("Add", y, *bias) if bias else y


def embedding(layer: nn.Embedding, graph: Graph, x: str) -> str:
    """y = W[x]: Gather."""
    return graph.add("Gather", graph.constant(layer.weight), graph.cast(x, np.int64))
