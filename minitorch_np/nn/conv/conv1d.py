"""Convolution over sequences."""

from __future__ import annotations

from minitorch_np.nn.conv.base import Conv

__all__ = ["Conv1d"]


class Conv1d(Conv):
    """A convolution over sequences: over images of a single row of pixels.

    Forward, with every patch of x, the C/groups · K values under the window, written as a row of a
    matrix P, and the weight as a matrix W of a row for each output channel::

        y = P Wᵀ + b        that is
        y[n, o, i] = b[o] + Σ_{c, u} W[o, c, u] · x[n, c, i·s + u·d - p]

    Backward, where "scatter" adds each element of a patch to the place it was copied from::

        dW = dyᵀ P          db = Σ_{n, i} dy          dx = scatter(dy W)

    Parameters
    ----------
    in_channels : int
        C.
    out_channels : int
        O.
    kernel_size : int
        K.
    stride : int, default 1
        s, how far the window moves.
    padding : int, "same" or "valid", default 0
        p, how many zeros there are before and after the sequence; "same" as many as keep its length
        (stride 1 only), the odd one after it, "valid" none.
    dilation : int, default 1
        d, the distance of the values under the window.
    groups : int, default 1
        The channels are divided into so many groups, each a convolution of its own; with
        ``groups=in_channels`` a depthwise convolution.
    bias : bool, default True
    padding_mode : "zeros"
    input_grad : bool, default True
        False says that the layer sits on data: ``backward`` returns None and does not compute dx.
    rng : numpy.random.Generator or int, optional
        Draws the initial values; by default the package's own.

    Attributes
    ----------
    weight : Parameter of shape (O, C / groups, K)
    bias : Parameter of shape (O,), or None
        Both start uniform in ±1/√(C / groups · K), float32, as PyTorch's.

    Shape
    -----
    x: (N, C, L), y: (N, O, OL), OL = ⌊(L + 2p - d (K - 1) - 1) / s⌋ + 1. Computed in the dtype of
    the weight. y lies in memory with the channels side by side, and sequences that lie so already
    are not copied.

    Raises
    ------
    ValueError
        If the channels are not C, or the window is longer than the padded sequence.

    Notes
    -----
    ``input_grad`` and ``rng`` are not PyTorch's. Other padding modes, and single sequences without
    the dimension N, are not taken.

    References
    ----------
    Waibel et al., "Phoneme recognition using time-delay neural networks", IEEE Transactions on
    Acoustics, Speech, and Signal Processing 37, 1989.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> layer = nn.Conv1d(1, 4, 3, padding=1, rng=0)
    >>> y = layer(np.ones((2, 1, 5), np.float32))
    >>> y.shape, layer.backward(np.ones_like(y)).shape
    ((2, 4, 5), (2, 1, 5))
    """

    dims = 1
    form = "(N, {C}, L)"
    large = "sequences of at least {} values"
