"""Where a person's copy of a published data set may lie, in the order to look."""

import os
from pathlib import Path

from minitorch_np.data.datasets.download import download
from minitorch_np.data.datasets.errors import DatasetUnavailable, sentence
from minitorch_np.data.datasets.image_set import ImageSet, Splits

VARIABLE = "MINITORCH_NP_DATA"
DEBIAN = Path("/usr/share/datasets")
"""Debian's and Ubuntu's package ``dataset-fashion-mnist`` puts its folder here."""


def load(images: ImageSet, data_dir: str | os.PathLike[str] | None = None) -> Splits:
    """Load a data set from the first place that has it, and verify its content.

    1. The folder that the argument or the environment variable ``MINITORCH_NP_DATA`` names, laid
       out like Keras's ``datasets/``. If one is named, no other place is asked.
    2. Keras's cache, ``datasets/`` in ``$KERAS_HOME`` or ``~/.keras``.
    3. The Debian package's ``/usr/share/datasets``.
    4. A download into Keras's cache.

    A copy that is found but damaged is an error, never a reason to look further.

    Parameters
    ----------
    images : ImageSet
        The data set.
    data_dir : path, optional
        The folder that holds ``fashion-mnist/*.gz`` and ``mnist.npz``.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        uint8 arrays of shape (N, 28, 28) and (N,).

    Raises
    ------
    DatasetUnavailable, DatasetCorrupt
        In one sentence what was expected, what came, and the remedy.
    """
    named = data_dir if data_dir is not None else os.environ.get(VARIABLE) or None
    if named is not None:
        return _from_named(images, Path(named).expanduser())
    cache = keras_home() / "datasets"
    for folder, corrupt in (
        (cache, "delete it and run again"),
        (DEBIAN, "apt install --reinstall dataset-fashion-mnist"),
    ):
        if all(os.path.exists(folder / file) for file in images.files):
            return images.read(folder, f"make it readable, or {images.elsewhere}", corrupt)
    return download(images, keras_home())


def keras_home() -> Path:
    """Return the folder that Keras keeps its configuration and its cache in."""
    return Path(os.path.expanduser(os.environ.get("KERAS_HOME") or "~/.keras"))


def _from_named(images: ImageSet, folder: Path) -> Splits:
    remedy = f"name a folder that holds {images.files[0]}, or name none (data_dir, {VARIABLE})"
    if not folder.is_dir():
        came = "something else" if folder.exists() else "no such folder"
        raise DatasetUnavailable(sentence(images.title, f"the folder {folder}", came, remedy))
    return images.read(folder, remedy, f"put an intact copy there, or {images.elsewhere}")
