"""The command line of the training script: the course's standard flags, and a few more."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

__all__ = ["parse"]

LOSSES = ("cross_entropy", "mean_squared_error")
OPTIMIZERS = ("sgd", "momentum", "nag", "rmsprop", "adam", "nadam")
INITS = ("random", "Xavier", "He")
ACTIVATIONS = ("identity", "sigmoid", "tanh", "ReLU")
DATASETS = ("fashion_mnist", "mnist", "silhouettes")


EPILOG = (
    "Without flags the script uses its own recipe: dropout, label smoothing and a one-cycle "
    "schedule. Any of -nhl -sz -a -w_i -l -o -lr -m -beta -beta1 -beta2 -eps -w_d turns these off, "
    "so that the net is the plain one that they describe; --dropout, --label_smoothing and "
    "--schedule turn them on again."
)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see --help\n")


def parse(argv: Sequence[str] | None, description: str) -> argparse.Namespace:
    """Parse the command line; what was not given is None, for :mod:`lab.config` to decide."""
    parser = _Parser(description=description, epilog=EPILOG, allow_abbrev=False)
    # The standard's flags
    add = parser.add_argument_group("standard flags").add_argument
    add("-wp", "--wandb_project", metavar="NAME", help="taken, and ignored: no tracking yet")
    add("-we", "--wandb_entity", metavar="NAME", help="likewise")
    add("-d", "--dataset", type=_choice(DATASETS), help=_one_of(DATASETS, "fashion_mnist"))
    add("-e", "--epochs", type=_integer(1), default=10, help="passes over the data (10)")
    add("-b", "--batch_size", type=_integer(1), default=64, help="images a step (64)")
    losses = _choice(LOSSES, mse="mean_squared_error", squared_error="mean_squared_error")
    add("-l", "--loss", type=losses, help=_one_of(LOSSES, LOSSES[0]))
    optimizers = _choice(OPTIMIZERS, nesterov="nag")
    add("-o", "--optimizer", type=optimizers, help=_one_of(OPTIMIZERS, "adam"))
    add(
        "-lr",
        "--learning_rate",
        type=_number(0),
        help="(0.001; 0.1 for sgd, 0.05 for momentum and nag)",
    )
    add("-m", "--momentum", type=_number(0, 1), help="of momentum and nag (0.9)")
    add("-beta", "--beta", type=_number(0, 1), help="of rmsprop (0.99)")
    add("-beta1", "--beta1", type=_number(0, 1), help="of adam and nadam (0.9)")
    add("-beta2", "--beta2", type=_number(0, 1), help="of adam and nadam (0.999)")
    add("-eps", "--epsilon", type=_number(0), help="of the adaptive rules (1e-8)")
    add(
        *("-w_d", "-wd", "--weight_decay"),
        type=_number(0),
        help="L2, added to the gradient (0)",
    )
    add(
        *("-w_i", "-wi", "--weight_init"),
        type=_choice(INITS),
        help=_one_of(INITS, "He") + "; random is normal with deviation 0.05",
    )
    add("-nhl", "--num_layers", type=_integer(0), help="hidden layers (2; 128 wide without -sz)")
    add(
        *("-sz", "--hidden_size"),
        type=_integer(1),
        nargs="+",
        help="neurons of each hidden layer: one number, or one a layer (512 256)",
    )
    add("-a", "--activation", type=_choice(ACTIVATIONS), help=_one_of(ACTIVATIONS, "ReLU"))
    # What this script's own defaults need
    add = parser.add_argument_group("more").add_argument
    add(
        "--dropout",
        type=_number(0, 1),
        help="after each hidden layer (0.1, or 0 for the plain net that standard flags describe)",
    )
    add(
        "--label_smoothing",
        type=_number(0, 1),
        help="of cross_entropy (0.1, or 0 with standard flags)",
    )
    schedules = ("constant", "one_cycle")
    add(
        "--schedule",
        type=_choice(schedules),
        help=f"of the learning rate: {', '.join(schedules)} (one_cycle, or constant with "
        "standard flags)",
    )
    add("--seed", type=_integer(0), default=0, help="of everything random (0)")
    add("--data_dir", metavar="DIR", help="where fashion-mnist/*.gz and mnist.npz are")
    add("--out", metavar="DIR", help="where results go (runs/NAME, a new one each time)")
    add("--overwrite", action="store_true", help="replace a run that is in --out")
    add("--threads", type=_integer(1), help="cores to use (all)")
    add("--no_progress", action="store_true", help="no progress bar")
    return parser.parse_args(argv)


def _one_of(choices: Sequence[str], default: str) -> str:
    return f"{', '.join(choices)} ({default})"


def _choice(choices: Sequence[str], **synonyms: str) -> Callable[[str], str]:
    """A choice in any letter case."""
    known = {name.lower(): name for name in choices} | synonyms

    def parse_choice(text: str) -> str:
        if text.lower() not in known:
            raise argparse.ArgumentTypeError(f"expected one of {', '.join(choices)}, got {text!r}")
        return known[text.lower()]

    return parse_choice


def _integer(least: int) -> Callable[[str], int]:
    def parse_integer(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if value < least:
            raise argparse.ArgumentTypeError(
                f"expected an integer of at least {least}, got {text!r}"
            )
        return value

    return parse_integer


def _number(least: float, below: float = float("inf")) -> Callable[[str], Any]:
    def parse_number(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not least <= value < below:
            span = f"of at least {least}" if below == float("inf") else f"in [{least}, {below})"
            raise argparse.ArgumentTypeError(f"expected a number {span}, got {text!r}")
        return value

    return parse_number
