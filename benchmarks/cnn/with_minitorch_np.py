"""The network in minitorch_np."""

from collections.abc import Sequence
from typing import Any

from harness import Case, Task
from mlp.data import Images, Labels
from mlp.task import Batch

import minitorch_np as mt
from minitorch_np import nn, optim

from .net import NETS, Layer, initial_state
from .task import make_task


def set_up(engine: str, threads: int) -> None:
    """Choose the engine, ``"numba"`` or ``"numpy"``, and the number of threads."""
    mt.set_engine(engine)
    mt.set_num_threads(threads)


def module(layer: Layer, **options: Any) -> nn.Module:
    """Make one layer."""
    made: nn.Module = getattr(nn, layer.kind)(*layer.args, **options)
    return made


def network(layers: Sequence[Layer]) -> nn.Sequential:
    """Make the network; nobody wants the gradient of its images."""
    first, *rest = layers
    net = nn.Sequential(module(first, input_grad=False), *map(module, rest))
    net.load_state_dict(initial_state(layers), strict=False)
    return net


class MinitorchNp:
    """Forward, loss, backward and Adam, as its users write them."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        mt.manual_seed(0)
        self.net = network(layers)
        self.initial = self.net.state_dict()
        self.criterion = nn.CrossEntropyLoss()

    def begin(self) -> None:
        self.net.load_state_dict(self.initial)
        self.optimizer = optim.Adam(self.net.parameters())

    def put(self, images: Images, labels: Labels) -> Batch:
        return images, labels

    def step(self, x: Images, y: Labels) -> float:
        self.optimizer.zero_grad()
        loss = self.criterion(self.net(x), y)
        self.net.backward(self.criterion.backward())
        self.optimizer.step()
        return float(loss)


def build(case: Case, engine: str, threads: int) -> Task:
    """Make the case's task."""
    set_up(engine, threads)
    return make_task(case, MinitorchNp(NETS[case["net"]]))
