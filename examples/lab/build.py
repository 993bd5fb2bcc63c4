"""Network, loss, optimizer and schedule, from a configuration."""

from __future__ import annotations

import itertools

from lab.config import Config
from lab.errors import UserError
from lab.optimizers import OPTIMIZERS
from minitorch_np import nn, optim

__all__ = ["criterion", "network", "optimizer", "schedule"]

ACTIVATIONS = {
    "identity": nn.Identity,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "ReLU": nn.ReLU,
}


def network(config: Config, inputs: int = 784, classes: int = 10) -> nn.Sequential:
    """Return the multilayer perceptron that the configuration describes."""
    widths = (inputs, *config.hidden_size)
    layers: list[nn.Module] = []
    for i, (d_in, d_out) in enumerate(itertools.pairwise(widths)):
        layers += [nn.Linear(d_in, d_out, input_grad=i > 0), ACTIVATIONS[config.activation]()]
        if config.dropout:
            layers.append(nn.Dropout(config.dropout))
    model = nn.Sequential(*layers, nn.Linear(widths[-1], classes, input_grad=len(widths) > 1))
    for module in model.modules():
        if isinstance(module, nn.Linear):
            _initialise(module, config.weight_init)
    return model


def criterion(config: Config) -> nn.Loss:
    """Return cross-entropy, or squared error on the softmax probabilities."""
    if config.loss == "cross_entropy":
        return nn.CrossEntropyLoss(label_smoothing=config.label_smoothing)
    return nn.SoftmaxMSELoss()


def optimizer(config: Config, model: nn.Module) -> optim.Optimizer:
    """Return the optimizer, by the name that -o gives it."""
    try:
        return OPTIMIZERS[config.optimizer].build(model.parameters(), config)
    except ValueError as error:  # options that do not go together
        raise UserError(str(error)) from None


def schedule(
    config: Config, optimizer: optim.Optimizer, steps_per_epoch: int
) -> optim.lr_scheduler.LRScheduler | None:
    """Return the learning-rate schedule; None for a constant rate."""
    if config.schedule == "constant":
        return None
    return optim.lr_scheduler.OneCycleLR(
        optimizer,
        config.learning_rate,
        epochs=config.epochs,
        steps_per_epoch=steps_per_epoch,
        cycle_momentum=config.cycle_momentum and OPTIMIZERS[config.optimizer].has_momentum,
    )


def _initialise(linear: nn.Linear, name: str) -> None:
    if name == "random":
        nn.init.normal_(linear.weight, std=0.05)
    elif name == "Xavier":
        nn.init.xavier_uniform_(linear.weight)
    else:
        nn.init.kaiming_normal_(linear.weight, nonlinearity="relu")
    if linear.bias is not None:
        nn.init.zeros_(linear.bias)
