"""The engines: two ways to run one optimizer formula over flat memory."""

from minitorch_np.optim.engine.select import apply, get_engine, set_engine

__all__ = ["apply", "get_engine", "set_engine"]
