"""Optimizers: each rule is its formula, run over packed memory in one pass."""

from minitorch_np.optim import lr_scheduler
from minitorch_np.optim.adadelta import Adadelta
from minitorch_np.optim.adagrad import Adagrad
from minitorch_np.optim.adam import Adam
from minitorch_np.optim.adamax import Adamax
from minitorch_np.optim.adamw import AdamW
from minitorch_np.optim.ema import ExponentialMovingAverage
from minitorch_np.optim.lion import Lion
from minitorch_np.optim.nadam import NAdam
from minitorch_np.optim.optimizer import Optimizer
from minitorch_np.optim.radam import RAdam
from minitorch_np.optim.rmsprop import RMSprop
from minitorch_np.optim.sgd import SGD
from minitorch_np.optim.weight_decay import weight_decay_groups

__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "ExponentialMovingAverage",
    "Lion",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "lr_scheduler",
    "weight_decay_groups",
]
