"""Losses: called as ``criterion(input, target)``, which gives a float."""

from minitorch_np.nn.loss.absolute import HuberLoss, L1Loss, SmoothL1Loss
from minitorch_np.nn.loss.base import Loss
from minitorch_np.nn.loss.binary import BCELoss, BCEWithLogitsLoss
from minitorch_np.nn.loss.cross_entropy import CrossEntropyLoss
from minitorch_np.nn.loss.mse import MSELoss
from minitorch_np.nn.loss.nll import NLLLoss
from minitorch_np.nn.loss.softmax_mse import SoftmaxMSELoss

__all__ = [
    "BCELoss",
    "BCEWithLogitsLoss",
    "CrossEntropyLoss",
    "HuberLoss",
    "L1Loss",
    "Loss",
    "MSELoss",
    "NLLLoss",
    "SmoothL1Loss",
    "SoftmaxMSELoss",
]
