"""Adam and NAdam in JAX, as PyTorch has them."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from .net import LR

BETA1, BETA2, EPS, DECAY = 0.9, 0.999, 1e-8, 0.004

State = Any  # (first moments, second moments, step count, product of NAdam's momenta)
Rule = Callable[[Any, State, Any], tuple[Any, State]]
"""Takes parameters, state and gradient; returns the new parameters and the new state."""


def begin(parameters: Any) -> State:
    """Return the state before the first step."""
    zeros = partial(jax.tree.map, jnp.zeros_like)
    return zeros(parameters), zeros(parameters), jnp.float32(0), jnp.float32(1)


def adam(parameters: Any, state: State, gradient: Any) -> tuple[Any, State]:
    """Adam."""
    m, v, t, product = state
    m, v, t = *moments(m, v, gradient), t + 1
    rate, root = LR / (1 - BETA1**t), 1 / jnp.sqrt(1 - BETA2**t)
    update = partial(jax.tree.map, lambda p, m, v: p - rate * m / (jnp.sqrt(v) * root + EPS))
    return update(parameters, m, v), (m, v, t, product)


def nadam(parameters: Any, state: State, gradient: Any) -> tuple[Any, State]:
    """Adam with Nesterov's momentum, which warms up."""
    m, v, t, product = state
    m, v, t = *moments(m, v, gradient), t + 1
    momentum, following = warming(t), warming(t + 1)
    product = product * momentum
    on_g = LR * (1 - momentum) / (1 - product)
    on_m = LR * following / (1 - product * following)
    root = 1 / jnp.sqrt(1 - BETA2**t)
    update = partial(
        jax.tree.map,
        lambda p, g, m, v: p - (on_g * g + on_m * m) / (jnp.sqrt(v) * root + EPS),
    )
    return update(parameters, gradient, m, v), (m, v, t, product)


def moments(m: Any, v: Any, gradient: Any) -> tuple[Any, Any]:
    """Return both moments after this gradient."""
    m = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, m, gradient)
    v = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, v, gradient)
    return m, v


def warming(t: jax.Array) -> jax.Array:
    """Return NAdam's momentum at a step."""
    return BETA1 * (1 - 0.5 * 0.96 ** (t * DECAY))


RULES: dict[str, Rule] = {"adam": adam, "nadam": nadam}
