"""Augmentation: what happens to a batch of images on its way to the network.

Each transform takes images of shape (N, C, H, W) or (N, H, W) in floats, draws for each image by
itself, and returns a new array of the same dtype. Pass one to
:class:`~minitorch_np.data.DataLoader` as ``transform=``.
"""

from minitorch_np.data.transforms.compose import Compose
from minitorch_np.data.transforms.crop import RandomCrop
from minitorch_np.data.transforms.erasing import RandomErasing
from minitorch_np.data.transforms.flip import RandomHorizontalFlip
from minitorch_np.data.transforms.normalize import Normalize

__all__ = ["Compose", "Normalize", "RandomCrop", "RandomErasing", "RandomHorizontalFlip"]
