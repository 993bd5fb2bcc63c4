"""The networks: 784 inputs, hidden layers of one width with ReLU, 10 classes."""

from dataclasses import dataclass
from itertools import pairwise

PIXELS = 784
CLASSES = 10
OPTIMIZERS = {"adam": "Adam", "nadam": "NAdam"}  # what every library calls them
LR = 1e-3


@dataclass(frozen=True)
class Net:
    """`layers` hidden layers of `width` units, trained on batches of `batch` images."""

    layers: int
    width: int
    batch: int

    @classmethod
    def parse(cls, text: str) -> "Net":
        """Read ``"3x128x64"``: hidden layers, width, batch.

        Raises
        ------
        ValueError
            If the text is not three whole numbers from 1 with an x between them.
        """
        parts = text.split("x")
        if len(parts) != 3 or not all(part.isdigit() and int(part) > 0 for part in parts):
            raise ValueError(
                f"expected a net such as 3x128x64 (layers, width, batch), got {text!r}"
            )
        return cls(*map(int, parts))

    def __str__(self) -> str:
        return f"{self.layers}x{self.width}x{self.batch}"

    def caption(self) -> str:
        """Return the words under a bar of a plot."""
        return f"{self.layers} × {self.width}\nbatch {self.batch}"

    @property
    def sizes(self) -> list[tuple[int, int]]:
        """(D_in, D_out) of each linear layer."""
        widths = [PIXELS, *[self.width] * self.layers, CLASSES]
        return list(pairwise(widths))


NETS = [
    Net(3, 32, 16),
    Net(4, 64, 32),
    Net(5, 128, 16),
    Net(3, 128, 64),
    Net(5, 128, 64),
    Net(2, 512, 128),
]
