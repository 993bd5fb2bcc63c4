"""What differs between scikit-learn's versions."""

from __future__ import annotations

from typing import Any

__all__ = ["validate_data"]

try:
    from sklearn.utils.validation import validate_data
except ImportError:  # before 1.6

    def validate_data(estimator: Any, X: Any, y: Any = "no_validation", **options: Any) -> Any:
        """Check X, and y if given, and set or compare n_features_in_ and feature_names_in_."""
        return estimator._validate_data(X, y, **options)
