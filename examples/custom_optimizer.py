"""A rule of your own: Eve, and whether it beats Adam.

    python examples/custom_optimizer.py
    python examples/custom_optimizer.py --seeds 5 --epochs 10 --plot eve.png

Writing a rule is writing its formula for one number, and the scalars that the formula takes: some
fifteen lines, ``scalars`` and ``rule`` below. Options get their defaults in ``__init__`` and their
ranges in ``check``. The rest comes with the base class: groups, state, saving and resuming, and
running the formula over all parameters at once, compiled where numba is installed.

Both rules are trained at each learning rate from the same nets on the same batches, one for each
seed, and compared each at the rate that suits it best on the validation images.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any

from lab.arguments import Parser, choice, integer, number, picture
from lab.comparison import HEAD, Comparison, Run, row, verdict
from lab.errors import UserError, importing, one_sentence

with importing("custom_optimizer.py"):
    from lab.images import DATASETS, Images, load
    from lab.trial import seeds_said
    from numpy import sqrt

    import minitorch_np as mt
    from minitorch_np import nn, optim
    from minitorch_np.data import DataLoader, Subset
    from minitorch_np.training import NonFiniteLossError, evaluate, fit


class Eve(optim.Optimizer):
    """Adam at a rate that follows the loss: lower while the loss jumps, higher while it is flat.

    With f_t the loss of the mini-batch and f* the least that it can be::

        d̂ = |f_t - f_{t-1}| / (min(f_t, f_{t-1}) - f*),   at least 1/c and at most c
        d̃ ← β3 d̃ + (1 - β3) d̂                   (d̃ = 1 at the first step)
        m ← β1 m + (1 - β1) g
        v ← β2 v + (1 - β2) g²
        m̂ = m / (1 - β1ᵗ),   v̂ = v / (1 - β2ᵗ)
        p ← p - η / d̃ · m̂ / (√v̂ + ε)

    Where the loss has come down to f*, any change counts as c, and none as 1/c. A loss below f*
    is refused, and one that is not finite: both would spoil d̃.

    Hayashi, Koushik and Neubig, "Eve: a gradient based optimization method with locally and
    globally adaptive learning rates", arXiv 1611.01505, algorithm 1.
    """

    slots = ("exp_avg", "exp_avg_sq")
    memory = {"excess": 0.0, "d": 1.0}  # f_{t-1} - f*, and d̃
    needs_loss = True

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        beta3: float = 0.999,
        c: float = 10.0,
        eps: float = 1e-8,
        f_star: float = 0.0,
    ) -> None:
        options = {"lr": lr, "betas": betas, "beta3": beta3, "c": c, "eps": eps, "f_star": f_star}
        super().__init__(params, options)

    def scalars(
        self, state: dict[str, float], group: dict[str, Any], loss: float | None
    ) -> tuple[float, ...]:
        """Adam's scalars, with the rate divided by d̃."""
        assert loss is not None  # needs_loss
        t, (beta1, beta2), beta3, c = state["step"], group["betas"], group["beta3"], group["c"]
        before, excess = state["excess"], float(loss) - group["f_star"]
        if not 0 <= excess < math.inf:
            raise ValueError(
                f"Eve.step: expected a finite loss of at least f_star = {group['f_star']}, "
                f"got {loss}; lower f_star, or the rate"
            )
        if t > 1:
            d = abs(excess - before) / max(min(excess, before), sys.float_info.min)
            state["d"] = beta3 * state["d"] + (1 - beta3) * min(max(d, 1 / c), c)
        state["excess"] = excess
        lr, root = group["lr"] / state["d"] / (1 - beta1**t), 1 / math.sqrt(1 - beta2**t)
        return lr, beta1, 1 - beta1, beta2, 1 - beta2, root, group["eps"]

    @staticmethod
    def rule(p, g, m, v, lr, beta1, not_beta1, beta2, not_beta2, root, eps):  # type: ignore[no-untyped-def]
        """Adam's formula; its source says why u, and why lr is divided before m comes in."""
        m = beta1 * m + not_beta1 * g
        u = (g + eps) - eps
        v = beta2 * v + not_beta2 * u * u
        return p - lr / (sqrt(v) * root + eps) * m, m, v

    def check(self, group: dict[str, Any]) -> None:
        """Raise ValueError if an option is out of its range."""
        for name, (least, below) in RANGES.items():
            if not _within(group[name], least, below):
                raise ValueError(
                    f"Eve: expected {name} to be finite and in [{least}, {below}), "
                    f"got {group[name]!r}"
                )
        betas = group["betas"]
        pair = isinstance(betas, (tuple, list)) and len(betas) == 2
        if not (pair and all(_within(beta, 0, 1) for beta in betas)):
            raise ValueError(f"Eve: expected betas to be a pair in [0, 1), got {betas!r}")


RANGES = {
    "lr": (0, math.inf),
    "beta3": (0, 1),
    "c": (1, math.inf),
    "eps": (0, math.inf),
    "f_star": (-math.inf, math.inf),
}


def _within(value: Any, least: float, below: float) -> bool:
    return isinstance(value, Real) and math.isfinite(value) and least <= float(value) < below


# ---- the comparison ----------------------------------------------------------------------------

RULES: dict[str, Callable[..., optim.Optimizer]] = {"Adam": optim.Adam, "Eve": Eve}


def main(argv: Sequence[str] | None = None) -> None:
    """Compare the two."""
    with one_sentence("custom_optimizer.py"):
        flags = parse(argv)
        if flags.plot:
            with importing("custom_optimizer.py"):
                from lab import figures
        images = load(flags.dataset, flags.data_dir)
        title = f"{images.name}, 784-128-128-10 ReLU, batches of {flags.batch_size}"
        print(f"{title}; seeds: {flags.seeds}\n{HEAD}", flush=True)
        runs = compare(images, sorted(set(flags.lr)), flags)
        print(verdict(runs))
        if flags.plot:
            said = f"{title}, {flags.epochs} epochs, {seeds_said(flags.seeds)}"
            figures.rules(runs, said, flags.plot)
            print(f"wrote {flags.plot}")


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line."""
    parser = Parser(description=(__doc__ or "").splitlines()[0], allow_abbrev=False)
    add = parser.add_argument
    add("-d", "--dataset", type=choice(DATASETS), help=f"{', '.join(DATASETS)} (fashion_mnist)")
    add("-e", "--epochs", type=integer(1), default=5, help="passes over the data (5)")
    add("-b", "--batch_size", type=integer(1), default=64, help="images a step (64)")
    add("--seeds", type=integer(1), default=3, help="nets to train at each rate (3)")
    rates = [3e-4, 1e-3, 3e-3, 1e-2]
    said = "learning rates to try (0.0003 0.001 0.003 0.01)"
    add("-lr", "--lr", "--learning_rate", type=number(0), nargs="+", default=rates, help=said)
    add("--data_dir", metavar="DIR", help="where fashion-mnist/*.gz and mnist.npz are")
    add("--plot", metavar="FILE", type=picture, help="draw the losses: a .png, .svg or .pdf")
    return parser.parse_args(argv)


def compare(images: Images, rates: list[float], flags: argparse.Namespace) -> Comparison:
    """Train with both rules at all rates; print a row for each as it comes."""
    few = images._replace(train=Subset(images.train, range(64)))
    for name in RULES:  # compile both, so that no run's seconds have that in them
        train(name, 0.0, 0, few, 1, 64)
    runs: Comparison = {name: {} for name in RULES}
    for lr in rates:
        for name in RULES:
            runs[name][lr] = [
                train(name, lr, seed, images, flags.epochs, flags.batch_size)
                for seed in range(flags.seeds)
            ]
            print(row(name, lr, runs[name][lr]), flush=True)
    return runs


def train(name: str, lr: float, seed: int, images: Images, epochs: int, batch_size: int) -> Run:
    """Train a net; the seed decides its first weights and the order of the images."""
    mt.manual_seed(seed)
    net = nn.Sequential(
        nn.Linear(784, 128, input_grad=False),
        nn.ReLU(),
        nn.Linear(128, 128),
        nn.ReLU(),
        nn.Linear(128, 10),
    )
    criterion = nn.CrossEntropyLoss()
    optimizer = RULES[name](net.parameters(), lr=lr)
    loader = DataLoader(images.train, batch_size, shuffle=True)
    try:
        history = fit(net, criterion, optimizer, loader, epochs=epochs)  # calls step(loss)
    except NonFiniteLossError as error:
        raise UserError(f"{name} at {lr:g}: {error}") from None
    _, validation = evaluate(net, criterion, DataLoader(images.validation, 1000))
    _, test = evaluate(net, criterion, DataLoader(images.test, 1000))
    return Run(
        losses=[epoch["train_loss"] for epoch in history],
        validation=validation or 0.0,
        test=test or 0.0,
        seconds=sum(epoch["seconds"] for epoch in history),
        d=optimizer.state_dict()["state"][0].get("d", 1.0),
    )


if __name__ == "__main__":
    main()
