"""How many parameters a second does each optimizer rule update?

Beside PyTorch in all of its modes, optax, and the limit that the machine's memory sets: the bytes
that a rule must move, at the bandwidth that is measured in the same run. A quick look:

    python benchmarks/optimizers.py --rules adam --sizes 118k --rounds 2 --seconds 0.02

A rule of your own, beside Adam:

    python benchmarks/optimizers.py --rules adam --rule my_module:MyOptimizer
"""

import os
import sys
from argparse import Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence

from harness import Contestant, Parser, Stable, chosen, run, show, use_checkout
from optimizer_rules import drift, first_use, report
from optimizer_rules.contestants import contestants
from optimizer_rules.picture import draw
from optimizer_rules.results import speeds_as_json
from optimizer_rules.speed import measure_speeds
from optimizer_rules.table import RULES, Rule, select_rules
from optimizer_rules.tensors import parse_size
from optimizer_rules.user import user_rule

SIZES = {"step": "118k,1M,10M", "drift": "118k", "first-use": "118k"}
FORMS = ("few", "many")
DRIFTING = "ours@1,ours-numpy@1,torch-foreach@1,torch-fused@1"
PACKAGES = ("minitorch_np", "numpy", "numba", "torch", "jax", "optax")


def parse(arguments: Sequence[str] | None = None) -> tuple[Namespace, list[Contestant]]:
    """Read the command line into options and contestants."""
    parser = Parser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument(
        "--what",
        choices=list(SIZES),
        default="step",
        help="a step's speed; steps after 10,000 without a gradient; the first in a process",
    )
    parser.add_argument("--rules", metavar="NAME,...", help="all, if no --rule is given")
    parser.add_argument(
        "--rule",
        metavar="MODULE:CLASS",
        action="append",
        default=[],
        help="a rule of your own, importable from here; or FILE.py:CLASS",
    )
    parser.add_argument("--sizes", metavar="SIZE,...", help="parameters, e.g. 118k,1M,10M,100M")
    parser.add_argument("--tensors", metavar="FORM,...", default="few", help="few,many")
    parser.add_choices()
    parser.add_measuring(rounds=5, seconds=0.03)
    options = parser.parse_args(arguments)
    if options.plot and options.what != "step":
        parser.error("--plot draws the speed of steps; the others have only a table")
    if options.what == "drift":
        options.contestants = options.contestants or DRIFTING
    try:
        options.rules = chosen_rules(options.rules, options.rule)
        sizes = (options.sizes or SIZES[options.what]).split(",")
        options.sizes = [parse_size(text) for text in dict.fromkeys(sizes)]
        options.tensors = chosen_forms(options.tensors)
    except ValueError as error:
        parser.error(str(error))
    return options, chosen(parser, options, contestants())


def chosen_rules(names: str | None, specs: Sequence[str]) -> list[Rule]:
    """Return the rules that were asked for, the user's own at last."""
    everything = [] if specs else RULES
    rules = select_rules(names.split(",")) if names else everything
    return [*rules, *(user_rule(spec, os.getcwd()) for spec in specs)]


def chosen_forms(text: str) -> list[str]:
    """Return the forms that were asked for."""
    for form in text.split(","):
        if form not in FORMS:
            raise ValueError(f"no form {form!r} of tensors; choose from {', '.join(FORMS)}")
    return list(dict.fromkeys(text.split(",")))


def main() -> None:
    """Measure, print, and write what was asked for."""
    use_checkout()
    options, rows = parse()
    if options.list:
        for rule in options.rules:
            print(f"{rule.name:20} {rule.title}")
        show(rows)
    else:
        run(options, rows, PACKAGES, RUN[options.what])


def run_steps(options: Namespace, rows: Sequence[Contestant]) -> object:
    """Measure speeds; print a table a size and form, and the ratios."""
    with Stable(rows) as stable:
        cases = options.rules, options.sizes, options.tensors
        speeds = measure_speeds(stable, *cases, options.rounds, options.seconds)
    threads = " / ".join(dict.fromkeys(str(row.threads) for row in rows))
    print(f"Million parameters a second on {threads} threads, median of {options.rounds} rounds.\n")
    for column in dict.fromkeys(speed.column for speed in speeds):
        print(f"{column} tensors:\n")
        here = [speed for speed in speeds if speed.column == column]
        print(report.speed_table(here, rows), end="\n\n")
        print(report.ratio_table(here, rows), end="\n\n")
    print(report.agreement(speeds))
    if options.plot:
        draw(options.plot, speeds, rows)
    return speeds_as_json(speeds)


def run_drift(options: Namespace, rows: Sequence[Contestant]) -> object:
    """Measure steps before and after many without a gradient, and print them."""
    with Stable(rows) as stable:
        drifts = drift.measure_drifts(stable, options.rules, options.sizes, options.tensors)
    print(drift.drift_table(drifts, rows))
    return drift.as_json(drifts)


def run_first_use(options: Namespace, rows: Sequence[Contestant]) -> object:
    """Measure first steps in fresh processes, and print them."""
    uses = first_use.measure_first_uses(options.rules, options.sizes[0], options.rounds)
    print(first_use.first_use_table(uses))
    return first_use.as_json(uses)


RUN = {"step": run_steps, "drift": run_drift, "first-use": run_first_use}


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
