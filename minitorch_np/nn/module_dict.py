"""Modules by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from minitorch_np.module import Module

__all__ = ["ModuleDict"]


class ModuleDict(Module):
    """Modules by name, registered; it has no forward of its own.

    Parameters
    ----------
    modules : mapping of str to Module, or iterable of (str, Module), optional

    Notes
    -----
    A name that this class itself needs ("forward", "keys") is refused, as in PyTorch.

    Examples
    --------
    >>> from minitorch_np import nn
    >>> heads = nn.ModuleDict({"digit": nn.Linear(4, 10), "parity": nn.Linear(4, 2)})
    >>> list(heads), heads["parity"]
    (['digit', 'parity'], Linear(in_features=4, out_features=2, bias=True))
    """

    def __init__(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]] = ()) -> None:
        super().__init__()
        self.update(modules)

    def __getitem__(self, name: str) -> Any:
        return self._modules[name]

    def __setitem__(self, name: str, module: Module) -> None:
        self.add_module(name, module)

    def __delitem__(self, name: str) -> None:
        if name not in self._modules:
            raise KeyError(name)
        delattr(self, name)

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, name: object) -> bool:
        return name in self._modules

    def keys(self) -> Iterable[str]:
        """Return the names."""
        return self._modules.keys()

    def values(self) -> Iterable[Any]:
        """Return the modules."""
        return self._modules.values()

    def items(self) -> Iterable[tuple[str, Any]]:
        """Return names and modules."""
        return self._modules.items()

    def update(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]]) -> None:
        """Take in modules; those of a name that is there are replaced.

        Parameters
        ----------
        modules : mapping of str to Module, or iterable of (str, Module)
        """
        for name, module in dict(modules).items():
            self.add_module(name, module)

    def pop(self, name: str) -> Any:
        """Take a module out, and return it.

        Parameters
        ----------
        name : str

        Raises
        ------
        KeyError
            If there is none of this name.
        """
        module = self[name]
        del self[name]
        return module

    def clear(self) -> None:
        """Take all modules out."""
        for name in list(self):
            del self[name]
