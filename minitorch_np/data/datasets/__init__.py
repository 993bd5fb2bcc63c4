"""Image data sets: two that others publish, verified, and one that the package draws itself."""

from minitorch_np.data.datasets.errors import DatasetCorrupt, DatasetUnavailable
from minitorch_np.data.datasets.fashion_mnist import FASHION_MNIST_CLASSES, fashion_mnist
from minitorch_np.data.datasets.mnist import MNIST_CLASSES, mnist
from minitorch_np.data.datasets.silhouettes import silhouettes

__all__ = [
    "FASHION_MNIST_CLASSES",
    "MNIST_CLASSES",
    "DatasetCorrupt",
    "DatasetUnavailable",
    "fashion_mnist",
    "mnist",
    "silhouettes",
]
