"""The rows of batch and group normalisation in the table of layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from layer_case import LayerCase, Refused

from minitorch_np import nn

__all__ = ["NORMS"]

SETTINGS: dict[str, dict[str, Any]] = {
    "": {},
    "eps-momentum": {"eps": 0.1, "momentum": 0.7},
    "average": {"momentum": None},
    "plain": {"affine": False},
    "untracked": {"track_running_stats": False},
    "nothing": {"affine": False, "track_running_stats": False},
}
Shapes = tuple[tuple[int, ...], ...]
BATCHES: dict[str, Shapes] = {
    "BatchNorm1d": ((5, 4), (2, 4), (0, 4), (2, 4, 3), (1, 4, 2)),
    "BatchNorm2d": ((3, 4, 2, 3), (1, 4, 1, 2), (2, 4, 1, 1), (0, 4, 2, 3)),
}
FORMS = {"BatchNorm1d": "(N, 4) or (N, 4, L)", "BatchNorm2d": "(N, 4, H, W)"}

# G, C, the other arguments, and the shapes
GROUPS: dict[str, tuple[int, int, dict[str, Any], Shapes]] = {
    "": (2, 6, {}, ((3, 6), (2, 6, 3), (2, 6, 3, 2), (1, 6, 2, 1, 3), (0, 6, 2, 2))),
    "plain": (3, 6, {"affine": False, "eps": 0.1}, ((3, 6), (1, 6, 2, 3), (0, 6))),
    "one-group": (1, 3, {}, ((2, 3), (2, 3, 3, 3), (1, 3, 1, 1))),
    "each-channel": (3, 3, {}, ((2, 3, 4), (1, 3, 5, 1))),
}


def ours(name: str, *arguments: Any, **settings: Any) -> Callable[[], nn.Module]:
    return lambda: getattr(nn, name)(*arguments, **settings)


def twin(name: str, *arguments: Any, **settings: Any) -> Callable[[Any], Any]:
    return lambda torch: getattr(torch.nn, name)(*arguments, **settings)


def refused(name: str, single: tuple[int, ...]) -> tuple[Refused, ...]:
    """What a batch normalisation of 4 channels refuses."""
    build: Any = getattr(nn, name)
    return (
        Refused(
            "other channels",
            lambda: build(4)(np.ones((2, 5, *single[2:]))),
            ValueError,
            f"{name}: expected x of shape {FORMS[name]}, got {(2, 5, *single[2:])}",
        ),
        Refused(
            "too many dimensions",
            lambda: build(4)(np.ones((2, 4, 1, 1, 1))),
            ValueError,
            f"{name}: expected x of shape {FORMS[name]}, got (2, 4, 1, 1, 1)",
        ),
        Refused(
            "a single value",
            lambda: build(4)(np.ones(single)),
            ValueError,
            f"{name}: expected more than one value a channel to take statistics of, got an input "
            f"of shape {single}",
        ),
        Refused(
            "a single value, of which there are no running statistics",
            lambda: build(4, track_running_stats=False).eval()(np.ones(single)),
            ValueError,
            f"{name}: expected more than one value a channel",
        ),
        Refused("no channels", lambda: build(0), ValueError, f"{name}: expected num_features to"),
        Refused(
            "a negative eps",
            lambda: build(4, eps=-1),
            ValueError,
            f"{name}: expected eps of at least 0, got -1",
        ),
        Refused(
            "too much momentum",
            lambda: build(4, momentum=2),
            ValueError,
            f"{name}: expected momentum in [0, 1] or None, got 2",
        ),
    )


REFUSED = {
    "BatchNorm1d": (
        *refused("BatchNorm1d", (1, 4)),
        Refused("no batch", lambda: nn.BatchNorm1d(4)(np.ones(4)), ValueError, "got (4,)"),
    ),
    "BatchNorm2d": (
        *refused("BatchNorm2d", (1, 4, 1, 1)),
        Refused(
            "one image", lambda: nn.BatchNorm2d(4)(np.ones((4, 2, 2))), ValueError, "got (4, 2, 2)"
        ),
    ),
    "GroupNorm": (
        Refused(
            "other channels",
            lambda: nn.GroupNorm(2, 4)(np.ones((2, 3, 5))),
            ValueError,
            "GroupNorm: expected x of shape (N, 4, ...), got (2, 3, 5)",
        ),
        Refused("one dimension", lambda: nn.GroupNorm(2, 4)(np.ones(4)), ValueError, "got (4,)"),
        Refused(
            "groups that do not divide",
            lambda: nn.GroupNorm(3, 4),
            ValueError,
            "GroupNorm: expected num_groups to divide num_channels, got 3 for 4",
        ),
        Refused(
            "no groups",
            lambda: nn.GroupNorm(0, 4),
            ValueError,
            "GroupNorm: expected num_groups to be an integer of at least 1, got 0",
        ),
        Refused(
            "a negative eps",
            lambda: nn.GroupNorm(2, 4, eps=-1),
            ValueError,
            "GroupNorm: expected eps of at least 0, got -1",
        ),
    ),
}

NORMS = [
    LayerCase(
        name,
        variant,
        ours(name, 4, **settings),
        shapes,
        twin(name, 4, **settings),
        per_sample=False,
        refused=() if variant else REFUSED[name],
    )
    for name, shapes in BATCHES.items()
    for variant, settings in SETTINGS.items()
]
NORMS += [
    LayerCase(
        name,
        f"eval-{variant or 'affine'}",
        ours(name, 4, **SETTINGS[variant]),
        (*shapes, (1, 4, *shapes[0][2:])),
        twin(name, 4, **SETTINGS[variant]),
        training=False,
    )
    for name, shapes in BATCHES.items()
    for variant in ("", "plain")
]
NORMS += [
    LayerCase(
        "GroupNorm",
        variant,
        ours("GroupNorm", groups, channels, **settings),
        shapes,
        twin("GroupNorm", groups, channels, **settings),
        refused=() if variant else REFUSED["GroupNorm"],
    )
    for variant, (groups, channels, settings, shapes) in GROUPS.items()
]
