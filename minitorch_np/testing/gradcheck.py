"""A backward pass against central differences."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from minitorch_np.module import Module
from minitorch_np.nn.loss import Loss
from minitorch_np.parameter import Parameter
from minitorch_np.random import Rng
from minitorch_np.recording import enable_grad, no_grad
from minitorch_np.serialization.generators import generators
from minitorch_np.testing.differences import Line

__all__ = ["GradcheckError", "NonDifferentiableError", "gradcheck"]

BEFORE = 1.0  # what lies in the gradients of parameters when backward begins


class GradcheckError(AssertionError):
    """A backward pass disagrees with central differences; the message says where."""


class NonDifferentiableError(GradcheckError):
    """The function has no derivative at the input, so that nothing can be said of ``backward``."""


def gradcheck(
    module: Module,
    *inputs: Any,
    eps: float = 1e-6,
    rtol: float = 1e-5,
    atol: float = 1e-7,
    max_elements: int = 500,
    rng: Rng = 0,
) -> bool:
    """Compare a module's (or loss's) backward pass with central differences, in float64.

    For a random upstream gradient dy, every element of every floating-point input and of every
    parameter is moved by ±eps::

        (⟨dy, f(x + eps)⟩ - ⟨dy, f(x - eps)⟩) / (2 eps)

    Parameters
    ----------
    module : Module or Loss
        Checked on a copy in float64; it stays as it is. Its mode (train or eval) is kept, and its
        random numbers are the same in every call.
    *inputs : array_like
        What ``module`` is called with, read-only. Integer arrays (labels) are passed on as they
        are.
    eps : float, default 1e-6
    rtol, atol : float, default 1e-5 and 1e-7
        Relative and absolute tolerance.
    max_elements : int, default 500
        From a larger array so many elements are drawn.
    rng : numpy.random.Generator or int, default 0
        Draws dy and those elements.

    Returns
    -------
    bool
        True.

    Raises
    ------
    GradcheckError
        If one element disagrees: which array, which index, both values.
    NonDifferentiableError
        If no element is wrong, but some disagree because they lie on a kink, or within eps of one:
        the slopes to the left and to the right are not the same, and what ``backward`` gives lies
        between them. Such are ReLU at 0 and a tie of the largest in MaxPool2d.
    TypeError
        If there are several outputs, or modules in a plain list, which nothing finds there.

    Notes
    -----
    An input that ``backward`` returns None for (``input_grad=False``) is passed over. At a kink the
    mean of both slopes counts as right, such as 0 for abs at 0.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> from minitorch_np.testing import gradcheck
    >>> gradcheck(nn.Linear(3, 2), np.random.default_rng(0).normal(size=(4, 3)))
    True
    >>> gradcheck(nn.ReLU(), np.array([0.0, 1.0]))
    Traceback (most recent call last):
    ...
    minitorch_np.testing.gradcheck.NonDifferentiableError: gradcheck: expected a point where the \
function is differentiable, got a kink at 1 of 2 elements checked, first input 0 at index (0,), \
with slope 0 to the left, 0.126 to the right and 0 from backward; move the input away from it
    """
    rng = np.random.default_rng(rng)
    _refuse_unregistered(module)
    module = copy.deepcopy(module).double()
    arrays = [_as_double(x) for x in inputs]
    views = [_read_only(x) for x in arrays]
    drawn_from = list(generators(module=module).values())

    def call() -> Any:
        with _same_randomness(drawn_from):
            return module(*views)

    with enable_grad():
        y = call()
    if not isinstance(y, (float, np.ndarray, np.floating)):
        raise TypeError(f"gradcheck: expected one array or number as output, got {type(y)}")
    dy = _read_only(np.asarray(rng.normal(size=np.shape(y))))
    for p in module.parameters():
        if p.requires_grad:
            p.grad = np.full(p.shape, BEFORE)  # backward has to add to it
    gradient = module.backward(float(dy) if isinstance(module, Loss) and not dy.ndim else dy)
    gradients = gradient if isinstance(gradient, tuple) else (gradient,)
    differentiable = [i for i, x in enumerate(arrays) if x.dtype.kind == "f"]
    if len(gradients) < len(differentiable) and not isinstance(module, Loss):
        raise GradcheckError(
            f"gradcheck: expected backward to return a gradient for each of {len(arrays)} inputs, "
            f"got {len(gradients)}"
        )
    if all(g is None for g in gradients) and not any(
        getattr(m, "input_grad", True) is False for m in module.modules()
    ):
        raise GradcheckError(
            "gradcheck: expected backward to return the gradient of the input, got None; "
            "return it, or set input_grad = False on the module that sits on data"
        )

    def objective() -> float:
        with no_grad():
            return float(np.sum(dy * call()))

    compared = [
        (f"input {i}", x, np.asarray(dx))
        for i, (x, dx) in enumerate(zip(arrays, gradients, strict=False))
        if dx is not None and x.dtype.kind == "f"
    ]
    compared += [
        (f"parameter {name!r}", p.data, p.grad - BEFORE)
        for name, p in module.named_parameters()
        if p.requires_grad
    ]
    checked, kinks = 0, []
    for label, x, analytic in compared:
        if analytic.shape != x.shape:
            raise GradcheckError(
                f"gradcheck: expected a gradient of shape {x.shape} for {label}, got "
                f"{analytic.shape}"
            )
        for flat in rng.permutation(x.size)[:max_elements]:
            index = tuple(int(i) for i in np.unravel_index(flat, x.shape))
            line, given = Line(objective, x, index), float(analytic[index])
            checked += 1
            if not _agree(given, line, eps, rtol, atol, f"{label} at index {index}"):
                kinks.append(f"{label} at index {index}, with {_slopes(given, line, eps)}")
    if kinks:
        raise NonDifferentiableError(
            "gradcheck: expected a point where the function is differentiable, got a kink at "
            f"{len(kinks)} of {checked} elements checked, first {kinks[0]}; move the input away "
            "from it"
        )
    return True


def _refuse_unregistered(module: Module) -> None:
    """Refuse modules and parameters in plain containers: they would be checked in float32."""
    known = {id(owned) for owned in (*module.modules(), *module.parameters())}
    for owner in module.modules():
        for name, value in vars(owner).items():
            if not isinstance(value, (list, tuple, dict)):
                continue
            for item in value.values() if isinstance(value, dict) else value:
                if isinstance(item, (Module, Parameter)) and id(item) not in known:
                    raise TypeError(
                        f"gradcheck: expected modules and parameters to be attributes, got a "
                        f"{type(item).__name__} in the {type(value).__name__} {name!r} of "
                        f"{type(owner).__name__}, where no optimizer finds it; use ModuleList or "
                        "ModuleDict, or an attribute for each parameter"
                    )


def _agree(given: float, line: Line, eps: float, rtol: float, atol: float, where: str) -> bool:
    """Whether a derivative is right; False where there is none for a kink."""
    numeric = line.central(eps)
    tolerance = atol + rtol * abs(numeric)
    if abs(given - numeric) <= tolerance:
        return True
    low, high = sorted(line.slopes(eps))
    if low - tolerance <= given <= high + tolerance and line.has_kink(eps):
        return False
    assigned = where.startswith("parameter") and abs(given + BEFORE - numeric) <= tolerance
    raise GradcheckError(
        f"gradcheck: expected the gradient of {where} to be {numeric:.9g} (central difference), "
        f"got {given:.9g} from backward"
        + ("; it looks assigned, and has to be added to what is there" if assigned else "")
    )


def _slopes(given: float, line: Line, eps: float) -> str:
    left, right = line.slopes(eps)
    return f"slope {left:.3g} to the left, {right:.3g} to the right and {given:.3g} from backward"


def _as_double(x: Any) -> np.ndarray:
    array = np.asarray(x)
    return array.astype(np.float64) if array.dtype.kind == "f" else array


def _read_only(array: np.ndarray) -> np.ndarray:
    """A view that cannot be changed: a module that does so would be said to have kinks."""
    view = array.view()
    view.flags.writeable = False
    return view


@contextmanager
def _same_randomness(drawn_from: Iterable[np.random.Generator]) -> Iterator[None]:
    """Let every random generator be afterwards as it was before."""
    states = [(rng, rng.bit_generator.state) for rng in drawn_from]
    try:
        yield
    finally:
        for rng, state in states:
            rng.bit_generator.state = state
