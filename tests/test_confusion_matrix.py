"""The confusion matrix of a finished run: what it says, its page, and runs that cannot be read."""

import base64
import io
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from minitorch_np import manual_seed, nn
from minitorch_np.data import TensorDataset

with pytest.MonkeyPatch.context() as patch:
    patch.syspath_prepend(Path(__file__).parent.parent / "examples")
    import confusion_matrix
    from lab import build, confusion_figures
    from lab.command_line import parse
    from lab.config import Config
    from lab.confusion import judge, report
    from lab.confusion_page import write_page
    from lab.images import Images
    from lab.models import MODELS
    from lab.saved_run import SavedRun, newest_run, read_run

CLASSES = ("</script>", "dog", "eel", "fox")
# A row an image: label, and the network's scores.
SCORES = [
    (0, [3.0, 0.0, 0.0, 0.0]),
    (0, [0.0, 1.0, 0.0, 0.0]),
    (0, [0.0, 4.0, 3.0, 2.0]),
    (0, [0.0, 2.0, 0.0, 0.0]),
    (1, [0.0, 5.0, 0.0, 0.0]),
    (2, [1.0, 0.0, 0.5, 0.0]),
    (2, [0.0, 0.0, 9.0, 0.0]),
]


class FirstPixels(nn.Module):
    """The scores are ten times the first pixels."""

    def forward(self, x):
        return 10 * x[:, :4]


def config_of(*arguments):
    return Config.of(parse(arguments, ""))


def judged_by_hand(scores=SCORES, *arguments):
    x = np.zeros((len(scores), 784), np.float32)
    x[:, :4] = np.array([row for _, row in scores]) / 10
    test = TensorDataset(x, np.array([label for label, _ in scores]))
    run = SavedRun(Path("nowhere"), "animals", config_of(*arguments), FirstPixels())
    return judge(run, Images("animals", CLASSES, test, test, test))


def write_run(path, *arguments, dataset="silhouettes"):
    """Write what a run of the training script leaves; return its network."""
    config = config_of(*arguments)
    manual_seed(1)
    model = build.network(config)
    path.mkdir(parents=True)
    metrics = {"dataset": dataset, "config": config.as_dict()}
    (path / "metrics.json").write_text(json.dumps(metrics))
    save_file(model.state_dict(), path / "model.safetensors")
    return model


# ---- what is said ------------------------------------------------------------------------------


def test_cells_hold_their_images_surest_first():
    judged = judged_by_hand()
    assert judged.matrix.tolist() == [[1, 3, 0, 0], [0, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 0]]
    assert judged.rows.tolist() == [[0.25, 0.75, 0, 0], [0, 1, 0, 0], [0.5, 0, 0.5, 0], [0] * 4]
    odds = np.exp([4.0, 3.0, 2.0, 0.0])
    assert judged.confidence[2] == pytest.approx(odds[0] / odds.sum())
    assert judged.cell(0, 1).tolist() == [3, 2, 1]  # 71 %, 66 %, 48 %
    assert judged.cell(1, 0).tolist() == []
    assert judged.worst_cells() == [(0, 1), (2, 0)]
    assert judged.top_3 == pytest.approx(6 / 7)
    assert "animals, 7 test images, 42.86% right; 784-512-256-10 ReLU" in judged.title
    assert "seed 0" in judged.title


def test_outputs_of_a_sigmoid_are_probabilities_as_they_are():
    judged = judged_by_hand([(0, [0.1, 0.7, 0.4, 0.2])], "--model", "mlp-sigmoid")
    assert judged.confidence == pytest.approx([0.7])


def test_the_report_has_counts_percentages_figures_and_pairs():
    lines = report(judged_by_hand()).splitlines()
    assert [line.split() for line in lines if line.startswith("</script>")] == [
        ["</script>", "1", "3", "0", "0"],
        ["</script>", "25.0", "75.0", "0.0", "0.0"],
        ["</script>", "0.5000", "0.2500", "0.3333"],
    ]
    assert [line.split() for line in lines if line.startswith("macro")] == [
        ["macro", "average", "0.4375", "0.4375", "0.3500"]
    ]
    assert [line.split() for line in lines if line.startswith("micro")] == [
        ["micro", "average", "0.4286", "0.4286", "0.4286"]
    ]
    assert [line.strip() for line in lines[-2:]] == [
        "3  </script> taken for dog 3, dog for </script> 0",
        "1  </script> taken for eel 0, eel for </script> 1",
    ]


# ---- figures and page --------------------------------------------------------------------------


@pytest.mark.parametrize("scores", [SCORES, [(1, [0, 1, 0, 0])]], ids=["mistakes", "no mistake"])
def test_pictures(tmp_path, scores):
    judged = judged_by_hand(scores)
    for name in ("matrix", "mistakes"):
        getattr(confusion_figures, name)(judged, tmp_path / f"{name}.png")
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def data_of(page):
    """What the page's script works on."""
    return json.loads(re.search(r"<script>const DATA = (.*?);</script>\n", page).group(1))


def test_the_page_holds_all_it_needs(tmp_path):
    from PIL import Image

    judged = judged_by_hand()
    write_page(judged, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert not re.search(r"<(script|link|img|iframe)[^>]*(src|href)=", page)
    data = data_of(page)
    assert data["classes"] == list(CLASSES)
    assert data["counts"] == judged.matrix.tolist()
    assert data["worst"] == [[0, 1], [2, 0]]
    assert set(data["cells"]) == {"0,0", "0,1", "1,1", "2,0", "2,2"}
    (index, percent, png), *_ = data["cells"]["2,0"]
    assert (index, percent) == (5, pytest.approx(100 * judged.confidence[5], abs=0.01))
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(png))))
    assert pixels.shape == (28, 28)
    assert pixels[0, :4].tolist() == [230, 255, 242, 255]  # 1.0 is black, 0 white


def test_a_page_without_a_mistake(tmp_path):
    write_page(judged_by_hand([(1, [0, 1, 0, 0])]), tmp_path / "page.html")
    assert data_of((tmp_path / "page.html").read_text())["worst"] == []


def test_the_page_in_a_browser(tmp_path):
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no Chromium to open the page in")
    path = tmp_path / "page.html"
    write_page(judged_by_hand(), path)
    click = "matrix.emit('plotly_click', { points: [{ x: 0, y: 2 }] });"
    seen = {}
    for name, more in (("opened", ""), ("clicked", f"<script>{click}</script></body>")):
        page = path.read_text()
        (tmp_path / f"{name}.html").write_text(page.replace("</body>", more) if more else page)
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
        command += ["--virtual-time-budget=5000", f"--user-data-dir={tmp_path / 'profile'}"]
        command += ["--host-resolver-rules=MAP * ~NOTFOUND", f"file://{tmp_path / name}.html"]
        result = subprocess.run(command, capture_output=True, text=True, timeout=120)
        dom = re.sub(r"<script.*?</script>", "", result.stdout, flags=re.S)
        seen[name] = re.search(r'<h2 id="which">(.*?)</h2>', dom).group(1)
        assert dom.count("<figure>") == {"opened": 3, "clicked": 1}[name]
        assert "heatmaplayer" in dom
    assert seen["opened"] == "&lt;/script&gt; taken for dog: 3 (75.0 % of the row)"
    assert seen["clicked"] == "eel taken for &lt;/script&gt;: 1 (50.0 % of the row)"


# ---- finding and reading runs ------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
def test_a_run_comes_back_as_it_was_written(tmp_path, name):
    arguments = ["--model", name, "-e", "3", "-b", "32", "--seed", "4"]
    model = write_run(tmp_path / "run", *arguments)
    run = read_run(tmp_path / "run")
    assert run.config == config_of(*arguments)
    assert run.dataset == "silhouettes"
    assert str(run.model) == str(model)
    for key, value in model.state_dict().items():
        np.testing.assert_array_equal(run.model.state_dict()[key], value)


def test_the_newest_finished_run(tmp_path):
    assert newest_run(tmp_path / "runs") is None
    for i, name in enumerate(("b", "c", "a", "unfinished")):
        write_run(tmp_path / "runs" / name, "-nhl", "0")
        os.utime(tmp_path / "runs" / name / "metrics.json", (1000 + i, 1000 + i))
    (tmp_path / "runs" / "unfinished" / "model.safetensors").unlink()
    assert newest_run(tmp_path / "runs") == tmp_path / "runs" / "a"


def test_the_newest_run_is_judged(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_run(tmp_path / "runs" / "only", "-nhl", "0")
    confusion_matrix.main(["--limit", "100"])
    said = capsys.readouterr().out
    assert said.startswith("runs/only\nsilhouettes, 100 test images, ")
    assert "wrote confusion_matrix.html, confusion_matrix.png and mistakes.png into" in said
    written = {"confusion_matrix.html", "confusion_matrix.png", "mistakes.png"}
    assert {path.name for path in (tmp_path / "runs" / "only").iterdir()} >= written
    confusion_matrix.main(["runs/only", "--limit", "10", "--out", "there"])
    assert {path.name for path in (tmp_path / "there").iterdir()} == written


def test_without_a_run_the_default_is_trained(tmp_path, monkeypatch, capsys, real_data):
    monkeypatch.chdir(tmp_path)
    confusion_matrix.main(["-e", "1", "--limit", "640", "--data_dir", str(real_data)])
    said = capsys.readouterr().out
    assert said.startswith("No finished run below runs: training the default network first.")
    (run,) = (tmp_path / "runs").iterdir()
    assert f"runs/{run.name}\nfashion_mnist, 640 test images" in said
    assert (run / "confusion_matrix.html").exists()


# ---- mistakes ----------------------------------------------------------------------------------


def no_folder(run):
    shutil.rmtree(run)
    return "has no metrics.json"


def no_model(run):
    (run / "model.safetensors").unlink()
    return "has no model.safetensors; name another run"


def other_width(run):
    save_file(build.network(config_of("-nhl", "1", "-sz", "9")).state_dict(), run / MODEL)
    return "expected '0.weight' of shape (8, 784), got (9, 784)"


def other_depth(run):
    save_file(build.network(config_of("-nhl", "2", "-sz", "8")).state_dict(), run / MODEL)
    return "got missing [] and unexpected [4.bias, 4.weight]; name another run"


def truncated_model(run):
    (run / MODEL).write_bytes((run / MODEL).read_bytes()[:100])
    return "to hold the weights of 784-8-10 ReLU"


def rewritten(**changes):
    def rewrite(run):
        metrics = json.loads((run / "metrics.json").read_text())
        config = metrics["config"] | changes.pop("config", {})
        (run / "metrics.json").write_text(json.dumps(metrics | {"config": config} | changes))
        return "to describe a run of these scripts, got"

    return rewrite


def truncated_metrics(run):
    (run / "metrics.json").write_text('{"dataset": "silh')
    return "to describe a run of these scripts, got Unterminated string"


MODEL = "model.safetensors"
SPOILT = {
    "no folder": no_folder,
    "no model": no_model,
    "another width": other_width,
    "another depth": other_depth,
    "a truncated model": truncated_model,
    "truncated metrics": truncated_metrics,
    "an unknown data set": rewritten(dataset="cifar"),
    "an unknown model": rewritten(config={"model": "resnet"}),
    "an unknown activation": rewritten(config={"activation": "swish"}),
    "widths that are none": rewritten(config={"hidden_size": ["wide"]}),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=list(SPOILT))
def test_a_run_that_cannot_be_read_is_one_sentence(tmp_path, capsys, spoil):
    run = tmp_path / "run"
    write_run(run, "-nhl", "1", "-sz", "8")
    sentence = spoil(run)
    with pytest.raises(SystemExit) as left:
        confusion_matrix.main([str(run)])
    assert left.value.code == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.startswith("confusion_matrix.py: expected")
    assert len(error.splitlines()) == 1
