"""A grid of convolutions as rows of the table of layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from layer_case import LayerCase, Refused

from minitorch_np import nn

__all__ = ["Setting", "conv_rows"]

# in and out channels, kernel, the other arguments, and the size of the images or sequences
Setting = tuple[int, int, Any, dict[str, Any], tuple[int, ...]]


def conv_rows(
    name: str, grid: Mapping[str, Setting], refused: tuple[Refused, ...]
) -> list[LayerCase]:
    """Return a row for each variant; the plain one, named "", has what is to be refused."""

    def row(variant: str, setting: Setting) -> LayerCase:
        inputs, outputs, kernel, settings, size = setting
        # input_grad is none of PyTorch's arguments.
        theirs = {key: value for key, value in settings.items() if key != "input_grad"}
        return LayerCase(
            name,
            variant,
            lambda: getattr(nn, name)(inputs, outputs, kernel, **settings),
            tuple((n, inputs, *size) for n in (2, 1, 0)),
            lambda torch: getattr(torch.nn, name)(inputs, outputs, kernel, **theirs),
            refused=() if variant else refused,
        )

    return [row(variant, setting) for variant, setting in grid.items()]
