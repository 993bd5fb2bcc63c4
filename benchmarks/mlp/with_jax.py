"""The network in JAX: a jitted step, or a whole epoch in one jitted scan."""

from collections.abc import Iterator, Sequence
from functools import partial
from time import perf_counter
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from harness import Case, Task

from .data import Images, Labels
from .jax_rules import RULES, Rule, begin
from .net import CLASSES, Net
from .task import FIRST_STEPS, Batch, case_data, learned, make_task

State = Any  # (parameters, the optimizer's state)


def initial(net: Net) -> State:
    """Return PyTorch's uniform initialisation, and no moments yet."""
    rng = np.random.default_rng(0)

    def uniform(d_in: int, *shape: int) -> jax.Array:
        bound = d_in**-0.5
        return jnp.asarray(rng.uniform(-bound, bound, shape), jnp.float32)

    parameters = [(uniform(i, i, o), uniform(i, o)) for i, o in net.sizes]
    return parameters, begin(parameters)


def loss_of(parameters: Any, x: jax.Array, y: jax.Array) -> jax.Array:
    """Return the mean cross-entropy.   x: (N, 784), y: (N,)"""
    *hidden, (weight, bias) = parameters
    for w, b in hidden:
        x = jax.nn.relu(x @ w + b)
    logits = jax.nn.log_softmax(x @ weight + bias)
    return -(jax.nn.one_hot(y, CLASSES) * logits).sum(axis=1).mean()


def train(rule: Rule, state: State, x: jax.Array, y: jax.Array) -> tuple[State, jax.Array]:
    """Return the state after one step, and the loss."""
    parameters, slots = state
    loss, gradient = jax.value_and_grad(loss_of)(parameters, x, y)
    return rule(parameters, slots, gradient), loss


class Jax:
    """One jitted call a step.

    Tuned, the old state's memory is donated to the new one and the batches of a step lie on the
    device before. Plain, a step is `jax.jit(train)` fed with NumPy arrays.
    """

    def __init__(
        self, net: Net, images: Images, labels: Labels, optimizer: str, tuned: bool = True
    ) -> None:
        self.state = initial(net)
        step = partial(train, RULES[optimizer])
        self.train = jax.jit(step, donate_argnums=0) if tuned else jax.jit(step)
        self.on_device = jnp.asarray if tuned else np.asarray
        self.batch = net.batch
        self.images, self.labels = images, labels.astype(np.int32)
        self.rng = np.random.default_rng(0)

    def step(self, x: Any, y: Any) -> float:
        self.state, loss = self.train(self.state, x, y)
        return float(loss)

    def batches(self) -> Sequence[Batch]:
        cuts = [slice(i, i + self.batch) for i in range(0, len(self.images), self.batch)]
        put = self.on_device
        return [(put(self.images[cut]), put(self.labels[cut])) for cut in cuts]

    def shuffled(self) -> Iterator[Batch]:
        """Gather the batches in NumPy."""
        order = self.rng.permutation(len(self.images)).reshape(-1, self.batch)
        for chosen in order:
            yield self.images[chosen], self.labels[chosen]


@partial(jax.jit, static_argnames="rule", donate_argnames="state")
def train_in_order(rule: Rule, state: State, batches: Batch) -> tuple[State, jax.Array]:
    """Return the state after one epoch, and the losses.   batches: (S, N, 784), (S, N)"""
    return jax.lax.scan(lambda state, batch: train(rule, state, *batch), state, batches)


@partial(jax.jit, static_argnames="rule", donate_argnames="state")
def train_shuffled(
    rule: Rule, state: State, data: Batch, order: jax.Array
) -> tuple[State, jax.Array]:
    """Return the state after one epoch in the given order, and the losses.   order: (S, N)"""
    images, labels = data
    return jax.lax.scan(
        lambda state, chosen: train(rule, state, images[chosen], labels[chosen]), state, order
    )


class ScannedEpochs:
    """One call is one epoch that nobody can look into; its data lies on the device.

    Among the steps it takes the batches as they lie, as everyone does. Among the epochs it follows
    a permutation that NumPy draws: `jax.random.permutation` of 54,000 takes ninety times as long.
    """

    def __init__(
        self, net: Net, images: Images, labels: Labels, optimizer: str, shuffled: bool
    ) -> None:
        self.state, self.rule = initial(net), RULES[optimizer]
        self.rng = np.random.default_rng(0)
        self.shuffled = shuffled
        self.shape = (len(images) // net.batch, net.batch)
        self.units = 1 if shuffled else self.shape[0]
        self.data = jnp.asarray(images), jnp.asarray(labels.astype(np.int32))
        if not shuffled:
            x, y = self.data
            self.data = x.reshape(*self.shape, -1), y.reshape(self.shape)

    def first(self) -> dict[str, float]:
        start = perf_counter()
        losses = self()
        return {"first_use": perf_counter() - start, **learned(losses[:FIRST_STEPS].tolist())}

    def __call__(self) -> np.ndarray[Any, Any]:
        if self.shuffled:
            order = jnp.asarray(self.rng.permutation(np.prod(self.shape)).reshape(self.shape))
            self.state, losses = train_shuffled(self.rule, self.state, self.data, order)
        else:
            self.state, losses = train_in_order(self.rule, self.state, self.data)
        return np.asarray(losses)


def build(case: Case, scanned: bool = False, tuned: bool = True) -> Task:
    """Make the case's task."""
    what = *case_data(case), case["optimizer"]
    if scanned:
        return ScannedEpochs(*what, shuffled=case["what"] == "epoch")
    if tuned:
        config: Any = jax.config
        config.update("jax_cpu_enable_async_dispatch", False)  # faster: every loss is waited for
    return make_task(case, Jax(*what, tuned=tuned))
