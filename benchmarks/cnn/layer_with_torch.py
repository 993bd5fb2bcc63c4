"""A single layer of PyTorch, in either layout."""

from collections.abc import Mapping
from typing import Any

import torch
from harness import Case, Task

from .layer_task import Array, Arrays, case_arrays, make_task
from .net import Single
from .with_torch import layout, module, require_threads


class PyTorch:
    """The layer between others: its arrays lie in memory as they hand them on."""

    def __init__(self, single: Single, arrays: Arrays, channels_last: bool) -> None:
        form = layout(channels_last)
        layer: Any = module(single.layer)
        self.layer = layer.to(memory_format=form)
        state = {name: torch.from_numpy(values) for name, values in arrays.state.items()}
        self.layer.load_state_dict(state, strict=False)
        self.x: Any = torch.from_numpy(arrays.x).to(memory_format=form)
        self.x.requires_grad_(single.input_grad)
        self.dy: Any = torch.from_numpy(arrays.dy).to(memory_format=form)

    def forward(self) -> None:
        self.layer(self.x)

    def both(self) -> Array:
        self.layer.zero_grad()
        self.x.grad = None
        y: Any = self.layer(self.x)
        y.backward(self.dy)
        return y.detach()

    def gradients(self) -> Mapping[str, Array]:
        of_input = {} if self.x.grad is None else {"dx": self.x.grad}
        return of_input | {f"d{name}": p.grad for name, p in self.layer.named_parameters()}


def build(case: Case, threads: int, channels_last: bool) -> Task:
    """Make the case's task."""
    require_threads(threads)
    return make_task(case, PyTorch(*case_arrays(case), channels_last))
