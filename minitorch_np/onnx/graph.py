"""The graph that an export builds: operators, constants, and what is known of every value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from minitorch_np.module import Module
from minitorch_np.onnx.error import ExportError
from minitorch_np.onnx.table import exporter
from minitorch_np.parameter import Parameter

if TYPE_CHECKING:
    import onnx

__all__ = ["INPUT", "OPSET", "OUTPUT", "Graph"]

OPSET = 20
INPUT, OUTPUT = "input", "output"
BATCH = "N"


class Graph:
    """An ONNX graph that grows operator by operator; ``to_onnx`` methods are given one.

    Values go by their names. The type and the shape of each are known as soon as it is added, so an
    operator that does not fit its inputs is refused at once.

    Parameters
    ----------
    model : Module
        Its parameters and buffers keep their dotted names in the file.

    Attributes
    ----------
    nodes : list of onnx.NodeProto
    constants : dict of str to onnx.TensorProto
    """

    def __init__(self, model: Module) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}
        self._types: dict[str, onnx.TypeProto] = {}
        self._modules = {id(module): name for name, module in model.named_modules()}
        owned = [(name, p.data) for name, p in model.named_parameters()]
        owned += list(model.named_buffers())
        self._arrays = {
            id(array): f"{name}/parameter" if name in (INPUT, OUTPUT) else name
            for name, array in owned
        }
        self._within = model  # the module that is being exported

    # ---- what exporters call -------------------------------------------------------------------

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add an operator and return the name of its output.

        Parameters
        ----------
        operator : str
            Its name in ONNX, such as ``"Sigmoid"``.
        *inputs : str
            Names of values; "" for an optional input that is left out.
        **attributes
            Numbers, texts or lists of them, under ONNX's names.

        Raises
        ------
        ExportError
            If ONNX does not know the operator, or the inputs do not fit it.
        """
        from onnx import checker, defs, helper, shape_inference

        unknown = [x for x in inputs if x and x not in self._types]
        if unknown:
            raise self.error(f"expected names of values that this graph has, got {unknown[0]!r}")
        name = self._fresh(operator)
        try:
            node = helper.make_node(operator, inputs, [name], name=name, **attributes)
            self._types |= shape_inference.infer_node_outputs(
                defs.get_schema(operator, OPSET),
                node,
                {x: self._types[x] for x in inputs if x},
                {x: self.constants[x] for x in inputs if x in self.constants},
                opset_imports=[helper.make_opsetid("", OPSET)],
            )
        except (
            checker.ValidationError,
            defs.SchemaError,
            shape_inference.InferenceError,
            TypeError,
            ValueError,
        ) as error:
            raise self.error(
                f"expected an operator of ONNX's set {OPSET} with inputs and attributes that fit "
                f"it, got {operator} of {', '.join(map(self.described, inputs))}: "
                f"{str(error).strip().splitlines()[0]}"
            ) from None
        self.nodes.append(node)
        return name

    def constant(self, value: Any, dtype: Any = None) -> str:
        """Add an array, and return its name; the same parameter or buffer is added once.

        Parameters
        ----------
        value : Parameter or array_like
            The model's own parameters and buffers keep their dotted names. Lists of integers
            become int64, which is what operators take for axes and shapes.
        dtype : optional
            To convert to, such as ``graph.dtype(x)``.
        """
        from onnx import numpy_helper

        data = value.data if isinstance(value, Parameter) else value
        array = np.asarray(data, dtype)
        kind = self._kind(array.dtype)
        name = self._arrays.get(id(array)) or self._fresh("constant")
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.array(array, order="C"), name)
            self._types[name] = _type(kind, array.shape)
        return name

    def export(self, module: Module, x: str) -> str:
        """Add all that ``module`` computes from the value ``x``, and return its output's name.

        Raises
        ------
        ExportError
            If it has neither a row in the table of exporters nor a method ``to_onnx``.
        """
        outer, self._within = self._within, module
        try:
            write = exporter(module)
            if write is None:
                raise self.error(
                    "expected a layer that ONNX has operators for, or a method "
                    "to_onnx(self, graph, x), got neither; write one, as help(minitorch_np.onnx) "
                    "shows"
                )
            y = write(module, self, x)
            if y not in self._types:
                raise self.error(
                    f"expected to_onnx to return the name of a value of the graph, got {y!r}; "
                    "return what graph.add returned"
                )
            return y
        finally:
            self._within = outer

    def cast(self, x: str, dtype: Any) -> str:
        """Return ``x`` converted to ``dtype``; itself, if it is of that type."""
        if self.dtype(x) == np.dtype(dtype):
            return x
        return self.add("Cast", x, to=self._kind(np.dtype(dtype)))

    def floating(self, x: str) -> str:
        """Return ``x``, which has to be of floats: for operators that take nothing else."""
        if self.dtype(x).kind != "f":
            raise self.error(
                f"expected floating-point numbers, got {self.dtype(x)}; pass dtype=np.float32 to "
                "export"
            )
        return x

    # ---- what is known of a value --------------------------------------------------------------

    def dtype(self, x: str) -> np.dtype:
        """Return the type of a value."""
        from onnx import helper

        return np.dtype(helper.tensor_dtype_to_np_dtype(self._types[x].tensor_type.elem_type))

    def shape(self, x: str) -> tuple[int | None, ...]:
        """Return the shape of a value; None is a size that is open, as the batch's."""
        tensor = self._types[x].tensor_type
        if not tensor.HasField("shape"):
            raise self.error(f"expected a value of a known number of dimensions, got {x!r}")
        return tuple(d.dim_value if d.HasField("dim_value") else None for d in tensor.shape.dim)

    def sample(self, x: str) -> tuple[int, ...]:
        """Return the shape of a value without its first dimension; the rest has to be known."""
        sizes = self.shape(x)[1:]
        known = tuple(size for size in sizes if size is not None)
        if len(known) != len(sizes):
            raise self.error(
                f"expected an input of which only the first size is open, got {self.described(x)}"
            )
        return known

    def described(self, x: str) -> str:
        """Return type and shape of a value, for sentences."""
        if not x:
            return "nothing"
        return f"{self.dtype(x)} ({', '.join(str(size or BATCH) for size in self.shape(x))})"

    def error(self, sentence: str) -> ExportError:
        """Return an error that names the module that is being exported, to be raised."""
        name = self._modules.get(id(self._within))
        kind = type(self._within).__name__
        return ExportError(f"onnx.export: {kind}{f' {name!r}' if name else ''}: {sentence}")

    # ---- what export() calls -------------------------------------------------------------------

    def input(self, dtype: np.dtype, sample: tuple[int, ...]) -> str:
        """Add the input of the whole: a batch of samples of this shape."""
        self._types[INPUT] = _type(self._kind(dtype), (BATCH, *sample))
        return INPUT

    def output(self, y: str) -> str:
        """Give the output of the whole its name."""
        from onnx import helper

        self.nodes.append(helper.make_node("Identity", [y], [OUTPUT], name=OUTPUT))
        self._types[OUTPUT] = self._types[y]
        return OUTPUT

    def proto(self, name: str) -> onnx.ValueInfoProto:
        """Return what ONNX wants to know of an input or output."""
        from onnx import helper

        return helper.make_value_info(name, self._types[name])

    def _kind(self, dtype: np.dtype) -> int:
        """ONNX's number for a type."""
        from onnx import helper

        if dtype.kind not in "fiub" or dtype.itemsize > 8:
            raise self.error(
                f"expected numbers of a type that ONNX has, got {dtype}; convert with float() or "
                "double()"
            )
        return helper.np_dtype_to_tensor_dtype(dtype)

    def _fresh(self, kind: str) -> str:
        """A name that is not taken: the module's, and what it is."""
        within = self._modules.get(id(self._within), type(self._within).__name__)
        return f"{within}/{kind}_{len(self._types)}" if within else f"{kind}_{len(self._types)}"


def _type(kind: int, shape: tuple[Any, ...]) -> onnx.TypeProto:
    from onnx import helper

    return helper.make_tensor_type_proto(kind, shape)
