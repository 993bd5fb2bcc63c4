"""Finding the layer in which a number stopped being finite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np

from minitorch_np.module import Module

__all__ = ["AnomalyError", "detect_anomaly"]


class AnomalyError(ArithmeticError):
    """An output or a gradient is NaN or infinite; the message names the layer and the array."""


@contextmanager
def detect_anomaly(*modules: Module) -> Iterator[None]:
    """Stop at the first layer whose output or gradient is not finite.

    Inside the ``with`` block every module is watched, and after every backward pass the gradients
    of its input and of its own parameters. It costs a pass over each of these arrays; outside the
    block nothing. NumPy's warnings about overflow and the like are off inside, as the error says
    more.

    Parameters
    ----------
    *modules : Module
        The model, and the loss as well if it is to be watched.

    Raises
    ------
    AnomalyError
        Names the layer with its dotted name (all of them, if it is shared), the pass, the array,
        how many of its values are NaN or infinite, and what to look at.

    Examples
    --------
    >>> import numpy as np, minitorch_np as mt
    >>> from minitorch_np import nn
    >>> net = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.ReLU(), nn.Linear(3, 1)))
    >>> net[1][1].bias.data[0] = np.inf
    >>> with mt.detect_anomaly(net):
    ...     y = net(np.ones((4, 2)))
    Traceback (most recent call last):
    ...
    minitorch_np.anomaly.AnomalyError: detect_anomaly: expected finite values in the output of \
Linear '1.1' in the forward pass, got 4 infinite of 4; its parameter 'bias' holds 1 infinite \
of 1 already: lower the learning rate or clip the gradients
    """
    watched: dict[int, tuple[Any, list[str]]] = {}
    for root in modules:
        for name, module in root._walk():
            watched.setdefault(id(module), (module, []))[1].append(name)
    with ExitStack() as until_the_end, np.errstate(all="ignore"):
        for module, names in watched.values():
            watch = _Watch(module, names)
            until_the_end.enter_context(module.register_forward_hook(watch.forward))
            until_the_end.enter_context(module.register_full_backward_hook(watch.backward))
        yield


class _Watch:
    """The hooks of one module."""

    def __init__(self, module: Module, names: list[str]) -> None:
        shown = " and ".join(repr(name) for name in dict.fromkeys(names) if name)
        self._title = f"{type(module).__name__} {shown}".strip()

    def forward(self, module: Module, args: tuple[Any, ...], output: Any) -> None:
        """Look at the output; if it is not finite, say what it came from."""
        found = _not_finite(output)
        if found:
            self._stop("the output", "forward", found, _origin(module, args))

    def backward(self, module: Module, dx: Any, dy: Any) -> None:
        """Look at the gradients of the input and of the module's own parameters."""
        gradients = [("the gradient of the input", dx)]
        gradients += [
            (f"the gradient of parameter {name!r}", p.grad)
            for name, p in module.named_parameters(recurse=False)
            if p.has_grad
        ]
        for what, gradient in gradients:
            found = _not_finite(gradient)
            if found:
                given = _not_finite(dy)
                remedy = (
                    f"the gradient that it was given holds {given}: look at the loss, and at what "
                    "is computed behind this layer"
                    if given
                    else "the gradient that it was given is finite: look at its backward, and "
                    "lower the learning rate"
                )
                self._stop(what, "backward", found, remedy)

    def _stop(self, what: str, which_pass: str, found: str, remedy: str) -> None:
        raise AnomalyError(
            f"detect_anomaly: expected finite values in {what} of {self._title} in the "
            f"{which_pass} pass, got {found}; {remedy}"
        )


def _origin(module: Module, args: tuple[Any, ...]) -> str:
    """Where values that are not finite came into the forward pass, and what to do."""
    for argument in args:
        found = _not_finite(argument)
        if found:
            return f"its input holds {found}: look at the data"
    for name, p in module.named_parameters():
        found = _not_finite(p.data)
        if found:
            return (
                f"its parameter {name!r} holds {found} already: lower the learning rate or clip "
                "the gradients"
            )
    for name, buffer in module.named_buffers():
        found = _not_finite(buffer)
        if found:
            return f"its buffer {name!r} holds {found} already: look at what it was trained on"
    return (
        "its input, parameters and buffers are finite: look for an overflow, a division by 0 or a "
        "logarithm of 0, and lower the learning rate"
    )


def _not_finite(value: Any) -> str:
    """How many values are NaN or infinite, of how many; empty if none is."""
    arrays = [a for a in _arrays(value) if a.dtype.kind in "fc" and not np.isfinite(a).all()]
    if not arrays:
        return ""
    nans, infinities = (sum(int(f(a).sum()) for a in arrays) for f in (np.isnan, np.isinf))
    counts = [f"{nans} NaN"] * bool(nans) + [f"{infinities} infinite"] * bool(infinities)
    return f"{' and '.join(counts)} of {sum(a.size for a in arrays)}"


def _arrays(value: Any) -> list[np.ndarray]:
    """The arrays and numbers in a value, which may be a tuple, a list or a dict of them."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (tuple, list)):
        return [array for item in value for array in _arrays(item)]
    return [np.asarray(value)] if isinstance(value, (np.ndarray, np.generic, float)) else []
