"""Layers, losses, initial values: PyTorch's names, every backward pass by hand."""

from minitorch_np.module import Module
from minitorch_np.nn import init, utils
from minitorch_np.nn.activation import ReLU, Sigmoid, Tanh
from minitorch_np.nn.container import ModuleList, Residual, Sequential
from minitorch_np.nn.dropout import Dropout
from minitorch_np.nn.linear import Linear
from minitorch_np.nn.loss import CrossEntropyLoss, Loss, MSELoss, NLLLoss, SoftmaxMSELoss
from minitorch_np.nn.shape import Flatten, Identity
from minitorch_np.nn.softmax import LogSoftmax, Softmax
from minitorch_np.parameter import Parameter

__all__ = [
    "CrossEntropyLoss",
    "Dropout",
    "Flatten",
    "Identity",
    "Linear",
    "LogSoftmax",
    "Loss",
    "MSELoss",
    "Module",
    "ModuleList",
    "NLLLoss",
    "Parameter",
    "ReLU",
    "Residual",
    "Sequential",
    "Sigmoid",
    "Softmax",
    "SoftmaxMSELoss",
    "Tanh",
    "init",
    "utils",
]
