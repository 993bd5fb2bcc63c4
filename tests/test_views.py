"""What a trained network says of several views of an image."""

import json
from pathlib import Path

import numpy as np
import pytest

import minitorch_np as mt
from minitorch_np import nn

ROOT = Path(__file__).parents[1]


@pytest.fixture
def views(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "examples")
    import lab.views

    return lab.views


@pytest.mark.parametrize(
    ("augment", "count"),
    [(("flip", "shift"), 10), (("shift",), 5), (("flip", "erase"), 2), (("erase",), 1), ((), 1)],
)
def test_the_views_are_those_that_were_trained_for(views, rng, augment, count):
    images = rng.random((3, 28, 28))
    images.flags.writeable = False
    seen = list(views.views_of(images, augment))
    assert len(seen) == count
    np.testing.assert_array_equal(seen[0], images)
    assert len({view.tobytes() for view in seen}) == count
    assert {view.shape for view in seen} == {(3, 28, 28)}


def test_shifted_images_have_a_dark_edge_and_lose_the_other(views):
    image = np.arange(1, 10).reshape(1, 3, 3)
    up, down, left, right = list(views.views_of(image, ("shift",)))[1:]
    np.testing.assert_array_equal(up[0], [[4, 5, 6], [7, 8, 9], [0, 0, 0]])
    np.testing.assert_array_equal(down[0], [[0, 0, 0], [1, 2, 3], [4, 5, 6]])
    np.testing.assert_array_equal(left[0], [[2, 3, 0], [5, 6, 0], [8, 9, 0]])
    np.testing.assert_array_equal(right[0], [[0, 1, 2], [0, 4, 5], [0, 7, 8]])


@pytest.mark.parametrize("shape", [(784,), (1, 28, 28)])
def test_the_answer_is_the_mean(views, rng, shape):
    layers = [nn.Flatten(), nn.Linear(784, 10, rng=0)]
    network = nn.Sequential(*layers).eval()
    x = rng.random((4, *shape), np.float32)
    y = views.Views(network, ("flip", "shift")).eval()(x)
    seen = views.views_of(x.reshape(4, 28, 28), ("flip", "shift"))
    expected = np.mean([network(view.reshape(4, 784)) for view in seen], axis=0)
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-6)
    assert y.dtype == np.float32


def test_a_mirror_image_gets_the_same_answer(views, rng):
    network = nn.Sequential(nn.Conv2d(1, 4, 3, rng=0), nn.ReLU(), nn.Flatten())
    network.append(nn.Linear(4 * 26 * 26, 10, rng=1))
    answering = views.Views(network, ("flip",)).eval()
    x = rng.random((2, 1, 28, 28), np.float32)
    np.testing.assert_allclose(answering(x), answering(x[..., ::-1]), rtol=1e-4, atol=1e-5)


def test_asking_remembers_nothing(views, rng):
    network = nn.Sequential(nn.Flatten(), nn.Linear(784, 10, rng=0))
    answering = views.Views(network, ("flip", "shift"))
    mt.training.predict(answering, [(rng.random((2, 784), np.float32), np.zeros(2, int))])
    assert network.training
    with pytest.raises(RuntimeError, match="no record"):
        network.backward(np.zeros((2, 10), np.float32))


# ---- runs ----------------------------------------------------------------------------------------


def test_a_run_without_the_setting_is_one_without_views(views):
    """Such as one that was made before there was the setting."""
    from lab.command_line import parse
    from lab.config import Config
    from lab.saved_run import _config

    for flags, expected in ((["--views", "false"], False), ([], True)):
        written = Config.of(parse(["--model", "cnn-best", *flags], "")).as_dict()
        assert ("views" in written) is expected
        assert _config(written).views is expected


def test_a_finished_run_with_views_is_not_one_without(views, tmp_path):
    from lab.errors import UserError
    from lab.run_folder import RunFolder

    config = {"model": "cnn-best", "views": True}
    folder = RunFolder(str(tmp_path / "run"), "name", overwrite=False, resume=False)
    folder.write_json("metrics.json", {"dataset": "mnist", "config": config})
    assert folder.is_finished({**config, "dataset": "mnist"})
    with pytest.raises(UserError, match="with views None, got a finished one with True"):
        folder.is_finished({"model": "cnn-best", "dataset": "mnist"})


def test_a_sweep_reports_what_the_script_does(views, tmp_path):
    import fashion_mnist
    from lab.sweep.training import FashionMnist

    training = FashionMnist(None, "silhouettes")
    asked = {"augment": ["flip", "shift"], "limit": 300, "epochs": 1}
    once, often = (training.run({**asked, "views": v}, lambda *_: False) for v in (False, True))
    assert once.figures["train_loss"] == often.figures["train_loss"]
    assert once.figures["val_loss"] != often.figures["val_loss"]
    words = ["-d", "silhouettes", "--augment", "flip", "shift", "--views", "--limit", "300"]
    fashion_mnist.main([*words, "-e", "1", "--no_progress", "--out", str(tmp_path / "run")])
    written = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert often.figures["val_accuracy"] == written["val_accuracy"]
    assert often.figures["train_accuracy"] == written["train_accuracy"]
