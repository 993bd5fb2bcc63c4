"""The rules in optax, jitted; the memory of parameters and state is donated to the new ones."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from harness import Case, Task

from .task import NotOffered, make_task
from .tensors import Values, gradients, parameters
from .user import rule_of


class Optax:
    """Update and apply_updates in one jitted call; the state as it is, or as one flat array."""

    spoils_gradients = False

    def __init__(self, case: Case, flat: bool) -> None:
        self.case = case
        rule = rule_of(case)
        if rule.optax is None:
            raise NotOffered(f"optax has no {rule.title}")
        transformation = getattr(optax, rule.optax.name)(**rule.optax.options)
        if flat:
            transformation = optax.flatten(transformation)

        @partial(jax.jit, donate_argnums=(0, 1))
        def update(params: Any, state: Any, gradient: Any) -> Any:
            updates, state = transformation.update(gradient, state, params)
            return optax.apply_updates(params, updates), state

        self.update = update
        self.params: list[Any] = [jnp.array(values) for values in parameters(case)]
        self.set_gradients(1.0)
        self.state = transformation.init(self.params)

    def step(self) -> None:
        self.params, self.state = self.update(self.params, self.state, self.gradient)
        for values in self.params:
            values.block_until_ready()

    def set_gradients(self, scale: float) -> None:
        self.gradient = [jnp.array(values) for values in gradients(self.case, scale)]

    def values(self) -> Sequence[Values]:
        return [np.asarray(values) for values in self.params]


def build(case: Case, flat: bool) -> Task:
    """Make the case's task."""
    config: Any = jax.config
    config.update("jax_cpu_enable_async_dispatch", False)  # faster: every step is waited for
    return make_task(case, Optax(case, flat))
