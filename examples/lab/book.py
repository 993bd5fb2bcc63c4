"""The finished trainings of a comparison, kept in a file, so that the same command goes on."""

from __future__ import annotations

import csv
import os
from pathlib import Path

from lab.config import Config
from lab.errors import UserError
from lab.images import Images
from lab.trial import Trial, described, train

__all__ = ["Book"]

COLUMNS = ("run", "test_accuracy", "seconds", "val_accuracy", "train_loss")


class Book:
    """A CSV file with a row a training, by the sentence that describes it.

    The columns ``val_accuracy`` and ``train_loss`` hold a number for each epoch, the former one
    more, from before training. The file is written anew with each row, whole or not at all.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._trials: dict[str, Trial] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            with path.open(newline="", encoding="utf-8") as file:
                for row in csv.DictReader(file):
                    try:
                        self._trials[row["run"]] = _trial(row)
                    except (KeyError, ValueError, AttributeError, TypeError):
                        raise UserError(
                            f"expected the columns {', '.join(COLUMNS)}, and numbers in them, in "
                            f"{path}, got {row}; name another folder with --out"
                        ) from None

    def get(self, run: str) -> Trial | None:
        """Return the training that is described so; None if it has not been finished."""
        return self._trials.get(run)

    def trained(self, config: Config, images: Images) -> Trial:
        """Return what came of a training, done now if it is not in the book."""
        run = described(config, images)
        trial = self.get(run)
        if trial is None:
            trial, _ = train(config, images)
            self.add(run, trial)
        return trial

    def add(self, run: str, trial: Trial) -> None:
        """Keep a training."""
        self._trials[run] = trial
        temporary = self.path.with_suffix(".tmp")
        with temporary.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for name, kept in self._trials.items():
                curves = (" ".join(map(repr, part)) for part in (kept.validation, kept.losses))
                writer.writerow((name, kept.test, kept.seconds, *curves))
        os.replace(temporary, self.path)


def _trial(row: dict[str, str]) -> Trial:
    return Trial(
        [float(value) for value in row["val_accuracy"].split()],
        [float(value) for value in row["train_loss"].split()],
        float(row["test_accuracy"]),
        float(row["seconds"]),
    )
