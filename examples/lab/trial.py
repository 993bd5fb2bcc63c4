"""One training of a comparison: as the training script does it, without a folder of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

import minitorch_np as mt
from lab import build
from lab.config import Config
from lab.errors import UserError
from lab.images import Images
from minitorch_np import nn
from minitorch_np.data import DataLoader
from minitorch_np.training import Callback, NonFiniteLossError, Schedule, evaluate, fit

__all__ = ["Trial", "described", "seeds_said", "train"]


class Trial(NamedTuple):
    """What came of one training.

    Attributes
    ----------
    validation : list of float
        Validation accuracy of the network before training, and after each epoch.
    losses : list of float
        Training loss of each epoch.
    test : float
        Test accuracy of the final weights; of their mean over views, where the configuration asks
        for that.
    seconds : float
        Of training alone.
    """

    validation: list[float]
    losses: list[float]
    test: float
    seconds: float


def described(config: Config, images: Images) -> str:
    """Say what a training depends on: two that are described alike give the same."""
    return f"{images.name} ({len(images.train)} images): {config}"


def seeds_said(seeds: int) -> str:
    """Name the first seeds: ``seeds 0 to 2``."""
    return "seed 0" if seeds == 1 else f"seeds 0 to {seeds - 1}"


def train(
    config: Config, images: Images, start: Mapping[str, np.ndarray] | None = None
) -> tuple[Trial, nn.Module]:
    """Train the configuration's network, and test it.

    Seed, network and order of the batches are those of ``fashion_mnist.py`` with the same flags.
    ``start`` takes the place of the initial weights that it has, by their names in the network's
    ``state_dict``.
    """
    mt.manual_seed(config.seed)
    model = build.network(config)
    if start is not None:
        model.load_state_dict({**model.state_dict(), **start})
    criterion, optimizer = build.criterion(config), build.optimizer(config, model)
    loader = build.loader(config, images)
    schedule = build.schedule(config, optimizer, len(loader))
    callbacks: list[Callback] = [Schedule(schedule)] if schedule is not None else []
    validation = DataLoader(images.validation, 1000)
    _, before = evaluate(model, criterion, validation)
    try:
        history = fit(
            model,
            criterion,
            optimizer,
            loader,
            epochs=config.epochs,
            validation=validation,
            callbacks=callbacks,
        )
    except NonFiniteLossError as error:
        raise UserError(f"{described(config, images)}: {error}") from None
    _, test = evaluate(build.answering(config, model), criterion, DataLoader(images.test, 1000))
    trial = Trial(
        [before or 0.0, *(row["val_accuracy"] for row in history)],
        [row["train_loss"] for row in history],
        test or 0.0,
        sum(row["seconds"] for row in history),
    )
    return trial, model
