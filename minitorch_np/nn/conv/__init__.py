"""Convolution: the layers, and their formulas in compiled loops and on whole arrays."""

from minitorch_np.nn.conv.conv1d import Conv1d
from minitorch_np.nn.conv.conv2d import Conv2d

__all__ = ["Conv1d", "Conv2d"]
