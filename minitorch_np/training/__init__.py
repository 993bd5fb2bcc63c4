"""The training loop that scripts share, and its callbacks."""

from minitorch_np.training.accumulation import GradientAccumulation
from minitorch_np.training.averaging import WeightAveraging
from minitorch_np.training.best_model import BestModel
from minitorch_np.training.callback import Callback, State
from minitorch_np.training.checkpoint import Checkpoint
from minitorch_np.training.early_stopping import EarlyStopping
from minitorch_np.training.evaluate import evaluate, predict
from minitorch_np.training.fit import NonFiniteLossError, fit
from minitorch_np.training.interrupts import Interrupted
from minitorch_np.training.progress import Progress
from minitorch_np.training.schedule import Schedule

__all__ = [
    "BestModel",
    "Callback",
    "Checkpoint",
    "EarlyStopping",
    "GradientAccumulation",
    "Interrupted",
    "NonFiniteLossError",
    "Progress",
    "Schedule",
    "State",
    "WeightAveraging",
    "evaluate",
    "fit",
    "predict",
]
