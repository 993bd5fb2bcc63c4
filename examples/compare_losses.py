"""Cross-entropy or squared error on the probabilities: which loss trains a classifier better?

    python examples/compare_losses.py
    python examples/compare_losses.py -d mnist --seeds 5 --out runs/mnist_losses
    python examples/compare_losses.py -e 1 --seeds 2 --limit 2000 --out runs/try

Trains three configurations with both losses, each with the same seeds: the same first weights and
the same batches. Writes a figure and ``trainings.csv``; a training that is in there is not done
again, so that the same command goes on where it was stopped.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from lab.arguments import Parser, choice, integer
from lab.errors import importing, one_sentence

with importing("compare_losses.py"):
    from lab.book import Book
    from lab.command_line import parse as parse_training
    from lab.config import Config
    from lab.images import DATASETS, Images, load
    from lab.loss_figures import curves
    from lab.loss_verdict import HEAD, Comparison, row, verdict
    from lab.trial import seeds_said

COMMON = "-sz 128 -a sigmoid -w_i Xavier -b 64"
CONFIGURATIONS = {
    "1: 4 hidden, NAdam 1e-3, decay 5e-4": f"-nhl 4 -o nadam -lr 0.001 -w_d 0.0005 {COMMON}",
    "2: 4 hidden, Adam 1e-3": f"-nhl 4 -o adam -lr 0.001 {COMMON}",
    "3: 3 hidden, Adam 1e-4": f"-nhl 3 -o adam -lr 0.0001 {COMMON}",
}
LOSSES = {"cross-entropy": "cross_entropy", "squared error": "mean_squared_error"}


def main(argv: Sequence[str] | None = None) -> None:
    """Compare the two."""
    with one_sentence("compare_losses.py"):
        flags = parse(argv)
        book = Book(flags.out / "trainings.csv")
        images = load(flags.dataset, flags.data_dir)
        images = images.first(flags.limit) if flags.limit else images
        title = (
            f"{images.name}, {len(images.train)} training images; sigmoid, width 128, Xavier, "
            f"batches of 64, {flags.epochs} epochs, {seeds_said(flags.seeds)}"
        )
        print(f"{title}\n{HEAD}", flush=True)
        trials = compare(images, flags, book)
        print(verdict(trials, len(images.classes)))
        picture = flags.out / "losses.png"
        curves(trials, title, picture)
        print(f"wrote {picture} and {book.path}")


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line."""
    parser = Parser(description=(__doc__ or "").splitlines()[0], allow_abbrev=False)
    add = parser.add_argument
    add("-d", "--dataset", type=choice(DATASETS), help=f"{', '.join(DATASETS)} (fashion_mnist)")
    add("-e", "--epochs", type=integer(1), default=10, help="passes over the data (10)")
    add("--seeds", type=integer(1), default=3, help="nets to train of each kind (3)")
    add("--limit", type=integer(1), help="train and test on so few images (all)")
    add("--data_dir", metavar="DIR", help="where fashion-mnist/*.gz and mnist.npz are")
    default = Path("runs/compare_losses")
    add("--out", metavar="DIR", type=Path, default=default, help=f"where results go ({default})")
    return parser.parse_args(argv)


def compare(images: Images, flags: argparse.Namespace, book: Book) -> Comparison:
    """Train what is not in the book yet; print a row for each configuration and loss."""
    trials: Comparison = {}
    for name, words in CONFIGURATIONS.items():
        trials[name] = {}
        for loss, value in LOSSES.items():
            trials[name][loss] = [
                book.trained(config_of(words, value, flags.epochs, seed), images)
                for seed in range(flags.seeds)
            ]
            print(row(name, loss, trials[name][loss]), flush=True)
    return trials


def config_of(words: str, loss: str, epochs: int, seed: int) -> Config:
    """Return a configuration, with one of the losses."""
    return Config.of(parse_training(f"{words} -l {loss} -e {epochs} --seed {seed}".split(), ""))


if __name__ == "__main__":
    main()
