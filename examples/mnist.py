"""From Fashion-MNIST to MNIST: with three runs, and from a net that is trained already.

    python examples/mnist.py
    python examples/mnist.py -e 2 --seeds 1 --limit 2000 --out runs/try

First the three recommended configurations, one run each: all that a budget of three runs allows.
Then what no report of this exercise has done: ``TRANSFERRED`` from the weights that it has learnt
on Fashion-MNIST, with and without its last layer, beside the same net starting fresh, on all images
and on a few. Where MNIST cannot be had, the digits that come with scikit-learn stand in. Writes two
figures and ``trainings.csv``; a training that is in there is not done again.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

from lab.arguments import Parser, integer
from lab.errors import importing, one_sentence

with importing("mnist.py"):
    import numpy as np
    from lab import transfer_figures
    from lab.book import Book
    from lab.command_line import parse as parse_training
    from lab.config import Config
    from lab.images import Images, load
    from lab.transfer import Transfer, in_words
    from lab.trial import Trial, described, seeds_said, train

    from minitorch_np.data import Subset

# The flags of fashion_mnist.py, and why.
RECOMMENDED = {
    "the default recipe": (
        "",
        "the training script's own: wide, with dropout, smoothed labels and one cycle",
    ),
    "a plain ReLU net": (
        "-nhl 4 -sz 128 -a ReLU -o nadam -lr 0.001 -w_i Xavier -b 64",
        "plain, as the grids describe nets: ReLU does not saturate, NAdam at a constant rate",
    ),
    "a deeper one": (
        "-nhl 5 -sz 128 -a tanh -o nadam -lr 0.001 -w_i Xavier -b 32 --schedule one_cycle",
        "as deep as the grids go: tanh with Xavier keeps its signals, one cycle to settle in",
    ),
}
# The plain one: with a constant rate, each epoch says how far training has come.
TRANSFERRED = "a plain ReLU net"
Weights = Mapping[str, np.ndarray]


def all_but_the_last(weights: Weights) -> Weights:
    """Leave out the last layer: what it has learnt of garments says nothing about digits."""
    *most, _weight, _bias = weights
    return {name: weights[name] for name in most}


# What is carried over.
CARRIED: dict[str, Callable[[Weights], Weights]] = {
    "all layers": dict,
    "all layers but the last": all_but_the_last,
}


def main(argv: Sequence[str] | None = None) -> None:
    """Train with three runs; then compare starts."""
    with one_sentence("mnist.py"):
        flags = parse(argv)
        book = Book(flags.out / "trainings.csv")
        digits = load(None, flags.data_dir, "mnist", stand_in="digits")
        digits = digits.first(flags.limit) if flags.limit else digits
        runs = three_runs(digits, flags, book)
        title = f"{digits.name}, {len(digits.train)} training images"
        labelled = {f"{name},\n{short(name, flags)}": run for name, run in runs.items()}
        title += f", {flags.epochs} epochs, seed 0"
        transfer_figures.runs(labelled, title, flags.out / "three_runs.png")
        garments = load(None, flags.data_dir)
        garments = garments.first(flags.limit) if flags.limit else garments
        found = transfer(garments, digits, flags, book)
        print(in_words(found, garments.name, digits.name))
        net = str(config_of(TRANSFERRED, flags, 0)).removesuffix(", seed 0")
        said = f"{digits.name}, {net}, {seeds_said(flags.seeds)}"
        transfer_figures.transfer(found, said, garments.name, flags.out / "transfer.png")
        print(f"wrote three_runs.png, transfer.png and trainings.csv into {flags.out}")


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line."""
    parser = Parser(description=(__doc__ or "").splitlines()[0], allow_abbrev=False)
    add = parser.add_argument
    add("-e", "--epochs", type=integer(1), default=10, help="passes over the data (10)")
    add("--seeds", type=integer(1), default=3, help="nets to compare starts with (3)")
    said = "images that the second comparison trains on (1000)"
    add("--few", type=integer(1), default=1000, help=said)
    add("--limit", type=integer(1), help="train and test on so few images (all)")
    add("--data_dir", metavar="DIR", help="where fashion-mnist/*.gz and mnist.npz are")
    default = Path("runs/mnist")
    add("--out", metavar="DIR", type=Path, default=default, help=f"where results go ({default})")
    return parser.parse_args(argv)


def config_of(name: str, flags: argparse.Namespace, seed: int) -> Config:
    """Return a recommended configuration."""
    words, _ = RECOMMENDED[name]
    more = f" -d mnist -e {flags.epochs} --seed {seed}"
    return Config.of(parse_training((words + more).split(), ""))


def short(name: str, flags: argparse.Namespace) -> str:
    """Return the most telling of a recommended configuration."""
    config = config_of(name, flags, 0)
    widths = "-".join(map(str, config.hidden_size))
    rate = f"{config.optimizer} {config.learning_rate:g}, {config.schedule}"
    return f"{widths} {config.activation}, {rate}, batches of {config.batch_size}"


def three_runs(images: Images, flags: argparse.Namespace, book: Book) -> dict[str, Trial]:
    """Train the three once each, with seed 0; print a row for each."""
    print(f"{images.name}, {len(images.train)} training images, {flags.epochs} epochs, seed 0")
    print(f"{'configuration':<20} {'validation':>10} {'test':>8} {'seconds':>8}  flags; and why")
    runs = {}
    for name, (words, why) in RECOMMENDED.items():
        runs[name] = trial = book.trained(config_of(name, flags, 0), images)
        said = f"{trial.validation[-1]:>10.2%} {trial.test:>8.2%} {trial.seconds:>8.1f}"
        print(f"{name:<20} {said}  {words or '(none)'}; {why}", flush=True)
    return runs


def transfer(
    garments: Images, digits: Images, flags: argparse.Namespace, book: Book
) -> list[Transfer]:
    """Train from each start, on all images and on a few, with each seed."""

    @cache
    def weights(seed: int) -> Weights:
        """The weights after training on Fashion-MNIST."""
        _, model = train(config_of(TRANSFERRED, flags, seed), garments)
        return model.state_dict()

    few = min(flags.few, len(digits.train))
    parts = [digits, digits._replace(train=Subset(digits.train, range(few)))]
    found = []
    for part in parts:
        trials: dict[str, list[Trial]] = {what: [] for what in ("", *CARRIED)}
        for seed, what in itertools.product(range(flags.seeds), trials):
            config = config_of(TRANSFERRED, flags, seed)
            run = described(config, part)
            run = f"{what} from {described(config, garments)}, then {run}" if what else run
            trial = book.get(run)
            if trial is None:
                start = CARRIED[what](weights(seed)) if what else None
                trial, _ = train(config, part, start)
                book.add(run, trial)
            trials[what].append(trial)
        found.append(Transfer(len(part.train), trials.pop(""), trials))
    return found


if __name__ == "__main__":
    main()
