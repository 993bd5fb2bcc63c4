"""`train_cnn.py --what step`: training steps of whole networks."""

from argparse import Namespace
from collections.abc import Sequence

from harness import Case, Contestant
from mlp.report import proof_table

from . import report
from .timing import as_json, measure_cases


def network_cases(options: Namespace) -> list[Case]:
    """Describe each network with each size of batches."""
    return [
        {"title": f"{net}, {batch}", "what": options.what, "net": net, "batch": batch}
        for net in options.nets
        for batch in options.batches
    ]


def run_steps(options: Namespace, rows: Sequence[Contestant]) -> object:
    """Measure, print, and draw if asked to; return what the file is to hold."""
    results = measure_cases(rows, network_cases(options), options.rounds, options.seconds)
    found = report.seconds(results)
    print(f"ms a step, by network and batch, median of {options.rounds} rounds:\n")
    print(report.table(found, rows, report.milliseconds), end="\n\n")
    print("Seconds of the first call / mean loss of the last quarter of the first steps:\n")
    print(proof_table(results, rows))
    if options.plot:
        report.plot(options.plot, "Training a small CNN on a CPU, by the step", found, rows)
    return as_json(results)
