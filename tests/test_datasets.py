"""The published data sets: every source, every failure, and a cache that is whole or not at all.

Some need the real files: `MINITORCH_NP_TEST_DATA` names their folder, laid out like Keras's
`datasets/`.
"""

import errno
import gzip
import hashlib
import http.server
import io
import os
import subprocess
import sys
import threading
import time
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from minitorch_np.data.datasets import (
    FASHION_MNIST_CLASSES,
    MNIST_CLASSES,
    DatasetCorrupt,
    DatasetUnavailable,
    download,
    fashion_mnist,
    mnist,
    sources,
)
from minitorch_np.data.datasets.fashion_mnist import FASHION_MNIST
from minitorch_np.data.datasets.image_set import ImageSet, Part

FASHION = "fashion-mnist/train-images-idx3-ubyte.gz"
LABELS = "fashion-mnist/train-labels-idx1-ubyte.gz"
FILES = (FASHION, LABELS, FASHION.replace("train", "t10k"), LABELS.replace("train", "t10k"))
REAL_WITH_KERAS = download.with_keras


@pytest.fixture(scope="session")
def real(real_data) -> Path:
    return real_data


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch) -> Path:
    """Isolate a test: an empty home, no Debian package, no Keras, no network; return Keras's home.

    Whatever asks for the network all the same reaches a closed port of this machine.
    """
    for name in ("KERAS_HOME", "MINITORCH_NP_DATA"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(sources, "DEBIAN", tmp_path / "debian")
    monkeypatch.setattr(download, "BASE_URL", "http://127.0.0.1:9/")
    monkeypatch.setattr(download, "with_keras", lambda images, staging, home: False)
    return tmp_path / ".keras"


def seed(folder: Path, real: Path, *files: str) -> Path:
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).symlink_to(real / file)
    return folder


def replace(folder: Path, file: str, content: bytes) -> Path:
    (folder / file).unlink(missing_ok=True)
    (folder / file).write_bytes(content)
    return folder


def told(failure, *fragments: object) -> None:
    """Hold a failure to one sentence that names what was expected, what came and the remedy."""
    message = str(failure.value)
    assert message.endswith(".") and "\n" not in message
    assert all(mark in message for mark in (": expected ", ", got ", "; "))
    for fragment in fragments:
        assert str(fragment) in message


def files_in(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


# --- a set of three images of 2 x 2, in both formats: small enough to damage it in every way


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


ARRAYS = {
    "x_train": np.arange(12, dtype=np.uint8).reshape(3, 2, 2),
    "y_train": np.array([2, 0, 1], np.uint8),
    "x_test": np.full((1, 2, 2), 7, np.uint8),
    "y_test": np.array([1], np.uint8),
}


def idx(array: np.ndarray) -> bytes:
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    return header + array.tobytes()


def npz(**arrays: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


TINY_FILES = {f"tiny/{name}.gz": gzip.compress(idx(a), mtime=0) for name, a in ARRAYS.items()}
TINY = ImageSet(
    "tiny",
    "Tiny",
    "draw it by hand",
    tuple(Part(f"tiny/{name}.gz", a.shape, digest(idx(a))) for name, a in ARRAYS.items()),
)
TINY_NPZ = ImageSet(
    "tiny",
    "Tiny",
    "draw it by hand",
    tuple(Part("tiny.npz", a.shape, digest(a.tobytes()), name) for name, a in ARRAYS.items()),
)


def write_tiny(folder: Path) -> Path:
    for file, content in (*TINY_FILES.items(), ("tiny.npz", npz(**ARRAYS))):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(content)
    return folder


def assert_tiny(splits) -> None:
    for got, want in zip((*splits[0], *splits[1]), ARRAYS.values(), strict=True):
        np.testing.assert_array_equal(got, want)


# --- what a loader returns


def test_fashion_mnist(real):
    (x_train, y_train), (x_test, y_test) = fashion_mnist(real)
    assert x_train.shape == (60_000, 28, 28) and x_test.shape == (10_000, 28, 28)
    assert y_train.shape == (60_000,) and y_test.shape == (10_000,)
    assert {a.dtype for a in (x_train, y_train, x_test, y_test)} == {np.dtype(np.uint8)}
    assert FASHION_MNIST_CLASSES[y_train[0]] == "Ankle boot"
    assert np.bincount(y_train).tolist() == [6_000] * len(FASHION_MNIST_CLASSES)
    x_train[0] = 0  # the arrays are the caller's own


def test_mnist(real):
    (x_train, y_train), (x_test, y_test) = mnist(str(real))
    assert x_train.shape == (60_000, 28, 28) and x_test.shape == (10_000, 28, 28)
    assert {a.dtype for a in (x_train, y_train, x_test, y_test)} == {np.dtype(np.uint8)}
    assert [MNIST_CLASSES[y] for y in y_train[:3]] == ["5", "0", "4"] and y_test[0] == 7


# --- where it is looked for


def test_environment_variable_names_a_folder_and_the_argument_wins(tmp_path, monkeypatch):
    folder = write_tiny(tmp_path / "data")
    monkeypatch.setenv("MINITORCH_NP_DATA", str(folder))
    assert_tiny(sources.load(TINY))
    with pytest.raises(DatasetUnavailable) as failure:
        sources.load(TINY, tmp_path / "elsewhere")
    told(failure, tmp_path / "elsewhere", "no such folder")


def test_tilde_is_the_home(tmp_path):
    write_tiny(tmp_path / "data")
    assert_tiny(sources.load(TINY, "~/data"))


@pytest.mark.parametrize("images", [TINY, TINY_NPZ], ids=["idx", "npz"])
def test_cache_then_debian(images, tmp_path, home, monkeypatch):
    write_tiny(sources.DEBIAN)
    assert_tiny(sources.load(images))
    damaged = write_tiny(home / "datasets")
    for file in images.files:
        (damaged / file).write_bytes(b"?")
    with pytest.raises(DatasetCorrupt) as failure:  # the cache comes first
        sources.load(images)
    told(failure, damaged / images.files[0], "delete it and run again")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "other"))
    write_tiny(tmp_path / "other" / "datasets")
    replace(sources.DEBIAN, images.files[0], b"?")
    assert_tiny(sources.load(images))


def test_damaged_debian_package_says_how_to_reinstall_it():
    write_tiny(sources.DEBIAN)
    replace(sources.DEBIAN, "tiny/x_train.gz", b"?")
    with pytest.raises(DatasetCorrupt) as failure:
        sources.load(TINY)
    told(failure, sources.DEBIAN, "apt install --reinstall dataset-fashion-mnist")


def test_a_named_folder_is_the_only_place_asked(tmp_path, home):
    write_tiny(home / "datasets")
    (tmp_path / "data").mkdir()
    with pytest.raises(DatasetUnavailable) as failure:
        sources.load(TINY, tmp_path / "data")
    told(failure, tmp_path / "data" / "tiny" / "x_train.gz", "no such file", "MINITORCH_NP_DATA")


def test_a_named_file_is_not_a_folder(tmp_path):
    (tmp_path / "data").touch()
    with pytest.raises(DatasetUnavailable) as failure:
        sources.load(TINY, tmp_path / "data")
    told(failure, "the folder", "something else")


# --- files that are not what they should be


def test_missing_file(tmp_path, real):
    folder = seed(tmp_path / "data", real, *FILES)
    (folder / LABELS).unlink()
    with pytest.raises(DatasetUnavailable) as failure:
        fashion_mnist(folder)
    told(failure, "Fashion-MNIST: expected the file", folder / LABELS, "no such file")
    with pytest.raises(DatasetUnavailable) as failure:
        mnist(folder)
    told(failure, "MNIST: expected the file", folder / "mnist.npz", "no such file")


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda raw: raw[: len(raw) // 2], "end-of-stream"),
        (lambda raw: b"<html>404</html>", "gzipped"),
        (lambda raw: b"", "0 decompressed bytes"),
        (lambda raw: raw[:1000] + bytes(8) + raw[1008:], ""),
        (lambda raw: gzip.compress(bytes(16 + 60_000 * 784), 1), "other than the original"),
        (lambda raw: gzip.compress(bytes(17 + 60_000 * 784), 1), "more decompressed bytes"),
    ],
    ids=["truncated", "not gzip", "empty", "overwritten", "other content", "too long"],
)
def test_damaged_fashion_mnist(damage, reason, tmp_path, real):
    folder = seed(tmp_path / "data", real, *FILES)
    replace(folder, FASHION, damage((real / FASHION).read_bytes()))
    with pytest.raises(DatasetCorrupt) as failure:
        fashion_mnist(folder)
    told(failure, folder / FASHION, reason, "put an intact copy there")


@pytest.mark.parametrize("damage", ["truncated", "not zip", "overwritten", "empty"])
def test_damaged_mnist(damage, home, real):
    raw = (real / "mnist.npz").read_bytes()
    content = {
        "truncated": raw[: len(raw) // 2],
        "not zip": b"\x93NUMPY",
        "overwritten": raw[:5000] + bytes(8) + raw[5008:],
        "empty": b"",
    }[damage]
    (home / "datasets").mkdir(parents=True)
    replace(home / "datasets", "mnist.npz", content)
    with pytest.raises(DatasetCorrupt) as failure:
        mnist()
    told(failure, home / "datasets" / "mnist.npz", "delete it and run again")


@pytest.mark.parametrize("images", [TINY, TINY_NPZ], ids=["idx", "npz"])
def test_no_damaged_byte_changes_the_data(images, tmp_path):
    """Whichever byte is flipped or lost: the true content, or the sentence that says it is not."""
    folder = write_tiny(tmp_path)
    file = images.files[0]
    raw = (folder / file).read_bytes()
    flips = [raw[:i] + bytes([raw[i] ^ 0x41]) + raw[i + 1 :] for i in range(len(raw))]
    refused = 0
    for content in [*flips, *(raw[:i] for i in range(len(raw)))]:
        (folder / file).write_bytes(content)
        try:
            assert_tiny(images.read(folder, "find it", "replace it"))
        except DatasetCorrupt:
            refused += 1
    assert refused > 1.3 * len(raw)  # every truncation, and most flips


def test_archive_members(tmp_path):
    folder = write_tiny(tmp_path)

    def refused(content: bytes, reason: str) -> None:
        replace(folder, "tiny.npz", content)
        with pytest.raises(DatasetCorrupt) as failure:
            TINY_NPZ.read(folder, "find it", "replace it")
        told(failure, "x_train (3, 2, 2) of Tiny", folder / "tiny.npz", reason)

    refused(npz(**{k: v for k, v in ARRAYS.items() if k != "x_train"}), "x_train.npy")
    refused(npz(**{**ARRAYS, "x_train": ARRAYS["x_train"] + np.uint8(1)}), "other than")
    refused(npz(**{**ARRAYS, "x_train": ARRAYS["x_train"].astype(np.float64)}), "other than")
    refused(npz(**{**ARRAYS, "x_train": ARRAYS["x_train"][:1]}), "other than")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("x_train.npy", bytes(1000))
    refused(stream.getvalue(), "compression")


class Grenade:
    """An object whose unpickling leaves a trace."""

    def __reduce__(self):
        return (os.mkdir, ("unpickled",))


def test_nothing_is_unpickled(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = write_tiny(tmp_path)
    replace(folder, "tiny.npz", npz(**{**ARRAYS, "x_train": np.array([Grenade()], object)}))
    with pytest.raises(DatasetCorrupt):
        TINY_NPZ.read(folder, "find it", "replace it")
    assert not (tmp_path / "unpickled").exists()


@pytest.mark.parametrize("images", [TINY, TINY_NPZ], ids=["idx", "npz"])
def test_a_bomb_is_not_inflated(images, tmp_path):
    folder, zeros = write_tiny(tmp_path), bytes(30_000_000)
    bomb = gzip.compress(zeros, 1)
    if images is TINY_NPZ:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr("x_train.npy", zeros)
        bomb = stream.getvalue()
    replace(folder, images.files[0], bomb)
    tracemalloc.start()
    with pytest.raises(DatasetCorrupt):
        images.read(folder, "find it", "replace it")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_unreadable(tmp_path, monkeypatch):
    folder = write_tiny(tmp_path)

    def denied(path):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(gzip, "open", denied)
    with pytest.raises(DatasetUnavailable) as failure:
        TINY.read(folder, "make it readable", "replace it")
    told(failure, folder / "tiny" / "x_train.gz", "Permission denied", "make it readable")
    assert not isinstance(failure.value, DatasetCorrupt)


def test_a_folder_where_a_file_should_be(tmp_path):
    folder = write_tiny(tmp_path)
    (folder / "tiny.npz").unlink()
    (folder / "tiny.npz").mkdir()
    with pytest.raises(DatasetUnavailable) as failure:
        sources.load(TINY_NPZ, folder)
    told(failure, folder / "tiny.npz", "directory")


# --- downloads with pooch, from a server of this machine


class Server:
    """A loopback HTTP server; `answer(name)` gives the bytes to send, and how many to promise."""

    def __init__(self, answer):
        self.asked: list[str] = []
        self.release = threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                name = self.path.rpartition("/")[2]
                outer.asked.append(name)
                content = answer(name)
                if content is None:
                    self.send_error(404)
                    return
                body, promised, hold = content
                self.send_response(200)
                self.send_header("Content-Length", str(promised))
                self.end_headers()
                self.wfile.write(body)
                if hold:
                    outer.release.wait(20)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *args):
        self.release.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def whole(folder: Path, subfolder: str = ""):
    def answer(name):
        path = folder / subfolder / name
        return (path.read_bytes(), path.stat().st_size, False) if path.is_file() else None

    return answer


def test_download_fills_the_cache_once(real, home, monkeypatch, capsys):
    with Server(whole(real)) as server:
        monkeypatch.setattr(download, "BASE_URL", server.url)
        (x_train, _), _ = mnist()
    assert server.asked == ["mnist.npz"] and x_train.shape == (60_000, 28, 28)
    assert files_in(home) == ["datasets/mnist.npz"]
    assert (home / "datasets" / "mnist.npz").read_bytes() == (real / "mnist.npz").read_bytes()
    mnist()  # from the cache: the server is gone
    assert capsys.readouterr().err.count("downloading MNIST") == 1


def test_the_files_of_fashion_mnist_are_asked_by_keras_names(real, home, monkeypatch):
    with Server(whole(real, "fashion-mnist")) as server:
        monkeypatch.setattr(download, "BASE_URL", server.url)
        fashion_mnist()
    assert sorted(server.asked) == sorted(Path(file).name for file in FILES)
    assert files_in(home / "datasets") == sorted(FILES)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda name: None, "404"),
        (lambda name: (b"half", 400, False), "x_train.gz"),
        (lambda name: (b"<html>please log in</html>", 26, False), "gzipped"),
        (lambda name: (b"half", 400, True), "imed out"),
    ],
    ids=["404", "cut off", "a portal's page", "stands still"],
)
def test_failed_download_leaves_no_file(answer, reason, home, monkeypatch):
    monkeypatch.setattr(download, "TIMEOUT", 0.3)
    with Server(answer) as server:
        monkeypatch.setattr(download, "BASE_URL", server.url)
        start = time.perf_counter()
        with pytest.raises(DatasetUnavailable) as failure:
            sources.load(TINY)
        assert time.perf_counter() - start < 5
    told(failure, server.url, reason, "run again", "draw it by hand")
    assert files_in(home) == []


def test_no_network(home):
    for load, remedy in ((fashion_mnist, "apt install dataset-fashion-mnist"), (mnist, "data_dir")):
        with pytest.raises(DatasetUnavailable) as failure:
            load()
        told(failure, download.BASE_URL, "check the network", remedy)
    assert files_in(home) == []


def test_neither_keras_nor_pooch(monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(DatasetUnavailable) as failure:
        mnist()
    told(failure, "Keras with a backend, or pooch", "neither", "pip install pooch", "data_dir")


@pytest.mark.parametrize("step", ["fetch", "move"])
def test_full_disk(step, tmp_path, home, monkeypatch):
    def full(*args):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with Server(whole(write_tiny(tmp_path / "origin"), "tiny")) as server:
        monkeypatch.setattr(download, "BASE_URL", server.url)
        if step == "fetch":
            monkeypatch.setattr("pooch.HTTPDownloader.__call__", full)
        else:
            monkeypatch.setattr(os, "replace", full)
        with pytest.raises(DatasetUnavailable) as failure:
            sources.load(TINY)
    told(failure, home / "datasets", "No space left", "make room", "KERAS_HOME")
    assert files_in(home) == []


def test_cache_that_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "file"))
    with pytest.raises(DatasetUnavailable) as failure:
        mnist()
    told(failure, tmp_path / "file" / "datasets", "set KERAS_HOME to a writable folder")


def test_a_killed_download_leaves_nothing_that_counts(tmp_path, home, monkeypatch):
    """The first file has arrived, the second is half there, and the process is killed."""
    origin = write_tiny(tmp_path / "origin")

    def answer(name):
        body = (origin / "tiny" / name).read_bytes()
        return (body, len(body), False) if name == "x_train.gz" else (body[:9], len(body), True)

    paths = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    with Server(answer) as server:
        program = (
            "import test_datasets as t\n"
            f"t.download.BASE_URL = {server.url!r}\n"
            "t.download.with_keras = lambda *args: False\n"
            "t.sources.load(t.TINY)\n"
        )
        child = subprocess.Popen(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONPATH": paths},
            stderr=subprocess.PIPE,
        )
        deadline = time.monotonic() + 20
        while len(server.asked) < 2 and child.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        child.kill()
        _, said = child.communicate()
    assert server.asked == ["x_train.gz", "y_train.gz"], said
    assert not any((home / "datasets" / file).exists() for file in TINY.files)
    with Server(whole(origin, "tiny")) as server:
        monkeypatch.setattr(download, "BASE_URL", server.url)
        assert_tiny(sources.load(TINY))


def test_a_download_moves_within_the_cache(tmp_path, home, monkeypatch):
    """Renaming is atomic only inside one file system, so the temporary folder is in the cache."""
    moved = []
    rename = os.replace
    monkeypatch.setattr(os, "replace", lambda a, b: (moved.append((a, b)), rename(a, b)))
    with Server(whole(write_tiny(tmp_path / "origin"), "tiny")) as server:
        monkeypatch.setattr(download, "BASE_URL", server.url)
        sources.load(TINY)
    assert [target for _, target in moved] == [home / "datasets" / file for file in TINY.files]
    assert all((home / "datasets") in source.parents for source, _ in moved)


def test_downloads_at_the_same_time(tmp_path, home, monkeypatch):
    origin, results = write_tiny(tmp_path / "origin"), []
    with Server(whole(origin, "tiny")) as server:
        monkeypatch.setattr(download, "BASE_URL", server.url)
        threads = [
            threading.Thread(target=lambda: results.append(sources.load(TINY))) for _ in range(6)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(results) == 6
    for splits in results:
        assert_tiny(splits)
    assert files_in(home / "datasets") == sorted(TINY.files)


# --- downloads with Keras


@pytest.fixture
def keras(tmp_path, monkeypatch):
    """Install a stand-in for Keras, whose loader runs the given lines with `cache` at hand."""
    monkeypatch.setattr(download, "with_keras", REAL_WITH_KERAS)
    package = tmp_path / "site" / "keras"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(package.parent)
    monkeypatch.setenv("PYTHONPATH", str(package.parent))

    def install(*lines: str, at_import: str = "") -> None:
        body = "".join(f"\n        {line}" for line in lines)
        (package / "datasets.py").write_text(
            f"import os, shutil, socket, sys\n{at_import}\n"
            "class tiny:\n    @staticmethod\n    def load_data():\n"
            f"        cache = os.path.join(os.environ['KERAS_HOME'], 'datasets'){body}\n"
        )

    return install


def test_keras_downloads_into_a_temporary_home(keras, tmp_path, home):
    origin = write_tiny(tmp_path / "origin")
    home.mkdir()
    (home / "keras.json").write_text('{"backend": "torch"}')
    keras(
        "assert socket.getdefaulttimeout() == 15",
        "assert 'torch' in open(os.path.join(os.environ['KERAS_HOME'], 'keras.json')).read()",
        f"shutil.copytree({str(origin / 'tiny')!r}, os.path.join(cache, 'tiny'))",
        "print('a progress bar')",
    )
    assert_tiny(sources.load(TINY))
    assert files_in(home) == [*(f"datasets/{file}" for file in sorted(TINY.files)), "keras.json"]


def test_what_keras_brings_is_verified(keras, tmp_path, home):
    origin = replace(write_tiny(tmp_path / "origin"), "tiny/y_test.gz", gzip.compress(bytes(9)))
    keras(f"shutil.copytree({str(origin / 'tiny')!r}, os.path.join(cache, 'tiny'))")
    with pytest.raises(DatasetCorrupt) as failure:
        sources.load(TINY)
    told(failure, "y_test.gz", "other than the original", "was discarded, so run again")
    assert files_in(home) == []


@pytest.mark.parametrize("error", ["Exception('URL fetch failure on https://x')", "EOFError()"])
def test_keras_that_fails(error, keras, home):
    keras("print('noise', file=sys.stderr)", f"raise {error}")
    with pytest.raises(DatasetUnavailable) as failure:
        sources.load(TINY)
    told(failure, "keras.datasets.tiny", error.partition("(")[0], "check the network")
    assert files_in(home) == []


@pytest.mark.parametrize("crash", ["raise ImportError('jax')", "1 / 0", "sys.exit()", "os.abort()"])
def test_pooch_stands_in_for_a_keras_that_cannot_be_imported(crash, keras, tmp_path, monkeypatch):
    keras(at_import=crash)
    with Server(whole(write_tiny(tmp_path / "origin"), "tiny")) as server:
        monkeypatch.setattr(download, "BASE_URL", server.url)
        assert_tiny(sources.load(TINY))


def test_keras_is_not_looked_for_in_vain(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "keras", None)  # what an uninstalled package looks like
    monkeypatch.setattr(subprocess, "run", lambda *args, **options: pytest.fail("started Keras"))
    assert not REAL_WITH_KERAS(TINY, tmp_path, tmp_path)


@pytest.mark.parity
def test_keras_own_loader_on_a_seeded_cache(real, tmp_path, home, monkeypatch):
    """The real Keras, on PyTorch: finds the files by the names it would download them by."""
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.setattr(download, "BASE_URL", "unused")
    staging = seed(tmp_path / "temporary" / "datasets", real, *FILES)
    assert REAL_WITH_KERAS(FASHION_MNIST, staging, home)
    assert FASHION_MNIST.read(staging, "", "")[0][0].shape == (60_000, 28, 28)
    assert not home.exists()
