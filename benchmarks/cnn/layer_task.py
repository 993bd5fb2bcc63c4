"""The task of a single layer: a pass forward, or forward and backward, on the same arrays."""

from collections.abc import Mapping
from time import perf_counter
from typing import Any, NamedTuple, Protocol

import numpy as np
from harness import Case, Task
from numpy.typing import NDArray

from .agreement import sample
from .net import SINGLES, Single, State, initial_state

Array = NDArray[np.float32]

WARM = 3  # calls before the blocks
HEAP = 31 << 20
"""Bytes that are taken and freed at first. The C library then keeps freed memory for the next call,
as it does in a process that has loaded data, and no call begins with thousands of page faults."""


class Arrays(NamedTuple):
    """What a layer is fed, the same in every library."""

    x: Array
    dy: Array
    state: State
    """The layer's parameters that are drawn, by name."""


class Alone(Protocol):
    """A layer in training, with its arrays as the library's own layers would hand them on."""

    def forward(self) -> Any:
        """Return y, ready for a backward pass that does not come."""
        ...

    def both(self) -> Any:
        """Run forward, and backward into gradients that are empty; return y."""
        ...

    def gradients(self) -> Mapping[str, Any]:
        """Return dx, if it is wanted, and the parameters' gradients, as NumPy arrays."""
        ...


class Passes:
    """One call is one pass."""

    units = 1.0

    def __init__(self, layer: Alone, backward: bool) -> None:
        np.empty(HEAP, np.uint8)
        self._layer = layer
        self._pass = layer.both if backward else layer.forward

    def first(self) -> dict[str, Any]:
        start = perf_counter()
        y = self._layer.both()
        first_use = perf_counter() - start
        values = {"y": y, **self._layer.gradients()}
        for _ in range(WARM):
            self()
        return {"first_use": first_use, "values": {k: sample(v) for k, v in values.items()}}

    def __call__(self) -> None:
        self._pass()


def case_arrays(case: Case) -> tuple[Single, Arrays]:
    """Return the case's layer, its input x: (N, C, H, W), upstream gradient and parameters."""
    single = SINGLES[case["layer"]]
    rng = np.random.default_rng(0)
    channels, height, width = single.shape
    scale = 2 if single.layer.kind == "MaxPool2d" else 1
    features = (*single.layer.weight_shape, channels)[0]
    x = rng.standard_normal((case["batch"], *single.shape), np.float32)
    dy = rng.standard_normal((len(x), features, height // scale, width // scale), np.float32)
    drawn = initial_state([single.layer])
    return single, Arrays(x, dy, {key.split(".")[1]: drawn[key] for key in drawn})


def make_task(case: Case, layer: Alone) -> Task:
    """Return the pass that the case asks of the layer."""
    return Passes(layer, case["backward"])
