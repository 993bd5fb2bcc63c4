"""Batch normalisation: the layers, and their formulas on the columns of a matrix."""

from minitorch_np.nn.batchnorm.batchnorm1d import BatchNorm1d
from minitorch_np.nn.batchnorm.batchnorm2d import BatchNorm2d

__all__ = ["BatchNorm1d", "BatchNorm2d"]
