"""Fashion-MNIST: 70,000 photographs of clothes (Xiao, Rasul and Vollgraf, arXiv 1708.07747)."""

import os

from minitorch_np.data.datasets.image_set import ImageSet, Part, Splits
from minitorch_np.data.datasets.sources import VARIABLE, load

FASHION_MNIST_CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)

FASHION_MNIST = ImageSet(
    name="fashion_mnist",
    title="Fashion-MNIST",
    elsewhere="apt install dataset-fashion-mnist, or name a folder with an intact copy (data_dir, "
    f"{VARIABLE}), or use the silhouettes, which need none",
    parts=(
        Part(
            "fashion-mnist/train-images-idx3-ubyte.gz",
            (60_000, 28, 28),
            "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        ),
        Part(
            "fashion-mnist/train-labels-idx1-ubyte.gz",
            (60_000,),
            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        ),
        Part(
            "fashion-mnist/t10k-images-idx3-ubyte.gz",
            (10_000, 28, 28),
            "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        ),
        Part(
            "fashion-mnist/t10k-labels-idx1-ubyte.gz",
            (10_000,),
            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        ),
    ),
)


def fashion_mnist(data_dir: str | os.PathLike[str] | None = None) -> Splits:
    """Load Fashion-MNIST, verified, as ``keras.datasets.fashion_mnist.load_data()`` would.

    Looked for, in this order: the folder named; Keras's cache; the Debian package
    ``dataset-fashion-mnist``; a download (Keras or pooch, 30 MB) into Keras's cache.

    Parameters
    ----------
    data_dir : path, default ``$MINITORCH_NP_DATA``
        A folder that holds ``fashion-mnist/*.gz``. If one is named, no other place is asked.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        Images, uint8 of shape (60000, 28, 28) and (10000, 28, 28), 0 is the background; labels,
        uint8 of shape (60000,) and (10000,), 0 to 9 as in `FASHION_MNIST_CLASSES`.

    Raises
    ------
    DatasetUnavailable
        No source has it. The message ends with the remedy.
    DatasetCorrupt
        A file is there, and its content is not the original.

    Examples
    --------
    >>> (x_train, y_train), (x_test, y_test) = fashion_mnist()  # doctest: +SKIP
    >>> x_train.shape, FASHION_MNIST_CLASSES[y_train[0]]  # doctest: +SKIP
    ((60000, 28, 28), 'Ankle boot')
    """
    return load(FASHION_MNIST, data_dir)
