"""Networks as ONNX files, which other programs run: onnxruntime, browsers, phones.

:func:`export` writes a model, :data:`EXPORTERS` is the table of the layers that it knows. A module
of your own takes part by a method ``to_onnx(self, graph, x)``, which says in ONNX's operators what
``forward`` computes in eval mode. It is given a :class:`Graph` and the name of its input, and
returns the name of its output:

>>> import numpy as np
>>> from minitorch_np import nn
>>> class Swish(nn.Module):
...     def __init__(self):
...         super().__init__()
...         self.steepness = nn.Parameter(np.ones(1, np.float32))
...     def forward(self, x):
...         return x / (1 + np.exp(-self.steepness.data * x))
...     def to_onnx(self, graph, x):
...         gate = graph.add("Sigmoid", graph.add("Mul", x, graph.constant(self.steepness)))
...         return graph.add("Mul", x, gate)

A composite exports its children: ``return graph.export(self.head, graph.export(self.body, x))``.

The file is of ONNX's operator set 20, which onnxruntime 1.17 and later runs.
"""

from minitorch_np.onnx.error import ExportError
from minitorch_np.onnx.export import export
from minitorch_np.onnx.graph import Graph
from minitorch_np.onnx.table import EXPORTERS

__all__ = ["EXPORTERS", "ExportError", "Graph", "export"]
