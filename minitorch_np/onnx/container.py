"""Sequential and Residual in ONNX."""

from __future__ import annotations

from typing import TYPE_CHECKING

from minitorch_np import nn

if TYPE_CHECKING:
    from minitorch_np.onnx.graph import Graph

__all__ = ["residual", "sequential"]


def sequential(container: nn.Sequential, graph: Graph, x: str) -> str:
    """y = f_n(... f_2(f_1(x)))."""
    for module in container:
        x = graph.export(module, x)
    return x


def residual(container: nn.Residual, graph: Graph, x: str) -> str:
    """y = x + f(x): Add."""
    return graph.add("Add", x, graph.export(container.body, x))
