"""Downloading a published data set into Keras's cache, whole or not at all.

A download lands in a temporary folder inside the cache, is verified there, and is moved into its
place by renaming. A process that dies, a full disk or a second process at the same time can leave
no half-written file that a later run would take for the data.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from minitorch_np.data.datasets.errors import DatasetUnavailable, sentence
from minitorch_np.data.datasets.image_set import ImageSet, Splits

BASE_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
TIMEOUT = 15.0
"""Seconds that a connection may stand still."""

# Keras gets a process of its own: its import can fail in many ways (no backend installed) and
# changes this process in others (thread pools, GPU memory); its loader takes neither a path nor a
# timeout, and writes straight into the cache that its environment names.
KERAS_LOADER = """
import socket, sys
socket.setdefaulttimeout(float(sys.argv[2]))
try:
    from keras import datasets
except BaseException:
    sys.exit(3)
getattr(datasets, sys.argv[1]).load_data()
"""
NO_KERAS = 3


def download(images: ImageSet, home: Path) -> Splits:
    """Download a data set into ``home/datasets``: with Keras if it can be imported, or with pooch.

    Parameters
    ----------
    images : ImageSet
        The data set.
    home : Path
        Keras's folder, ``~/.keras``; created if it is missing.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        The verified arrays.

    Raises
    ------
    DatasetUnavailable
        Neither package is there, the network or the disk refuses, or what came is not the data.
    """
    cache = home / "datasets"
    print(f"minitorch_np: downloading {images.title} into {cache}", file=sys.stderr)
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".download-", dir=cache) as temporary:
            staging = Path(temporary, "datasets")
            staging.mkdir()
            if not with_keras(images, staging, home):
                with_pooch(images, staging)
            remedy = f"it came from {BASE_URL} and was discarded, so run again, or "
            splits = images.read(staging, remedy + images.elsewhere, remedy + images.elsewhere)
            for file in images.files:
                (cache / file).parent.mkdir(exist_ok=True)
                os.replace(staging / file, cache / file)
    except DatasetUnavailable:
        raise
    except OSError as error:
        remedy = f"make room or set KERAS_HOME to a writable folder, or {images.elsewhere}"
        expected = f"to write a download to {cache}"
        raise DatasetUnavailable(sentence(images.title, expected, error, remedy)) from error
    return splits


def with_keras(images: ImageSet, staging: Path, home: Path) -> bool:
    """Let ``keras.datasets`` download into `staging`; False if Keras cannot be imported."""
    if not sys.executable or importlib.util.find_spec("keras") is None:
        return False
    if (home / "keras.json").is_file():  # which may choose the backend that is installed
        shutil.copy(home / "keras.json", staging.parent)
    loader = subprocess.run(
        [sys.executable, "-c", KERAS_LOADER, images.name, str(TIMEOUT)],
        env=os.environ | {"KERAS_HOME": str(staging.parent)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    if loader.returncode == NO_KERAS or loader.returncode < 0:  # below 0: the backend crashed
        return False
    if loader.returncode != 0:
        reason = loader.stderr.strip().rpartition("\n")[2]
        raise _unreachable(images, f"by keras.datasets.{images.name}", reason)
    return True


def with_pooch(images: ImageSet, staging: Path) -> None:
    """Download the files that Keras would, from the same place, into `staging`."""
    try:
        import pooch
    except ImportError as error:
        remedy = f"pip install pooch, or {images.elsewhere}"
        expected = "Keras with a backend, or pooch, to download with"
        raise DatasetUnavailable(sentence(images.title, expected, "neither", remedy)) from error
    fetch = pooch.HTTPDownloader(timeout=TIMEOUT)
    for file in images.files:
        url = BASE_URL + Path(file).name
        (staging / file).parent.mkdir(exist_ok=True)
        try:
            fetch(url, str(staging / file), None)
        except OSError as error:
            if error.errno is not None:  # the disk's; the network's come wrapped, without a number
                raise
            if (answer := getattr(error, "response", None)) is not None:
                answer.close()  # pooch leaves it open
            cause = getattr(error.args[0] if error.args else None, "reason", None)
            raise _unreachable(images, f"from {url}", cause or error) from error


def _unreachable(images: ImageSet, source: str, got: object) -> DatasetUnavailable:
    remedy = f"check the network and run again, or {images.elsewhere}"
    return DatasetUnavailable(sentence(images.title, f"a download {source}", got, remedy))
