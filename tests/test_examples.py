"""The example scripts, run as a person runs them, on real images and on none."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent
PLAIN = ["-nhl", "1", "-sz", "16", "-a", "ReLU", "-o", "adam", "-lr", "0.001"]
WRITTEN = {
    "metrics.json",
    "history.csv",
    "steps.csv",
    "curves.png",
    "samples.png",
    "model.safetensors",
}


@pytest.fixture
def run(tmp_path):
    """Run an example in an empty folder with an empty HOME; return its result."""

    def run_example(script, *arguments, data=None, **environment):
        kept = {name: value for name, value in os.environ.items() if "MINITORCH" not in name}
        env = {**kept, "HOME": str(tmp_path / "home"), "PYTHONWARNINGS": "error", **environment}
        env["MINITORCH_NP_ENGINE"] = "numpy"  # nothing to compile in an empty HOME
        if data is not None:
            env["MINITORCH_NP_DATA"] = str(data)
        command = [sys.executable, str(ROOT / "examples" / script), *map(str, arguments)]
        return subprocess.run(
            command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300
        )

    return run_example


def table(path):
    """The rows of a CSV file."""
    return list(csv.DictReader(path.read_text().splitlines()))


def refused(result, sentence):
    """Exit code 2, one sentence, no traceback."""
    assert result.returncode == 2, result.stderr
    assert sentence in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    return True


def test_trains_on_real_images(run, tmp_path, real_data):
    result = run("fashion_mnist.py", *PLAIN, "-e", "2", "--out", "here", data=real_data)
    assert result.returncode == 0, result.stderr
    out = tmp_path / "here"
    assert {path.name for path in out.iterdir()} == WRITTEN
    metrics = json.loads((out / "metrics.json").read_text())
    assert metrics["dataset"] == "fashion_mnist"
    assert metrics["epochs"] == 2
    assert metrics["test_accuracy"] > 0.78
    assert 0 < metrics["train_accuracy"] < 1
    assert metrics["config"]["hidden_size"] == [16]
    assert metrics["config"]["dropout"] == 0
    assert metrics["config"]["schedule"] == "constant"
    assert metrics["config"]["label_smoothing"] == 0
    assert metrics["images_per_second"] * metrics["train_seconds"] == pytest.approx(108_000)
    rows = table(out / "history.csv")
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert float(rows[-1]["val_accuracy"]) == metrics["val_accuracy"]
    steps = table(out / "steps.csv")
    assert len(steps) == 2 * 844
    assert steps[-1]["step"] == "1688"
    for name in ("curves.png", "samples.png"):
        assert (out / name).read_bytes().startswith(b"\x89PNG")
    assert f"{metrics['test_accuracy']:.4f}" in result.stdout
    assert "Ankle boot" in result.stdout


def test_the_written_model_is_the_trained_one(run, tmp_path, real_data):
    from safetensors.numpy import load_file

    from minitorch_np import nn
    from minitorch_np.data.datasets import fashion_mnist
    from minitorch_np.metrics import accuracy

    result = run("fashion_mnist.py", *PLAIN, "-e", "1", "--out", "here", data=real_data)
    assert result.returncode == 0, result.stderr
    net = nn.Sequential(nn.Linear(784, 16), nn.ReLU(), nn.Linear(16, 10)).eval()
    net.load_state_dict(load_file(tmp_path / "here" / "model.safetensors"))
    _, (x, y) = fashion_mnist(real_data)
    metrics = json.loads((tmp_path / "here" / "metrics.json").read_text())
    found = accuracy(net(x.reshape(-1, 784) * np.float32(1 / 255)), y)
    assert found == pytest.approx(metrics["test_accuracy"], abs=2e-4)


def test_same_seed_same_bits(run, tmp_path):
    for name in ("a", "b", "c"):
        seed = "1" if name == "c" else "0"
        result = run(
            "fashion_mnist.py",
            *PLAIN,
            "-e",
            "1",
            "--out",
            name,
            "--seed",
            seed,
            "-d",
            "silhouettes",
        )
        assert result.returncode == 0, result.stderr
    a, b, c = ((tmp_path / name / "model.safetensors").read_bytes() for name in "abc")
    assert a == b
    assert a != c


def test_runs_never_collide(run, tmp_path):
    for _ in range(2):
        result = run("fashion_mnist.py", *PLAIN, "-e", "1", "-d", "silhouettes")
        assert result.returncode == 0, result.stderr
    folders = list((tmp_path / "runs").iterdir())
    assert len(folders) == 2
    assert all(folder.name.startswith("hl_1_bs_64_ac_relu") for folder in folders)
    assert all("silhouettes" in folder.name for folder in folders)


def test_a_run_is_not_overwritten_by_mistake(run, tmp_path):
    arguments = ["fashion_mnist.py", *PLAIN, "-e", "1", "-d", "silhouettes", "--out", "here"]
    assert run(*arguments).returncode == 0
    before = (tmp_path / "here" / "metrics.json").read_bytes()
    assert refused(run(*arguments), "--overwrite")
    assert (tmp_path / "here" / "metrics.json").read_bytes() == before
    (tmp_path / "here" / "mine.txt").write_text("kept")
    assert run(*arguments, "--overwrite").returncode == 0
    assert (tmp_path / "here" / "mine.txt").read_text() == "kept"


def test_without_data_it_says_so_and_draws(run, tmp_path):
    result = run("fashion_mnist.py", *PLAIN, "-e", "1", "--out", "here", PATH="")
    assert result.returncode == 0, result.stderr
    assert "Fashion-MNIST cannot be had" in result.stderr
    assert "NOTHING about Fashion-MNIST" in result.stderr
    assert json.loads((tmp_path / "here" / "metrics.json").read_text())["dataset"] == "silhouettes"
    assert "test accuracy on silhouettes" in result.stdout


def test_a_dataset_that_was_asked_for_is_not_replaced(run):
    for name in ("fashion_mnist", "mnist"):
        assert run("fashion_mnist.py", "-d", name).returncode == 2
    assert refused(run("fashion_mnist.py", data="/nowhere"), "/nowhere")


def test_nan_keeps_what_was_written(run, tmp_path):
    arguments = ["-o", "sgd", "-lr", "1e30", "-d", "silhouettes", "--out", "here"]
    assert refused(run("fashion_mnist.py", *arguments), "epoch 1, batch")
    steps = table(tmp_path / "here" / "steps.csv")
    assert len(steps) >= 1
    assert (tmp_path / "here" / "samples.png").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["-o", "adamw2"], "nadam"),
        (["-b", "0"], "at least 1"),
        (["-e", "0"], "at least 1"),
        (["-lr", "-1"], "at least 0"),
        (["-beta1", "1"], "[0, 1)"),
        (["-a", "swish"], "swish"),
        (["-nhl", "3", "-sz", "4", "5"], "3 layers"),
        (["-o", "nag", "-m", "0", "-d", "silhouettes"], "momentum"),
        (["--no_such_flag"], "--no_such_flag"),
        (["--threads", "0"], "at least 1"),
        (["-o", "momentum", "-m", "1.5"], "[0, 1)"),
        (["--label_smoothing", "0.1", "-l", "mean_squared_error"], "drop one"),
        (["-d", "silhouettes", "--out", "/", "--overwrite"], "something else"),
        (["-d", "silhouettes", "--out", "/proc/nowhere"], "/proc/nowhere"),
    ],
)
def test_mistakes_on_the_command_line(run, arguments, sentence):
    assert refused(run("fashion_mnist.py", *arguments), sentence)


@pytest.mark.parametrize(
    "arguments",
    [
        ["-d", "SILHOUETTES", "-o", "Nesterov", "-m", "0.5", "-a", "TANH", "-w_i", "xavier"],
        ["--optimizer=RMSprop", "-beta", "0.5", "-l", "mean_squared_error", "-wi", "RANDOM"],
        ["-o", "momentum", "-m", "0.5", "-a", "identity", "-w_d", "0.0005", "-eps", "0.000001"],
        ["-o", "nadam", "-beta1", "0.5", "-beta2", "0.5", "-wd", "0.5", "-nhl", "0"],
        ["--wandb_entity", "myname", "--wandb_project", "myprojectname", "-nhl", "1", "-sz", "4"],
        ["--num_layers", "2", "--hidden_size", "8", "4", "-a", "sigmoid", "-o", "sgd"],
        ["--schedule", "one_cycle", "-o", "sgd", "-lr", "0.1", "--dropout", "0.5", "-sz", "4"],
    ],
)
def test_every_spelling_of_the_standard(run, arguments):
    small = ["-e", "1", "-b", "64", "-d", "silhouettes", "--out", "here", "--no_progress"]
    result = run("fashion_mnist.py", *small, *arguments)
    assert result.returncode == 0, result.stderr


def test_without_the_package_it_says_what_to_install(run, tmp_path):
    (tmp_path / "matplotlib.py").write_text("raise ImportError('No module named matplotlib')")
    assert refused(
        run("fashion_mnist.py", PYTHONPATH=str(tmp_path)), "pip install '.[fast,examples]'"
    )


def test_custom_module(run):
    result = run("custom_module.py")
    assert result.returncode == 0, result.stderr
    assert "gradcheck Net: True" in result.stdout
    assert float(result.stdout.strip().rsplit(" ", 1)[1]) > 0.99
