"""The networks, and the task: the logits of a batch."""

from collections.abc import Sequence
from itertools import cycle
from time import perf_counter
from typing import Any, Protocol

from cnn.agreement import sample
from cnn.net import NETS as CNNS
from cnn.net import SIDE, Layer
from harness import Case, Task
from mlp.data import Images, dataset
from mlp.net import Net

IMAGES = 8192
WARM = 20  # calls before the blocks

SIZES = Net(layers=3, width=128, batch=1).sizes
MLP = [layer for size in SIZES for layer in (Layer("Linear", size), Layer("ReLU"))][:-1]
NETS = {"mlp": MLP, **CNNS}


class Predictor(Protocol):
    """A network in eval mode."""

    def put(self, images: Images) -> Any:
        """Return a batch as the library keeps it.   images: (N, 784) or (N, 1, 28, 28)"""
        ...

    def predict(self, x: Any) -> Any:
        """Return the logits, computed.   (N, 10)"""
        ...


class Predictions:
    """One call is one batch, another each time. The batches are ready."""

    units = 1.0

    def __init__(self, predictor: Predictor, batches: Sequence[Any]) -> None:
        self._predict = predictor.predict
        self._batches = cycle(batches)

    def first(self) -> dict[str, Any]:
        start = perf_counter()
        logits = self()
        first_use = perf_counter() - start
        for _ in range(WARM):
            self()
        return {"first_use": first_use, "values": {"output": sample(logits)}}

    def __call__(self) -> Any:
        return self._predict(next(self._batches))


def layers_of(case: Case) -> list[Layer]:
    """Return the layers of the case's network."""
    return NETS[case["net"]]


def make_task(case: Case, predictor: Predictor) -> Task:
    """Cut the images into batches, and return the task."""
    images, batch = dataset()[0][:IMAGES], case["batch"]
    if layers_of(case)[0].kind == "Conv2d":
        images = images.reshape(-1, 1, SIDE, SIDE)
    batches = [predictor.put(images[i : i + batch]) for i in range(0, IMAGES, batch)]
    return Predictions(predictor, batches)
