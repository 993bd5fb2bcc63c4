"""Datasets, batches, splits; and image datasets in :mod:`minitorch_np.data.datasets`."""

from minitorch_np.data import datasets
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
]
