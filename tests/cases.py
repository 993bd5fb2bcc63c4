"""The case table: one row for each layer, in each of its configurations.

A row says how to build it, what it takes, what PyTorch calls it, and what it has to refuse. The
proofs in ``test_layers.py`` run over all rows; a new layer adds a row here. The losses have theirs
in ``loss_cases.py``.
"""

from collections import OrderedDict
from typing import Any

import numpy as np
from conv1d_cases import CONVOLUTIONS_1D
from conv_cases import CONVOLUTIONS
from layer_case import LayerCase, Refused
from norm_cases import NORMS
from pooling_cases import POOLINGS

from minitorch_np import nn

__all__ = ["LAYERS", "NO_ROW"]

# Public classes of nn that compute nothing by themselves.
NO_ROW = {"Loss", "Module", "ModuleDict", "ModuleList", "Parameter"}

VECTORS = ((5, 4), (1, 4), (0, 4), (4,), (2, 3, 4))  # batch 5, 1 and 0, no batch, and 3-D
IMAGES = ((2, 3, 4, 5), (1, 2, 1, 3), (0, 3, 2, 2))
ANY = ((5, 4), (1, 7), (0, 3), (6,), (), (2, 3, 5), (2, 1, 3, 3))


def numbers(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Integers below 7, which an Embedding takes."""
    return np.asarray(rng.integers(0, 7, shape))


LAYERS = [
    LayerCase(
        "Linear",
        "",
        lambda: nn.Linear(4, 3),
        VECTORS,
        lambda torch: torch.nn.Linear(4, 3),
        refused=(
            Refused(
                "wrong width",
                lambda: nn.Linear(4, 3)(np.ones((2, 5))),
                ValueError,
                "Linear: expected x of shape (..., 4), got (2, 5)",
            ),
            Refused("a number", lambda: nn.Linear(4, 3)(1.0), ValueError, "shape (..., 4), got ()"),
            Refused(
                "no input features",
                lambda: nn.Linear(0, 3),
                ValueError,
                "Linear: expected in_features to be an integer of at least 1, got 0",
            ),
            Refused(
                "half an output feature",
                lambda: nn.Linear(4, 2.5),
                ValueError,
                "Linear: expected out_features to be an integer of at least 1, got 2.5",
            ),
        ),
    ),
    LayerCase(
        "Linear",
        "no-bias",
        lambda: nn.Linear(4, 3, bias=False),
        VECTORS,
        lambda torch: torch.nn.Linear(4, 3, bias=False),
    ),
    LayerCase(
        "Linear",
        "on-data",
        lambda: nn.Linear(4, 3, input_grad=False),
        VECTORS,
        lambda torch: torch.nn.Linear(4, 3),
    ),
    LayerCase(
        "Linear",
        "one-to-one",
        lambda: nn.Linear(1, 1),
        ((5, 1), (1, 1), (0, 1), (1,)),
        lambda torch: torch.nn.Linear(1, 1),
    ),
    LayerCase("ReLU", "", nn.ReLU, ANY, lambda torch: torch.nn.ReLU()),
    LayerCase("Sigmoid", "", nn.Sigmoid, ANY, lambda torch: torch.nn.Sigmoid()),
    LayerCase("Tanh", "", nn.Tanh, ANY, lambda torch: torch.nn.Tanh()),
    LayerCase(
        "Softmax",
        "",
        nn.Softmax,
        tuple(shape for shape in ANY if shape),
        lambda torch: torch.nn.Softmax(dim=-1),
        refused=(
            Refused(
                "no such dimension",
                lambda: nn.Softmax(dim=2)(np.ones((2, 3))),
                ValueError,
                "axis 2 is out of bounds",
            ),
        ),
    ),
    LayerCase(
        "Softmax",
        "dim-1",
        lambda: nn.Softmax(dim=1),
        ((5, 4), (1, 1), (0, 3), (2, 3, 5)),
        lambda torch: torch.nn.Softmax(dim=1),
    ),
    LayerCase(
        "Softmax",
        "over-the-batch",
        lambda: nn.Softmax(dim=0),
        ((5, 4), (1, 3), (2, 3, 5)),
        lambda torch: torch.nn.Softmax(dim=0),
        per_sample=False,
    ),
    LayerCase(
        "LogSoftmax",
        "",
        nn.LogSoftmax,
        tuple(shape for shape in ANY if shape),
        lambda torch: torch.nn.LogSoftmax(dim=-1),
        refused=(
            Refused(
                "no such dimension",
                lambda: nn.LogSoftmax(dim=2)(np.ones((2, 3))),
                ValueError,
                "axis 2 is out of bounds",
            ),
        ),
    ),
    LayerCase(
        "LogSoftmax",
        "dim-1",
        lambda: nn.LogSoftmax(dim=1),
        ((5, 4), (1, 1), (0, 3), (2, 3, 5)),
        lambda torch: torch.nn.LogSoftmax(dim=1),
    ),
    LayerCase("Identity", "", nn.Identity, ANY, lambda torch: torch.nn.Identity()),
    LayerCase(
        "Flatten",
        "",
        nn.Flatten,
        ((5, 4), (1, 2, 3), (0, 3, 2), (2, 3, 1, 5)),
        lambda torch: torch.nn.Flatten(),
        refused=(
            Refused(
                "too few dimensions",
                lambda: nn.Flatten()(np.ones(3)),
                ValueError,
                "Flatten: expected at least 2 dimensions",
            ),
        ),
    ),
    LayerCase(
        "Flatten",
        "a-range",
        lambda: nn.Flatten(2, -2),
        ((2, 3, 4, 5), (1, 2, 3, 2, 2), (0, 2, 3, 2)),
        lambda torch: torch.nn.Flatten(2, -2),
    ),
    LayerCase(
        "Flatten",
        "everything",
        lambda: nn.Flatten(0),
        ((5,), (2, 3), (0, 3), (2, 3, 4)),
        lambda torch: torch.nn.Flatten(0),
        per_sample=False,
    ),
    LayerCase(
        "Dropout",
        "",
        lambda: nn.Dropout(0.3),
        ANY,
        None,
        per_sample=False,
        random=True,
        refused=(
            Refused(
                "more than certain",
                lambda: nn.Dropout(1.5),
                ValueError,
                "Dropout: expected p in [0, 1], got 1.5",
            ),
            Refused(
                "not a number", lambda: nn.Dropout(float("nan")), ValueError, "expected p in [0, 1]"
            ),
        ),
    ),
    LayerCase("Dropout", "never", lambda: nn.Dropout(0.0), ANY, lambda torch: torch.nn.Dropout(0)),
    LayerCase(
        "Dropout", "always", lambda: nn.Dropout(1.0), ANY, lambda torch: torch.nn.Dropout(1.0)
    ),
    LayerCase("Dropout", "eval", nn.Dropout, ANY, lambda torch: torch.nn.Dropout(), training=False),
    LayerCase(
        "Dropout2d",
        "",
        lambda: nn.Dropout2d(0.3),
        IMAGES,
        None,
        per_sample=False,
        random=True,
        refused=(
            Refused(
                "more than certain",
                lambda: nn.Dropout2d(1.5),
                ValueError,
                "Dropout2d: expected p in [0, 1], got 1.5",
            ),
            Refused(
                "three dimensions",
                lambda: nn.Dropout2d()(np.ones((2, 3, 4))),
                ValueError,
                "Dropout2d: expected x of shape (N, C, H, W), got (2, 3, 4)",
            ),
            Refused(
                "another upstream gradient",
                lambda: _backward(nn.Dropout2d(), (2, 3, 1, 1), (2, 3, 4, 4)),
                ValueError,
                "Dropout2d: expected dy of shape (2, 3, 1, 1), the output's, got (2, 3, 4, 4)",
            ),
        ),
    ),
    LayerCase(
        "Dropout2d",
        "never",
        lambda: nn.Dropout2d(0.0),
        IMAGES,
        lambda torch: torch.nn.Dropout2d(0),
    ),
    LayerCase(
        "Dropout2d",
        "always",
        lambda: nn.Dropout2d(1.0),
        IMAGES,
        lambda torch: torch.nn.Dropout2d(1.0),
    ),
    LayerCase(
        "Dropout2d",
        "eval",
        nn.Dropout2d,
        IMAGES,
        lambda torch: torch.nn.Dropout2d(),
        training=False,
    ),
    *(
        LayerCase(
            "LeakyReLU",
            f"slope-{slope}",
            lambda slope=slope: nn.LeakyReLU(slope),
            ANY,
            lambda torch, slope=slope: torch.nn.LeakyReLU(slope),
        )
        for slope in (0.01, 0.3, 0.0, -0.5)
    ),
    *(
        LayerCase(
            "ELU",
            f"alpha-{alpha}",
            lambda alpha=alpha: nn.ELU(alpha),
            ANY,
            lambda torch, alpha=alpha: torch.nn.ELU(alpha),
        )
        for alpha in (1.0, 0.3, 2.0)
    ),
    LayerCase(
        "Softplus",
        "",
        nn.Softplus,
        ANY,
        lambda torch: torch.nn.Softplus(),
        refused=(
            Refused("no beta", lambda: nn.Softplus(0), ValueError, "expected beta above 0, got 0"),
        ),
    ),
    LayerCase(
        "Softplus",
        "steep",
        lambda: nn.Softplus(3.0, 1.0),
        ANY,
        lambda torch: torch.nn.Softplus(3.0, 1.0),
    ),
    LayerCase("SiLU", "", nn.SiLU, ANY, lambda torch: torch.nn.SiLU()),
    LayerCase(
        "GELU",
        "",
        nn.GELU,
        ANY,
        lambda torch: torch.nn.GELU(),
        refused=(
            Refused(
                "another form",
                lambda: nn.GELU("sigmoid"),
                ValueError,
                "GELU: expected approximate 'none' or 'tanh', got 'sigmoid'",
            ),
        ),
    ),
    LayerCase(
        "GELU",
        "tanh",
        lambda: nn.GELU("tanh"),
        ANY,
        lambda torch: torch.nn.GELU(approximate="tanh"),
    ),
    *NORMS,
    *(
        LayerCase(
            "LayerNorm",
            variant,
            lambda shape=shape, options=options: nn.LayerNorm(shape, **options),
            shapes,
            lambda torch, shape=shape, options=options: torch.nn.LayerNorm(shape, **options),
        )
        for variant, shape, options, shapes in (
            ("no-bias", 4, {"bias": False}, VECTORS),
            ("plain", 4, {"elementwise_affine": False, "eps": 0.1}, VECTORS),
            ("two-dimensions", (3, 4), {}, ((5, 3, 4), (1, 3, 4), (0, 3, 4), (2, 2, 3, 4))),
        )
    ),
    LayerCase(
        "LayerNorm",
        "",
        lambda: nn.LayerNorm(4),
        VECTORS,
        lambda torch: torch.nn.LayerNorm(4),
        refused=(
            Refused(
                "wrong width",
                lambda: nn.LayerNorm(4)(np.ones((2, 5))),
                ValueError,
                "LayerNorm: expected x of shape (..., 4), got (2, 5)",
            ),
            Refused("no shape", lambda: nn.LayerNorm(()), ValueError, "of at least one size"),
            Refused("size 0", lambda: nn.LayerNorm((3, 0)), ValueError, "integer of at least 1"),
            Refused("eps", lambda: nn.LayerNorm(4, eps=-1), ValueError, "eps of at least 0"),
        ),
    ),
    LayerCase(
        "Embedding",
        "",
        lambda: nn.Embedding(7, 3),
        ((5, 4), (1,), (0, 2), ()),
        lambda torch: torch.nn.Embedding(7, 3),
        draw=numbers,
        refused=(
            Refused("floats", lambda: nn.Embedding(7, 3)([1.0]), TypeError, "expected integers"),
            Refused(
                "number K",
                lambda: nn.Embedding(7, 3)([0, 7]),
                ValueError,
                "Embedding: expected integers in [0, 7), got 0 to 7",
            ),
            Refused("number -1", lambda: nn.Embedding(7, 3)([-1]), ValueError, "got -1 to -1"),
            Refused(
                "padding outside",
                lambda: nn.Embedding(7, 3, padding_idx=7),
                ValueError,
                "expected padding_idx within 7 vectors, got 7",
            ),
        ),
    ),
    LayerCase(
        "Sequential",
        "",
        lambda: nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3, bias=False), nn.ReLU()),
        VECTORS,
        lambda torch: torch.nn.Sequential(
            torch.nn.Linear(4, 6),
            torch.nn.Tanh(),
            torch.nn.Linear(6, 3, bias=False),
            torch.nn.ReLU(),
        ),
        refused=(
            Refused(
                "a function",
                lambda: nn.Sequential(nn.ReLU(), np.tanh),
                TypeError,
                "Sequential(): expected a Module as '1'",
            ),
        ),
    ),
    LayerCase(
        "Sequential",
        "nested",
        lambda: nn.Sequential(
            {"body": nn.Sequential(nn.Linear(4, 4), nn.Sigmoid()), "head": nn.LogSoftmax()}
        ),
        VECTORS,
        lambda torch: torch.nn.Sequential(
            OrderedDict(
                body=torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Sigmoid()),
                head=torch.nn.LogSoftmax(-1),
            )
        ),
    ),
    LayerCase("Sequential", "empty", nn.Sequential, ANY, lambda torch: torch.nn.Sequential()),
    LayerCase(
        "Residual",
        "",
        lambda: nn.Residual(nn.Linear(4, 4), nn.Tanh()),
        VECTORS,
        lambda torch: _residual(torch, torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Tanh())),
        refused=(
            Refused(
                "a body that changes the shape",
                lambda: nn.Residual(nn.Linear(4, 3))(np.ones((2, 4))),
                ValueError,
                "Residual: expected f to keep the shape (2, 4) of its input, got (2, 3)",
            ),
        ),
    ),
    *CONVOLUTIONS,
    *POOLINGS,
    *CONVOLUTIONS_1D,
]


def _backward(layer: nn.Module, x: tuple[int, ...], dy: tuple[int, ...]) -> None:
    layer(np.ones(x))
    layer.backward(np.ones(dy))


def _residual(torch: Any, body: Any) -> Any:
    class Residual(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = body

        def forward(self, x: Any) -> Any:
            return x + self.body(x)

    return Residual()
