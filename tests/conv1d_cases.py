"""The rows of convolutions over sequences in the table of layers."""

from __future__ import annotations

import numpy as np
from conv_rows import Setting, conv_rows
from layer_case import Refused

from minitorch_np import nn

__all__ = ["CONVOLUTIONS_1D"]

GRID: dict[str, Setting] = {
    "": (2, 3, 3, {}, (6,)),
    "one-channel": (1, 4, 3, {"padding": 1}, (5,)),
    "one-value": (3, 2, 1, {}, (4,)),
    "no-bias": (2, 3, 2, {"bias": False}, (3,)),
    "stride": (2, 3, (3,), {"stride": (2,), "padding": (1,)}, (7,)),
    "stride-leaves-values-over": (2, 2, 2, {"stride": 3}, (6,)),
    "padding-beyond-the-kernel": (2, 2, 2, {"padding": 3}, (2,)),
    "dilation": (2, 3, 3, {"dilation": 2, "padding": 2}, (5,)),
    "groups": (4, 6, 3, {"groups": 2, "padding": 1}, (4,)),
    "depthwise": (3, 3, 3, {"groups": 3, "padding": 1, "stride": 2}, (5,)),
    "same": (2, 3, 3, {"padding": "same", "dilation": 2}, (5,)),
    "same-even": (2, 2, 4, {"padding": "same"}, (6,)),
    "valid": (2, 2, 3, {"padding": "valid"}, (4,)),
    "on-data": (1, 2, 3, {"input_grad": False}, (5,)),
}

REFUSED = (
    Refused(
        "other channels",
        lambda: nn.Conv1d(3, 2, 3)(np.ones((1, 2, 5))),
        ValueError,
        "Conv1d: expected x of shape (N, 3, L), got (1, 2, 5)",
    ),
    Refused(
        "one sequence",
        lambda: nn.Conv1d(3, 2, 3)(np.ones((3, 5))),
        ValueError,
        "Conv1d: expected x of shape (N, 3, L), got (3, 5)",
    ),
    Refused(
        "sequences shorter than the window",
        lambda: nn.Conv1d(1, 1, 3, dilation=2, padding=1)(np.ones((1, 1, 2))),
        ValueError,
        "Conv1d: expected sequences of at least 3 values, got (1, 1, 2)",
    ),
    Refused(
        "groups that do not divide",
        lambda: nn.Conv1d(4, 6, 3, groups=4),
        ValueError,
        "Conv1d: expected groups to divide in_channels and out_channels, got 4 for 4 and 6",
    ),
    Refused(
        "same with a stride",
        lambda: nn.Conv1d(1, 1, 3, stride=2, padding="same"),
        ValueError,
        "Conv1d: expected stride 1 for padding 'same', got (2,)",
    ),
    Refused(
        "two strides",
        lambda: nn.Conv1d(1, 1, 3, stride=(1, 1)),
        ValueError,
        "Conv1d: expected stride to be a number, got (1, 1)",
    ),
    Refused(
        "negative padding",
        lambda: nn.Conv1d(1, 1, 3, padding=-1),
        ValueError,
        "Conv1d: expected padding to be an integer of at least 0, got -1",
    ),
    Refused(
        "an upstream gradient of another length",
        lambda: _backward(nn.Conv1d(1, 1, 3), (2, 1, 5), (2, 1, 4)),
        ValueError,
        "Conv1d: expected dy of shape",
    ),
    Refused(
        "an upstream gradient without a batch",
        lambda: _backward(nn.Conv1d(1, 1, 3), (2, 1, 5), (3,)),
        ValueError,
        "Conv1d: expected dy of shape",
    ),
)


def _backward(layer: nn.Module, x: tuple[int, ...], dy: tuple[int, ...]) -> None:
    layer(np.ones(x))
    layer.backward(np.ones(dy))


CONVOLUTIONS_1D = conv_rows("Conv1d", GRID, REFUSED)
