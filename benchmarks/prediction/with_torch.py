"""Predictions of PyTorch, eager, in its inference mode."""

from collections.abc import Sequence
from typing import Any

import torch
from cnn.net import Layer
from cnn.with_torch import layout, network, require_threads
from harness import Case, Task
from mlp.data import Images

from .task import layers_of, make_task


class PyTorch:
    """A call of the network, on tensors in the layout of its weights."""

    def __init__(self, layers: Sequence[Layer], channels_last: bool) -> None:
        self.layout = layout(channels_last)
        self.net = network(layers, channels_last).eval()
        # Entered once, and left when this goes: around each call it would be 3 % of the latency.
        self._mode = torch.inference_mode()
        self._mode.__enter__()

    def put(self, images: Images) -> Any:
        x: Any = torch.from_numpy(images)
        return x.to(memory_format=self.layout) if x.ndim == 4 else x

    def predict(self, x: torch.Tensor) -> Any:
        return self.net(x)


def build(case: Case, threads: int, channels_last: bool) -> Task:
    """Make the case's task."""
    require_threads(threads)
    return make_task(case, PyTorch(layers_of(case), channels_last))
