"""The rules in minitorch_np."""

from collections.abc import Sequence
from functools import partial

from harness import Case, Task

import minitorch_np as mt

from .task import make_task
from .tensors import Values, gradients, parameters
from .user import build as build_optimizer
from .user import class_of, rule_of

LOSS = 1.0
"""What a rule that needs the loss is told."""


class MinitorchNp:
    """Parameters whose gradient is set once; `step` leaves it where it is."""

    spoils_gradients = False

    def __init__(self, case: Case) -> None:
        self.case = case
        options = {**rule_of(case).options, **case["options"]}
        self.optimizer = build_optimizer(class_of(case), parameters(case), options)
        self.params = self.optimizer.param_groups[0]["params"]
        self.set_gradients(1.0)
        step = self.optimizer.step
        self.step = partial(step, LOSS) if self.optimizer.needs_loss else step

    def set_gradients(self, scale: float) -> None:
        for p, gradient in zip(self.params, gradients(self.case, scale), strict=True):
            p.grad = gradient

    def values(self) -> Sequence[Values]:
        return [p.data for p in self.params]


def build(case: Case, engine: str, threads: int) -> Task:
    """Make the case's task, on the ``"numba"`` or the ``"numpy"`` engine."""
    mt.set_engine(engine)
    mt.set_num_threads(threads)
    return make_task(case, MinitorchNp(case))
