"""Learning-rate schedules, by PyTorch's names."""

from minitorch_np.optim.lr_scheduler.base import LRScheduler
from minitorch_np.optim.lr_scheduler.constant import ConstantLR
from minitorch_np.optim.lr_scheduler.cosine import CosineAnnealingLR, CosineAnnealingWarmRestarts
from minitorch_np.optim.lr_scheduler.exponential import ExponentialLR
from minitorch_np.optim.lr_scheduler.lambda_lr import LambdaLR
from minitorch_np.optim.lr_scheduler.linear import LinearLR
from minitorch_np.optim.lr_scheduler.one_cycle import OneCycleLR
from minitorch_np.optim.lr_scheduler.polynomial import PolynomialLR
from minitorch_np.optim.lr_scheduler.reduce_on_plateau import ReduceLROnPlateau
from minitorch_np.optim.lr_scheduler.sequential import SequentialLR
from minitorch_np.optim.lr_scheduler.step import MultiStepLR, StepLR

__all__ = [
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
]
