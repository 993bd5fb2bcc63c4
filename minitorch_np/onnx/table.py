"""The table of exporters: what ONNX calls a layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minitorch_np import nn
from minitorch_np.module import Module
from minitorch_np.onnx import activation, container, conv, linear, norm, pooling, shape

__all__ = ["EXPORTERS", "Exporter", "exporter"]

# exporter(layer, graph, x): add the layer to the graph, and return the name of its output
Exporter = Callable[[Any, Any, str], str]

EXPORTERS: dict[type[Module], Exporter] = {
    nn.AdaptiveAvgPool2d: pooling.adaptive_avg_pool,
    nn.AdaptiveMaxPool2d: pooling.adaptive_max_pool,
    nn.AvgPool2d: pooling.avg_pool,
    nn.BatchNorm1d: norm.batch_norm,
    nn.BatchNorm2d: norm.batch_norm,
    nn.Conv1d: conv.conv,
    nn.Conv2d: conv.conv,
    nn.Dropout: shape.nothing,
    nn.Dropout2d: shape.nothing,
    nn.ELU: activation.elu,
    nn.Embedding: linear.embedding,
    nn.Flatten: shape.flatten,
    nn.GELU: activation.gelu,
    nn.GroupNorm: norm.group_norm,
    nn.Identity: shape.nothing,
    nn.LayerNorm: norm.layer_norm,
    nn.LeakyReLU: activation.leaky_relu,
    nn.Linear: linear.linear,
    nn.LogSoftmax: activation.log_softmax,
    nn.MaxPool2d: pooling.max_pool,
    nn.ReLU: activation.relu,
    nn.Residual: container.residual,
    nn.Sequential: container.sequential,
    nn.SiLU: activation.silu,
    nn.Sigmoid: activation.sigmoid,
    nn.Softmax: activation.softmax,
    nn.Softplus: activation.softplus,
    nn.Tanh: activation.tanh,
    nn.ZeroPad2d: shape.zero_pad,
}


def exporter(module: Module) -> Exporter | None:
    """Return what writes ``module``: its own ``to_onnx``, or a row of the table; None for neither.

    A subclass of a layer is written as the layer, unless it has a ``forward`` of its own.
    """
    for kind in type(module).__mro__:
        if "to_onnx" in vars(kind):
            return vars(kind)["to_onnx"]
        if kind in EXPORTERS:
            return EXPORTERS[kind]
        if "forward" in vars(kind):
            return None
    return None
