"""A single layer of minitorch_np."""

from collections.abc import Mapping

import numpy as np
from harness import Case, Task

from .layer_task import Array, Arrays, case_arrays, make_task
from .net import Single
from .with_minitorch_np import module, set_up


class MinitorchNp:
    """The layer between others: its arrays lie in memory with the channels side by side."""

    def __init__(self, single: Single, arrays: Arrays) -> None:
        options = {} if single.input_grad else {"input_grad": False}
        self.layer = module(single.layer, **options)
        self.layer.load_state_dict(arrays.state, strict=False)
        self.x, self.dy = channels_last(arrays.x), channels_last(arrays.dy)

    def forward(self) -> None:
        self.layer(self.x)
        self.layer.discard()

    def both(self) -> Array:
        self.layer.zero_grad()
        y: Array = self.layer(self.x)
        self.dx = self.layer.backward(self.dy)
        return y

    def gradients(self) -> Mapping[str, Array]:
        of_input = {} if self.dx is None else {"dx": self.dx}
        return of_input | {f"d{name}": p.grad for name, p in self.layer.named_parameters()}


def channels_last(images: Array) -> Array:
    """Return the same images, otherwise in memory.   images: (N, C, H, W)"""
    return np.ascontiguousarray(images.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)


def build(case: Case, engine: str, threads: int) -> Task:
    """Make the case's task."""
    set_up(engine, threads)
    return make_task(case, MinitorchNp(*case_arrays(case)))
