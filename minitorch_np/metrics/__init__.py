"""How good a classifier is."""

from minitorch_np.metrics.accuracy import accuracy, count_correct, top_k_accuracy
from minitorch_np.metrics.confusion import confusion_matrix
from minitorch_np.metrics.f1 import precision_recall_f1

__all__ = [
    "accuracy",
    "confusion_matrix",
    "count_correct",
    "precision_recall_f1",
    "top_k_accuracy",
]
