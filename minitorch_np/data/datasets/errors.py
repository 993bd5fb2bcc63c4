"""What goes wrong on the way to a data set, each in one sentence."""


class DatasetUnavailable(OSError):
    """No source could give the data set.

    The message is one sentence: what was expected, what came instead, and the remedy.
    """


class DatasetCorrupt(DatasetUnavailable):
    """A file is there, and its content is not the data set's."""


def sentence(title: str, expected: str, got: object, remedy: str) -> str:
    """Return the one sentence in which every failure of a data set is told.

    Examples
    --------
    >>> sentence("MNIST", "mnist.npz", FileNotFoundError("no such\\n file."), "copy it there")
    'MNIST: expected mnist.npz, got no such file; copy it there.'
    """
    if isinstance(got, BaseException):
        got = str(got) or type(got).__name__
    reason = " ".join(str(got).split()).rstrip(".:")
    return f"{title}: expected {expected}, got {reason}; {remedy}."
