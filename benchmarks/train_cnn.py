"""How long is one training step of a small CNN, how long are its layers, and how much memory is it?

The networks: twice convolution 3x3, ReLU and max-pooling (32 and 64 channels), then 3136-128-10;
`cnn-bn` has batch normalisation and dropout too. Cross-entropy, Adam, float32. Every contestant
that is installed runs in a process of its own; they are measured in turns, and the median over the
rounds counts. A quick look:

    python benchmarks/train_cnn.py --nets cnn --rounds 2 --seconds 0.1
"""

import sys
from argparse import Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence

from cnn.contestants import contestants
from cnn.layers import run_layers
from cnn.memory import run_memory
from cnn.net import NETS, SINGLES
from cnn.step_memory import CLEAR_REFS
from cnn.steps import run_steps
from harness import Contestant, Parser, chosen, picked, run, show

RUN = {"step": run_steps, "layers": run_layers, "memory": run_memory}
MOST = 1024
PACKAGES = ("minitorch_np", "numpy", "numba", "torch", "jax", "optax")


def parse(arguments: Sequence[str] | None = None) -> tuple[Namespace, list[Contestant]]:
    """Read the command line into options and contestants."""
    parser = Parser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--what", choices=list(RUN), default="step")
    parser.add_argument("--nets", metavar="NET,...", help="of step and memory")
    parser.add_argument("--layers", metavar="LAYER,...", help="of layers")
    parser.add_argument("--batches", metavar="N,...", default="64", help="e.g. 1,16,64,256")
    parser.add_choices()
    parser.add_measuring(rounds=5, seconds=0.2)
    options = parser.parse_args(arguments)
    try:
        options.nets = picked("network", options.nets, NETS)
        options.layers = picked("layer", options.layers, SINGLES)
        options.batches = [batch_size(text) for text in dict.fromkeys(options.batches.split(","))]
    except ValueError as error:
        parser.error(str(error))
    if options.what == "memory" and not CLEAR_REFS.exists():
        parser.error(f"--what memory needs Linux, whose {CLEAR_REFS} lets a peak begin anew")
    return options, chosen(parser, options, contestants(options.what))


def batch_size(text: str) -> int:
    """Read a number of images.

    Raises
    ------
    ValueError
        If it is not one, or too large.
    """
    if not text.isdigit() or not 1 <= int(text) <= MOST:
        raise ValueError(f"expected batches of 1 to {MOST} images, got {text!r}")
    return int(text)


def main() -> None:
    """Measure, print, and write what was asked for."""
    options, rows = parse()
    if options.list:
        print("networks:", *NETS)
        print("layers:", *SINGLES)
        show(rows)
    else:
        run(options, rows, PACKAGES, RUN[options.what])


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
