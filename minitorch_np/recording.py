"""Whether a forward pass keeps what its backward pass will need.

The outermost module that is called decides, by its ``training`` flag; the two context managers
here decide over its head. The decision lives in a ``ContextVar``, so threads do not disturb each
other.
"""

from __future__ import annotations

from contextvars import ContextVar, Token
from types import TracebackType

__all__ = ["enable_grad", "is_grad_enabled", "no_grad"]


class Pass:
    """One recorded forward pass: its outermost module, and the optimizer steps taken before it."""

    __slots__ = ("clock", "root")

    def __init__(self, root: object, clock: int) -> None:
        self.root = root
        self.clock = clock


# None: nobody has decided yet. False: nothing is recorded. True: the next forward pass is to be,
# whatever its mode. A Pass: this one is.
recording: ContextVar[object] = ContextVar("minitorch_np.recording", default=None)


# What the ``with`` blocks that are open here have to put back, innermost last.
_open: ContextVar[tuple[Token[object], ...]] = ContextVar("minitorch_np.open", default=())


class _Recording:
    """Sets the decision for a ``with`` block; blocks nest, in any number of threads."""

    decision: bool

    def __enter__(self) -> None:
        _open.set((*_open.get(), recording.set(self.decision)))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        *outer, token = _open.get()
        recording.reset(token)
        _open.set(tuple(outer))


class no_grad(_Recording):
    """Keep nothing for a backward pass, whatever the modules' ``training`` flags say.

    Examples
    --------
    >>> import numpy as np, minitorch_np as mt
    >>> relu = mt.nn.ReLU()
    >>> with mt.no_grad():
    ...     y = relu(np.array([-1.0, 2.0]))
    >>> relu.backward(y)
    Traceback (most recent call last):
    ...
    RuntimeError: ReLU(): backward found no record of a forward pass; call the outermost module \
in training mode (or under enable_grad()) before each backward, once for each, \
and save() in forward what backward takes
    """

    decision = False


class enable_grad(_Recording):
    """Keep what a backward pass needs, also in eval mode: for saliency maps and the like.

    Examples
    --------
    >>> import numpy as np, minitorch_np as mt
    >>> relu = mt.nn.ReLU().eval()
    >>> with mt.enable_grad():
    ...     y = relu(np.array([-1.0, 2.0]))
    >>> relu.backward(np.ones(2))
    array([0., 1.])
    """

    decision = True


def is_grad_enabled() -> bool | None:
    """Whether a forward pass that is running here records; None outside of any.

    Examples
    --------
    >>> import minitorch_np as mt
    >>> with mt.no_grad():
    ...     mt.is_grad_enabled()
    False
    """
    decision = recording.get()
    return None if decision is None else decision is not False
