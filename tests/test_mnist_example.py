"""MNIST with three runs, the start from Fashion-MNIST, and the digits that stand in."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from minitorch_np.data import datasets

with pytest.MonkeyPatch.context() as patch:
    patch.syspath_prepend(Path(__file__).parent.parent / "examples")
    import mnist
    from lab import book
    from lab import images as lab_images
    from lab.digits import digits, enlarged
    from lab.transfer import Transfer, in_words
    from lab.trial import Trial, train

SMALL = ["-e", "1", "--seeds", "2", "--limit", "256", "--few", "64"]


def trials(*curves):
    return [Trial(list(curve), [1.0] * (len(curve) - 1), curve[-1], 1.0) for curve in curves]


@pytest.fixture
def no_data(monkeypatch):
    """A machine without MNIST, Fashion-MNIST and a network."""

    def unavailable(data_dir=None):
        raise datasets.DatasetUnavailable("expected a copy, got none")

    monkeypatch.delenv("MINITORCH_NP_DATA", raising=False)
    monkeypatch.setattr(datasets, "mnist", unavailable)
    monkeypatch.setattr(datasets, "fashion_mnist", unavailable)


# ---- the digits --------------------------------------------------------------------------------


def test_the_digits_of_scikit_learn():
    (x, y), (x_test, y_test) = digits()
    assert (x.shape, x_test.shape) == ((1500, 28, 28), (297, 28, 28))
    assert x.dtype == np.uint8
    assert x.max() == 255
    assert set(y) == set(y_test) == set(range(10))


def test_enlarging_interpolates_into_the_middle():
    flat, ramp = np.full((1, 8, 8), 200.0), np.tile(np.arange(0, 160, 20.0), (1, 8, 1))
    large = enlarged(np.concatenate([flat, ramp]))
    assert large.shape == (2, 28, 28)
    box = large[:, 4:24, 4:24].astype(int)
    assert large.sum(dtype=int) == box.sum()  # nothing in the margins
    assert (box[0] == 200).all()
    steps = np.diff(box[1], axis=1)
    assert (box[1] == box[1, 0]).all()  # along the other side nothing changes
    assert (steps >= 0).all()
    assert set(steps[:, 2:-2].ravel()) == {8}  # 20 a pixel, 2.5 times as many pixels
    assert (box[1, 0, 0], box[1, 0, -1]) == (0, 140)


def test_without_scikit_learn_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(lab_images.UserError, match=r"pip install scikit-learn$"):
        lab_images.load("digits")


# ---- the script --------------------------------------------------------------------------------


def test_on_real_images(tmp_path, monkeypatch, capsys, real_data):
    command = [*SMALL, "--data_dir", str(real_data), "--out", str(tmp_path)]
    mnist.main(command)
    said = capsys.readouterr().out
    head, _, *rows = said.splitlines()
    assert head == "mnist, 256 training images, 1 epochs, seed 0"
    for row, name in zip(rows, mnist.RECOMMENDED, strict=False):
        assert row.startswith(name)
    assert "mnist, 256 training images, test accuracy: " in said
    assert "mnist, 64 training images, test accuracy: " in said
    assert "with all layers but the last from fashion_mnist" in said
    for name in ("three_runs.png", "transfer.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")
    rows = (tmp_path / "trainings.csv").read_text().splitlines()
    # Three runs, and three starts on two sizes with two seeds; one of these is one of the three.
    assert len(rows) == 1 + 3 + 3 * 2 * 2 - 1

    def never(*_):
        raise AssertionError("trained again")

    for module in (mnist, book):
        monkeypatch.setattr(module, "train", never)
    mnist.main(command)
    assert capsys.readouterr().out == said


def test_all_starts_see_the_same_and_only_the_weights_differ(tmp_path, monkeypatch):
    begun, learnt = [], []

    def watched(config, images, start=None):
        trial, model = train(config, images, start)
        begun.append((config, len(images.train), images.name, start))
        learnt.append(model.state_dict())
        return trial, model

    for module in (mnist, book):
        monkeypatch.setattr(module, "train", watched)
    monkeypatch.setattr(mnist, "load", lambda *_, **__: lab_images.load("silhouettes"))
    mnist.main([*SMALL, "--seeds", "1", "--out", str(tmp_path)])
    carried = [run for run in begun if run[3] is not None]
    assert [images for _, images, _, _ in carried] == [256, 256, 64, 64]
    assert [len(start) for *_, start in carried] == [10, 8, 10, 8]  # five layers, or four
    source = next(
        state for state in learnt if np.array_equal(state.get("8.bias"), carried[0][3]["8.bias"])
    )
    for config, images, name, start in carried:
        fresh = [run for run in begun if run[:3] == (config, images, name) and run[3] is None]
        assert fresh
        for key, value in start.items():
            np.testing.assert_array_equal(value, source[key])


def test_a_start_without_the_last_layer_keeps_that_one_fresh():
    images = lab_images.load("silhouettes").first(64)
    config = mnist.config_of(mnist.TRANSFERRED, mnist.parse(["-e", "1"]), 0)
    config = replace(config, learning_rate=0.0)  # what it starts with is what it ends with
    fresh = train(config, images)[1].state_dict()
    weights = {name: value + 1 for name, value in fresh.items()}
    started = train(config, images, mnist.all_but_the_last(weights))[1].state_dict()
    for name, value in started.items():
        expected = fresh if name in ("8.weight", "8.bias") else weights
        np.testing.assert_array_equal(value, expected[name])


def test_without_data_digits_and_drawings_stand_in_loudly(tmp_path, capsys, no_data):
    mnist.main([*SMALL, "--seeds", "1", "--out", str(tmp_path)])
    out, error = capsys.readouterr()
    assert out.startswith("digits, 256 training images")
    assert "digits, 64 training images, test accuracy: " in out
    assert "with all layers from silhouettes" in out
    assert "MNIST cannot be had: expected a copy" in error
    assert "scikit-learn's 1,797 digits, 8 x 8 pixels enlarged to 28 x 28" in error
    assert "NOTHING about MNIST" in error
    assert "NOTHING about Fashion-MNIST" in error


def test_the_real_images_are_not_replaced_where_a_folder_was_named(tmp_path, capsys):
    with pytest.raises(SystemExit) as left:
        mnist.main(["--data_dir", "/nowhere", "--out", str(tmp_path)])
    assert left.value.code == 2
    error = capsys.readouterr().err
    assert "/nowhere" in error
    assert len(error.splitlines()) == 1


def test_the_recommended_configurations_are_three_and_differ():
    flags = mnist.parse([])
    configs = {mnist.config_of(name, flags, 0) for name in mnist.RECOMMENDED}
    assert len(configs) == 3
    assert mnist.config_of(mnist.TRANSFERRED, flags, 0).schedule == "constant"
    assert all(config.epochs == 10 for config in configs)


# ---- in words ----------------------------------------------------------------------------------


def test_the_words_follow_from_the_data():
    fresh = trials((0.1, 0.90, 0.95, 0.94), (0.1, 0.92, 0.95, 0.96))
    ahead = trials((0.2, 0.94, 0.95, 0.97), (0.2, 0.94, 0.96, 0.99))
    behind = trials((0.0, 0.5, 0.6, 0.61), (0.0, 0.5, 0.6, 0.63))
    found = [Transfer(54000, fresh, {"all": ahead}), Transfer(1000, fresh, {"all": behind})]
    lines = in_words(found, "garments", "digits").splitlines()
    assert lines[0] == (
        "digits, 54000 training images, test accuracy: 95.00% fresh, 98.00% with all from garments."
    )
    assert lines[1].endswith("after epochs 0, 1, 2, ...: +10.00 +3.00 +0.50 +3.00.")
    assert lines[2].strip() == (
        "In the test, seed by seed: +3.00 +3.00. Mean +3.00, standard error 0.00: "
        "carried over is better here. It reaches 95.00%, the fresh net's best validation accuracy "
        "(after epoch 2), after epoch 2."
    )
    assert lines[5].endswith(
        "fresh is better here. It never reaches the fresh net's best validation accuracy, 95.00%."
    )
