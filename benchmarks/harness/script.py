"""What a script with contestants does, whatever it measures."""

from argparse import Namespace
from collections.abc import Callable, Sequence

from .arguments import Parser
from .contestant import Contestant, is_installed, narrowed, select
from .machine import machine, versions
from .neighbours import Neighbours
from .results import refuse_unwritable, write_json


def chosen(parser: Parser, options: Namespace, everyone: Sequence[Contestant]) -> list[Contestant]:
    """Return the contestants that were asked for, if all files that were can be written."""
    try:
        wanted = options.contestants
        rows = select(everyone, wanted.split(",")) if wanted else list(everyone)
        refuse_unwritable(options.json, options.plot)
    except ValueError as error:
        parser.error(str(error))
    if options.plot and not is_installed("matplotlib"):
        parser.error("--plot needs matplotlib, which is not installed")
    return rows


def show(rows: Sequence[Contestant]) -> None:
    """Print who competes, and who cannot and why."""
    for row in rows:
        print(f"{row.name:20} {row.title}", f"({reason})" if (reason := row.missing()) else "")


def run(
    options: Namespace,
    rows: Sequence[Contestant],
    packages: Sequence[str],
    measure: Callable[[Namespace, Sequence[Contestant]], object],
) -> None:
    """Say where it is measured; measure, which prints; write the file that was asked for.

    Parameters
    ----------
    options : Namespace
    rows : sequence of Contestant
    packages : sequence of str
        Those whose versions count.
    measure : callable
        Measures, prints, and returns what the file is to hold. Its processes have ended by then.
    """
    here, found = machine(), versions(packages)
    print(", ".join(f"{key} {value}" for key, value in here.items()))
    print(", ".join(f"{key} {value}" for key, value in found.items()))
    if variables := narrowed():
        print(f"without {', '.join(variables)}: each library picks its kernels itself")
    print()
    with Neighbours() as neighbours:
        results = measure(options, rows)
    if warning := neighbours.warning():
        print(f"\n{warning}")
    if options.json:
        result = {
            "options": vars(options),
            "machine": here,
            "versions": found,
            "contestants": {row.name: row.title for row in rows},
            "results": results,
            "others": neighbours.share,
        }
        write_json(options.json, result)
