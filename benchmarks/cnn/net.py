"""The networks and the single layers, written once: as classes of PyTorch's `nn` and arguments.

minitorch_np has the same classes under the same names; JAX interprets the same rows.
"""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

SIDE = 28
CLASSES = 10

State = Mapping[str, NDArray[np.float32]]
"""Initial values under PyTorch's keys: the layer's number, a dot, the parameter's name."""


class Layer(NamedTuple):
    """A class of `nn`, and its first arguments in order."""

    kind: str
    args: tuple[Any, ...] = ()

    @property
    def weight_shape(self) -> tuple[int, ...]:
        """The shape of a weight that is drawn; empty if none is."""
        if self.kind == "Conv2d":
            channels, features, size = self.args[:3]
            return features, channels, size, size
        return self.args[::-1] if self.kind == "Linear" else ()


class Single(NamedTuple):
    """A layer that is measured alone."""

    layer: Layer
    shape: tuple[int, int, int]
    """(C, H, W) of its input."""
    input_grad: bool = True


def network(regular: bool) -> list[Layer]:
    """Return the layers of the network; the `regular` one has batch normalisation and dropout."""

    def dropout(p: float) -> list[Layer]:
        return [Layer("Dropout", (p,))] if regular else []

    def block(channels: int, features: int) -> list[Layer]:
        return [
            Layer("Conv2d", (channels, features, 3, 1, 1)),  # kernel, stride, padding
            *([Layer("BatchNorm2d", (features,))] if regular else []),
            Layer("ReLU"),
            Layer("MaxPool2d", (2,)),
            *dropout(0.25),
        ]

    features = 64 * (SIDE // 4) ** 2
    return [
        *block(1, 32),
        *block(32, 64),
        Layer("Flatten"),
        Layer("Linear", (features, 128)),
        Layer("ReLU"),
        *dropout(0.5),
        Layer("Linear", (128, CLASSES)),
    ]


NETS = {"cnn": network(regular=False), "cnn-bn": network(regular=True)}

SINGLES = {
    "conv1": Single(Layer("Conv2d", (1, 32, 3, 1, 1)), (1, 28, 28), input_grad=False),
    "conv2": Single(Layer("Conv2d", (32, 64, 3, 1, 1)), (32, 14, 14)),
    "max-pool": Single(Layer("MaxPool2d", (2,)), (32, 28, 28)),
    "ReLU": Single(Layer("ReLU"), (32, 28, 28)),
    "BatchNorm2d": Single(Layer("BatchNorm2d", (32,)), (32, 28, 28)),
}


def initial_state(layers: Sequence[Layer]) -> State:
    """Return PyTorch's uniform initialisation, the same for all libraries."""
    rng = np.random.default_rng(0)
    state = {}
    for number, layer in enumerate(layers):
        if shape := layer.weight_shape:
            bound = prod(shape[1:]) ** -0.5
            for name, of in {"weight": shape, "bias": shape[:1]}.items():
                state[f"{number}.{name}"] = rng.uniform(-bound, bound, of).astype(np.float32)
    return state
