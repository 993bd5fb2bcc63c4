"""Tools for testing modules that you write."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from minitorch_np.module import Module
from minitorch_np.nn.loss import Loss
from minitorch_np.random import Rng, get_rng
from minitorch_np.recording import enable_grad, no_grad

__all__ = ["GradcheckError", "gradcheck"]


class GradcheckError(AssertionError):
    """A backward pass disagrees with central differences; the message says where."""


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
        What ``module`` is called with. Integer arrays (labels) are passed on as they are.
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

    Notes
    -----
    An input that ``backward`` returns None for (``input_grad=False``) is passed over. Choose
    inputs away from kinks, such as ReLU's at 0.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> from minitorch_np.testing import gradcheck
    >>> gradcheck(nn.Linear(3, 2), np.random.default_rng(0).normal(size=(4, 3)))
    True
    """
    rng = np.random.default_rng(rng)
    module = copy.deepcopy(module).double()
    arrays = [_as_double(x) for x in inputs]

    def call() -> Any:
        with _same_randomness(module):
            return module(*arrays)

    with enable_grad():
        y = call()
    if not isinstance(y, (float, np.ndarray, np.floating)):
        raise TypeError(f"gradcheck: expected one array or number as output, got {type(y)}")
    dy = rng.normal(size=np.shape(y))
    for p in module.parameters():
        if p.requires_grad:
            p.grad = np.ones(p.shape)  # backward has to add to it
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

    for i, (x, dx) in enumerate(zip(arrays, gradients, strict=False)):
        if dx is not None and x.dtype.kind == "f":
            _compare(f"input {i}", x, np.asarray(dx), objective, eps, rtol, atol, max_elements, rng)
    for name, p in module.named_parameters():
        if p.requires_grad:
            label = f"parameter {name!r}"
            _compare(label, p.data, p.grad - 1, objective, eps, rtol, atol, max_elements, rng)
    return True


def _compare(
    label: str,
    x: np.ndarray,
    analytic: np.ndarray,
    objective: Callable[[], float],
    eps: float,
    rtol: float,
    atol: float,
    max_elements: int,
    rng: np.random.Generator,
) -> None:
    if analytic.shape != x.shape:
        raise GradcheckError(
            f"gradcheck: expected a gradient of shape {x.shape} for {label}, got {analytic.shape}"
        )
    chosen = rng.permutation(x.size)[:max_elements]
    for flat in chosen:
        index = tuple(int(i) for i in np.unravel_index(flat, x.shape))
        numeric = _central_difference(x, index, objective, eps)
        given = float(analytic[index])
        if not abs(given - numeric) <= atol + rtol * abs(numeric):
            raise GradcheckError(
                f"gradcheck: expected the gradient of {label} at index {index} to be "
                f"{numeric:.9g} (central difference), got {given:.9g} from backward"
            )


def _central_difference(
    x: np.ndarray, index: tuple[int, ...], objective: Callable[[], float], eps: float
) -> float:
    before = x[index]
    x[index] = before + eps
    above = objective()
    x[index] = before - eps
    below = objective()
    x[index] = before
    return (above - below) / (2 * eps)


def _as_double(x: Any) -> np.ndarray:
    array = np.asarray(x)
    return array.astype(np.float64) if array.dtype.kind == "f" else array


@contextmanager
def _same_randomness(module: Module) -> Iterator[None]:
    """Let every random generator that ``module`` may draw from be afterwards as it was before."""
    own = [v for m in module.modules() for v in vars(m).values() if _is_generator(v)]
    generators = {id(g): g for g in (get_rng(), *own)}.values()
    states = [g.bit_generator.state for g in generators]
    try:
        yield
    finally:
        for g, state in zip(generators, states, strict=True):
            g.bit_generator.state = state


def _is_generator(value: Any) -> bool:
    return isinstance(value, np.random.Generator)
