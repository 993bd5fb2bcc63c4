"""Datasets, batches, splits.

Image datasets are in :mod:`minitorch_np.data.datasets`, augmentation in
:mod:`minitorch_np.data.transforms`.
"""

from minitorch_np.data import datasets, transforms
from minitorch_np.data.dataset import Dataset, Subset, TensorDataset
from minitorch_np.data.loader import DataLoader, collate
from minitorch_np.data.split import random_split, stratified_split

__all__ = [
    "DataLoader",
    "Dataset",
    "Subset",
    "TensorDataset",
    "collate",
    "datasets",
    "random_split",
    "stratified_split",
    "transforms",
]
