"""A layer and a network of your own, checked and trained.

    python examples/custom_module.py

Writing a layer is writing two formulas: ``forward``, which remembers what the derivative needs,
and ``backward``, which takes it back. A network made of layers needs no calculus at all.
"""

from __future__ import annotations

import numpy as np

import minitorch_np as mt
from minitorch_np import nn, optim
from minitorch_np.testing import GradcheckError, gradcheck


class Swish(nn.Module):
    """y = x · σ(βx), with one trained β for each feature.

    With s = σ(βx)::

        dx = dy · (s + βx · s (1 - s))          dβ = Σ_n dy · x² · s (1 - s)
    """

    def __init__(self, features: int) -> None:
        super().__init__()
        self.beta = nn.Parameter(np.ones(features, np.float32))

    def forward(self, x: np.ndarray) -> np.ndarray:
        """x, y: (N, features)"""
        s = 1 / (1 + np.exp(-self.beta.data * x))
        self.save(x, s)
        return x * s

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dy, dx: (N, features)"""
        x, s = self.saved()
        slope = s * (1 - s)
        self.beta.grad += (dy * x * x * slope).sum(axis=0)
        return dy * (s + self.beta.data * x * slope)


class Net(nn.Module):
    """A composite: forward through the body, backward through the body."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(2, 32, input_grad=False),
            Swish(32),
            nn.Residual(nn.Linear(32, 32), Swish(32)),
            nn.Linear(32, 2),
        )

    def forward(self, x: np.ndarray) -> np.ndarray:
        """x: (N, 2), logits: (N, 2)"""
        return self.body(x)

    def backward(self, dy: np.ndarray) -> np.ndarray | None:
        """dy: (N, 2); None, for the first layer sits on data"""
        return self.body.backward(dy)


class WrongSwish(Swish):
    """What gradcheck is for: a factor, β (1 - s), is missing from the derivative."""

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dy, dx: (N, features)"""
        x, s = self.saved()
        self.beta.grad += (dy * x * x * s * (1 - s)).sum(axis=0)
        return dy * (s + x * s)


def spirals(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two interleaved spirals: points (2n, 2) and classes (2n,)."""
    t = np.sqrt(rng.uniform(0.02, 1, n)) * 3 * np.pi
    arm = np.stack([t * np.cos(t), t * np.sin(t)], axis=1) / 10
    points = np.concatenate([arm, -arm]) + rng.normal(0, 0.02, (2 * n, 2))
    return points.astype(np.float32), np.repeat([0, 1], n)


def main() -> None:
    """Check the derivatives, then train."""
    rng = mt.manual_seed(0)
    x, labels = spirals(500, rng)
    net = Net()
    criterion = nn.CrossEntropyLoss()

    print("gradcheck Swish:", gradcheck(Swish(3), rng.normal(size=(5, 3))))
    print("gradcheck Net:", gradcheck(net, x[:7]))
    try:
        gradcheck(WrongSwish(3), rng.normal(size=(5, 3)))
    except GradcheckError as error:
        print("and of a wrong derivative it says:", error)

    optimizer = optim.Adam(net.parameters(), lr=0.01)
    for step in range(1, 1001):
        optimizer.zero_grad()
        loss = criterion(net(x), labels)
        net.backward(criterion.backward())
        optimizer.step()
        if step % 200 == 0:
            print(f"step {step}: loss {loss:.4f}")
    print(f"accuracy on the spirals: {mt.metrics.accuracy(net.eval()(x), labels):.3f}")


if __name__ == "__main__":
    main()
