"""What the benchmarks share: contestants in processes of their own, measured in turns.

A benchmark lists its `Contestant`s, opens a `Stable` of their processes, and calls `measure` for
each case. A contestant's side is a builder that makes a `Task`; the process around it is `worker`.
"""

from .arguments import Parser, picked
from .contestant import CORES, Contestant, is_installed, select, use_checkout
from .machine import machine, versions
from .neighbours import Neighbours
from .notes import Notes
from .process import Failed, Stable, Worker
from .results import refuse_unwritable, write_json
from .rounds import Measurement, measure, say
from .script import chosen, run, show
from .table import markdown
from .task import Case, Proven, Task

__all__ = [
    "CORES",
    "Case",
    "Contestant",
    "Failed",
    "Measurement",
    "Neighbours",
    "Notes",
    "Parser",
    "Proven",
    "Stable",
    "Task",
    "Worker",
    "chosen",
    "is_installed",
    "machine",
    "markdown",
    "measure",
    "picked",
    "refuse_unwritable",
    "run",
    "say",
    "select",
    "show",
    "use_checkout",
    "versions",
    "write_json",
]
