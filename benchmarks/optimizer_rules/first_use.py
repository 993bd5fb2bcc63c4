"""How long until the first step has ended, in a fresh process that has imported numba?

With an empty cache directory, where the formula is compiled; with a filled one; and on the numpy
engine, which compiles nothing.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from tempfile import TemporaryDirectory

from harness import Contestant, is_installed, markdown, say
from harness.contestant import BENCHMARKS

from .contestants import contestants
from .speed import step_case
from .table import Rule
from .tensors import size_text
from .traffic import traffic_of

CACHE = "MINITORCH_NP_CACHE"


@dataclass
class FirstUse:
    """Seconds of every run."""

    rule: Rule
    size: int
    empty: list[float] = field(default_factory=list)
    filled: list[float] = field(default_factory=list)
    numpy: list[float] = field(default_factory=list)
    error: str | None = None


def measure_first_uses(rules: Sequence[Rule], size: int, rounds: int) -> list[FirstUse]:
    """Start a process for each rule, state of the cache, and round."""
    if not is_installed("numba"):
        raise SystemExit("--what first-use needs numba, which is not installed")
    compiled, plain = contestants()[:2]
    uses = [FirstUse(rule, size) for rule in rules]
    for number in range(rounds):
        for use in uses:
            say(f"{use.rule.title}: round {number + 1} of {rounds}")
            try:
                with TemporaryDirectory() as cache:
                    use.empty.append(first_step(compiled, use.rule, size, cache))
                    use.filled.append(first_step(compiled, use.rule, size, cache))
                    use.numpy.append(first_step(plain, use.rule, size, cache))
            except RuntimeError as error:
                use.error = str(error)
    say("")
    return uses


def first_step(contestant: Contestant, rule: Rule, size: int, cache: str) -> float:
    """Return the seconds of a fresh process from numba's import to the end of the first step."""
    case = step_case(rule, size, "few", traffic_of(rule))
    specification = json.dumps({"case": case, **contestant.options})
    environment = {**contestant.environment(), CACHE: cache}
    environment.pop("NUMBA_CACHE_DIR", None)  # it would go before ours
    finished = subprocess.run(
        [sys.executable, "-m", "optimizer_rules.first_step", specification],
        cwd=BENCHMARKS,
        env=environment,
        capture_output=True,
        text=True,
    )
    lines = (finished.stdout or finished.stderr or "no message").strip().splitlines()
    if finished.returncode:
        raise RuntimeError(lines[-1])
    return float(lines[-1])


def first_use_table(uses: Sequence[FirstUse]) -> str:
    """Return the medians."""

    def cell(seconds: list[float]) -> str:
        return f"{median(seconds):.2f}" if seconds else "failed"

    lines = [
        [use.rule.title, size_text(use.size), cell(use.empty), cell(use.filled), cell(use.numpy)]
        for use in uses
    ]
    title = "seconds from numba's import to the first step's end"
    header = [title, "size", "cache empty", "cache filled", "numpy engine"]
    notes = [f"\n{use.rule.title}: {use.error}" for use in uses if use.error]
    return "\n".join([markdown(header, lines), *notes])


def as_json(uses: Sequence[FirstUse]) -> list[dict[str, object]]:
    """Return the results as plain dictionaries."""
    return [asdict(use) | {"rule": use.rule.name} for use in uses]
