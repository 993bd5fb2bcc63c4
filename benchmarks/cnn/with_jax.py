"""The network in JAX: a jitted step whose state is donated, its batches on the device before."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from harness import Case, Task
from mlp.data import Images, Labels
from mlp.task import Batch

from .jax_network import forward, initial
from .net import NETS, Layer
from .task import make_task


class Jax:
    """One jitted call a step."""

    def __init__(self, layers: Sequence[Layer], windows: bool) -> None:
        self.layers = layers
        self.adam = adam = optax.adam(1e-3)

        def loss_of(weights: Any, running: Any, x: jax.Array, y: jax.Array, key: jax.Array) -> Any:
            logits, running = forward(layers, weights, running, x, key, windows)
            losses = optax.softmax_cross_entropy_with_integer_labels(logits, y)
            return losses.mean(), running

        @partial(jax.jit, donate_argnums=0)
        def train(state: Any, x: jax.Array, y: jax.Array) -> Any:
            weights, running, moments, key = state
            key, now = jax.random.split(key)
            derive = jax.value_and_grad(loss_of, has_aux=True)
            (loss, running), gradient = derive(weights, running, x, y, now)
            updates, moments = adam.update(gradient, moments)
            return (optax.apply_updates(weights, updates), running, moments, key), loss

        self.train = train

    def begin(self) -> None:
        weights, running = initial(self.layers)
        self.state = weights, running, self.adam.init(weights), jax.random.key(0)

    def put(self, images: Images, labels: Labels) -> Batch:
        x = np.moveaxis(images, 1, -1)
        return jnp.asarray(x), jnp.asarray(labels.astype(np.int32))

    def step(self, x: jax.Array, y: jax.Array) -> float:
        self.state, loss = self.train(self.state, x, y)
        return float(loss)


def build(case: Case, windows: bool) -> Task:
    """Make the case's task."""
    config: Any = jax.config
    config.update("jax_cpu_enable_async_dispatch", False)  # faster: every loss is waited for
    return make_task(case, Jax(NETS[case["net"]], windows))
