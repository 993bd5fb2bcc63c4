"""A table of vectors, looked up by number."""

from __future__ import annotations

import numpy as np

from minitorch_np.checks import check_upstream, positive_int
from minitorch_np.module import Module
from minitorch_np.nn import init
from minitorch_np.parameter import Parameter
from minitorch_np.random import Rng, get_rng

__all__ = ["Embedding"]


class Embedding(Module):
    """A table of vectors, looked up by number.

    Forward::

        y_n = W[x_n]

    Backward::

        dW[k] = Σ_n [x_n = k] dy_n          (there is no dx)

    Parameters
    ----------
    num_embeddings : int
        K, how many vectors there are.
    embedding_dim : int
        D, the size of each.
    padding_idx : int, optional
        The number of a vector that stays as it is, first 0; may count from the end.
    rng : numpy.random.Generator or int, optional
        Draws the initial values; by default the package's own.

    Attributes
    ----------
    weight : Parameter of shape (K, D)
        First standard normal.

    Shape
    -----
    x: integers of any shape, in [0, K); y: (..., D).

    Raises
    ------
    TypeError
        If x is not of integers.
    ValueError
        If an integer is outside [0, K).

    Notes
    -----
    PyTorch's max_norm, scale_grad_by_freq and sparse are not taken; ``rng`` is not PyTorch's.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> table = nn.Embedding(3, 2, rng=0)
    >>> y = table(np.array([2, 0, 2]))
    >>> table.backward(np.ones_like(y))
    >>> table.weight.grad.tolist()
    [[1.0, 1.0], [0.0, 0.0], [2.0, 2.0]]
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        *,
        rng: Rng = None,
    ) -> None:
        super().__init__()
        self.num_embeddings = positive_int("Embedding", "num_embeddings", num_embeddings)
        self.embedding_dim = positive_int("Embedding", "embedding_dim", embedding_dim)
        if padding_idx is not None:
            if not -num_embeddings <= padding_idx < num_embeddings:
                raise ValueError(
                    f"Embedding: expected padding_idx within {num_embeddings} vectors, "
                    f"got {padding_idx}"
                )
            padding_idx %= num_embeddings
        self.padding_idx = padding_idx
        self.weight = Parameter(np.empty((num_embeddings, embedding_dim), np.float32))
        self.reset_parameters(rng)

    def reset_parameters(self, rng: Rng = None) -> None:
        """Draw new initial values.

        Parameters
        ----------
        rng : numpy.random.Generator or int, optional
        """
        init.normal_(self.weight, rng=get_rng(rng))
        if self.padding_idx is not None:
            self.weight.data[self.padding_idx] = 0

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y = W[x].   x: (...), y: (..., D)"""
        x = np.asarray(x)
        if x.dtype.kind not in "iu":
            raise TypeError(
                f"Embedding: expected integers, got {x.dtype}; convert with .astype(np.int64)"
            )
        if x.size and not (x.min() >= 0 and x.max() < self.num_embeddings):
            raise ValueError(
                f"Embedding: expected integers in [0, {self.num_embeddings}), "
                f"got {x.min()} to {x.max()}"
            )
        self.save(x)
        y: np.ndarray = self.weight.data[x]
        return y

    def backward(self, dy: np.ndarray) -> None:
        """dW[k] = Σ [x = k] dy.   dy: (..., D)"""
        (x,) = self.saved()
        check_upstream("Embedding", dy, (*x.shape, self.embedding_dim))
        if not self.weight.requires_grad:
            return
        x, dy = x.reshape(-1), dy.reshape(-1, self.embedding_dim)
        if self.padding_idx is not None:
            used = x != self.padding_idx
            x, dy = x[used], dy[used]
        grad = self.weight.grad
        # Rows of one number side by side, each sum one pass.
        order = np.argsort(x, kind="stable")
        numbers, starts = np.unique(x[order], return_index=True)
        if len(numbers):
            grad[numbers] += np.add.reduceat(dy[order], starts, axis=0, dtype=grad.dtype)

    def extra_repr(self) -> str:
        """Return the sizes."""
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"
