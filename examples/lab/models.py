"""The networks that --model names: how each is built, and which settings suit it.

Another network is another row of ``MODELS``. The choices of --model, what --help says of them, the
shape in which images are loaded, and which flags are refused follow from the rows.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from minitorch_np import nn

__all__ = ["ACTIVATIONS", "MODELS", "OPTIONAL", "Row"]

CLASSES = 10
ACTIVATIONS = {
    "identity": nn.Identity,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "ReLU": nn.ReLU,
}

# What the flags are where neither the command line nor the model's row says otherwise.
DEFAULTS: dict[str, Any] = {
    "dataset": "fashion_mnist",
    "epochs": 10,
    "batch_size": 64,
    "optimizer": "adam",
    "schedule": "constant",
    "weight_init": "He",
    "hidden_size": (),
    "activation": "ReLU",
    "dropout": 0.0,
    "label_smoothing": 0.0,
    "augment": (),
    "views": False,
}
# The flags that some models have no use for.
OPTIONAL = ("num_layers", "hidden_size", "activation", "dropout", "loss", "label_smoothing")


@dataclass(frozen=True)
class Row:
    """A network, and the settings that suit it.

    Attributes
    ----------
    about : str
        A line for --help.
    make : callable
        ``make(**options)`` builds it.
    options : tuple of str
        What it takes: flags that describe it.
    defaults : dict
        The defaults of its flags, where they are not those of ``DEFAULTS``.
    tuning : dict
        What its own optimizer is tuned to, where that is not the optimizer's default.
    plain : dict
        What takes their place where a standard flag speaks of the network, its initial weights,
        the loss or the optimizer.
    losses : tuple of str
        The losses that go with what it gives out; the first is its own.
    shape : tuple of int
        Of one image, as it takes them.
    """

    about: str
    make: Callable[..., nn.Module]
    options: tuple[str, ...]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    tuning: Mapping[str, float] = field(default_factory=dict)
    plain: Mapping[str, Any] = field(default_factory=dict)
    losses: tuple[str, ...] = ("cross_entropy", "mean_squared_error")
    shape: tuple[int, ...] = (784,)

    @property
    def flags(self) -> set[str]:
        """Those of the optional flags that apply."""
        flags = set(self.options)
        flags |= {"num_layers"} if "hidden_size" in flags else set()
        flags |= {"loss", "label_smoothing"} if len(self.losses) > 1 else set()
        return flags

    def default(self, flag: str, described: bool = False) -> Any:
        """Return the default of a flag; ``described`` is whether a standard flag has spoken."""
        defaults = {**DEFAULTS, **self.defaults, **(self.plain if described else {})}
        return defaults[flag]

    def build(self, config: object) -> nn.Module:
        """Return the network, with the values that ``config`` has under the options' names."""
        return self.make(**{name: getattr(config, name) for name in self.options})


def perceptron(
    hidden_size: Sequence[int],
    activation: str,
    dropout: float,
    output: Callable[[], nn.Module] | None = None,
    norm: bool = False,
) -> nn.Sequential:
    """Linear layers with an activation and dropout after each but the last.

    x: (N, 784), y: (N, 10)
    """
    widths = (784, *hidden_size)
    layers: list[nn.Module] = []
    for i, (d_in, d_out) in enumerate(itertools.pairwise(widths)):
        layers += [nn.Linear(d_in, d_out, input_grad=i > 0)]
        layers += [nn.BatchNorm1d(d_out)] if norm else []
        layers += [ACTIVATIONS[activation]()]
        layers += [nn.Dropout(dropout)] if dropout else []
    layers += [nn.Linear(widths[-1], CLASSES, input_grad=len(widths) > 1)]
    return nn.Sequential(*layers, *([output()] if output else []))


def convolutional(
    dropout: float, channels: tuple[int, int] = (32, 64), width: int = 128, norm: bool = False
) -> nn.Sequential:
    """Two 3 x 3 convolutions, each followed by ReLU and pooling, then a hidden layer.

    x: (N, 1, 28, 28), y: (N, 10)
    """
    layers: list[nn.Module] = []
    for i, (c_in, c_out) in enumerate(itertools.pairwise((1, *channels))):
        layers += [nn.Conv2d(c_in, c_out, 3, padding=1, input_grad=i > 0)]
        layers += [nn.BatchNorm2d(c_out)] if norm else []
        layers += [nn.ReLU(), nn.MaxPool2d(2)]
    layers += [nn.Flatten(), nn.Linear(channels[-1] * 7 * 7, width), nn.ReLU()]
    layers += [nn.Dropout(dropout)] if dropout else []
    return nn.Sequential(*layers, nn.Linear(width, CLASSES))


def deep(
    dropout: float,
    channels: Sequence[int] = (32, 64, 128, 128, 256),
    pooled: Sequence[int] = (0, 1, 3),
) -> nn.Sequential:
    """Normalised 3 x 3 convolutions, some of them pooled; then the mean over the image.

    x: (N, 1, 28, 28), y: (N, 10)
    """
    layers: list[nn.Module] = []
    for i, (c_in, c_out) in enumerate(itertools.pairwise((1, *channels))):
        layers += [nn.Conv2d(c_in, c_out, 3, padding=1, bias=False, input_grad=i > 0)]
        layers += [nn.MaxPool2d(2)] if i in pooled else []  # so that less has to be normalised
        layers += [nn.BatchNorm2d(c_out), nn.ReLU()]
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    layers += [nn.Dropout(dropout)] if dropout else []
    return nn.Sequential(*layers, nn.Linear(channels[-1], CLASSES))


LAYERS = ("hidden_size", "activation", "dropout")
ONE_CHANNEL = (1, 28, 28)

MODELS = {
    "mlp": Row(
        "784-512-256-10, ReLU; or what -nhl, -sz and -a describe",
        perceptron,
        LAYERS,
        {
            "hidden_size": (512, 256),
            "dropout": 0.1,
            "label_smoothing": 0.1,
            "schedule": "one_cycle",
        },
        plain={"dropout": 0.0, "label_smoothing": 0.0, "schedule": "constant"},
    ),
    "mlp-best": Row(
        "784-1024-512-10 with batch normalisation, on mirrored images",
        partial(perceptron, norm=True),
        LAYERS,
        {
            "hidden_size": (1024, 512),
            "epochs": 30,
            "dropout": 0.3,
            "label_smoothing": 0.1,
            "schedule": "one_cycle",
            "augment": ("flip",),
        },
        {"learning_rate": 3e-3},
    ),
    "mlp-logsoftmax": Row(
        "784-128-64-10, ReLU, then log-softmax; NLL loss, SGD",
        partial(perceptron, output=nn.LogSoftmax),
        LAYERS,
        {"hidden_size": (128, 64), "optimizer": "sgd", "schedule": "one_cycle"},
        {"learning_rate": 0.3},
        losses=("nll",),
    ),
    "mlp-sigmoid": Row(
        "784-128-10, sigmoid in both layers; one-hot NLL, MNIST",
        partial(perceptron, output=nn.Sigmoid),
        LAYERS,
        {
            "dataset": "mnist",
            "hidden_size": (128,),
            "activation": "sigmoid",
            "weight_init": "Xavier",
            "schedule": "one_cycle",
        },
        {"learning_rate": 1e-2},
        losses=("binary_cross_entropy",),
    ),
    "cnn": Row(
        "two convolutions, ReLU, max-pooling; SGD with momentum",
        convolutional,
        ("dropout",),
        {"optimizer": "momentum", "schedule": "one_cycle"},
        shape=ONE_CHANNEL,
    ),
    "cnn-bn": Row(
        "the same with batch normalisation and dropout; Adam",
        partial(convolutional, norm=True),
        ("dropout",),
        {"dropout": 0.25, "schedule": "one_cycle"},
        {"learning_rate": 3e-3},
        shape=ONE_CHANNEL,
    ),
    "cnn-best": Row(
        "five convolutions, normalised, on mirrored and shifted images",
        deep,
        ("dropout",),
        {
            "optimizer": "nag",
            "batch_size": 128,
            "epochs": 36,
            "dropout": 0.1,
            "schedule": "one_cycle",
            "label_smoothing": 0.1,
            "augment": ("flip", "shift"),
            "views": True,
        },
        {"learning_rate": 0.1, "weight_decay": 5e-4},
        shape=ONE_CHANNEL,
    ),
}
