"""Modules in a row: Sequential, ModuleList."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, overload

from minitorch_np.module import Module

__all__ = ["ModuleList", "Sequential"]


class _Indexed(Module):
    """Child modules named "0", "1", ..., with the manners of a list."""

    def _key(self, index: int) -> str:
        n = len(self._modules)
        i = operator.index(index)
        if not -n <= i < n:
            raise IndexError(f"{type(self).__name__}: expected an index below {n}, got {index}")
        return list(self._modules)[i]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._modules.values())

    def __setitem__(self, index: int, module: Module) -> None:
        self.add_module(self._key(index), module)

    def __delitem__(self, index: int | slice) -> None:
        kept = list(self._modules.items())
        del kept[index]
        numbered = all(name.isdecimal() for name in self._modules)
        for name in list(self._modules):
            delattr(self, name)
        for i, (name, module) in enumerate(kept):
            self.add_module(str(i) if numbered else name, module)

    def append(self, module: Module) -> Any:
        """Add a module at the end, and return self."""
        self.add_module(str(len(self._modules)), module)
        return self

    def extend(self, modules: Iterable[Module]) -> Any:
        """Add modules at the end, and return self."""
        for module in modules:
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> None:
        """Put a module before position ``index``; those behind it are renumbered."""
        self.append(module)  # which refuses what is no module
        order = list(self._modules.values())
        order.insert(operator.index(index), order.pop())
        for name in list(self._modules):
            delattr(self, name)
        self.extend(order)  # type: ignore[arg-type]


class Sequential(_Indexed):
    """Modules one after the other.

    Forward::

        y = f_n(... f_2(f_1(x)))

    Backward: the children's, in reverse order.

    Parameters
    ----------
    *modules : Module, or one mapping of str to Module
        Named "0", "1", ..., or by the mapping's keys.

    Notes
    -----
    When a child sits on data (``input_grad=False``) the backward pass ends there; a trainable
    child before it is an error, for it would silently not learn.

    Examples
    --------
    >>> from minitorch_np import nn
    >>> net = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    >>> net[0]
    Linear(in_features=4, out_features=3, bias=True)
    >>> len(net[1:])
    2
    """

    def __init__(self, *modules: Any) -> None:
        super().__init__()
        first = modules[0] if len(modules) == 1 else None
        named = first if isinstance(first, Mapping) else {str(i): m for i, m in enumerate(modules)}
        for name, module in named.items():
            self.add_module(name, module)

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> Sequential: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return Sequential(dict(list(self._modules.items())[index]))
        return self._modules[self._key(index)]

    def forward(self, x: Any) -> Any:
        """Call each module on the output of the one before.   x: (N, ...)"""
        for module in self._modules.values():
            x = module(x)  # type: ignore[operator]
        return x

    def backward(self, dy: Any) -> Any:
        """Call each module's backward, last to first.   dy: the shape of the output"""
        for name, module in reversed(self._modules.items()):
            if dy is None:
                self._end_before(name)
                return None
            dy = module.backward(dy)  # type: ignore[attr-defined]
        return dy

    def discard(self) -> None:
        """Forget the newest call of each child, as often as it stands here."""
        for module in self._modules.values():
            module.discard()  # type: ignore[attr-defined]

    def _end_before(self, name: str) -> None:
        """Forget the records of the children up to ``name``, which get no gradient."""
        names = list(self._modules)
        for before in names[: names.index(name) + 1]:
            module = self._modules[before]
            assert isinstance(module, Module)
            module.discard()
            if any(p.requires_grad for p in module.parameters()):
                raise RuntimeError(
                    f"Sequential: expected a gradient for child {before!r}, which has parameters, "
                    "got none from the child behind it; drop its input_grad=False, or let its "
                    "backward return one"
                )


class ModuleList(_Indexed):
    """A list of modules, registered; it has no forward of its own.

    Parameters
    ----------
    modules : iterable of Module, optional

    Examples
    --------
    >>> from minitorch_np import nn
    >>> layers = nn.ModuleList(nn.Linear(4, 4) for _ in range(3))
    >>> len(layers), len(list(layers.parameters()))
    (3, 6)
    """

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        super().__init__()
        self.extend(modules)

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> ModuleList: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return ModuleList(list(self._modules.values())[index])  # type: ignore[arg-type]
        return self._modules[self._key(index)]
