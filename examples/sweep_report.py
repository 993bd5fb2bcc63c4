"""Show what a sweep teaches: one page for the browser, pictures, and a recommendation.

    python examples/sweep_report.py runs/sweep_small

The page, report.html, needs no network and no server.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

from lab.errors import importing, one_sentence

with importing("sweep_report.py"):
    from lab.arguments import Parser
    from lab.sweep.report.html import write_page
    from lab.sweep.report.importance import importance
    from lab.sweep.report.pictures import draw
    from lab.sweep.report.results import read
    from lab.sweep.report.words import failures_in_words, importance_in_words, recommendation


def main(argv: Sequence[str] | None = None) -> None:
    """Write the report of a sweep into its folder, and print what it says in words."""
    with one_sentence("sweep_report.py"):
        parser = Parser(description=(__doc__ or "").splitlines()[0], allow_abbrev=False)
        parser.add_argument("folder", type=Path, metavar="DIR", help="a sweep's --out")
        folder = parser.parse_args(argv).folder
        results = read(folder)
        found = importance(results)
        written = draw(results, found, folder)
        write_page(results, found, folder / "report.html")
        best, *_ = results.finished
        for line in (
            *recommendation(results, found),
            *importance_in_words(found, results),
            *failures_in_words(results),
        ):
            print(textwrap.fill(line, 96, subsequent_indent="  ", break_long_words=False))
        print(f"command of the best run: {results.command(best)}")
        print(f"wrote {', '.join([*written, 'report.html'])} into {folder}")


if __name__ == "__main__":
    main()
