"""A model as an ONNX file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from minitorch_np.checks import positive_int
from minitorch_np.module import Module
from minitorch_np.onnx.error import ExportError
from minitorch_np.onnx.graph import OPSET, Graph
from minitorch_np.recording import no_grad
from minitorch_np.serialization import write_atomically
from minitorch_np.version import __version__

__all__ = ["export"]

FORMAT = 9  # of the file: the first that has the operator set, so that old programs read it


def export(
    model: Module,
    path: str | os.PathLike[str],
    input_shape: int | Sequence[int],
    *,
    dtype: Any = None,
) -> None:
    """Write what ``model`` computes in eval mode as an ONNX file.

    Its input is named ``input`` and its output ``output``; the size of the batch is left open.

    Parameters
    ----------
    model : Module
        Stays as it is, its mode included.
    path : str or path
        Written to a temporary file beside it and renamed, so that there is never half a file.
    input_shape : int or sequence of int
        The shape of one sample, without the batch.
    dtype : optional
        The type of the input: that of the first parameter by default, float32 where there is none.
        A model that begins with an :class:`~minitorch_np.nn.Embedding` takes ``np.int64``.

    Raises
    ------
    ImportError
        If the package onnx is not installed (the extra ``onnx``).
    ExportError
        If a module has no operator in ONNX and no method ``to_onnx`` (see
        :mod:`minitorch_np.onnx`), or if the model does not take ``input_shape``.

    Notes
    -----
    Parameters keep their dtype. onnxruntime has float64 for most operators, but not for
    convolutions, AvgPool2d, ELU, GELU, LeakyReLU and Softplus: there, export
    ``copy.deepcopy(model).float()``.
    Settings such as ε and slopes are float32 in ONNX. Hooks are not written. An operator is laxer
    than its layer: Gather takes negative numbers, which Embedding refuses.

    Examples
    --------
    >>> import os, tempfile
    >>> import minitorch_np as mt
    >>> from minitorch_np import nn
    >>> net = nn.Sequential(nn.Linear(4, 8), nn.GELU(), nn.Dropout(0.5), nn.Linear(8, 3))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     mt.onnx.export(net, os.path.join(folder, "net.onnx"), (4,))
    ...     os.listdir(folder)
    ['net.onnx']
    """
    try:
        from onnx import checker, helper
    except ImportError as error:
        raise ImportError(
            f"onnx.export: expected the package onnx, got {error}; pip install 'minitorch_np[onnx]'"
        ) from None

    floats = [p.dtype for p in model.parameters()]
    kind = np.dtype(dtype if dtype is not None else floats[0] if floats else np.float32)
    sizes = input_shape if isinstance(input_shape, Sequence) else (input_shape,)
    sample = tuple(positive_int("onnx.export", "every size of input_shape", n) for n in sizes)
    expected = _tried(model, np.zeros((2, *sample), kind))

    graph = Graph(model)
    x = graph.input(kind, sample)
    y = graph.output(graph.export(model, x))
    if not _fits(expected.shape, graph.shape(y)) or graph.dtype(y) != expected.dtype:
        raise ExportError(
            f"onnx.export: expected the graph to give what forward gives, {expected.dtype} of "
            f"shape {expected.shape} for 2 samples, got {graph.described(y)}; correct to_onnx"
        )
    proto = helper.make_model(
        helper.make_graph(
            graph.nodes,
            type(model).__name__,
            [graph.proto(x)],
            [graph.proto(y)],
            list(graph.constants.values()),
        ),
        producer_name="minitorch_np",
        producer_version=__version__,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=FORMAT,
    )
    checker.check_model(proto)
    write_atomically(path, proto.SerializeToString())


def _tried(model: Module, x: np.ndarray) -> np.ndarray:
    """What the model makes of ``x`` in eval mode; or say that it does not take it."""
    modes = [(module, module.training) for module in model.modules()]
    try:
        with no_grad(), np.errstate(all="ignore"):
            y = model.eval()(x)
    except (TypeError, ValueError, IndexError) as error:
        raise ExportError(
            f"onnx.export: expected a model that takes {x.dtype} of shape {x.shape}, two samples "
            f"of input_shape, got {error}; pass the shape of one sample, and dtype for integers"
        ) from error
    finally:
        for module, mode in modes:
            module.training = mode
    if not isinstance(y, np.ndarray):
        raise ExportError(
            f"onnx.export: expected a model that gives one array, got {type(y).__name__}"
        )
    return y


def _fits(shape: tuple[int, ...], known: tuple[int | None, ...]) -> bool:
    """Whether a shape is what is known of it: None is any size."""
    return len(shape) == len(known) and all(
        size in (None, found) for found, size in zip(shape, known, strict=True)
    )
