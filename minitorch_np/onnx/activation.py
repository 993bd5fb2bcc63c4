"""Activations and softmax in ONNX."""

from __future__ import annotations

from typing import TYPE_CHECKING

from minitorch_np import nn

if TYPE_CHECKING:
    from minitorch_np.onnx.graph import Graph

__all__ = [
    "elu",
    "gelu",
    "leaky_relu",
    "log_softmax",
    "relu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "tanh",
]


def relu(layer: nn.ReLU, graph: Graph, x: str) -> str:
    """y = max(x, 0): Relu."""
    return graph.add("Relu", x)


def leaky_relu(layer: nn.LeakyReLU, graph: Graph, x: str) -> str:
    """y = max(x, 0) + a min(x, 0): LeakyRelu."""
    return graph.add("LeakyRelu", graph.floating(x), alpha=layer.negative_slope)


def elu(layer: nn.ELU, graph: Graph, x: str) -> str:
    """y = x if x > 0 else α (exp(x) - 1): Elu."""
    return graph.add("Elu", graph.floating(x), alpha=layer.alpha)


def softplus(layer: nn.Softplus, graph: Graph, x: str) -> str:
    """y = log(1 + exp(βx)) / β, and x where βx > threshold: Softplus, and Where."""
    z = graph.floating(x)
    dtype = graph.dtype(x)
    beta = graph.constant(layer.beta, dtype)
    if layer.beta != 1:
        z = graph.add("Mul", x, beta)
    y = graph.add("Softplus", z)
    if layer.beta != 1:
        y = graph.add("Div", y, beta)
    return graph.add("Where", graph.add("Greater", z, graph.constant(layer.threshold, dtype)), x, y)


def sigmoid(layer: nn.Sigmoid, graph: Graph, x: str) -> str:
    """y = 1 / (1 + exp(-x)): Sigmoid."""
    return graph.add("Sigmoid", graph.floating(x))


def tanh(layer: nn.Tanh, graph: Graph, x: str) -> str:
    """y = tanh(x): Tanh."""
    return graph.add("Tanh", graph.floating(x))


def silu(layer: nn.SiLU, graph: Graph, x: str) -> str:
    """y = x σ(x): Sigmoid and Mul."""
    return graph.add("Mul", x, graph.add("Sigmoid", graph.floating(x)))


def gelu(layer: nn.GELU, graph: Graph, x: str) -> str:
    """y = x Φ(x), or its approximation by tanh: Gelu."""
    return graph.add("Gelu", graph.floating(x), approximate=layer.approximate)


def softmax(layer: nn.Softmax, graph: Graph, x: str) -> str:
    """y = exp(x) / Σ exp(x): Softmax."""
    return graph.add("Softmax", graph.floating(x), axis=layer.dim)


def log_softmax(layer: nn.LogSoftmax, graph: Graph, x: str) -> str:
    """y = x - log Σ exp(x): LogSoftmax."""
    return graph.add("LogSoftmax", graph.floating(x), axis=layer.dim)
