"""What a network is made of: layers, output shapes, parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from minitorch_np.hooks import ForwardHook
from minitorch_np.module import Module
from minitorch_np.recording import no_grad

__all__ = ["Summary", "SummaryRow", "summary"]


class SummaryRow(NamedTuple):
    """One layer.

    Attributes
    ----------
    name : str
        Dotted, as in ``named_modules()``; empty for the network itself.
    kind : str
        Its class.
    output_shape : tuple of int
    parameters : int
        How many are its own, not its children's.
    """

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int


class Summary(NamedTuple):
    """The layers of a network in the order they ran; ``print`` it for a table.

    Of modules made of others only those are listed that have parameters of their own.

    Attributes
    ----------
    rows : list of SummaryRow
    total : int
        Number of parameters, shared ones counted once.
    trainable : int
        Those that are not frozen.
    """

    rows: list[SummaryRow]
    total: int
    trainable: int

    def __str__(self) -> str:
        head = ("layer", "kind", "output shape", "parameters")
        cells = [(r.name, r.kind, str(r.output_shape), f"{r.parameters:,}") for r in self.rows]
        widths = [max(len(row[i]) for row in (head, *cells)) for i in range(4)]
        lines = [_aligned(row, widths) for row in (head, *cells)]
        lines.insert(1, "-" * len(lines[0]))
        return "\n".join(
            [*lines, lines[1], f"{self.total:,} parameters, {self.trainable:,} trainable"]
        )

    def __repr__(self) -> str:
        return str(self)


def summary(model: Module, input_shape: Sequence[int]) -> Summary:
    """Run a batch of one zero sample through ``model`` and list its layers.

    Parameters
    ----------
    model : Module
        Left as it was; runs in eval mode and records nothing.
    input_shape : sequence of int
        The shape of one sample, without the batch.

    Returns
    -------
    Summary

    Examples
    --------
    >>> import minitorch_np as mt
    >>> print(mt.summary(mt.nn.Sequential(mt.nn.Linear(784, 10), mt.nn.ReLU()), (784,)))
    layer  kind    output shape  parameters
    ---------------------------------------
    0      Linear  (1, 10)            7,850
    1      ReLU    (1, 10)                0
    ---------------------------------------
    7,850 parameters, 7,850 trainable
    """
    parameters = list(model.parameters())
    dtype = parameters[0].dtype if parameters else np.dtype(np.float32)
    rows: list[SummaryRow] = []
    listed = [(name, m) for name, m in model.named_modules() if not m._modules or m._parameters]
    handles = [m.register_forward_hook(_recorder(rows, name)) for name, m in listed]
    modes = [(module, module.training) for module in model.modules()]
    try:
        with no_grad():
            model.eval()(np.zeros((1, *input_shape), dtype))
    finally:
        for handle in handles:
            handle.remove()
        for module, mode in modes:
            module.training = mode
    trainable = sum(p.size for p in parameters if p.requires_grad)
    return Summary(rows, sum(p.size for p in parameters), trainable)


def _recorder(rows: list[SummaryRow], name: str) -> ForwardHook:
    def record(module: Module, args: tuple[Any, ...], output: Any) -> None:
        own = sum(p.size for p in module.parameters(recurse=False))
        rows.append(SummaryRow(name, type(module).__name__, np.shape(output), own))

    return record


def _aligned(row: tuple[str, ...], widths: list[int]) -> str:
    *texts, number = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
    return "  ".join([*texts, number.strip().rjust(widths[-1])])
