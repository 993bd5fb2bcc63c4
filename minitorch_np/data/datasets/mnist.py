"""MNIST: 70,000 handwritten digits (LeCun, Cortes and Burges)."""

import os

from minitorch_np.data.datasets.image_set import ImageSet, Part, Splits
from minitorch_np.data.datasets.sources import VARIABLE, load

MNIST_CLASSES = ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")

MNIST = ImageSet(
    name="mnist",
    title="MNIST",
    elsewhere=f"name a folder with an intact mnist.npz (data_dir, {VARIABLE})",
    parts=(
        Part(
            "mnist.npz",
            (60_000, 28, 28),
            "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
            "x_train",
        ),
        Part(
            "mnist.npz",
            (60_000,),
            "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
            "y_train",
        ),
        Part(
            "mnist.npz",
            (10_000, 28, 28),
            "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
            "x_test",
        ),
        Part(
            "mnist.npz",
            (10_000,),
            "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
            "y_test",
        ),
    ),
)


def mnist(data_dir: str | os.PathLike[str] | None = None) -> Splits:
    """Load MNIST, verified, as ``keras.datasets.mnist.load_data()`` would.

    Looked for, in this order: the folder named; Keras's cache; a download (Keras or pooch, 11 MB)
    into Keras's cache.

    Parameters
    ----------
    data_dir : path, default ``$MINITORCH_NP_DATA``
        A folder that holds ``mnist.npz``. If one is named, no other place is asked.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        Images, uint8 of shape (60000, 28, 28) and (10000, 28, 28), 0 is the background; labels,
        uint8 of shape (60000,) and (10000,), the digits.

    Raises
    ------
    DatasetUnavailable
        No source has it. The message ends with the remedy.
    DatasetCorrupt
        A file is there, and its content is not the original.

    Examples
    --------
    >>> (x_train, y_train), (x_test, y_test) = mnist()  # doctest: +SKIP
    >>> x_train.shape, MNIST_CLASSES[y_train[0]]  # doctest: +SKIP
    ((60000, 28, 28), '5')
    """
    return load(MNIST, data_dir)
