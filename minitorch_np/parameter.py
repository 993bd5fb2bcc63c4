"""A parameter: an array that is trained, and its gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from minitorch_np.dlpack import as_array

if TYPE_CHECKING:
    from minitorch_np.arena import Home

__all__ = ["Parameter"]


class Parameter:
    """An array that is trained, with the gradient of the loss beside it.

    Attributes
    ----------
    data : ndarray
        The values. Assigning copies into the memory that is there (shape and dtype stay), so an
        optimizer that works on this memory keeps seeing the parameter.
    grad : ndarray of the same shape and dtype
        The gradient. It is zeroed lazily: *reading* it after ``zero_grad()`` fills it with zeros
        and marks it as used, so ``p.grad += g``, ``p.grad[i] += g`` and ``np.add.at(p.grad, i, g)``
        all accumulate. ``p.grad = None`` makes it stale again, ``p.grad = a`` copies.
    has_grad : bool
        Whether there is a gradient since the last ``zero_grad()``. Asking does not mark it.
    requires_grad : bool
        False freezes the parameter: it takes no gradient (the one it has is dropped) and no
        optimizer changes it.

    Parameters
    ----------
    data : array_like of floats
        Copied. Its dtype is kept. Also another library's array, through DLPack.
    requires_grad : bool, default True

    Raises
    ------
    TypeError
        If ``data`` is not floating point.

    Notes
    -----
    Unlike PyTorch, ``p.grad`` is never None, and freezing a parameter drops its gradient.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.nn import Parameter
    >>> p = Parameter(np.zeros((2, 3), np.float32))
    >>> p.has_grad
    False
    >>> p.grad += 1
    >>> p.has_grad, float(p.grad.sum())
    (True, 6.0)
    """

    __slots__ = ("__weakref__", "_data", "_grad", "_has_grad", "_home", "_requires_grad")

    def __init__(self, data: Any, requires_grad: bool = True) -> None:
        array = np.array(as_array(data, "Parameter"), order="C")
        if array.dtype.kind != "f":
            raise TypeError(
                f"Parameter: expected floating-point data, got {array.dtype}; "
                "convert it with .astype(np.float32)"
            )
        self._data = array
        self._grad: np.ndarray | None = None
        self._has_grad = False
        self._requires_grad = bool(requires_grad)
        self._home: Home | None = None

    @property
    def data(self) -> np.ndarray:
        """The values, as the array that holds them."""
        return self._data

    @data.setter
    def data(self, value: Any) -> None:
        if value is not self._data:
            np.copyto(self._data, self._checked(value, "data"), casting="unsafe")

    @property
    def grad(self) -> np.ndarray:
        """The gradient, zeroed first if it is stale; from now on it counts as used."""
        grad = self._gradient()
        if not self._has_grad:
            grad.fill(0)
            self._has_grad = self._requires_grad
        return grad

    @grad.setter
    def grad(self, value: Any) -> None:
        if value is None:
            self._has_grad = False
        elif value is self._grad:  # also what ``p.grad += g`` ends with
            self._has_grad = self._requires_grad
        else:
            if not self._requires_grad:
                raise ValueError(
                    "Parameter.grad: a frozen parameter takes no gradient, got one; "
                    "call requires_grad_(True) first"
                )
            np.copyto(self._gradient(), self._checked(value, "grad"), casting="unsafe")
            self._has_grad = True

    @property
    def has_grad(self) -> bool:
        """Whether a gradient has come since the last ``zero_grad()``."""
        return self._has_grad

    @property
    def requires_grad(self) -> bool:
        """Whether the parameter is trained."""
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self._requires_grad = bool(value)
        self._has_grad = self._has_grad and self._requires_grad

    def requires_grad_(self, requires_grad: bool = True) -> Parameter:
        """Freeze or train this parameter.

        Parameters
        ----------
        requires_grad : bool, default True
            False freezes it.

        Returns
        -------
        Parameter
            Itself.
        """
        self.requires_grad = requires_grad
        return self

    def zero_grad(self) -> None:
        """Make the gradient stale: the next one overwrites it."""
        self._has_grad = False

    def accumulate(self, operation: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Add ``operation(*args, **kwargs)`` to the gradient, in as few passes as possible.

        The first time after ``zero_grad()`` the operation writes straight into the gradient
        (``out=grad``); afterwards its result is added. A frozen parameter does not even run it.

        Parameters
        ----------
        operation : callable
            Takes ``out=``: a ufunc, ``np.add.reduce``, ``np.matmul`` and the like.
        *args, **kwargs
            What it is called with.

        Examples
        --------
        >>> import numpy as np
        >>> from minitorch_np.nn import Parameter
        >>> bias, dy = Parameter(np.zeros(2)), np.ones((5, 2))
        >>> bias.accumulate(np.add.reduce, dy, axis=0)
        >>> bias.grad
        array([5., 5.])
        """
        if not self._requires_grad:
            return
        grad = self._gradient() if self._grad is None else self._grad
        if self._has_grad:
            grad += operation(*args, **kwargs)
        else:
            operation(*args, out=grad, **kwargs)
            self._has_grad = True

    def cast(self, dtype: np.dtype[Any] | type) -> None:
        """Change the dtype, in new memory of its own; its optimizer has to be made anew.

        Parameters
        ----------
        dtype : numpy.dtype or type
            A floating-point one.
        """
        if self._data.dtype == dtype:
            return
        self._data = self._data.astype(dtype)
        self._grad = self._grad.astype(dtype) if self._grad is not None and self._has_grad else None
        if self._home is not None:
            self._home.arena.departures += 1
            self._home = None

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the values."""
        return self._data.shape

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self._data.ndim

    @property
    def size(self) -> int:
        """The number of values."""
        return self._data.size

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the values."""
        return self._data.dtype

    def __len__(self) -> int:
        return len(self._data)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if copy:
            return np.array(self._data, dtype)
        return np.asarray(self._data, dtype)

    def __repr__(self) -> str:
        frozen = "" if self._requires_grad else ", requires_grad=False"
        return f"Parameter containing:\n{self._data!r}{frozen}"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._data, self._requires_grad)

    def __deepcopy__(self, memo: dict[int, Any]) -> Parameter:
        copy = type(self)(self._data, self._requires_grad)
        memo[id(self)] = copy
        return copy

    def _gradient(self) -> np.ndarray:
        if self._grad is None:
            self._grad = np.empty_like(self._data)
        return self._grad

    def _checked(self, value: Any, name: str) -> np.ndarray:
        array = as_array(value, f"Parameter.{name}")
        if array.shape != self._data.shape:
            raise ValueError(
                f"Parameter.{name}: expected shape {self._data.shape}, got {array.shape}; "
                "a parameter keeps its shape"
            )
        if array.dtype.kind not in "fiub":
            raise TypeError(f"Parameter.{name}: expected real numbers, got {array.dtype}")
        return array
