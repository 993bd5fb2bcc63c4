"""ONNX: what onnxruntime computes from the file is what the module computes, for every layer."""

import errno
import os
import subprocess
import sys

import numpy as np
import pytest
from arrays import close
from cases import LAYERS

import minitorch_np as mt
from minitorch_np import nn
from minitorch_np.onnx import EXPORTERS, ExportError, Graph, export
from minitorch_np.onnx.table import exporter

if os.environ.get("MINITORCH_NP_REQUIRE_PARITY") != "1":  # in CI they are there, or it fails
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
import onnx
import onnxruntime
from onnx.reference import ReferenceEvaluator
from onnxruntime.capi.onnxruntime_pybind11_state import NotImplemented as NoKernel

# Layers of the table that have no exporter, each with the reason why it cannot have one.
CANNOT: dict[str, str] = {}

# What onnxruntime computes in float32 alone: ONNX's own evaluator stands in for it.
FLOAT32_ALONE = {"AvgPool2d", "Conv1d", "Conv2d", "ELU", "GELU", "LeakyReLU", "Softplus"}

every_layer = pytest.mark.parametrize(
    "case", [case for case in LAYERS if case.name not in CANNOT], ids=lambda case: case.id
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.onnx"


def session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def run(path, x):
    (y,) = session(path).run(None, {"input": x})
    return y


def in_use(case, dtype, rng):
    """A module as after some training: no parameter and no statistic is what it first was."""
    module = case.build().float() if dtype == "float32" else case.build().double()
    for p in module.parameters():
        p.data = rng.normal(size=p.shape)
    for name, value in module.named_buffers():
        if name.endswith("running_mean"):
            value[...] = rng.normal(size=value.shape)
        if name.endswith("running_var"):
            value[...] = rng.uniform(0.5, 2, value.shape)
    return module


def draw(case, rng, shape, dtype):
    x = case.draw(rng, shape)
    return x.astype(dtype) if x.dtype.kind == "f" else x


def samples(case):
    """The shapes of single samples that the layer takes a batch of."""
    fewest = 1 if case.name == "Embedding" else 2
    return {shape[1:] for shape in case.shapes if len(shape) >= fewest}


# ---- every layer -------------------------------------------------------------------------------


def test_every_layer_has_an_exporter_or_a_reason():
    exported = {case.name for case in LAYERS if exporter(case.build()) is not None}
    assert exported | set(CANNOT) == {case.name for case in LAYERS}
    assert not exported & set(CANNOT)
    assert {kind.__name__ for kind in EXPORTERS} <= exported


@every_layer
def test_float32(case, path, rng):
    for sample in samples(case):
        module = in_use(case, "float32", rng)
        modes = [part.training for part in module.modules()]
        x = draw(case, rng, (3, *sample), "float32")
        export(module, path, sample, dtype=x.dtype)
        assert [part.training for part in module.modules()] == modes
        module.eval()
        file = session(path)
        for n in (3, 1 if case.per_sample else 2, 0):
            (y,) = file.run(None, {"input": x[:n]})
            with np.errstate(all="ignore"):  # the statistics of an empty batch
                expected = module(x[:n])
            assert y.dtype == np.float32
            close(y, expected, rtol=1e-5, atol=1e-5, what=f"{n} of {sample}")


@every_layer
def test_float64(case, path, rng):
    module = in_use(case, "float64", rng)
    sample = max(samples(case), key=len)
    x = draw(case, rng, (3, *sample), "float64")
    export(module, path, sample, dtype=x.dtype)
    try:
        y = run(path, x)
    except NoKernel:
        assert case.name in FLOAT32_ALONE
        (y,) = ReferenceEvaluator(str(path)).run(None, {"input": x})
    assert y.dtype == np.float64
    close(y, module.eval()(x), rtol=1e-6, atol=1e-7)  # ε and slopes are float32


# ---- networks ----------------------------------------------------------------------------------


def network():
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding="same", input_grad=False),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Residual(nn.Conv2d(4, 4, 3, padding=1), nn.GELU("tanh")),
        nn.Dropout2d(0.2),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Dropout(),
        nn.Linear(4, 10),
        nn.LogSoftmax(),
    )


def test_a_network_of_images(path, rng):
    net = network()
    for _ in range(3):  # statistics for the normalisation
        net(rng.normal(size=(16, 1, 12, 12)).astype(np.float32))
    mt.onnx.export(net, path, (1, 12, 12))
    x = rng.normal(size=(5, 1, 12, 12)).astype(np.float32)
    close(run(path, x), net.eval()(x), rtol=1e-5, atol=1e-5)


def test_what_the_file_says(path):
    net = network()
    export(net, path, (1, 12, 12))
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    kept = {name for name in net.state_dict() if "num_batches" not in name}
    assert kept <= {tensor.name for tensor in model.graph.initializer}
    (x,), (y,) = model.graph.input, model.graph.output
    assert (x.name, y.name) == ("input", "output")
    for value, sample in ((x, [1, 12, 12]), (y, [10])):
        batch, *sizes = value.type.tensor_type.shape.dim
        assert batch.dim_param == "N" and [size.dim_value for size in sizes] == sample
    names = [node.name for node in model.graph.node]
    assert len(set(names)) == len(names)
    assert any(name.startswith("4.body.0/Conv") for name in names)


def test_numbers_in_vectors_out(path, rng):
    net = nn.Sequential(nn.Embedding(7, 3), nn.Flatten(), nn.Linear(12, 2), nn.Tanh())
    export(net, path, 4, dtype=np.int32)
    x = rng.integers(0, 7, (5, 4), np.int32)
    close(run(path, x), net(x), rtol=1e-5, atol=1e-6)


def test_bytes_are_converted_as_the_layer_does(path, rng):
    net = nn.Sequential(nn.Flatten(), nn.Linear(12, 2))
    export(net, path, (3, 4), dtype=np.uint8)
    x = rng.integers(0, 256, (5, 3, 4), np.uint8)
    close(run(path, x), net(x), rtol=1e-5, atol=1e-4)


def test_mixed_types(path, rng):
    net = nn.Sequential(nn.Linear(4, 5).double(), nn.Sigmoid(), nn.Linear(5, 2))
    export(net, path, 4)
    x = rng.normal(size=(3, 4))
    y = run(path, x)
    assert y.dtype == np.float32
    close(y, net(x), rtol=1e-5, atol=1e-6)


def test_tied_weights_are_written_once(path, rng):
    layer = nn.Linear(4, 4)
    net = nn.Sequential(layer, nn.Tanh(), layer, nn.Tanh(), nn.Linear(4, 4))
    net[4].weight = layer.weight
    export(net, path, 4)
    assert sum(tensor.dims[:] == [4, 4] for tensor in onnx.load(path).graph.initializer) == 1
    x = rng.normal(size=(3, 4)).astype(np.float32)
    close(run(path, x), net(x), rtol=1e-5, atol=1e-6)


def test_parameters_that_are_named_as_the_ends_are(path, rng):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.input, self.output = (nn.Parameter(np.full(3, n, np.float32)) for n in (2, 5))

        def forward(self, x):
            return x * self.input.data + self.output.data

        def to_onnx(self, graph, x):
            return graph.add(
                "Add", graph.add("Mul", x, graph.constant(self.input)), graph.constant(self.output)
            )

    export(Net(), path, 3)
    np.testing.assert_array_equal(run(path, np.ones((2, 3), np.float32)), np.full((2, 3), 7))


def test_nothing_at_all(path, rng):
    export(nn.Sequential(), path, (2, 3))
    x = rng.normal(size=(4, 2, 3)).astype(np.float32)
    np.testing.assert_array_equal(run(path, x), x)


def test_packed_and_recorded_state_is_left_alone(path, rng):
    net = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.Dropout())
    optimizer = mt.optim.Adam(net.parameters())
    net[2].eval()
    before, drawn = net.state_dict(), mt.manual_seed(3).bit_generator.state
    export(net, path, 4)
    assert [part.training for part in net.modules()] == [True, True, True, False]
    for name, value in net.state_dict().items():
        np.testing.assert_array_equal(value, before[name])
    assert not any(part._records for part in net.modules())
    assert mt.random.get_rng().bit_generator.state == drawn
    net.backward(net(np.ones((2, 4), np.float32)))
    optimizer.step()
    x = rng.normal(size=(3, 4)).astype(np.float32)
    assert abs(run(path, x) - net.eval()(x)).max() > 1e-4  # the file keeps what was exported


# ---- a module of one's own ---------------------------------------------------------------------


class Swish(nn.Module):
    def __init__(self):
        super().__init__()
        self.steepness = nn.Parameter(np.full(1, 1.5, np.float32))

    def forward(self, x):
        return x / (1 + np.exp(-self.steepness.data * x))

    def to_onnx(self, graph, x):
        gate = graph.add("Sigmoid", graph.add("Mul", x, graph.constant(self.steepness)))
        return graph.add("Mul", x, gate)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 6), Swish())
        self.head = nn.Linear(6, 2)

    def forward(self, x):
        return self.head(self.body(x))


class ExportedNet(Net):
    def to_onnx(self, graph, x):
        return graph.export(self.head, graph.export(self.body, x))


def test_a_module_of_ones_own(path, rng):
    net = nn.Sequential(ExportedNet(), nn.Softmax())
    net[0].body[1].steepness.data = [0.7]
    export(net, path, 4)
    x = rng.normal(size=(3, 4)).astype(np.float32)
    close(run(path, x), net(x), rtol=1e-5, atol=1e-6)
    names = {tensor.name for tensor in onnx.load(path).graph.initializer}
    assert set(net.state_dict()) <= names


def test_a_subclass_is_its_layer_unless_it_computes_something_else(path, rng):
    class Named(nn.Linear):
        def extra_repr(self):
            return "named"

    class Doubled(nn.Linear):
        def forward(self, x):
            return 2 * super().forward(x)

    layer = Named(4, 2)
    export(layer, path, 4)
    x = rng.normal(size=(3, 4)).astype(np.float32)
    close(run(path, x), layer(x), rtol=1e-5, atol=1e-6)
    with pytest.raises(ExportError, match="Doubled: expected a layer that ONNX has operators for"):
        export(Doubled(4, 2), path, 4)


def saying(write):
    """A module that keeps its input, and says of itself in ONNX what ``write`` says."""

    class Own(nn.Identity):
        def to_onnx(self, graph, x):
            return write(graph, x)

    return nn.Sequential(nn.ReLU(), Own())


@pytest.mark.parametrize(
    ("write", "sentence"),
    [
        (lambda graph, x: graph.add("Sinus", x), "Own '1': expected an operator of ONNX's set 20"),
        (lambda graph, x: graph.add("Add", x), r"got Add of float32 \(N, 4\): "),
        (lambda graph, x: graph.add("Softmax", x, axes=1), "Unrecognized attribute"),
        (lambda graph, x: graph.add("Add", x, "y"), "values that this graph has, got 'y'"),
        (
            lambda graph, x: graph.add("MatMul", x, graph.constant(np.ones((3, 3), np.float32))),
            r"got MatMul of float32 \(N, 4\), float32 \(3, 3\)",
        ),
        (lambda graph, x: "y", "expected to_onnx to return the name of a value .*, got 'y'"),
        (lambda graph, x: None, "expected to_onnx to return the name of a value .*, got None"),
        (
            lambda graph, x: graph.add("Transpose", x),
            r"float32 of shape \(2, 4\) for 2 samples, got float32 \(4, N\); correct to_onnx",
        ),
        (lambda graph, x: graph.cast(x, np.float64), r"got float64 \(N, 4\); correct to_onnx"),
        (lambda graph, x: graph.constant(np.ones(3) * 1j), "of a type that ONNX has, got complex"),
    ],
)
def test_what_is_wrong_with_a_module_of_ones_own(write, sentence, path):
    with pytest.raises(ExportError, match=sentence) as caught:
        export(saying(write), path, 4)
    assert "\n" not in str(caught.value)
    assert not path.exists()


# ---- what cannot be exported -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "arguments", "sentence"),
    [
        (
            lambda: nn.Sequential({"first": nn.Linear(4, 4), "net": Net()}),
            {"input_shape": (4,)},
            "onnx.export: Net 'net': expected a layer that ONNX has operators for, or a method "
            "to_onnx(self, graph, x), got neither; write one",
        ),
        (
            lambda: nn.Linear(4, 2),
            {"input_shape": (5,)},
            "two samples of input_shape, got Linear: expected x of shape (..., 4), got (2, 5)",
        ),
        (
            lambda: nn.Embedding(4, 2),
            {"input_shape": (5,)},
            "got Embedding: expected integers, got float32",
        ),
        (
            nn.Sigmoid,
            {"input_shape": (5,), "dtype": np.uint8},
            "Sigmoid: expected floating-point numbers, got uint8; pass dtype=np.float32",
        ),
        (
            nn.ReLU,
            {"input_shape": (5,), "dtype": np.longdouble},
            "expected numbers of a type that ONNX has, got",
        ),
        (
            nn.ReLU,
            {"input_shape": (5, 0)},
            "expected every size of input_shape to be an integer of at least 1, got 0",
        ),
        (
            lambda: nn.MaxPool2d(2, stride=1, padding=1, dilation=4),
            {"input_shape": (1, 3, 3)},
            "MaxPool2d: expected windows that see a pixel each",
        ),
        (
            nn.CrossEntropyLoss,
            {"input_shape": (5,)},
            "expected a model that takes float32 of shape (2, 5)",
        ),
    ],
)
def test_refused(build, arguments, sentence, path):
    with pytest.raises(ValueError) as caught:
        export(build(), path, **arguments)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not path.exists()


def test_several_outputs_are_refused(path):
    class Two(nn.Module):
        def forward(self, x):
            return x, x

    with pytest.raises(ExportError, match="expected a model that gives one array, got tuple"):
        export(Two(), path, 4)


def test_without_the_package_onnx(path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r"pip install 'minitorch_np\[onnx\]'") as caught:
        export(nn.ReLU(), path, 4)
    assert "\n" not in str(caught.value)


def test_importing_the_package_does_not_import_onnx():
    code = (
        "import sys, minitorch_np.onnx as here\n"
        "assert 'onnx' not in sys.modules, 'imported'\n"
        "import onnx\n"
        "assert onnx is not here and hasattr(onnx, 'ModelProto')"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_full_disk_leaves_the_old_file(path, monkeypatch):
    export(nn.ReLU(), path, 4)
    before = path.read_bytes()

    def no_space(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(OSError, match="No space left"):
        export(network(), path, (1, 12, 12))
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_a_graph_knows_its_values():
    layer = nn.Linear(4, 2)
    graph = Graph(layer)
    x = graph.input(np.dtype("float32"), (3, 4))
    y = graph.export(layer, x)
    assert graph.shape(y) == (None, 3, 2) and graph.sample(y) == (3, 2)
    assert graph.dtype(y) == np.float32 and graph.cast(y, "float32") == y
    assert graph.constant(layer.weight) == "weight" == graph.constant(layer.weight)
    transposed = graph.add("Transpose", y, perm=[1, 0, 2])
    with pytest.raises(ExportError, match=r"only the first size is open, got float32 \(3, N, 2\)"):
        graph.sample(transposed)
