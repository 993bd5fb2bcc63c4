"""The training loop that scripts share, and its callbacks."""

from minitorch_np.training.callback import Callback, State
from minitorch_np.training.early_stopping import EarlyStopping
from minitorch_np.training.fit import NonFiniteLossError, evaluate, fit, predict
from minitorch_np.training.progress import Progress
from minitorch_np.training.schedule import Schedule

__all__ = [
    "Callback",
    "EarlyStopping",
    "NonFiniteLossError",
    "Progress",
    "Schedule",
    "State",
    "evaluate",
    "fit",
    "predict",
]
