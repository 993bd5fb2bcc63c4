"""scikit-learn's estimators, on this package's networks and its one training loop."""

try:
    import sklearn  # noqa: F401
except ImportError:
    raise ImportError(
        "minitorch_np.sklearn: expected scikit-learn, found none; install minitorch_np[sklearn]"
    ) from None

from minitorch_np.sklearn.classifier import NeuralNetClassifier
from minitorch_np.sklearn.regressor import NeuralNetRegressor

__all__ = ["NeuralNetClassifier", "NeuralNetRegressor"]
