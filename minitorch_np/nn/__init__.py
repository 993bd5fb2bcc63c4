"""Layers, losses, initial values: PyTorch's names, every backward pass by hand."""

from minitorch_np.module import Module
from minitorch_np.nn import init, utils
from minitorch_np.nn.activation import ReLU, Sigmoid, Tanh
from minitorch_np.nn.batchnorm import BatchNorm1d, BatchNorm2d
from minitorch_np.nn.container import ModuleList, Sequential
from minitorch_np.nn.conv import Conv1d, Conv2d
from minitorch_np.nn.dropout import Dropout, Dropout2d
from minitorch_np.nn.embedding import Embedding
from minitorch_np.nn.gated import GELU, SiLU
from minitorch_np.nn.groupnorm import GroupNorm
from minitorch_np.nn.layernorm import LayerNorm
from minitorch_np.nn.linear import Linear
from minitorch_np.nn.loss import (
    BCELoss,
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    HuberLoss,
    L1Loss,
    Loss,
    MSELoss,
    NLLLoss,
    SmoothL1Loss,
    SoftmaxMSELoss,
)
from minitorch_np.nn.module_dict import ModuleDict
from minitorch_np.nn.padding import ZeroPad2d
from minitorch_np.nn.pooling import AdaptiveAvgPool2d, AdaptiveMaxPool2d, AvgPool2d, MaxPool2d
from minitorch_np.nn.rectifier import ELU, LeakyReLU, Softplus
from minitorch_np.nn.residual import Residual
from minitorch_np.nn.shape import Flatten, Identity
from minitorch_np.nn.softmax import LogSoftmax, Softmax
from minitorch_np.parameter import Parameter

__all__ = [
    "AdaptiveAvgPool2d",
    "AdaptiveMaxPool2d",
    "AvgPool2d",
    "BCELoss",
    "BCEWithLogitsLoss",
    "BatchNorm1d",
    "BatchNorm2d",
    "Conv1d",
    "Conv2d",
    "CrossEntropyLoss",
    "Dropout",
    "Dropout2d",
    "ELU",
    "Embedding",
    "Flatten",
    "GELU",
    "GroupNorm",
    "HuberLoss",
    "Identity",
    "L1Loss",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LogSoftmax",
    "Loss",
    "MSELoss",
    "MaxPool2d",
    "Module",
    "ModuleDict",
    "ModuleList",
    "NLLLoss",
    "Parameter",
    "ReLU",
    "Residual",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "SmoothL1Loss",
    "Softmax",
    "SoftmaxMSELoss",
    "Softplus",
    "Tanh",
    "ZeroPad2d",
    "init",
    "utils",
]
