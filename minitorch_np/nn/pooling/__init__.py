"""Pooling: the layers, and their formulas in compiled loops and on whole arrays."""

from minitorch_np.nn.pooling.adaptive_avg_pool2d import AdaptiveAvgPool2d
from minitorch_np.nn.pooling.adaptive_max_pool2d import AdaptiveMaxPool2d
from minitorch_np.nn.pooling.avg_pool2d import AvgPool2d
from minitorch_np.nn.pooling.max_pool2d import MaxPool2d

__all__ = ["AdaptiveAvgPool2d", "AdaptiveMaxPool2d", "AvgPool2d", "MaxPool2d"]
