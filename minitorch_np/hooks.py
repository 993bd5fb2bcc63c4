"""Hooks: functions that watch, or change, what a module computes.

Parents call ``child.backward(dy)`` directly, so a hook stands in between as a wrapper on the
instance. It is put there by the first hook and taken away with the last: without hooks there is
no cost.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from minitorch_np.module import Module

__all__ = ["BackwardHook", "ForwardHook", "HookHandle", "Hooks"]

ForwardHook = Callable[["Module", tuple[Any, ...], Any], Any]
BackwardHook = Callable[["Module", Any, Any], Any]


class HookHandle:
    """Takes its hook away again: by ``remove()``, or at the end of a ``with`` block.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> relu = nn.ReLU()
    >>> with relu.register_forward_hook(lambda module, args, y: print(y.shape)):
    ...     y = relu(np.zeros((2, 3)))
    (2, 3)
    >>> y = relu(np.zeros((2, 3)))
    """

    def __init__(self, remove: Callable[[], None]) -> None:
        self._remove = remove

    def remove(self) -> None:
        """Take the hook away; a second time does nothing."""
        self._remove()

    def __enter__(self) -> HookHandle:
        return self

    def __exit__(self, *error: object) -> None:
        self.remove()


class Hooks:
    """The hooks of one module, and the wrappers that call them."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._forward: dict[int, ForwardHook] = {}
        self._backward: dict[int, BackwardHook] = {}
        self._count = 0

    @classmethod
    def of(cls, module: Module) -> Hooks:
        """Return the module's hooks, made at the first need."""
        if module._hooks is None:
            module.__dict__["_hooks"] = cls(module)
        assert module._hooks is not None
        return module._hooks

    @property
    def wrapped(self) -> list[str]:
        """The names of the methods that are wrapped now."""
        return [
            name
            for name, hooks in (("forward", self._forward), ("backward", self._backward))
            if hooks
        ]

    def add_forward(self, hook: ForwardHook) -> HookHandle:
        """Add a hook behind ``forward``."""
        return self._add("forward", self._forward, hook, self._run_forward)

    def add_backward(self, hook: BackwardHook) -> HookHandle:
        """Add a hook behind ``backward``."""
        return self._add("backward", self._backward, hook, self._run_backward)

    def _add(
        self, name: str, hooks: dict[int, Any], hook: Any, wrapper: Callable[..., Any]
    ) -> HookHandle:
        self._count += 1
        key = self._count
        hooks[key] = hook
        self._module.__dict__[name] = wrapper

        def remove() -> None:
            if hooks.pop(key, None) is not None and not hooks:
                del self._module.__dict__[name]

        return HookHandle(remove)

    def _run_forward(self, *args: Any, **kwargs: Any) -> Any:
        module = self._module
        y = type(module).forward(module, *args, **kwargs)
        for hook in list(self._forward.values()):
            result = hook(module, args, y)
            y = y if result is None else result
        return y

    def _run_backward(self, *args: Any, **kwargs: Any) -> Any:
        module = self._module
        dx = type(module).backward(module, *args, **kwargs)
        (dy,) = args or tuple(kwargs.values()) or (1.0,)  # a loss may be called without
        for hook in list(self._backward.values()):
            result = hook(module, dx, dy)
            dx = dx if result is None else result
        return dx
