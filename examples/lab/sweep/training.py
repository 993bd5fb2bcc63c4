"""Runs of the training script inside a worker: data loaded once, then run after run."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import io
from collections.abc import Mapping
from typing import Any, NoReturn

import minitorch_np as mt
from lab import build
from lab.arguments import Parser
from lab.command_line import parser
from lab.config import Config
from lab.errors import UserError
from lab.images import Images, load
from lab.models import MODELS
from lab.sweep.distributions import Choice, Distribution
from lab.sweep.outcome import Outcome, Reporter
from lab.sweep.schema import Sweep
from minitorch_np.data import DataLoader
from minitorch_np.training import Callback, Schedule, State, evaluate, fit

__all__ = ["FashionMnist", "as_flags"]

BESIDES = {"dataset", "limit", "num_layers"}  # flags that say what to train on, or shape others


def as_flags(values: Mapping[str, Any]) -> list[str]:
    """Return the command line that says ``values``, as wandb's agents write it."""
    flags: list[str] = []
    for name, value in values.items():
        if isinstance(value, list):
            flags += [f"--{name}", *map(str, value)]
        else:
            flags += [f"--{name}={value}"]
    return flags


class FashionMnist:
    """The training script, without the figures and files of a single run."""

    figures = ("val_accuracy", "val_loss", "train_accuracy", "train_loss")

    def __init__(self, data_dir: str | None, dataset: str | None = None) -> None:
        self._data_dir = data_dir
        self._dataset = dataset  # where the sweep's file names none
        self._loaded: dict[Any, Images] = {}

    def check(self, sweep: Sweep) -> None:
        """Refuse hyperparameters that the script does not have, and values that it refuses."""
        flags = set(vars(_Strict.parse([])))
        known = flags & ({field.name for field in dataclasses.fields(Config)} | BESIDES)
        for name, kind in sweep.parameters.items():
            if name not in known:
                raise UserError(
                    f"parameters.{name}: expected a hyperparameter of fashion_mnist.py "
                    f"({', '.join(sorted(known))}); drop it"
                )
            for value in kind.support or (kind.at(0.0), kind.at(1.0)):
                try:
                    _Strict.parse(as_flags({name: value}))
                except UserError as error:
                    raise UserError(f"parameters.{name}: {error}{_reach(kind)}") from None
        if sweep.metric.name not in self.figures:
            raise UserError(
                f"metric.name: expected one of {', '.join(self.figures)}, got {sweep.metric.name!r}"
            )

    def prepare(self, sweep: Sweep) -> str | None:
        """Load the data that all runs share; return its name, None if they do not share any."""
        if {"dataset", "model"} & set(sweep.parameters):
            return None
        return self._images("mlp", self._dataset, None).name

    def name(self, values: Mapping[str, Any]) -> str:
        """Return what a run of these values is called."""
        return _configured(values)[0].name

    def run(self, values: Mapping[str, Any], report: Reporter) -> Outcome:
        """Train a configuration; the script's own figures, to the last bit, if it is not pruned."""
        config, flags = _configured(values)
        images = self._images(config.model, flags.dataset or self._dataset, flags.limit)
        told = _Told(report)
        mt.manual_seed(config.seed)
        model = build.network(config)
        optimizer = build.optimizer(config, model)
        criterion, loader = build.criterion(config), build.loader(config, images)
        validation = DataLoader(images.validation, 1000)
        schedule = build.schedule(config, optimizer, len(loader))
        fit(
            model,
            criterion,
            optimizer,
            loader,
            epochs=config.epochs,
            validation=validation,
            callbacks=[told, *([Schedule(schedule)] if schedule is not None else [])],
        )
        figures = told.last
        if config.views and not told.pruned:
            loss, accuracy = evaluate(build.answering(config, model), criterion, validation)
            figures = {**figures, "val_loss": loss, "val_accuracy": accuracy}
        return Outcome(config.name, figures, told.pruned)

    def _images(self, model: str, dataset: str | None, limit: int | None) -> Images:
        row = MODELS[model]
        wanted = (dataset, row.default("dataset"), row.shape)
        if wanted not in self._loaded:
            self._loaded[wanted] = load(dataset, self._data_dir, row.default("dataset"), row.shape)
        images = self._loaded[wanted]
        return images.first(limit) if limit else images


def _configured(values: Mapping[str, Any]) -> tuple[Config, argparse.Namespace]:
    with contextlib.redirect_stdout(io.StringIO()):  # notes on flags without effect
        flags = _Strict.parse(as_flags(values))
        return Config.of(flags), flags


def _reach(kind: Distribution) -> str:
    """Say from where to where a distribution's values go."""
    if isinstance(kind, Choice):
        return ""
    low, high = kind.bounds
    return f"; the distribution goes from {low:.6g} to {high:.6g}"


class _Told(Callback):
    """Passes each epoch on, and stops when told to."""

    def __init__(self, report: Reporter) -> None:
        self._report = report
        self.last: dict[str, Any] = {}
        self.pruned = False

    def on_epoch_end(self, state: State) -> None:
        """Report the row; a run that has reached its end is not stopped any more."""
        self.last = state.history[-1]
        stop = self._report(state.epoch, self.last)
        state.stop = self.pruned = stop and state.epoch < state.epochs


class _Strict(Parser):
    """The script's parser, which here raises instead of leaving."""

    @classmethod
    def parse(cls, argv: list[str]) -> Any:
        return parser("", cls).parse_args(argv)

    def error(self, message: str) -> NoReturn:
        raise UserError(message.removeprefix("argument "))
