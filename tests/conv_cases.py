"""The convolutions' rows of the table of layers."""

from __future__ import annotations

import numpy as np
from conv_rows import Setting, conv_rows
from layer_case import Refused

from minitorch_np import nn

__all__ = ["CONVOLUTIONS"]

GRID: dict[str, Setting] = {
    "": (2, 3, 3, {}, (5, 6)),
    "one-channel": (1, 4, 3, {"padding": 1}, (4, 5)),
    "1x1": (3, 2, 1, {}, (3, 4)),
    "no-bias": (2, 3, 2, {"bias": False}, (4, 3)),
    "stride": (2, 3, 3, {"stride": 2, "padding": 1}, (6, 7)),
    "stride-leaves-pixels-over": (2, 2, 2, {"stride": (3, 2)}, (6, 6)),
    "padding-beyond-the-kernel": (2, 2, 2, {"padding": (3, 2)}, (2, 3)),
    "kernel-2x3": (2, 3, (2, 3), {"stride": (1, 2), "padding": (0, 2)}, (4, 5)),
    "dilation": (2, 3, 3, {"dilation": (2, 1), "padding": 2}, (5, 4)),
    "groups": (4, 6, 3, {"groups": 2, "padding": 1}, (4, 3)),
    "depthwise": (3, 3, 3, {"groups": 3, "padding": 1}, (4, 5)),
    "depthwise-stride": (3, 3, 3, {"groups": 3, "padding": 1, "stride": 2}, (5, 5)),
    "depthwise-twice": (2, 4, 2, {"groups": 2, "dilation": 2}, (4, 5)),
    "same": (2, 3, (3, 2), {"padding": "same", "dilation": (1, 3)}, (4, 5)),
    "same-even": (2, 2, 4, {"padding": "same"}, (3, 6)),
    "valid": (2, 2, 3, {"padding": "valid"}, (4, 3)),
    "on-data": (1, 2, 3, {"input_grad": False}, (4, 5)),
}

REFUSED = (
    Refused(
        "other channels",
        lambda: nn.Conv2d(3, 2, 3)(np.ones((1, 2, 5, 5))),
        ValueError,
        "Conv2d: expected x of shape (N, 3, H, W), got (1, 2, 5, 5)",
    ),
    Refused(
        "one image",
        lambda: nn.Conv2d(3, 2, 3)(np.ones((3, 5, 5))),
        ValueError,
        "Conv2d: expected x of shape (N, 3, H, W), got (3, 5, 5)",
    ),
    Refused(
        "images smaller than the window",
        lambda: nn.Conv2d(1, 1, 3, dilation=2, padding=1)(np.ones((1, 1, 5, 2))),
        ValueError,
        "Conv2d: expected images of at least 3 x 3 pixels, got (1, 1, 5, 2)",
    ),
    Refused(
        "groups that do not divide",
        lambda: nn.Conv2d(4, 6, 3, groups=4),
        ValueError,
        "Conv2d: expected groups to divide in_channels and out_channels, got 4 for 4 and 6",
    ),
    Refused(
        "same with a stride",
        lambda: nn.Conv2d(1, 1, 3, stride=2, padding="same"),
        ValueError,
        "Conv2d: expected stride 1 for padding 'same', got (2, 2)",
    ),
    Refused(
        "another padding",
        lambda: nn.Conv2d(1, 1, 3, padding="full"),
        ValueError,
        "Conv2d: expected padding 'same', 'valid' or numbers, got 'full'",
    ),
    Refused(
        "another padding mode",
        lambda: nn.Conv2d(1, 1, 3, padding_mode="reflect"),
        ValueError,
        "Conv2d: expected padding_mode 'zeros', got 'reflect'",
    ),
    Refused(
        "no kernel",
        lambda: nn.Conv2d(1, 1, 0),
        ValueError,
        "Conv2d: expected kernel_size to be an integer of at least 1, got 0",
    ),
    Refused(
        "three strides",
        lambda: nn.Conv2d(1, 1, 3, stride=(1, 1, 1)),
        ValueError,
        "Conv2d: expected stride to be a number or two, got (1, 1, 1)",
    ),
    Refused(
        "negative padding",
        lambda: nn.Conv2d(1, 1, 3, padding=-1),
        ValueError,
        "Conv2d: expected padding to be an integer of at least 0, got -1",
    ),
)

CONVOLUTIONS = conv_rows("Conv2d", GRID, REFUSED)
