"""What is wrong with a file."""

__all__ = ["FormatError"]


class FormatError(ValueError):
    """A file is not what it should be: damaged, cut off, foreign, or of a newer version."""
