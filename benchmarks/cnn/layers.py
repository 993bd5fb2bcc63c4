"""`train_cnn.py --what layers`: single layers, forward and with their backward pass."""

from argparse import Namespace
from collections.abc import Sequence

from harness import Case, Contestant

from . import report
from .timing import as_json, measure_cases

PASSES = {"forward": False, "forward and backward": True}


def layer_cases(options: Namespace) -> list[Case]:
    """Describe each layer with each size of batches, in either kind of pass."""
    return [
        {
            "title": f"{layer}, {batch}, {name}",
            "layer": layer,
            "batch": batch,
            "backward": backward,
        }
        for name, backward in PASSES.items()
        for layer in options.layers
        for batch in options.batches
    ]


def run_layers(options: Namespace, rows: Sequence[Contestant]) -> object:
    """Measure, print, and draw if asked to; return what the file is to hold."""
    results = measure_cases(rows, layer_cases(options), options.rounds, options.seconds)
    found = report.seconds(results)
    for name in PASSES:
        end = f", {name}"
        chosen = {case.removesuffix(end): n for case, n in found.items() if case.endswith(end)}
        print(f"ms {name}, by layer and batch, median of {options.rounds} rounds:\n")
        print(report.table(chosen, rows, report.milliseconds), end="\n\n")
    print("Who is in the table computed the same outputs and gradients.")
    if options.plot:
        report.plot(options.plot, "Layers of a small CNN on a CPU", found, rows)
    return as_json(results)
