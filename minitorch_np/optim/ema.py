"""An exponential moving average of weights."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from minitorch_np.arena import pack, stretches
from minitorch_np.optim import engine
from minitorch_np.optim.ranges import at_most_one
from minitorch_np.parameter import Parameter

__all__ = ["ExponentialMovingAverage"]


class ExponentialMovingAverage:
    """A running average of parameters, which often does better than the last of them.

    ::

        a ← p                        at the first update
        a ← β a + (1 - β) p          at every other

    Parameters
    ----------
    params : iterable of Parameter
        Packed, if they are not yet; so make the optimizer first, or from the same parameters.
    decay : float in [0, 1], default 0.999
        β.

    Raises
    ------
    ValueError
        If there are no parameters, or ``decay`` is out of range.

    Notes
    -----
    As PyTorch's ``AveragedModel`` with ``get_ema_multi_avg_fn(decay)``, which copies the whole
    model; this keeps the parameters alone. Buffers are not averaged, as by default there.

    References
    ----------
    Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", SIAM J. Control
    Optim. 30, 1992; the exponential form: Szegedy et al., CVPR 2016, section 8.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn, optim
    >>> p = nn.Parameter(np.array([0.0]))
    >>> ema = optim.ExponentialMovingAverage([p], decay=0.9)
    >>> for value in (1.0, 2.0):
    ...     p.data = [value]
    ...     ema.update()
    >>> with ema.applied():
    ...     print(p.data.round(3), "inside")
    [1.1] inside
    >>> p.data
    array([2.])
    """

    def __init__(self, params: Iterable[Parameter], decay: float = 0.999) -> None:
        at_most_one("ExponentialMovingAverage", {"decay": decay}, "decay")
        self.parameters = list({id(p): p for p in params}.values())
        if not self.parameters:
            raise ValueError(
                "ExponentialMovingAverage: expected at least one parameter, got none; "
                "pass model.parameters(), and a generator only once"
            )
        self.decay = decay
        self.updates = 0
        pack(self.parameters)
        self._stretches = stretches(self.parameters)
        self._averages = [stretch.data.copy() for stretch in self._stretches]

    def update(self) -> None:
        """Take the parameters as they are now into the average; call it after each step."""
        for average, values in self._pairs("update"):
            if self.updates:
                engine.apply(self.rule, average, values, (), (1 - self.decay,))
            else:
                average[...] = values
        self.updates += 1

    @staticmethod
    def rule(a, p, weight):  # type: ignore[no-untyped-def]
        """a ← a + (1 - β) (p - a)."""
        return a + weight * (p - a)

    @contextlib.contextmanager
    def applied(self) -> Iterator[None]:
        """Let the parameters be the average within a ``with`` block, and as they were after it.

        Validate and save in there; do not train.
        """
        pairs = self._pairs("applied")
        kept = [values.copy() for _, values in pairs]
        try:
            self.copy_to_parameters()
            yield
        finally:
            for (_, values), old in zip(pairs, kept, strict=True):
                values[...] = old

    def copy_to_parameters(self) -> None:
        """Make the parameters the average, for good."""
        for average, values in self._pairs("copy_to_parameters"):
            values[...] = average

    def state_dict(self) -> dict[str, Any]:
        """Return copies of the averages, in the order of the parameters."""
        return {
            "decay": self.decay,
            "updates": self.updates,
            "averages": [view.copy() for view in self._views()],
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from a state; on any error nothing changes.

        Raises
        ------
        ValueError
            If the shapes do not fit.
        """
        views = self._views()
        try:
            averages = [np.asarray(average) for average in state_dict["averages"]]
            decay, updates = float(state_dict["decay"]), int(state_dict["updates"])
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(
                "ExponentialMovingAverage.load_state_dict: expected what state_dict() returned, "
                f"got none with {error}"
            ) from None
        shapes = [average.shape for average in averages]
        if shapes != [view.shape for view in views]:
            raise ValueError(
                "ExponentialMovingAverage.load_state_dict: expected averages of shapes "
                f"{[view.shape for view in views]}, got {shapes}; load into one over the same "
                "network"
            )
        at_most_one("ExponentialMovingAverage", {"decay": decay}, "decay")
        for view, average in zip(views, averages, strict=True):
            np.copyto(view, average, casting="unsafe")
        self.decay, self.updates = decay, updates

    def __getstate__(self) -> dict[str, Any]:
        return {"parameters": self.parameters, "state": self.state_dict()}

    def __setstate__(self, kept: dict[str, Any]) -> None:
        self.__init__(kept["parameters"])  # type: ignore[misc]
        self.load_state_dict(kept["state"])

    def _pairs(self, method: str) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return averages and parameters as flat arrays, as few as possible."""
        if any(
            p._home is None or p._home.arena is not stretch.arena
            for stretch in self._stretches
            for p in stretch.parameters
        ):
            raise RuntimeError(
                f"ExponentialMovingAverage.{method}: expected the parameters where they were "
                "packed, got some with memory of their own since (double(), float()); make a new "
                "one after a change of dtype"
            )
        return [(a, s.data) for a, s in zip(self._averages, self._stretches, strict=True)]

    def _views(self) -> list[np.ndarray]:
        """Return the average of each parameter, in its shape and their order."""
        views = {}
        for average, stretch in zip(self._averages, self._stretches, strict=True):
            start = 0
            for p in stretch.parameters:
                views[id(p)] = average[start : start + p.size].reshape(p.shape)
                start += p.size
        return [views[id(p)] for p in self.parameters]
