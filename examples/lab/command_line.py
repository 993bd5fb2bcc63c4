"""The command line of the training script: the course's standard flags, and more."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from typing import Any

from lab.arguments import Parser, Several, choice, integer, number, switch
from lab.augmentation import AUGMENTATIONS
from lab.images import DATASETS
from lab.models import ACTIVATIONS, MODELS
from lab.optimizers import OPTIMIZERS, SYNONYMS, USED_BY, defaults_of, listed

__all__ = ["parse", "parser"]

LOSSES = ("cross_entropy", "mean_squared_error")
MODES = ("online", "offline", "disabled")
INITS = ("random", "Xavier", "He")

EPILOG = """\
Without flags the script uses its own recipe: dropout, label smoothing and a
one-cycle schedule. Any of -nhl -sz -a -w_i -l -o -lr -m -beta -beta1 -beta2
-eps -w_d turns these off, so that the net is the plain one that they describe;
--dropout, --label_smoothing and --schedule turn them on again.

The defaults above are those of the model mlp. Another brings its own, which
flags override one by one:
""" + "\n".join(f"  {name:<15} {row.about}" for name, row in MODELS.items())


def parse(argv: Sequence[str] | None, description: str) -> argparse.Namespace:
    """Parse the command line; what was not given is None, for :mod:`lab.config` to decide."""
    return parser(description).parse_args(argv)


def parser(description: str, kind: type[Parser] = Parser) -> Parser:
    """Return the parser, of a kind that says in its own way what is wrong."""
    parser = kind(
        description=description,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    # The standard's flags
    add = parser.add_argument_group("standard flags").add_argument
    add("-wp", "--wandb_project", metavar="NAME", help="track the run with wandb in this project")
    add("-we", "--wandb_entity", metavar="NAME", help="whose project that is (yours)")
    add("-d", "--dataset", type=choice(DATASETS), help=_one_of(DATASETS, "fashion_mnist"))
    add("-e", "--epochs", type=integer(1), help="passes over the data (10)")
    add("-b", "--batch_size", type=integer(1), help="images a step (64)")
    losses = choice(LOSSES, mse="mean_squared_error", squared_error="mean_squared_error")
    add("-l", "--loss", type=losses, help=_one_of(LOSSES, LOSSES[0]))
    optimizers = choice(OPTIMIZERS, **SYNONYMS)
    add("-o", "--optimizer", type=optimizers, help=_one_of(OPTIMIZERS, "adam"))
    rate = f"({defaults_of('learning_rate')})"
    add("-lr", "--learning_rate", type=number(0), help=rate)
    add("-m", "--momentum", type=number(0, 1), help=_of("momentum"))
    add("-beta", "--beta", type=number(0, 1), help=_of("beta"))
    add("-beta1", "--beta1", type=number(0, 1), help=_of("beta1"))
    add("-beta2", "--beta2", type=number(0, 1), help=_of("beta2"))
    add("-eps", "--epsilon", type=number(0), help=_of("epsilon"))
    decoupled = listed(name for name, row in OPTIMIZERS.items() if row.decoupled)
    add(
        *("-w_d", "-wd", "--weight_decay"),
        type=number(0),
        help=f"L2, added to the gradient; decoupled in {decoupled} ({defaults_of('weight_decay')})",
    )
    add(
        *("-w_i", "-wi", "--weight_init"),
        type=choice(INITS),
        help=_one_of(INITS, "He") + "; random is normal with deviation 0.05",
    )
    add("-nhl", "--num_layers", type=integer(0), help="hidden layers (2; 128 wide without -sz)")
    add(
        *("-sz", "--hidden_size"),
        action=Several,
        kind=integer(1),
        nargs="+",
        help="neurons of each hidden layer: one number, or one a layer (512 256)",
    )
    add("-a", "--activation", type=choice(ACTIVATIONS), help=_one_of(ACTIVATIONS, "ReLU"))
    # What this script's own defaults need
    add = parser.add_argument_group("more").add_argument
    add("--model", type=choice(MODELS), metavar="NAME", help="which network: see below (mlp)")
    add(
        "--dropout",
        type=number(0, 1),
        help="after each hidden layer (0.1, or 0 for the plain net that standard flags describe)",
    )
    add(
        "--label_smoothing",
        type=number(0, 1),
        help="of cross_entropy (0.1, or 0 with standard flags)",
    )
    schedules = ("constant", "one_cycle")
    add(
        "--schedule",
        type=choice(schedules),
        help=f"of the learning rate: {', '.join(schedules)} (one_cycle, or constant with "
        "standard flags)",
    )
    add(
        "--augment",
        action=Several,
        kind=choice(AUGMENTATIONS),
        nargs="*",
        metavar="HOW",
        help=f"what happens to training images: {', '.join(AUGMENTATIONS)}, or no word for "
        "nothing (nothing)",
    )
    add(
        "--views",
        type=switch,
        nargs="?",
        const=True,
        metavar="BOOL",
        help="in the end, answer by the mean over shifted and mirrored views of an image, as far "
        "as --augment trained for them (no)",
    )
    add("--limit", type=integer(1), help="train and test on so few images, to try something (all)")
    add("--seed", type=integer(0), default=0, help="of everything random (0)")
    add(
        "--data_dir",
        metavar="DIR",
        help="where fashion-mnist/*.gz and mnist.npz are ($MINITORCH_NP_DATA)",
    )
    add("--out", metavar="DIR", help="where results go (runs/NAME, a new one each time)")
    on_or_off: dict[str, Any] = {"type": switch, "nargs": "?", "const": True, "default": False}
    on_or_off["metavar"] = "BOOL"
    add("--overwrite", **on_or_off, help="replace a run that is in --out")
    add("--resume", **on_or_off, help="go on with the run in --out; begin it where there is none")
    add("--checkpoint_every", type=integer(1), help="also write a checkpoint each so many steps")
    add("--threads", type=integer(1), help="cores to use (all)")
    add("--no_progress", **on_or_off, help="no progress bar")
    add(
        "--wandb",
        type=choice(MODES),
        help=f"how to track: {', '.join(MODES)} (online with --wandb_project and a login, else "
        "offline)",
    )
    return parser


def _one_of(choices: Iterable[str], default: str) -> str:
    return f"{', '.join(choices)} ({default})"


def _of(flag: str) -> str:
    return f"of {listed(USED_BY[flag])} ({defaults_of(flag)})"
