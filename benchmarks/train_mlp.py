"""How long is one training step, and one epoch, of a small MLP?

Networks are written LAYERSxWIDTHxBATCH: 784 inputs, hidden layers with ReLU, 10 classes,
cross-entropy, Adam or NAdam, float32. Every contestant that is installed runs in a process of its
own; they are measured in turns, and the median over the rounds counts. A quick look:

    python benchmarks/train_mlp.py --rounds 3 --seconds 0.1 --nets 3x32x16 --contestants ours,jax
"""

import sys
from argparse import Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from dataclasses import asdict

from harness import Contestant, Measurement, Parser, Stable, chosen, measure, run, show
from mlp import report
from mlp.contestants import contestants, drifting
from mlp.drift import as_json, drift_table, measure_drift
from mlp.net import NETS, OPTIMIZERS, Net
from mlp.task import FIRST_STEPS

NETS_OF = {"step": NETS, "epoch": [Net(4, 128, 64)], "drift": [Net(3, 128, 64)]}
OPTIMIZER_OF = {"step": "adam", "epoch": "nadam", "drift": "adam"}
UNIT = {"step": ("µs a step", 1e6), "epoch": ("s an epoch of 54,000 images", 1.0)}
PACKAGES = ("minitorch_np", "numpy", "numba", "torch", "jax", "scikit-learn")


def parse(arguments: Sequence[str] | None = None) -> tuple[Namespace, list[Contestant]]:
    """Read the command line into options and contestants."""
    parser = Parser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--what", choices=list(NETS_OF), default="step")
    parser.add_argument("--nets", metavar="NET,...", help="e.g. 3x32x16,3x128x64")
    parser.add_argument("--optimizer", choices=list(OPTIMIZERS), help="nadam for epochs, or adam")
    parser.add_choices()
    parser.add_measuring(rounds=5, seconds=0.15)
    options = parser.parse_args(arguments)
    if options.plot and options.what == "drift":
        parser.error("--plot draws steps and epochs; drift has only a table")
    try:
        nets = [Net.parse(text) for text in options.nets.split(",")] if options.nets else None
    except ValueError as error:
        parser.error(str(error))
    options.nets = nets or NETS_OF[options.what]
    options.optimizer = options.optimizer or OPTIMIZER_OF[options.what]
    if options.what == "drift":
        options.contestants = options.contestants or drifting(options.optimizer)
    return options, chosen(parser, options, contestants(options.what, options.optimizer))


def main() -> None:
    """Measure, print, and write what was asked for."""
    options, rows = parse()
    if options.list:
        print("networks:", *options.nets)
        show(rows)
    else:
        run(options, rows, PACKAGES, run_drift if options.what == "drift" else run_speed)


def run_speed(options: Namespace, rows: Sequence[Contestant]) -> object:
    """Measure steps or epochs, print them, and draw them if asked to."""
    results = {}
    with Stable(rows) as stable:
        for net in options.nets:
            case = {"net": str(net), "what": options.what, "optimizer": options.optimizer}
            results[str(net)] = {
                name: Measurement(error=reason) for name, reason in stable.failures.items()
            } | measure(stable.workers, case, options.rounds, options.seconds)
    unit, scale = UNIT[options.what]
    rule = OPTIMIZERS[options.optimizer]
    print(f"{rule}, {unit}, median of {options.rounds} rounds:\n")
    print(report.speed_table(results, rows, scale), end="\n\n")
    print(f"Seconds of the first call / mean loss of the last quarter of {FIRST_STEPS} steps:\n")
    print(report.proof_table(results, rows))
    if options.plot:
        title = f"Training a small MLP with {rule} on a CPU, by the {options.what}"
        report.plot(options.plot, title, results, rows)
    return {net: {name: asdict(m) for name, m in found.items()} for net, found in results.items()}


def run_drift(options: Namespace, rows: Sequence[Contestant]) -> object:
    """Measure steps early and late in a training, and print them."""
    with Stable(rows) as stable:
        drifts = {
            str(net): measure_drift(stable, str(net), options.optimizer) for net in options.nets
        }
    print(f"{OPTIMIZERS[options.optimizer]}:\n")
    print(drift_table(drifts, rows))
    return as_json(drifts)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
