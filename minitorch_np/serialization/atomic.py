"""Files that are there whole or not at all, whatever stops the process or fills the disk."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

__all__ = ["remove_leftovers", "write_atomically"]


def write_atomically(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file so that at any moment its name stands for the old content or the new one.

    The content goes into a temporary file in the same folder and through to the disk; only then is
    that file given the name, which is one step for the file system, and the folder written through
    too.

    Parameters
    ----------
    path : path
        A symbolic link is followed, and stays one.
    content : bytes

    Raises
    ------
    OSError
        If the disk is full or the folder cannot be written, or ``path`` is a folder, a pipe or a
        device, which a file would replace; what ``path`` held is as it was.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from minitorch_np.serialization import write_atomically
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_atomically(Path(folder, "a.txt"), b"whole")
    ...     Path(folder, "a.txt").read_bytes()
    b'whole'
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        raise OSError(
            f"write_atomically: expected the path of a file, got {path}, which is something else; "
            "name another"
        )
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}{SUFFIX}")
    try:
        with open(temporary, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _write_through(target.parent)


def remove_leftovers(path: str | os.PathLike[str]) -> None:
    """Delete the temporary files that killed processes left behind when they wrote ``path``.

    Call it where nobody else can be writing that file.
    """
    target = Path(os.path.realpath(path))
    for entry in target.parent.iterdir():
        if entry.name.startswith(f".{target.name}.") and entry.name.endswith(SUFFIX):
            entry.unlink(missing_ok=True)


def _write_through(folder: Path) -> None:
    """Make a renaming survive a power cut, where the system lets folders be opened."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


SUFFIX = ".tmp"
