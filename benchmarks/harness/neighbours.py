"""How much of the machine other programs took meanwhile: what makes a result worthless."""

import os
from pathlib import Path
from time import monotonic
from types import TracebackType

from .contestant import CORES

STATISTICS = Path("/proc/stat")
TOLERABLE = 0.05


class Neighbours:
    """Watches the processors inside a ``with`` block that starts and ends our own processes.

    `share` is then the part of the machine's time that went to other programs; None on a system
    that does not tell.
    """

    share: float | None = None

    def __enter__(self) -> "Neighbours":
        self._start, self._others = monotonic(), others()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if STATISTICS.exists():
            capacity = (monotonic() - self._start) * (os.cpu_count() or CORES)
            self.share = max(0.0, others() - self._others) / capacity

    def warning(self) -> str | None:
        """Return a sentence for the reader if the share is more than tolerable."""
        if self.share is None or self.share < TOLERABLE:
            return None
        return (
            f"Other programs took {self.share:.0%} of the machine meanwhile: measure again when it"
            " is idle, above all what uses several threads."
        )


def others() -> float:
    """Return the processor seconds used so far, by all programs less this one and its children."""
    if not STATISTICS.exists():
        return 0.0
    ticks = [int(text) for text in STATISTICS.read_text().split("\n", 1)[0].split()[1:]]
    user, nice, system, _idle, _waiting, interrupt, soft_interrupt, stolen = ticks[:8]
    busy = user + nice + system + interrupt + soft_interrupt + stolen
    own = os.times()
    return busy / os.sysconf("SC_CLK_TCK") - sum(own[:4])
