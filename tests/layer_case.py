"""What one row of the table of layers says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from minitorch_np import nn

__all__ = ["LayerCase", "Refused", "normal"]


def normal(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Standard normal values, none closer to a kink at 0 than 0.05."""
    x = rng.standard_normal(shape)
    return np.asarray(x + np.copysign(0.05, x))


@dataclass(frozen=True)
class Refused:
    """A call that has to be refused, with the error and a fragment of its sentence."""

    what: str
    call: Callable[[], Any]
    error: type[Exception]
    sentence: str


@dataclass(frozen=True)
class LayerCase:
    """A layer in one configuration.

    ``shapes`` are those of its input, ``draw(rng, shape)`` makes one. ``twin(torch)`` is PyTorch's
    layer. ``per_sample``: a batch gives what its samples give one by one. ``random``: the forward
    pass draws numbers, so its twin can only be compared where it does not.
    """

    name: str
    variant: str
    build: Callable[[], nn.Module]
    shapes: tuple[tuple[int, ...], ...]
    twin: Callable[[Any], Any] | None
    draw: Callable[[np.random.Generator, tuple[int, ...]], np.ndarray] = normal
    per_sample: bool = True
    random: bool = False
    training: bool = True
    refused: tuple[Refused, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.name}-{self.variant}" if self.variant else self.name

    @property
    def largest(self) -> tuple[int, ...]:
        """The shape with most elements: the one that says most."""
        return max(self.shapes, key=lambda shape: int(np.prod(shape)))
