"""Network, batches, loss, optimizer and schedule, from a configuration."""

from __future__ import annotations

from lab.augmentation import augmentation
from lab.config import Config
from lab.errors import UserError
from lab.images import Images
from lab.losses import OneHotBCELoss
from lab.models import MODELS
from lab.optimizers import OPTIMIZERS
from lab.views import Views
from minitorch_np import nn, optim
from minitorch_np.data import DataLoader

__all__ = ["answering", "criterion", "loader", "network", "optimizer", "schedule"]


def network(config: Config) -> nn.Module:
    """Return the network that the configuration describes, with its initial weights."""
    model = MODELS[config.model].build(config)
    for module in model.modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            _initialise(module, config.weight_init)
    return model


def answering(config: Config, model: nn.Module) -> nn.Module:
    """Return what is asked once the network is trained: itself, or its mean over views."""
    return Views(model, config.augment) if config.views else model


def loader(config: Config, images: Images) -> DataLoader:
    """Return the batches to train on: shuffled, and augmented where that is asked for."""
    augment = augmentation(config.augment, MODELS[config.model].shape)
    return DataLoader(images.train, config.batch_size, shuffle=True, transform=augment)


def criterion(config: Config) -> nn.Loss:
    """Return the loss, against class labels."""
    if config.loss == "cross_entropy":
        return nn.CrossEntropyLoss(label_smoothing=config.label_smoothing)
    if config.loss == "mean_squared_error":
        return nn.SoftmaxMSELoss()
    return nn.NLLLoss() if config.loss == "nll" else OneHotBCELoss()


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


def _initialise(layer: nn.Linear | nn.Conv2d, name: str) -> None:
    if name == "random":
        nn.init.normal_(layer.weight, std=0.05)
    elif name == "Xavier":
        nn.init.xavier_uniform_(layer.weight)
    else:
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
