"""The base class of every layer and network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy import ndarray

from minitorch_np import state
from minitorch_np.arena import Arena
from minitorch_np.dlpack import as_arrays
from minitorch_np.hooks import BackwardHook, ForwardHook, HookHandle, Hooks
from minitorch_np.recording import Pass, recording
from minitorch_np.tree import Tree
from minitorch_np.warning import warn

__all__ = ["Module"]

MANY_RECORDS = 256  # look whether some are stale
TOO_MANY_RECORDS = 8192  # warn: far above any honest use


# What one call remembered for its backward pass, and the forward pass that it belonged to (None if
# forward() was called directly). A plain tuple, for one is made in every layer at every step.
Record = tuple[tuple[Any, ...], Pass | None]


def is_stale(record: Record) -> bool:
    """Whether every trained parameter of that pass's network has been stepped since.

    A backward pass from here would pair old activations with new weights, and be the gradient of
    nothing; PyTorch refuses it too.
    """
    of_pass = record[1]
    if of_pass is None or not isinstance(of_pass.root, Module):
        return False
    homes = [p._home for p in of_pass.root.parameters() if p.requires_grad]
    return bool(homes) and all(
        home is not None and home.arena.stepped[home.number] > of_pass.clock for home in homes
    )


class Module(Tree):
    """Base class of layers and networks: a forward method, and a backward method by hand.

    Subclass it, write ``forward``, remember with :meth:`save` what the derivative needs, and write
    ``backward``, which takes it back with :meth:`saved`. Parameters, buffers and other modules are
    registered by assigning them to attributes. Call the module, not its ``forward``.

    Notes
    -----
    Records are kept on a stack, last in first out. So a module may be used several times in one
    forward pass (shared weights) as long as the backward pass runs in reverse order.

    The outermost module that is called decides by its ``training`` flag whether anything is
    recorded; :func:`~minitorch_np.no_grad` and :func:`~minitorch_np.enable_grad` overrule it.

    Gradients accumulate until ``zero_grad()``. Never change an input or ``dy`` in place. Arrays of
    other libraries that a module is called with come in through DLPack, as NumPy's.

    Differs from PyTorch: arrays instead of tensors, ``backward`` by hand, and forgetting
    ``super().__init__()`` is harmless.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> class Square(nn.Module):
    ...     def forward(self, x):
    ...         self.save(x)
    ...         return x * x
    ...     def backward(self, dy):
    ...         (x,) = self.saved()
    ...         return dy * 2 * x
    >>> square = Square()
    >>> square(np.array([3.0]))
    array([9.])
    >>> square.backward(np.array([1.0]))
    array([6.])
    """

    _records: list[Record]
    _records_limit: int
    _hooks: Hooks | None

    def __new__(cls, *args: Any, **kwargs: Any) -> Module:  # noqa: D102
        self = super().__new__(cls, *args, **kwargs)
        self.__dict__.update(_records=[], _records_limit=MANY_RECORDS, _hooks=None)
        return self

    # ---- forward and backward ------------------------------------------------------------------

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run ``forward``; the outermost call decides whether the pass is recorded."""
        decided = recording.get()
        if type(decided) is Pass:  # within one
            return self.forward(*args, **kwargs)
        if args and type(args[0]) is not ndarray:
            args = as_arrays(args)
        if decided is False:
            return self.forward(*args, **kwargs)
        of_pass = Pass(self, Arena.clock) if decided or self.training else None
        token = recording.set(of_pass or False)
        try:
            return self.forward(*args, **kwargs)
        except BaseException:
            if of_pass is not None:
                self._forget(of_pass)
            raise
        finally:
            recording.reset(token)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the output; yours to write."""
        raise NotImplementedError(f"{self._title()}: expected a forward method; write one")

    def backward(self, dy: Any) -> Any:
        """Turn the gradient of the output into that of the input; yours to write.

        Adds the gradients of the parameters to their ``grad`` on the way. A composite only passes
        ``dy`` through its children's ``backward``, in reverse order.
        """
        raise NotImplementedError(
            f"{self._title()}: expected a backward method; write one "
            "(a composite calls its children's, in reverse order)"
        )

    def save(self, *values: Any) -> None:
        """Remember ``values`` for the backward pass, if this pass is being recorded."""
        of_pass = recording.get()
        if type(of_pass) is not Pass:
            if of_pass is False or (of_pass is None and not self.training):
                return
            of_pass = None  # forward() was called directly
        self._records.append((values, of_pass))
        if len(self._records) > self._records_limit:
            self._review_records()

    def saved(self) -> tuple[Any, ...]:
        """Take back what the last recorded forward pass remembered.

        Raises
        ------
        RuntimeError
            If there is nothing to take back.
        """
        if not self._records:
            raise RuntimeError(
                f"{self._title()}: backward found no record of a forward pass; call the outermost "
                "module in training mode (or under enable_grad()) before each backward, "
                "once for each, and save() in forward what backward takes"
            )
        return self._records.pop()[0]

    def discard(self) -> None:
        """Forget the newest call, here and below: its backward pass is not needed.

        A composite that calls a child several times overrides this, to discard it as often.
        """
        if self._records:
            self._records.pop()
        for child in self.children():
            child.discard()

    def _forget(self, of_pass: Pass) -> None:
        """Drop what a pass that failed has recorded so far."""
        for module in self.modules():
            while module._records and module._records[-1][1] is of_pass:
                module._records.pop()

    def _review_records(self) -> None:
        records = [record for record in self._records if not is_stale(record)]
        self.__dict__["_records"] = records
        self.__dict__["_records_limit"] = max(MANY_RECORDS, 2 * len(records))
        if len(records) > TOO_MANY_RECORDS:
            self.__dict__["_records_limit"] = 1 << 62
            warn(
                f"{self._title()}: {len(records)} forward passes were recorded and never taken "
                "back by a backward pass, which keeps their memory; call eval() or use no_grad() "
                "for passes without a backward"
            )

    # ---- hooks ---------------------------------------------------------------------------------

    def register_forward_hook(self, hook: ForwardHook) -> HookHandle:
        """Call ``hook(module, args, output)`` after every forward; a result replaces the output.

        Parameters
        ----------
        hook : callable
            None from it leaves the output as it is.

        Returns
        -------
        HookHandle
            ``handle.remove()`` takes the hook away again; so does leaving it as a context.
        """
        return Hooks.of(self).add_forward(hook)

    def register_full_backward_hook(self, hook: BackwardHook) -> HookHandle:
        """Call ``hook(module, dx, dy)`` after every backward; a result replaces ``dx``.

        Unlike PyTorch's, the hook is given the arrays themselves, not tuples of them.

        Returns
        -------
        HookHandle
            As :meth:`register_forward_hook`'s.
        """
        return Hooks.of(self).add_backward(hook)

    # ---- state ---------------------------------------------------------------------------------

    def state_dict(self, prefix: str = "") -> dict[str, np.ndarray]:
        """Return copies of all parameters and persistent buffers, under PyTorch's keys."""
        return state.state_dict(self, prefix)

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True
    ) -> state.IncompatibleKeys:
        """Copy a state into this module. On any error nothing has changed.

        Parameters
        ----------
        state_dict : mapping of str to array_like
            Also PyTorch's own, with tensors on the CPU.
        strict : bool, default True
            Refuse missing and unexpected keys.

        Returns
        -------
        IncompatibleKeys
            The missing and the unexpected ones.

        Raises
        ------
        KeyError, ValueError, TypeError
            If keys (when strict), a shape, or a type does not fit.
        """
        return state.load_state_dict(self, state_dict, strict)

    def __getstate__(self) -> dict[str, Any]:
        kept = {**self.__dict__, "_records": [], "_records_limit": MANY_RECORDS, "_hooks": None}
        if self._hooks is not None:
            for name in self._hooks.wrapped:
                kept.pop(name, None)
        return kept
