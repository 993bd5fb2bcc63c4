"""Optuna's side of a sweep: the study, its sampler and its pruner."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial, Trial

from lab.errors import UserError
from lab.sweep.book import Book
from lab.sweep.order import Drawn, Grid, Order
from lab.sweep.schema import Sweep
from lab.sweep.storage import open_storage, reaching

__all__ = ["open_book", "order", "pruner", "values_of"]


def order(sweep: Sweep, seed: int) -> Order | None:
    """Return the configurations by number; None for bayes, which decides as it goes."""
    if sweep.method == "bayes":
        return None
    return Grid(sweep.parameters) if sweep.method == "grid" else Drawn(sweep.parameters, seed)


def pruner(sweep: Sweep) -> optuna.pruners.BasePruner:
    """Return Hyperband where ``early_terminate`` asks for it, else what never prunes."""
    early = sweep.early_terminate
    if early is None:
        return optuna.pruners.NopPruner()
    most = early.max_iter or _epochs(sweep)
    return optuna.pruners.HyperbandPruner(early.min_iter, max(most, early.min_iter), early.eta)


def open_book(
    sweep: Sweep,
    name: str,
    identity: Mapping[str, Any],
    limit: int | None,
    url: str | None,
    folder: Path,
) -> Book:
    """Open the sweep's book in its storage, or begin it.

    Raises
    ------
    UserError
        If the storage cannot be reached, or has another sweep under this name.
    """
    storage = open_storage(url, folder)
    bayes = sweep.method == "bayes"
    with reaching(url):
        study = optuna.create_study(
            study_name=name,
            storage=storage,
            sampler=optuna.samplers.TPESampler(constant_liar=True) if bayes else Known(),
            pruner=pruner(sweep),
            direction="maximize" if sweep.metric.maximize else "minimize",
            load_if_exists=True,
        )
        known = study.user_attrs.get("sweep")
        if known is None:
            study.set_user_attr("sweep", dict(identity))
        elif differing := [key for key in identity if known.get(key) != identity[key]]:
            where = "the database" if url else folder
            raise UserError(
                f"expected the sweep that is in {where} under the name {name!r}, got "
                f"another {', '.join(differing)}; choose another --out or, in a database, name"
            )
        return Book(study, storage, limit)


def values_of(sweep: Sweep, trial: Trial, known: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the trial's configuration: the known one, noted in the trial, or what TPE suggests."""
    if known is None:
        return {name: kind.suggest(trial, name) for name, kind in sweep.parameters.items()}
    sampler = trial.study.sampler
    assert isinstance(sampler, Known)
    sampler.values = known
    for name, kind in sweep.parameters.items():
        kind.note(trial, name)
    return dict(known)


class Known(optuna.samplers.BaseSampler):
    """Says what ``values`` holds: grids and random searches are decided by their order."""

    values: Mapping[str, Any] = {}

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Nothing is sampled together."""
        return {}

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Nothing is sampled together."""
        return {}

    def sample_independent(
        self,
        study: optuna.Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """Return the known value."""
        value = self.values[param_name]
        return json.dumps(value) if isinstance(value, list) else value


def _epochs(sweep: Sweep) -> int:
    """Return the most epochs that a run of this sweep has."""
    if "epochs" not in sweep.parameters:
        return 10  # the training script's default
    epochs = sweep.parameters["epochs"]
    return int(max(epochs.support or (epochs.at(1.0),)))
