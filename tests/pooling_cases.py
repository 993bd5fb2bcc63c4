"""The rows of pooling and padding in the table of layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from layer_case import LayerCase, Refused

from minitorch_np import nn

__all__ = ["GRID", "POOLINGS"]

# the layer, the variant, its arguments, and the size of the images
GRID: tuple[tuple[str, str, dict[str, Any], tuple[int, int]], ...] = (
    ("MaxPool2d", "", {"kernel_size": 2}, (4, 6)),
    ("MaxPool2d", "odd-size", {"kernel_size": 2}, (5, 3)),
    ("MaxPool2d", "overlapping", {"kernel_size": 3, "stride": 1}, (5, 4)),
    ("MaxPool2d", "padding", {"kernel_size": 3, "stride": 2, "padding": 1}, (5, 6)),
    ("MaxPool2d", "3x2", {"kernel_size": (3, 2), "stride": (1, 3), "padding": (1, 0)}, (4, 7)),
    ("MaxPool2d", "dilation", {"kernel_size": (2, 3), "stride": 1, "dilation": (3, 2)}, (6, 5)),
    ("MaxPool2d", "ceil", {"kernel_size": 2, "ceil_mode": True}, (5, 3)),
    (
        "MaxPool2d",
        "everything",
        {
            "kernel_size": 3,
            "stride": (2, 1),
            "padding": (1, 0),
            "dilation": (1, 2),
            "ceil_mode": True,
        },
        (4, 6),
    ),
    ("MaxPool2d", "leaves-pixels-over", {"kernel_size": 1, "stride": 2}, (4, 5)),
    ("MaxPool2d", "many-places", {"kernel_size": 12, "stride": 1}, (13, 12)),
    ("AvgPool2d", "", {"kernel_size": 2}, (4, 6)),
    ("AvgPool2d", "odd-size", {"kernel_size": 2}, (5, 3)),
    ("AvgPool2d", "overlapping", {"kernel_size": 3, "stride": 1}, (5, 4)),
    ("AvgPool2d", "padding", {"kernel_size": 3, "stride": 2, "padding": 1}, (5, 6)),
    (
        "AvgPool2d",
        "padding-not-counted",
        {"kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": False},
        (5, 6),
    ),
    ("AvgPool2d", "3x2", {"kernel_size": (3, 2), "stride": (1, 3), "padding": (1, 0)}, (4, 7)),
    (
        "AvgPool2d",
        "ceil",
        {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True},
        (4, 6),
    ),
    (
        "AvgPool2d",
        "ceil-padding-not-counted",
        {
            "kernel_size": 3,
            "stride": 2,
            "padding": 1,
            "ceil_mode": True,
            "count_include_pad": False,
        },
        (4, 6),
    ),
    ("AvgPool2d", "divisor", {"kernel_size": 2, "padding": 1, "divisor_override": 3}, (4, 3)),
    ("AdaptiveAvgPool2d", "", {"output_size": (2, 3)}, (5, 7)),
    ("AdaptiveAvgPool2d", "global", {"output_size": 1}, (3, 4)),
    ("AdaptiveAvgPool2d", "rows-kept", {"output_size": (None, 2)}, (3, 4)),
    ("AdaptiveAvgPool2d", "larger-than-the-image", {"output_size": (5, 3)}, (3, 2)),
    ("AdaptiveMaxPool2d", "", {"output_size": (2, 3)}, (5, 7)),
    ("AdaptiveMaxPool2d", "global", {"output_size": 1}, (3, 4)),
    ("AdaptiveMaxPool2d", "columns-kept", {"output_size": (2, None)}, (3, 4)),
    ("AdaptiveMaxPool2d", "larger-than-the-image", {"output_size": (5, 3)}, (3, 2)),
    ("ZeroPad2d", "", {"padding": 2}, (3, 2)),
    ("ZeroPad2d", "four", {"padding": (1, 2, 0, 3)}, (3, 2)),
    ("ZeroPad2d", "cropping", {"padding": (-1, 2, 1, -2)}, (4, 3)),
)


def images(*shape: int) -> np.ndarray:
    return np.ones(shape)


REFUSED: dict[str, tuple[Refused, ...]] = {
    "MaxPool2d": (
        Refused(
            "one image",
            lambda: nn.MaxPool2d(2)(images(3, 5, 5)),
            ValueError,
            "MaxPool2d: expected x of shape (N, C, H, W), none empty, got (3, 5, 5)",
        ),
        Refused(
            "no channels",
            lambda: nn.MaxPool2d(2)(images(2, 0, 5, 5)),
            ValueError,
            "MaxPool2d: expected x of shape (N, C, H, W), none empty, got (2, 0, 5, 5)",
        ),
        Refused(
            "images smaller than the window",
            lambda: nn.MaxPool2d(3, padding=1, dilation=2)(images(1, 1, 5, 2)),
            ValueError,
            "MaxPool2d: expected images that hold a window of kernel_size=3, padding=1 and "
            "dilation=2, got 5 x 2 pixels",
        ),
        Refused(
            "indices",
            lambda: nn.MaxPool2d(2, return_indices=True),
            ValueError,
            "MaxPool2d: expected return_indices=False, got True",
        ),
        Refused(
            "padding beyond half the kernel",
            lambda: nn.MaxPool2d((4, 3), padding=2, dilation=3),
            ValueError,
            "MaxPool2d: expected padding of at most half the kernel_size, got 2 for (4, 3)",
        ),
        Refused(
            "no kernel",
            lambda: nn.MaxPool2d(0),
            ValueError,
            "MaxPool2d: expected kernel_size to be an integer of at least 1, got 0",
        ),
        Refused(
            "no stride",
            lambda: nn.MaxPool2d(2, stride=0),
            ValueError,
            "MaxPool2d: expected stride to be an integer of at least 1, got 0",
        ),
        Refused(
            "three dilations",
            lambda: nn.MaxPool2d(2, dilation=(1, 1, 1)),
            ValueError,
            "MaxPool2d: expected dilation to be a number or two, got (1, 1, 1)",
        ),
        Refused(
            "complex numbers",
            lambda: nn.MaxPool2d(2)(images(1, 1, 2, 2) * 1j),
            TypeError,
            "expected an array of real numbers, got complex128",
        ),
    ),
    "AvgPool2d": (
        Refused(
            "images smaller than the window",
            lambda: nn.AvgPool2d((2, 7), padding=1)(images(1, 1, 5, 4)),
            ValueError,
            "AvgPool2d: expected images that hold a window of kernel_size=(2, 7), padding=1",
        ),
        Refused(
            "padding beyond half the kernel",
            lambda: nn.AvgPool2d(3, padding=(1, 2)),
            ValueError,
            "AvgPool2d: expected padding of at most half the kernel_size, got (1, 2) for 3",
        ),
        Refused(
            "divisor 0",
            lambda: nn.AvgPool2d(2, divisor_override=0),
            ValueError,
            "AvgPool2d: expected divisor_override to be an integer other than 0, or None, got 0",
        ),
        Refused(
            "half a divisor",
            lambda: nn.AvgPool2d(2, divisor_override=0.5),
            ValueError,
            "AvgPool2d: expected divisor_override to be an integer other than 0, or None, got 0.5",
        ),
    ),
    "AdaptiveAvgPool2d": (
        Refused(
            "vectors",
            lambda: nn.AdaptiveAvgPool2d(1)(images(2, 3)),
            ValueError,
            "AdaptiveAvgPool2d: expected x of shape (N, C, H, W), none empty, got (2, 3)",
        ),
        Refused(
            "three sizes",
            lambda: nn.AdaptiveAvgPool2d((1, 2, 3)),
            ValueError,
            "AdaptiveAvgPool2d: expected output_size to be a number or two, got (1, 2, 3)",
        ),
        Refused(
            "nothing",
            lambda: nn.AdaptiveAvgPool2d((None, 0)),
            ValueError,
            "AdaptiveAvgPool2d: expected output_size to be an integer of at least 1, got 0",
        ),
    ),
    "AdaptiveMaxPool2d": (
        Refused(
            "no columns",
            lambda: nn.AdaptiveMaxPool2d(1)(images(2, 3, 4, 0)),
            ValueError,
            "AdaptiveMaxPool2d: expected x of shape (N, C, H, W), none empty, got (2, 3, 4, 0)",
        ),
        Refused(
            "indices",
            lambda: nn.AdaptiveMaxPool2d(1, return_indices=True),
            ValueError,
            "AdaptiveMaxPool2d: expected return_indices=False, got True",
        ),
        Refused(
            "no size",
            lambda: nn.AdaptiveMaxPool2d(None),
            ValueError,
            "AdaptiveMaxPool2d: expected output_size to be an integer of at least 1, got None",
        ),
    ),
    "ZeroPad2d": (
        Refused(
            "one image",
            lambda: nn.ZeroPad2d(1)(images(3, 5, 5)),
            ValueError,
            "ZeroPad2d: expected x of shape (N, C, H, W), got (3, 5, 5)",
        ),
        Refused(
            "two numbers",
            lambda: nn.ZeroPad2d((1, 2)),
            ValueError,
            "ZeroPad2d: expected padding to be a number or four, got (1, 2)",
        ),
        Refused(
            "half a pixel",
            lambda: nn.ZeroPad2d((1, 2, 0.5, 0)),
            ValueError,
            "ZeroPad2d: expected padding to be a number or four, got (1, 2, 0.5, 0)",
        ),
        Refused(
            "more cropped than there is",
            lambda: nn.ZeroPad2d((-2, 5, 0, 0))(images(1, 1, 3, 1)),
            ValueError,
            "ZeroPad2d: expected images that can be cropped by (-2, 5, 0, 0), got 3 x 1 pixels",
        ),
    ),
}


def ours(name: str, arguments: dict[str, Any]) -> Callable[[], nn.Module]:
    return lambda: getattr(nn, name)(**arguments)


def twin(name: str, arguments: dict[str, Any]) -> Callable[[Any], Any]:
    return lambda torch: getattr(torch.nn, name)(**arguments)


POOLINGS = [
    LayerCase(
        name,
        variant,
        ours(name, arguments),
        tuple((n, channels, *size) for n, channels in ((2, 3), (1, 2), (0, 2))),
        twin(name, arguments),
        refused=() if variant else REFUSED[name],
    )
    for name, variant, arguments, size in GRID
]
