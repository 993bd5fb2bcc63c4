"""A published data set: the arrays it consists of, and reading them from files nobody vouches for.

Keras, Debian and Zalando pack the same images differently, so a file is judged by its *content*:
the SHA-256 of what is inside. No header is believed. The expected shape says how many bytes to
read at most, the hash says whether they are the right ones, and nothing is ever unpickled.
"""

import errno
import gzip
import hashlib
import math
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from minitorch_np.data.datasets.errors import DatasetCorrupt, DatasetUnavailable, sentence

Split = tuple[NDArray[np.uint8], NDArray[np.uint8]]
"""Images of shape (N, 28, 28) and their labels of shape (N,)."""
Splits = tuple[Split, Split]
"""``(x_train, y_train), (x_test, y_test)``, as ``keras.datasets`` returns them."""

NPY_HEADER = 4096
"""More bytes than NumPy puts in front of an array of these shapes (it writes 80 or 128)."""
DAMAGE = (
    EOFError,
    gzip.BadGzipFile,
    zipfile.BadZipFile,
    zlib.error,
    KeyError,  # the archive has no such member
    RuntimeError,  # it is encrypted
    ValueError,  # the content is not the original's
)
"""What reading a file raises when the file is there and not what it should be."""


class Part(NamedTuple):
    """One array: where it lies in a folder laid out like Keras's ``datasets/``, and what it is."""

    file: str
    """Path in the folder: a gzipped IDX file, or a ``.npz`` archive."""
    shape: tuple[int, ...]
    sha256: str
    """Of the decompressed IDX file, header included; in an archive, of the array's own bytes."""
    member: str = ""
    """The array's name in the archive."""

    def read(self, path: Path) -> NDArray[np.uint8]:
        """Read and verify the array; a ``ValueError`` or another of `DAMAGE` says what is wrong."""
        size = math.prod(self.shape)
        content = self._npz_array(path, size) if self.member else self._idx_file(path, size)
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise ValueError(f"content other than the original's (SHA-256 {self.sha256[:12]}...)")
        return np.frombuffer(content[-size:], np.uint8).reshape(self.shape).copy()

    def _idx_file(self, path: Path, size: int) -> bytes:
        size += 4 + 4 * len(self.shape)  # the IDX header: magic number and lengths
        with gzip.open(path) as file:
            content = file.read(size + 1)  # one more: a bomb stops here, an intact file ends here
        if len(content) != size:
            came = "more" if len(content) > size else f"{len(content):,}"
            raise ValueError(f"{came} decompressed bytes where the original has {size:,}")
        return content

    def _npz_array(self, path: Path, size: int) -> bytes:
        with zipfile.ZipFile(path) as archive:
            info = archive.getinfo(f"{self.member}.npy")
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise ValueError("a compression that NumPy never writes")  # and cannot be bounded
            with archive.open(info) as file:
                content = file.read(size + NPY_HEADER)
        return content[-size:]


class ImageSet(NamedTuple):
    """A data set that others host: train images, train labels, test images, test labels."""

    name: str
    """Its name in ``keras.datasets``."""
    title: str
    elsewhere: str
    """How a person gets it without a download by this package; the end of a remedy."""
    parts: tuple[Part, Part, Part, Part]

    @property
    def files(self) -> list[str]:
        """The distinct files, as paths in a folder laid out like Keras's ``datasets/``."""
        return list(dict.fromkeys(part.file for part in self.parts))

    def read(self, folder: Path, missing: str, corrupt: str) -> Splits:
        """Read and verify all four arrays.

        Parameters
        ----------
        folder : Path
            Laid out like Keras's ``datasets/``.
        missing, corrupt : str
            The remedy to name if a file cannot be read, or holds something else.

        Raises
        ------
        DatasetUnavailable
            A file is missing or unreadable.
        DatasetCorrupt
            A file is truncated, not in its format, or its content is not the original's.
        """
        arrays = []
        for part in self.parts:
            path = folder / part.file
            what = f"{part.member or 'the original data'} {part.shape} of {self.title} in {path}"
            try:
                arrays.append(part.read(path))
            except DAMAGE as error:
                raise DatasetCorrupt(sentence(self.title, what, error, corrupt)) from error
            except FileNotFoundError as error:
                raise DatasetUnavailable(
                    sentence(self.title, f"the file {path}", "no such file", missing)
                ) from error
            except OSError as error:
                if error.errno == errno.EINVAL:  # a damaged archive sends zipfile before the file
                    raise DatasetCorrupt(sentence(self.title, what, error, corrupt)) from error
                raise DatasetUnavailable(sentence(self.title, what, error, missing)) from error
        x_train, y_train, x_test, y_test = arrays
        return (x_train, y_train), (x_test, y_test)
