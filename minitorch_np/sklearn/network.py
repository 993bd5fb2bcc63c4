"""The network that an estimator's options describe, or its user's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from minitorch_np import nn
from minitorch_np.checks import positive_int, probability
from minitorch_np.recording import no_grad

__all__ = ["multilayer_perceptron", "own_module"]

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "identity": nn.Identity,
    "logistic": nn.Sigmoid,
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "softplus": nn.Softplus,
}


def multilayer_perceptron(
    n_features: int,
    n_outputs: int,
    hidden_layer_sizes: Any,
    activation: Any,
    dropout: Any,
    batch_norm: bool,
) -> nn.Sequential:
    """Return linear layers, each but the last followed by [norm,] activation [and dropout].

    Parameters
    ----------
    n_features, n_outputs : int
        D_in and D_out.
    hidden_layer_sizes : int, or iterable of int
    activation : str or callable, or a list of them, one for each hidden layer
        A name, or what makes a module.
    dropout : float, or a list of them, one for each hidden layer
    batch_norm : bool

    Raises
    ------
    ValueError, TypeError
        If a size, a name or a probability does not fit, or a list has not one for each layer.
    """
    listed = isinstance(hidden_layer_sizes, Iterable) and not isinstance(hidden_layer_sizes, str)
    sizes = [
        positive_int("hidden_layer_sizes", "each size", size)
        for size in (hidden_layer_sizes if listed else [hidden_layer_sizes])
    ]
    activations = _one_for_each("activation", activation, len(sizes))
    dropouts = _one_for_each("dropout", dropout, len(sizes))
    layers: list[nn.Module] = []
    width = n_features
    for size, act, p in zip(sizes, activations, dropouts, strict=True):
        layers.append(_linear(width, size, sits_on_data=not layers))
        layers += [nn.BatchNorm1d(size)] if batch_norm else []
        layers.append(_activation(act))
        layers += [nn.Dropout(p)] if probability("dropout", "p", p) else []
        width = size
    layers.append(_linear(width, n_outputs, sits_on_data=not layers))
    return nn.Sequential(*layers)


def own_module(
    module: Callable[[int, int], nn.Module], n_features: int, n_outputs: int
) -> nn.Module:
    """Return what ``module(n_features, n_outputs)`` makes, after one sample has been through it.

    Raises
    ------
    TypeError, ValueError
        If it is no module, or its output has not the shape (N, n_outputs).
    """
    made = module(n_features, n_outputs)
    if not isinstance(made, nn.Module):
        raise TypeError(
            "module: expected a callable that makes a Module of (n_features, n_outputs), "
            f"got {type(made).__name__} from it"
        )
    mode = made.training
    with no_grad(), np.errstate(all="ignore"):
        shape = np.shape(made.eval()(np.zeros((1, n_features), np.float32)))
    made.train(mode)
    if shape != (1, n_outputs):
        raise ValueError(
            f"module: expected outputs of shape (N, {n_outputs}) for inputs of shape "
            f"(N, {n_features}), got {shape} for one sample"
        )
    return made


def _linear(d_in: int, d_out: int, sits_on_data: bool) -> nn.Linear:
    """A layer with Glorot's weights, and biases of 0."""
    layer = nn.Linear(d_in, d_out, input_grad=not sits_on_data)
    nn.init.xavier_uniform_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


def _activation(activation: Any) -> nn.Module:
    if isinstance(activation, str) and activation in ACTIVATIONS:
        return ACTIVATIONS[activation]()
    if not callable(activation) or isinstance(activation, nn.Module):
        raise ValueError(
            f"activation: expected one of {', '.join(ACTIVATIONS)}, or a callable that makes a "
            f"Module, such as nn.GELU, got {activation!r}"
        )
    made = activation()
    if not isinstance(made, nn.Module):
        raise TypeError(f"activation: expected a Module, got {type(made).__name__} from it")
    return made


def _one_for_each(name: str, option: Any, layers: int) -> list[Any]:
    if not isinstance(option, (list, tuple)):
        return [option] * layers
    if len(option) != layers:
        raise ValueError(
            f"{name}: expected one for each of the {layers} hidden layers, got {len(option)}"
        )
    return list(option)
