"""The bytes that a rule must move: the least that memory has to do for a step."""

import os
from typing import NamedTuple

import numpy as np

from .table import Rule
from .user import build, class_of

FLOAT32 = 4


class Traffic(NamedTuple):
    """What a rule touches, for each parameter.

    A step reads the gradient, and reads and writes the parameter and each state array, once.
    """

    slots: int

    @property
    def held(self) -> int:
        """Bytes of the arrays that lie there."""
        return FLOAT32 * (2 + self.slots)

    @property
    def moved(self) -> int:
        """Bytes read and written by a step."""
        return FLOAT32 * (3 + 2 * self.slots)


def traffic_of(rule: Rule) -> Traffic:
    """Ask our class which arrays the rule keeps."""
    cls = class_of({"rule": rule.name, "folder": os.getcwd()})
    optimizer = build(cls, [np.zeros(1, np.float32)], rule.options)
    _, slots = optimizer.plan(optimizer.param_groups[0])
    return Traffic(len(slots))
