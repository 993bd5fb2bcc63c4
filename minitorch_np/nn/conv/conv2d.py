"""Convolution over images."""

from __future__ import annotations

from minitorch_np.nn.conv.base import Conv

__all__ = ["Conv2d"]


class Conv2d(Conv):
    """A convolution over images: a linear layer that looks through a sliding window.

    Forward, with every patch of x, the C/groups · KH · KW pixels under the window, written as a row
    of a matrix P, and the weight as a matrix W of a row for each output channel::

        y = P Wᵀ + b        that is
        y[n, o, i, j] = b[o] + Σ_{c, u, v} W[o, c, u, v] · x[n, c, i·s + u·d - p, j·s + v·d - p]

    Backward, where "scatter" adds each element of a patch to the pixel it was copied from::

        dW = dyᵀ P          db = Σ_{n, i, j} dy          dx = scatter(dy W)

    Parameters
    ----------
    in_channels : int
        C.
    out_channels : int
        O.
    kernel_size : int or pair of int
        (KH, KW).
    stride : int or pair of int, default 1
        s, how far the window moves.
    padding : int, pair of int, "same" or "valid", default 0
        p, how many zeros there are around the image; "same" as many as keep its size (stride 1
        only), the odd one at the bottom and on the right, "valid" none.
    dilation : int or pair of int, default 1
        d, the distance of the pixels under the window.
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
    weight : Parameter of shape (O, C / groups, KH, KW)
    bias : Parameter of shape (O,), or None
        Both start uniform in ±1/√(C / groups · KH · KW), float32, as PyTorch's.

    Shape
    -----
    x: (N, C, H, W), y: (N, O, OH, OW), OH = ⌊(H + 2p - d (KH - 1) - 1) / s⌋ + 1. Computed in the
    dtype of the weight. y lies in memory with the channels side by side, and images that lie so
    already are not copied.

    Raises
    ------
    ValueError
        If the channels are not C, or the window is larger than the padded image.

    Notes
    -----
    ``input_grad`` and ``rng`` are not PyTorch's. Other padding modes, and single images without the
    dimension N, are not taken.

    References
    ----------
    LeCun et al., "Backpropagation applied to handwritten zip code recognition", 1989. As a matrix
    product: Chellapilla et al., "High performance convolutional neural networks for document
    processing", 2006.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> layer = nn.Conv2d(1, 4, 3, padding=1, rng=0)
    >>> y = layer(np.ones((2, 1, 5, 6), np.float32))
    >>> y.shape, layer.backward(np.ones_like(y)).shape
    ((2, 4, 5, 6), (2, 1, 5, 6))
    """

    dims = 2
    form = "(N, {C}, H, W)"
    large = "images of at least {} x {} pixels"
