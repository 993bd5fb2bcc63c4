"""How fast does a trained network predict: one image, and many?

The MLP 784-128-128-128-10 and the CNNs of `train_cnn.py`, in eval mode and without recording. Every
contestant that is installed runs in a process of its own; they are measured in turns, and the
median over the rounds counts. A quick look:

    python benchmarks/inference.py --nets mlp --rounds 2 --seconds 0.05
"""

import sys
from argparse import Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence

from cnn import report
from cnn.contestants import contestants
from cnn.timing import as_json, measure_cases
from harness import Case, Contestant, Parser, chosen, picked, run, show
from prediction.task import NETS

LARGE = 256
PACKAGES = ("minitorch_np", "numpy", "numba", "torch", "jax")


def parse(arguments: Sequence[str] | None = None) -> tuple[Namespace, list[Contestant]]:
    """Read the command line into options and contestants."""
    parser = Parser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--nets", metavar="NET,...", help=f"of {', '.join(NETS)}")
    parser.add_choices()
    parser.add_measuring(rounds=5, seconds=0.15)
    options = parser.parse_args(arguments)
    try:
        options.nets = picked("network", options.nets, NETS)
    except ValueError as error:
        parser.error(str(error))
    return options, chosen(parser, options, contestants("inference"))


def main() -> None:
    """Measure, print, and write what was asked for."""
    options, rows = parse()
    if options.list:
        print("networks:", *NETS)
        show(rows)
    else:
        run(options, rows, PACKAGES, run_predictions)


def run_predictions(options: Namespace, rows: Sequence[Contestant]) -> object:
    """Measure, print, and draw if asked to; return what the file is to hold."""
    cases = [network_case(net, batch) for batch in BATCHES for net in options.nets]
    results = measure_cases(rows, cases, options.rounds, options.seconds)
    found = report.seconds(results)
    for batch, (what, text) in BATCHES.items():
        end = f", {batch}"
        chosen = {case.removesuffix(end): n for case, n in found.items() if case.endswith(end)}
        print(f"{what}, median of {options.rounds} rounds:\n")
        print(report.table(chosen, rows, text), end="\n\n")
    print("Who is in the table computed the same outputs. The ratios are those of the times.")
    if options.plot:
        report.plot(options.plot, "Predictions on a CPU, by network and batch", found, rows)
    return as_json(results)


def network_case(net: str, batch: int) -> Case:
    """Describe a case; without convolutions the forms that concern them are no others."""
    without = ["torch-last", "jax-window"] if net == "mlp" else []
    return {"title": f"{net}, {batch}", "net": net, "batch": batch, "without": without}


def microseconds(seconds: float) -> str:
    """Return the text of a cell."""
    return f"{seconds * 1e6:.1f}"


def images_a_second(seconds: float) -> str:
    """Return the text of a cell."""
    return f"{LARGE / seconds:,.0f}"


BATCHES = {
    1: ("µs for one image", microseconds),
    LARGE: (f"images a second, in batches of {LARGE}", images_a_second),
}


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
