"""Optimizers: each rule is its formula, run over packed memory in one pass."""

from minitorch_np.optim import lr_scheduler
from minitorch_np.optim.adam import Adam
from minitorch_np.optim.nadam import NAdam
from minitorch_np.optim.optimizer import Optimizer
from minitorch_np.optim.rmsprop import RMSprop
from minitorch_np.optim.sgd import SGD

__all__ = ["Adam", "NAdam", "Optimizer", "RMSprop", "SGD", "lr_scheduler"]
