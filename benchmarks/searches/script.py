"""The script: its options, and what it prints and writes."""

from argparse import RawDescriptionHelpFormatter

from harness import Neighbours, Parser, machine, refuse_unwritable, versions, write_json
from harness.arguments import count, positive

from .speed import speed
from .strategies import strategies


def main(description: str) -> None:
    """Measure, print, and write what was asked for."""
    parser = Parser(description=description, formatter_class=RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--what", choices=("speed", "strategies"), default="speed", help="[%(default)s]")
    add("--runs", type=count, default=100, help="of each number of workers [%(default)s]")
    add("--workers", default="1,2", help="numbers of workers [%(default)s]")
    add("--minutes", type=positive, default=5, help="of each search [%(default)s]")
    add("--seeds", type=count, default=3, help="searches of each strategy [%(default)s]")
    add("--limit", type=count, help="train on so few images, for a quick look")
    add("--json", metavar="FILE", help="write every figure there")
    options = parser.parse_args()
    if not all(part.isdigit() and int(part) for part in options.workers.split(",")):
        parser.error(f"--workers: expected whole numbers such as 1,2, got {options.workers!r}")
    try:
        refuse_unwritable(options.json)
    except ValueError as error:
        parser.error(str(error))
    print(", ".join(f"{key} {value}" for key, value in machine().items()), end="\n\n")
    with Neighbours() as neighbours:
        results = speed(options) if options.what == "speed" else strategies(options)
    if warning := neighbours.warning():
        print(f"\n{warning}")
    if options.json:
        found = {"machine": machine(), "versions": versions(["optuna", "numpy", "numba"])}
        shown = {"options": vars(options), "others": neighbours.share, "results": results}
        write_json(options.json, found | shown)
