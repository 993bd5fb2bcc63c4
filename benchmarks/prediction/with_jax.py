"""Predictions of JAX: one jitted call, its batches on the device before."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from cnn.jax_network import forward, initial
from cnn.net import Layer
from harness import Case, Task
from mlp.data import Images

from .task import layers_of, make_task


class Jax:
    """A jitted call of the network."""

    def __init__(self, layers: Sequence[Layer], windows: bool) -> None:
        self.state = initial(layers)
        self.forward = jax.jit(lambda w, r, x: forward(layers, w, r, x, windows=windows)[0])

    def put(self, images: Images) -> Any:
        return jnp.asarray(np.moveaxis(images, 1, -1) if images.ndim == 4 else images)

    def predict(self, x: jax.Array) -> jax.Array:
        return self.forward(*self.state, x).block_until_ready()


def build(case: Case, windows: bool) -> Task:
    """Make the case's task."""
    config: Any = jax.config
    config.update("jax_cpu_enable_async_dispatch", False)  # faster: every output is waited for
    return make_task(case, Jax(layers_of(case), windows))
