"""How long does `import minitorch_np` take, beside `import numpy` and the peers?

Every import runs in a fresh interpreter; they take turns, and the median over the rounds counts. A
first round, which fills the disk cache and writes the byte code, is not counted.
"""

import json
import os
import subprocess
import sys
from argparse import RawDescriptionHelpFormatter
from statistics import median

from harness import (
    Neighbours,
    Parser,
    is_installed,
    machine,
    markdown,
    refuse_unwritable,
    versions,
    write_json,
)
from harness.contestant import CHECKOUT

MODULES = {  # module: the package that brings it
    "numpy": "numpy",
    "minitorch_np": "minitorch_np",
    "numba": "numba",
    "jax": "jax",
    "sklearn.neural_network": "scikit-learn",
    "torch": "torch",
}
PROGRAM = """\
import json, sys, time
start = time.perf_counter()
import {module}
seconds = time.perf_counter() - start
print(json.dumps([seconds, len(sys.modules)]))
"""


def import_once(module: str) -> tuple[float, int]:
    """Return the seconds of the import in a fresh interpreter, and how many modules it left."""
    path = os.pathsep.join(filter(None, [str(CHECKOUT), os.environ.get("PYTHONPATH")]))
    finished = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(module=module)],
        env=os.environ | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": ""},
        capture_output=True,
        text=True,
    )
    lines = (finished.stdout or finished.stderr or "no message").strip().splitlines()
    if finished.returncode:
        raise ImportError(lines[-1])
    seconds, modules = json.loads(lines[-1])
    return seconds, modules


def main() -> None:
    """Measure, print, and write what was asked for."""
    parser = Parser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_measuring(rounds=9)
    options = parser.parse_args()
    try:
        refuse_unwritable(options.json)
    except ValueError as error:
        parser.error(str(error))

    errors = {m: "not installed" for m in MODULES if not is_installed(m.split(".")[0])}
    runs: dict[str, list[tuple[float, int]]] = {m: [] for m in MODULES if m not in errors}
    with Neighbours() as neighbours:
        for number in range(options.rounds + 1):
            for module in [m for m in runs if m not in errors]:
                try:
                    result = import_once(module)
                except ImportError as error:
                    errors[module] = str(error)
                    continue
                if number > 0:
                    runs[module].append(result)

    print(table(runs, errors))
    if warning := neighbours.warning():
        print(f"\n{warning}")
    if options.json:
        found = {
            "machine": machine(),
            "versions": versions(MODULES.values()),
            "others": neighbours.share,
            "errors": errors,
            "seconds": {module: [s for s, _ in results] for module, results in runs.items()},
        }
        write_json(options.json, found)


def table(runs: dict[str, list[tuple[float, int]]], errors: dict[str, str]) -> str:
    """Return the medians, and why a module has none."""
    baseline = median(seconds for seconds, _ in runs["numpy"])
    lines = []
    for module in MODULES:
        if module in errors:
            lines.append([module, "none", "", ""])
            continue
        seconds = median(s for s, _ in runs[module])
        modules = str(runs[module][0][1])
        lines.append([module, f"{seconds * 1e3:.0f}", f"{seconds / baseline:.2f}", modules])
    notes = [f"\n{module}: {reason}" for module, reason in errors.items()]
    return "\n".join([markdown(["import", "ms", "times numpy", "modules loaded"], lines), *notes])


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
