"""The rules in PyTorch, in each of its modes."""

import inspect
from collections.abc import Sequence
from typing import Any

import torch
from harness import Case, Task

from .task import NotOffered, make_task
from .tensors import Values, gradients, parameters
from .user import rule_of

MODES = {
    "loop": {"foreach": False},
    "foreach": {"foreach": True},
    "fused": {"fused": True},
}


class PyTorch:
    """Parameters whose gradient is set once."""

    def __init__(self, case: Case, mode: str) -> None:
        rule = rule_of(case)
        cls = getattr(torch.optim, rule.torch or "", None)
        if cls is None:
            raise NotOffered(f"PyTorch has no {rule.title}")
        if mode not in inspect.signature(cls).parameters and mode != "loop":
            raise NotOffered(f"PyTorch's {rule.torch} has no {mode} mode")
        # Clones lie where PyTorch puts tensors, on cache lines.
        tensors = [torch.from_numpy(values).clone() for values in parameters(case)]
        self.params = [torch.nn.Parameter(tensor) for tensor in tensors]
        self.case = case
        self.set_gradients(1.0)
        options = {**rule.options, **case["options"], **MODES[mode]}
        self.optimizer: Any = cls(self.params, **options)
        self.step = self.optimizer.step
        # It adds the momentum to p.grad itself.
        self.spoils_gradients = mode == "foreach" and bool(options.get("nesterov"))

    def set_gradients(self, scale: float) -> None:
        for p, gradient in zip(self.params, gradients(self.case, scale), strict=True):
            p.grad = torch.from_numpy(gradient).clone()

    def values(self) -> Sequence[Values]:
        return [p.detach().numpy() for p in self.params]


def build(case: Case, mode: str, threads: int) -> Task:
    """Make the case's task."""
    if torch.get_num_threads() != threads:
        raise RuntimeError(f"expected {threads} threads, PyTorch took {torch.get_num_threads()}")
    return make_task(case, PyTorch(case, mode))
