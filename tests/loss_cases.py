"""The case table of the losses: one row for each, in each of its configurations."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from layer_case import Refused, normal

from minitorch_np import nn

__all__ = ["LOSSES", "LossCase"]


@dataclass(frozen=True)
class LossCase:
    """A loss in one configuration.

    ``target(rng, shape)`` draws a target for an input of that shape. ``twin(torch)`` is a function
    of PyTorch tensors (input, target).
    """

    name: str
    variant: str
    build: Callable[[], nn.Loss]
    shapes: tuple[tuple[int, ...], ...]
    target: Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]
    twin: Callable[[Any], Callable[[Any, Any], Any]]
    draw: Callable[[np.random.Generator, tuple[int, ...]], np.ndarray] = normal
    refused: tuple[Refused, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.name}-{self.variant}" if self.variant else self.name


K = 5
SCORES = ((7, K), (1, K), (0, K))
WEIGHT = np.array([0.5, 2.0, 0.0, 1.25, 3.0])  # a class that counts for nothing, too
REDUCTIONS = ("mean", "sum", "none")


def labels(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """A label for each sample."""
    return rng.integers(0, shape[1], shape[0])


def with_ignored(ignore_index: int) -> Callable[..., np.ndarray]:
    """Labels of which some, but not the first, are ``ignore_index``."""

    def target(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        t = np.where(rng.random(shape[0]) < 0.4, ignore_index, labels(rng, shape))
        t[:1] = 4
        return t

    return target


def all_ignored(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """No label that counts."""
    return np.full(shape[0], -100)


def log_probabilities(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """What NLLLoss takes."""
    x = rng.standard_normal(shape)
    return np.asarray(x - np.log(np.exp(x).sum(axis=1, keepdims=True)))


def _class_refusals(name: str, build: Callable[..., nn.Loss]) -> tuple[Refused, ...]:
    x = np.zeros((2, 3))
    takes_weight = name != "SoftmaxMSELoss"
    refused = [
        ("one-dimensional input", lambda: build()(np.zeros(3), [0]), ValueError, "shape (N, K)"),
        ("integer input", lambda: build()(np.zeros((2, 3), int), [0, 1]), ValueError, "int64"),
        ("too few labels", lambda: build()(x, [0]), ValueError, "expected 2 labels, shape (2,)"),
        ("label K", lambda: build()(x, [0, 3]), ValueError, "labels in [0, 3), got 3"),
        ("label -1", lambda: build()(x, [0, -1]), ValueError, "labels in [0, 3), got -1"),
        ("float labels", lambda: build()(x, [0.0, 1.0]), TypeError, "integer class labels"),
        ("bool labels", lambda: build()(x, [True, False]), TypeError, "integer class labels"),
        ("one-hot labels", lambda: build()(x, np.eye(3)[:2]), TypeError, ".argmax(axis=1)"),
        ("one-hot ints", lambda: build()(x, np.eye(3, dtype=int)[:2]), ValueError, "shape (2,)"),
        ("reduction", lambda: build(reduction="avg"), ValueError, "'mean', 'sum' or 'none'"),
        ("backward first", lambda: build().backward(), RuntimeError, "call the loss first"),
        ("dy of no sample", lambda: _backward(build, x), ValueError, "expected dy of shape (2,)"),
    ]
    if takes_weight:
        refused.append(
            ("two weights", lambda: build(weight=[1, 2])(x, [0, 1]), ValueError, "one weight for")
        )
    return tuple(Refused(what, call, error, text) for what, call, error, text in refused)


def _backward(build: Callable[..., nn.Loss], x: np.ndarray) -> Any:
    criterion = build(reduction="none")
    criterion(x, [0, 1])
    return criterion.backward()


def _cross_entropies() -> list[LossCase]:
    targets = {"": labels, "some-ignored": with_ignored(-100), "class-1-ignored": with_ignored(1)}
    rows = []
    for weight, which, smoothing, reduction in product(
        (None, WEIGHT), targets, (0.0, 0.2, 1.0), REDUCTIONS
    ):
        options: dict[str, Any] = {"label_smoothing": smoothing, "reduction": reduction}
        if which == "class-1-ignored":
            options["ignore_index"] = 1
        parts = ["weight" if weight is not None else "", which, reduction]
        parts.insert(2, f"smoothing-{smoothing}" if smoothing else "")
        rows.append(
            LossCase(
                "CrossEntropyLoss",
                "-".join(part for part in parts if part),
                lambda weight=weight, options=options: nn.CrossEntropyLoss(weight, **options),
                SCORES,
                targets[which],
                lambda torch, weight=weight, options=options: torch.nn.CrossEntropyLoss(
                    _tensor(torch, weight), **options
                ),
                refused=_class_refusals("CrossEntropyLoss", nn.CrossEntropyLoss)
                if not rows
                else (),
            )
        )
    return rows


def _nlls() -> list[LossCase]:
    targets = {"": labels, "some-ignored": with_ignored(-100), "class-1-ignored": with_ignored(1)}
    rows = []
    for weight, which, reduction in product((None, WEIGHT), targets, REDUCTIONS):
        options: dict[str, Any] = {"reduction": reduction}
        if which == "class-1-ignored":
            options["ignore_index"] = 1
        parts = ["weight" if weight is not None else "", which, reduction]
        rows.append(
            LossCase(
                "NLLLoss",
                "-".join(part for part in parts if part),
                lambda weight=weight, options=options: nn.NLLLoss(weight, **options),
                SCORES,
                targets[which],
                lambda torch, weight=weight, options=options: torch.nn.NLLLoss(
                    _tensor(torch, weight), **options
                ),
                draw=log_probabilities,
                refused=_class_refusals("NLLLoss", nn.NLLLoss) if not rows else (),
            )
        )
    return rows


def _nothing_counts() -> list[LossCase]:
    """All labels ignored: the mean is NaN, and every gradient is 0."""
    rows = []
    for reduction, weight, smoothing in product(REDUCTIONS, (None, WEIGHT), (0.0, 0.2)):
        options: dict[str, Any] = {"reduction": reduction}
        ending = f"{'weight-' if weight is not None else ''}all-ignored-{reduction}"
        if not smoothing:
            rows.append(
                LossCase(
                    "NLLLoss",
                    ending,
                    lambda weight=weight, options=options: nn.NLLLoss(weight, **options),
                    ((3, K),),
                    all_ignored,
                    lambda torch, weight=weight, options=options: torch.nn.NLLLoss(
                        _tensor(torch, weight), **options
                    ),
                    draw=log_probabilities,
                )
            )
        options = {**options, "label_smoothing": smoothing}
        rows.append(
            LossCase(
                "CrossEntropyLoss",
                f"{'smoothing-' if smoothing else ''}{ending}",
                lambda weight=weight, options=options: nn.CrossEntropyLoss(weight, **options),
                ((3, K),),
                all_ignored,
                lambda torch, weight=weight, options=options: torch.nn.CrossEntropyLoss(
                    _tensor(torch, weight), **options
                ),
            )
        )
    return rows


def _tensor(torch: Any, weight: np.ndarray | None) -> Any:
    return None if weight is None else torch.tensor(weight)


def _softmax_mse(torch: Any, reduction: str) -> Callable[[Any, Any], Any]:
    def loss(x: Any, t: Any) -> Any:
        one_hot = torch.nn.functional.one_hot(t, x.shape[1]).to(x.dtype)
        p = torch.softmax(x, dim=1)
        each = torch.nn.functional.mse_loss(p, one_hot, reduction=reduction)
        return each.mean(dim=1) if reduction == "none" else each

    return loss


def probabilities(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Values in (0, 1), away from the ends."""
    return np.asarray(rng.uniform(0.05, 0.95, shape))


ELEMENTS = ((5, 4), (1, 1), (0, 3), (6,), (), (2, 3, 5))


def _elementwise(
    name: str,
    draw: Callable[..., np.ndarray],
    target: Callable[..., np.ndarray],
    variants: dict[str, dict[str, Any]],
    shapes: tuple[tuple[int, ...], ...] = ELEMENTS,
) -> list[LossCase]:
    """Rows of a loss that goes element by element, for each variant and reduction."""
    rows = []
    for variant, options in variants.items():
        arrays = {k: v for k, v in options.items() if isinstance(v, np.ndarray)}
        for reduction in REDUCTIONS:
            rows.append(
                LossCase(
                    name,
                    f"{variant}-{reduction}" if variant else reduction,
                    lambda options=options, reduction=reduction: getattr(nn, name)(
                        reduction=reduction, **options
                    ),
                    shapes if not arrays else tuple(s for s in shapes if s[-1:] == (4,)),
                    target,
                    lambda torch, options=options, arrays=arrays, reduction=reduction: getattr(
                        torch.nn, name
                    )(
                        reduction=reduction,
                        **{**options, **{k: torch.tensor(v) for k, v in arrays.items()}},
                    ),
                    draw=draw,
                    refused=(
                        Refused(
                            "two shapes",
                            lambda: getattr(nn, name)()(np.ones((2, 1)), np.ones(2)),
                            ValueError,
                            f"{name}: expected input and target of one shape, got (2, 1) and (2,)",
                        ),
                        Refused(
                            "integers",
                            lambda: getattr(nn, name)()([1, 1], [1.0, 1.0]),
                            ValueError,
                            f"{name}: expected floating-point input, got int64",
                        ),
                    )
                    if reduction == "mean" and not variant
                    else (),
                )
            )
    return rows


W = np.array([0.5, 2.0, 0.0, 1.25])

LOSSES = [
    *_elementwise("L1Loss", normal, normal, {"": {}}),
    *_elementwise(
        "SmoothL1Loss", normal, normal, {"": {}, "wide": {"beta": 2.5}, "sharp": {"beta": 0.0}}
    ),
    *_elementwise("HuberLoss", normal, normal, {"": {}, "narrow": {"delta": 0.3}}),
    *_elementwise("BCELoss", probabilities, probabilities, {"": {}, "weight": {"weight": W}}),
    *_elementwise(
        "BCEWithLogitsLoss",
        normal,
        probabilities,
        {"": {}, "weight": {"weight": W}, "pos_weight": {"pos_weight": W, "weight": 2 * W}},
        ((5, 4), (1, 4), (0, 4), (4,), (2, 3, 4), (3,)),
    ),
    *_cross_entropies(),
    *_nlls(),
    *_nothing_counts(),
    *(
        LossCase(
            "MSELoss",
            reduction,
            lambda reduction=reduction: nn.MSELoss(reduction),
            ((5, 4), (1, 1), (0, 3), (6,), (), (2, 3, 5)),
            normal,
            lambda torch, reduction=reduction: torch.nn.MSELoss(reduction=reduction),
            refused=(
                Refused(
                    "two shapes",
                    lambda reduction=reduction: nn.MSELoss(reduction)(np.ones((2, 1)), np.ones(2)),
                    ValueError,
                    "MSELoss: expected input and target of one shape, got (2, 1) and (2,)",
                ),
                Refused(
                    "integers",
                    lambda reduction=reduction: nn.MSELoss(reduction)([1, 2], [1.0, 2.0]),
                    ValueError,
                    "MSELoss: expected floating-point input, got int64",
                ),
            ),
        )
        for reduction in REDUCTIONS
    ),
    *(
        LossCase(
            "SoftmaxMSELoss",
            reduction,
            lambda reduction=reduction: nn.SoftmaxMSELoss(reduction),
            SCORES,
            labels,
            lambda torch, reduction=reduction: _softmax_mse(torch, reduction),
            refused=_class_refusals("SoftmaxMSELoss", nn.SoftmaxMSELoss)
            if reduction == "mean"
            else (),
        )
        for reduction in REDUCTIONS
    ),
]
