"""Tools for testing modules that you write."""

from minitorch_np.testing.gradcheck import GradcheckError, NonDifferentiableError, gradcheck

__all__ = ["GradcheckError", "NonDifferentiableError", "gradcheck"]
