"""What a trained network confuses, and the images that it was surest about and wrong.

    python examples/confusion_matrix.py
    python examples/confusion_matrix.py runs/NAME

Without a run it takes the newest finished one below ``runs``; without any, it trains the default
first. Prints the confusion matrix and what follows from it, and writes into the run's folder two
pictures and ``confusion_matrix.html``: a page that needs no network, on which a click on a cell
shows the test images that fell into it.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from lab.arguments import Parser, integer
from lab.errors import importing, one_sentence

with importing("confusion_matrix.py"):
    import fashion_mnist
    from lab import confusion_figures
    from lab.confusion import judge, report
    from lab.confusion_page import write_page
    from lab.images import load
    from lab.models import MODELS
    from lab.saved_run import newest_run, read_run

RUNS = Path("runs")


def main(argv: Sequence[str] | None = None) -> None:
    """Judge a run."""
    with one_sentence("confusion_matrix.py"):
        flags = parse(argv)
        if flags.out is not None:
            flags.out.mkdir(parents=True, exist_ok=True)
        path = flags.run or newest_run(RUNS) or trained(flags)
        run = read_run(path)
        images = load(run.dataset, flags.data_dir, shape=MODELS[run.config.model].shape)
        judged = judge(run, images.first(flags.limit) if flags.limit else images)
        print(f"{path}\n{report(judged)}")
        out = flags.out or path
        confusion_figures.matrix(judged, out / "confusion_matrix.png")
        confusion_figures.mistakes(judged, out / "mistakes.png")
        write_page(judged, out / "confusion_matrix.html")
        print(f"wrote confusion_matrix.html, confusion_matrix.png and mistakes.png into {out}")


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line."""
    parser = Parser(description=(__doc__ or "").splitlines()[0], allow_abbrev=False)
    add = parser.add_argument
    said = "the folder of a finished run (the newest below runs)"
    add("run", metavar="RUN", type=Path, nargs="?", help=said)
    add("--limit", type=integer(1), help="judge by so few test images (all)")
    add("--data_dir", metavar="DIR", help="where fashion-mnist/*.gz and mnist.npz are")
    add("--out", metavar="DIR", type=Path, help="where the files go (the run's folder)")
    said = "epochs of the training where there is no run yet (10)"
    add("-e", "--epochs", type=integer(1), default=10, help=said)
    return parser.parse_args(argv)


def trained(flags: argparse.Namespace) -> Path:
    """Train the default network; return its run."""
    print(f"No finished run below {RUNS}: training the default network first.", flush=True)
    few = ["--limit", str(flags.limit)] if flags.limit else []
    where = ["--data_dir", flags.data_dir] if flags.data_dir else []
    fashion_mnist.main(["-e", str(flags.epochs), *few, *where])
    path = newest_run(RUNS)
    assert path is not None  # it has just been written
    return path


if __name__ == "__main__":
    main()
