"""The tree of modules: registration by attribute, and walks over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import numpy as np

from minitorch_np.parameter import Parameter

__all__ = ["Tree"]

Self = TypeVar("Self", bound="Tree")


class Tree:
    """What a module owns: parameters, buffers and child modules, under their attributes' names.

    Assigning a parameter or a module to an attribute registers it. The attribute itself stays an
    ordinary one, so reading it costs nothing.
    """

    training: bool
    _parameters: dict[str, Parameter]
    _buffers: dict[str, np.ndarray | None]
    _modules: dict[str, Tree]
    _transient_buffers: set[str]

    def __new__(cls: type[Self], *args: Any, **kwargs: Any) -> Self:  # noqa: D102
        # Here and not in __init__, so that a subclass that forgets super().__init__() works too.
        self = super().__new__(cls)
        self.__dict__.update(
            training=True, _parameters={}, _buffers={}, _modules={}, _transient_buffers=set()
        )
        return self

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, Parameter):
            self._register(self._parameters, name, value)
        elif isinstance(value, Tree):
            self._register(self._modules, name, value)
        elif name in self._buffers:
            value = self._buffers[name] = None if value is None else np.asarray(value)
        elif name in self._parameters or name in self._modules:
            if value is not None:
                raise TypeError(
                    f"{self._title()}: expected a Parameter, a Module or None as {name!r}, which "
                    f"is one, got {type(value).__name__}; assign to .data, or delete it first"
                )
            self._parameters.pop(name, None)
            self._modules.pop(name, None)
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        for registry in (self._parameters, self._modules, self._buffers):
            registry.pop(name, None)
        object.__delattr__(self, name)

    def _register(self, registry: dict[str, Any], name: str, value: Any) -> None:
        for other in (self._parameters, self._modules, self._buffers):
            if other is not registry:
                other.pop(name, None)
        registry[name] = value

    # ---- registration by name ------------------------------------------------------------------

    def register_parameter(self, name: str, parameter: Parameter | None) -> None:
        """Set attribute ``name`` to a parameter, or to None where there is none.

        Raises
        ------
        KeyError
            If the name is empty, has a ".", or is that of something else.
        """
        self._check_name(name)
        setattr(self, name, parameter)

    def register_buffer(self, name: str, value: Any, persistent: bool = True) -> None:
        """Set attribute ``name`` to an array that belongs to the state but is not trained.

        Parameters
        ----------
        name : str
        value : array_like or None
        persistent : bool, default True
            Whether it is part of ``state_dict()``.
        """
        self._check_name(name)
        self._register(self._buffers, name, None)
        (self._transient_buffers.discard if persistent else self._transient_buffers.add)(name)
        setattr(self, name, value)

    def add_module(self, name: str, module: Tree) -> None:
        """Set attribute ``name`` to a child module.

        Raises
        ------
        KeyError, TypeError
            If the name does not fit (:meth:`register_parameter`), or it is no module.
        """
        self._check_name(name)
        if not isinstance(module, Tree):
            raise TypeError(f"{self._title()}: expected a Module as {name!r}, got {module!r}")
        setattr(self, name, module)

    def _check_name(self, name: str) -> None:
        if not isinstance(name, str) or not name or "." in name:
            raise KeyError(
                f"{self._title()}: expected a name that is not empty and has no '.', got {name!r}"
            )
        owned = name in self._parameters or name in self._modules or name in self._buffers
        if not owned and getattr(self, name, None) is not None:
            raise KeyError(f"{self._title()}: attribute {name!r} exists already; use another name")

    # ---- walks ---------------------------------------------------------------------------------

    def named_children(self) -> Iterator[tuple[str, Any]]:
        """Yield the direct children and their names, each module once."""
        seen: set[int] = set()
        for name, module in self._modules.items():
            if id(module) not in seen:
                seen.add(id(module))
                yield name, module

    def children(self) -> Iterator[Any]:
        """Yield the direct children."""
        for _, module in self.named_children():
            yield module

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Any]]:
        """Yield this module and everything below it, with dotted names, each module once."""
        seen: set[int] = set()
        for name, module in self._walk(prefix):
            if id(module) not in seen:
                seen.add(id(module))
                yield name, module

    def modules(self) -> Iterator[Any]:
        """Yield this module and everything below it."""
        for _, module in self.named_modules():
            yield module

    def named_parameters(
        self, prefix: str = "", recurse: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """Yield the parameters with dotted names, each once (tied ones under the first name)."""
        seen: set[int] = set()
        for path, module in self.named_modules(prefix) if recurse else [(prefix, self)]:
            for name, p in module._parameters.items():
                if id(p) not in seen:
                    seen.add(id(p))
                    yield _join(path, name), p

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """Yield the parameters, each once."""
        for _, p in self.named_parameters(recurse=recurse):
            yield p

    def named_buffers(
        self, prefix: str = "", recurse: bool = True
    ) -> Iterator[tuple[str, np.ndarray]]:
        """Yield the buffers with dotted names, each once."""
        seen: set[int] = set()
        for path, module in self.named_modules(prefix) if recurse else [(prefix, self)]:
            for name, value in module._buffers.items():
                if value is not None and id(value) not in seen:
                    seen.add(id(value))
                    yield _join(path, name), value

    def buffers(self, recurse: bool = True) -> Iterator[np.ndarray]:
        """Yield the buffers."""
        for _, value in self.named_buffers(recurse=recurse):
            yield value

    def _walk(self, prefix: str = "") -> Iterator[tuple[str, Tree]]:
        """Every path to every module: a module with two names comes twice."""
        yield prefix, self
        for name, module in self._modules.items():
            yield from module._walk(_join(prefix, name))

    # ---- changes to the whole tree -------------------------------------------------------------

    def apply(self: Self, fn: Callable[[Any], None]) -> Self:
        """Call ``fn`` on every module, children first, and return this module."""
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    def train(self: Self, mode: bool = True) -> Self:
        """Set the ``training`` flag here and below (False is :meth:`eval`), and return this."""
        self.__dict__["training"] = bool(mode)
        for child in self.children():
            child.train(mode)
        return self

    def eval(self: Self) -> Self:
        """Set evaluation mode here and below: dropout passes through, nothing is recorded."""
        return self.train(False)

    def requires_grad_(self: Self, requires_grad: bool = True) -> Self:
        """Freeze (False) or train (True) every parameter, and return this module."""
        for p in self.parameters():
            p.requires_grad = requires_grad
        return self

    def zero_grad(self) -> None:
        """Make every gradient stale: the next one overwrites it."""
        for p in self.parameters():
            p.zero_grad()

    def float(self: Self) -> Self:
        """Compute in float32 from now on. An optimizer made before has to be made anew."""
        return self._cast(np.float32)

    def double(self: Self) -> Self:
        """Compute in float64 from now on. An optimizer made before has to be made anew."""
        return self._cast(np.float64)

    def _cast(self: Self, dtype: type) -> Self:
        for module in self.modules():
            for p in module._parameters.values():
                p.cast(dtype)
            for name, value in module._buffers.items():
                if value is not None and value.dtype.kind == "f":
                    setattr(module, name, value.astype(dtype))
        return self

    # ---- text ----------------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """Return the settings that stand between the parentheses of ``repr``; yours to override."""
        return ""

    def _title(self) -> str:
        return f"{type(self).__name__}({self.extra_repr()})"

    def __repr__(self) -> str:
        if not self._modules:
            return self._title()
        lines = [self.extra_repr()] if self.extra_repr() else []
        lines += [f"({name}): {module!r}" for name, module in self._modules.items()]
        body = "\n".join(lines).replace("\n", "\n  ")
        return f"{type(self).__name__}(\n  {body}\n)"


def _join(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix else name
