"""The network in JAX: a function of its weights, with the channels last."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from .net import Layer, initial_state

Arrays = Any  # nested lists and tuples of arrays, an entry a layer

MOMENTUM, EPS = 0.1, 1e-5  # of batch normalisation


def initial(layers: Sequence[Layer]) -> tuple[Arrays, Arrays]:
    """Return weights and running statistics, equal to the other libraries' but for their order."""
    state = initial_state(layers)
    weights: list[Any] = [()] * len(layers)
    running: list[Any] = [()] * len(layers)
    channels = 0  # before the first linear layer after them, which others feed with (C, H, W)
    for i, layer in enumerate(layers):
        if layer.kind == "BatchNorm2d":
            weights[i] = jnp.ones(layer.args), jnp.zeros(layer.args)
            running[i] = jnp.zeros(layer.args), jnp.ones(layer.args)
        if not layer.weight_shape:
            continue
        weight, bias = state[f"{i}.weight"], state[f"{i}.bias"]
        if layer.kind == "Conv2d":
            channels = len(weight)
            weight = weight.transpose(2, 3, 1, 0)
        elif channels:
            weight = weight.reshape(len(weight), channels, -1).T.reshape(-1, len(weight))
            channels = 0
        else:
            weight = weight.T
        weights[i] = jnp.asarray(weight), jnp.asarray(bias)
    return weights, running


def forward(
    layers: Sequence[Layer],
    weights: Arrays,
    running: Arrays,
    x: jax.Array,
    key: jax.Array | None = None,
    windows: bool = False,
) -> tuple[jax.Array, Arrays]:
    """Return the logits, and the running statistics after them.   x: (N, 28, 28, 1) or (N, 784)

    With a `key`, which draws the dropout, it trains.
    """
    after = list(running)
    for i, layer in enumerate(layers):
        match layer.kind:
            case "Conv2d":
                x = convolve(x, weights[i], layer.args[4])
            case "BatchNorm2d":
                x, after[i] = normalise(x, weights[i], running[i], key is not None)
            case "ReLU":
                x = jax.nn.relu(x)
            case "MaxPool2d":
                x = largest_of_windows(x) if windows else largest_of_four(x)
            case "Dropout" if key is not None:
                kept = 1 - layer.args[0]
                drawn = jax.random.bernoulli(jax.random.fold_in(key, i), kept, x.shape)
                x = jnp.where(drawn, x / kept, 0)
            case "Flatten":
                x = x.reshape(len(x), -1)
            case "Linear":
                weight, bias = weights[i]
                x = x @ weight + bias
    return x, after


def convolve(x: jax.Array, weights: Arrays, padding: int) -> jax.Array:
    """Convolve.   x: (N, H, W, C), weight: (KH, KW, C, O), bias: (O,)"""
    weight, bias = weights
    form = ("NHWC", "HWIO", "NHWC")
    padded = [(padding, padding)] * 2
    return lax.conv_general_dilated(x, weight, (1, 1), padded, dimension_numbers=form) + bias


def normalise(
    x: jax.Array, weights: Arrays, running: Arrays, training: bool
) -> tuple[jax.Array, Arrays]:
    """Normalise by the batch's statistics or the running ones; return these as they are then."""
    (weight, bias), (mean, var) = weights, running
    if training:
        samples = x.size // x.shape[-1]
        mean, var = x.mean((0, 1, 2)), x.var((0, 1, 2))
        new = mean, var * samples / max(1, samples - 1)
        pairs = zip(running, new, strict=True)
        running = tuple((1 - MOMENTUM) * old + MOMENTUM * now for old, now in pairs)
    return (x - mean) * lax.rsqrt(var + EPS) * weight + bias, running


def largest_of_windows(x: jax.Array) -> jax.Array:
    """Pool as JAX's libraries do.   x: (N, H, W, C)"""
    size = (1, 2, 2, 1)
    return lax.reduce_window(x, -jnp.inf, lax.max, size, size, "VALID")


def largest_of_four(x: jax.Array) -> jax.Array:
    """Pool windows that don't overlap, twice as fast a step on a CPU.   x: (N, H, W, C)"""
    n, h, w, c = x.shape
    return x.reshape(n, h // 2, 2, w // 2, 2, c).max((2, 4))
