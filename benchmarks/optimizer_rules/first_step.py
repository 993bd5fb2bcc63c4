"""A process that takes one step: ``python -m optimizer_rules.first_step SPECIFICATION``."""

import json
import sys
from time import perf_counter

import numba  # noqa: F401 - it is not part of what is measured

from .tensors import gradients, parameters


def main() -> None:
    """Print the seconds from here to the end of the first step."""
    specification = json.loads(sys.argv[1])
    case = specification["case"]
    parameters(case), gradients(case, 1.0)  # drawn once, and remembered
    start = perf_counter()
    import minitorch_np as mt

    from .with_minitorch_np import MinitorchNp

    mt.set_engine(specification["engine"])
    mt.set_num_threads(specification["threads"])
    MinitorchNp(case).step()
    print(perf_counter() - start)


if __name__ == "__main__":
    main()
