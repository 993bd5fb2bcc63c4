"""Two ways to run one optimizer formula over flat memory."""

from minitorch_np.optim.engine.run import apply

__all__ = ["apply"]
