"""How long is one training step, and one epoch, of a small MLP?

Networks are written LAYERSxWIDTHxBATCH: 784 inputs, hidden layers with ReLU, 10 classes,
cross-entropy, Adam, float32. Every contestant that is installed runs in a process of its own; they
are measured in turns, and the median over the rounds counts. A quick look:

    python benchmarks/train_mlp.py --rounds 3 --seconds 0.1
"""

import sys
from argparse import Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from harness import (
    Contestant,
    Measurement,
    Neighbours,
    Parser,
    Stable,
    is_installed,
    machine,
    measure,
    refuse_unwritable,
    select,
    versions,
    write_json,
)
from mlp import report
from mlp.contestants import contestants
from mlp.drift import as_json, drift_table, measure_drift
from mlp.net import NETS, Net
from mlp.task import FIRST_STEPS

NETS_OF = {
    "step": NETS,
    "epoch": [Net(3, 128, 64)],
    "drift": [Net(3, 128, 64)],
}
UNIT = {"step": ("µs a step", 1e6), "epoch": ("s an epoch of 54,000 images", 1.0)}
PACKAGES = ("minitorch_np", "numpy", "numba", "torch", "jax", "scikit-learn")


def parse(arguments: Sequence[str] | None = None) -> tuple[Namespace, list[Net], list[Contestant]]:
    """Read the command line into options, networks and contestants."""
    parser = Parser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--what", choices=["step", "epoch", "drift"], default="step")
    parser.add_argument("--nets", metavar="NET,...", help="e.g. 3x32x16,3x128x64")
    parser.add_argument("--contestants", metavar="NAME,...", help="a family, or family@threads")
    parser.add_argument("--plot", metavar="FILE", help="draw the speeds there (needs matplotlib)")
    parser.add_argument("--list", action="store_true", help="list networks and contestants")
    parser.add_measuring(rounds=5, seconds=0.15)
    options = parser.parse_args(arguments)
    rows = contestants(options.what)
    default = "ours@1,ours-numpy@1,torch-fused@1" if options.what == "drift" else None
    try:
        nets = [Net.parse(text) for text in options.nets.split(",")] if options.nets else []
        if wanted := options.contestants or default:
            rows = select(rows, wanted.split(","))
        refuse_unwritable(options.json, options.plot)
    except ValueError as error:
        parser.error(str(error))
    if options.plot and options.what == "drift":
        parser.error("--plot draws steps and epochs; drift has only a table")
    if options.plot and not is_installed("matplotlib"):
        parser.error("--plot needs matplotlib, which is not installed")
    return options, nets or NETS_OF[options.what], rows


def main() -> None:
    """Measure, print, and write what was asked for."""
    options, nets, rows = parse()
    if options.list:
        print("networks:", *nets)
        for row in rows:
            print(f"{row.name:20} {row.title}", f"({reason})" if (reason := row.missing()) else "")
        return

    result: dict[str, Any] = {
        "what": options.what,
        "machine": machine(),
        "versions": versions(PACKAGES),
        "contestants": {row.name: row.title for row in rows},
    }
    print(", ".join(f"{key} {value}" for key, value in result["machine"].items()))
    print(", ".join(f"{key} {value}" for key, value in result["versions"].items()), end="\n\n")

    neighbours = Neighbours()
    if options.what == "drift":
        with neighbours, Stable(rows) as stable:
            drifts = {str(net): measure_drift(stable, str(net)) for net in nets}
        print(drift_table(drifts, rows))
        result["nets"] = as_json(drifts)
    else:
        with neighbours:
            results = measure_nets(options, nets, rows)
        unit, scale = UNIT[options.what]
        print(f"{unit}, median of {options.rounds} rounds:\n")
        print(report.speed_table(results, rows, scale), end="\n\n")
        print(
            f"Seconds of the first call / mean loss of the last quarter of {FIRST_STEPS} steps:\n"
        )
        print(report.proof_table(results, rows))
        if options.plot:
            report.plot(
                options.plot, f"Training a small MLP on a CPU, by the {options.what}", results, rows
            )
        result["nets"] = {
            net: {name: asdict(measurement) for name, measurement in measured.items()}
            for net, measured in results.items()
        }
    result["others"] = neighbours.share
    if warning := neighbours.warning():
        print(f"\n{warning}")
    if options.json:
        write_json(options.json, result)


def measure_nets(
    options: Namespace, nets: Sequence[Net], rows: Sequence[Contestant]
) -> dict[str, dict[str, Measurement]]:
    """Measure every network in every contestant that can compete."""
    results = {}
    with Stable(rows) as stable:
        for net in nets:
            case = {"net": str(net), "what": options.what}
            results[str(net)] = {
                name: Measurement(error=reason) for name, reason in stable.failures.items()
            } | measure(stable.workers, case, options.rounds, options.seconds)
    return results


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
