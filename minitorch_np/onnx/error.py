"""What is wrong with an export."""

__all__ = ["ExportError"]


class ExportError(ValueError):
    """A model cannot be written as ONNX; the message names the module and the remedy."""
