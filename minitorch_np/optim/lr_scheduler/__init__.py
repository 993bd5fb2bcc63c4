"""Learning-rate schedules, by PyTorch's names."""

from minitorch_np.optim.lr_scheduler.base import LRScheduler
from minitorch_np.optim.lr_scheduler.one_cycle import OneCycleLR

__all__ = ["LRScheduler", "OneCycleLR"]
