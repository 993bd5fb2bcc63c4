"""The example scripts, run as a person runs them, on real images and on none."""

import csv
import importlib
import json
import math
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from arrays import central_differences, close

import minitorch_np as mt
from minitorch_np import nn, optim

ROOT = Path(__file__).parent.parent
PLAIN = ["-nhl", "1", "-sz", "16", "-a", "ReLU", "-o", "adam", "-lr", "0.001"]
WRITTEN = {
    "metrics.json",
    "history.csv",
    "steps.csv",
    "curves.png",
    "samples.png",
    "model.safetensors",
    "best.safetensors",
    "checkpoint.safetensors",
}


@pytest.fixture
def start(tmp_path):
    """Start an example in an empty folder with an empty HOME."""

    def start_example(script, *arguments, data=None, **environment):
        kept = {name: value for name, value in os.environ.items() if "MINITORCH" not in name}
        env = {**kept, "HOME": str(tmp_path / "home"), "PYTHONWARNINGS": "error", **environment}
        env["MINITORCH_NP_ENGINE"] = "numpy"  # nothing to compile in an empty HOME
        if data is not None:
            env["MINITORCH_NP_DATA"] = str(data)
        command = [sys.executable, str(ROOT / "examples" / script), *map(str, arguments)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(command, cwd=tmp_path, env=env, **pipes)

    return start_example


@pytest.fixture
def run(start):
    """Run an example likewise; return its result."""

    def run_example(*arguments, **environment):
        with start(*arguments, **environment) as process:
            try:
                out, error = process.communicate(timeout=300)
            finally:
                process.kill()
        return subprocess.CompletedProcess(process.args, process.returncode, out, error)

    return run_example


@pytest.fixture
def lab(monkeypatch):
    """The package that the scripts share."""
    monkeypatch.syspath_prepend(ROOT / "examples")
    for module in ("augmentation", "build", "command_line", "config", "images", "losses", "models"):
        importlib.import_module(f"lab.{module}")
    return importlib.import_module("lab")


@pytest.fixture
def configured(lab):
    """What the training script makes of a command line: its configuration and its optimizer."""

    def configure(*arguments):
        config = lab.config.Config.of(lab.command_line.parse(arguments, ""))
        optimizer = lab.build.optimizer(config, nn.Sequential(nn.Linear(2, 2)))
        return config, optimizer, lab.build.schedule(config, optimizer, steps_per_epoch=10)

    return configure


@pytest.fixture
def network(lab):
    """The network that a command line describes, and the shape of an image as it takes it."""

    def build_network(*arguments):
        config = lab.config.Config.of(lab.command_line.parse(arguments, ""))
        return lab.build.network(config), lab.models.MODELS[config.model].shape

    return build_network


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
        ["-o", "AdamW", "-wd", "0.1", "--schedule", "one_cycle", "-nhl", "1", "-sz", "4"],
        ["-o", "ADADELTA", "-beta", "0.95", "-eps", "1e-7", "-nhl", "1", "-sz", "4"],
        ["--wandb_entity", "myname", "--wandb_project", "myprojectname", "-nhl", "1", "-sz", "4"],
        ["--num_layers", "2", "--hidden_size", "8", "4", "-a", "sigmoid", "-o", "sgd"],
        ["--schedule", "one_cycle", "-o", "sgd", "-lr", "0.1", "--dropout", "0.5", "-sz", "4"],
    ],
)
def test_every_spelling_of_the_standard(run, arguments):
    small = ["-e", "1", "-b", "64", "-d", "silhouettes", "--out", "here", "--no_progress"]
    result = run("fashion_mnist.py", *small, *arguments)
    assert result.returncode == 0, result.stderr


# The names of -o: what they build, and what the flags are where they are not given.
ADAPTIVE = {"betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0}
BUILT = {
    "sgd": (optim.SGD, {"lr": 0.1, "momentum": 0, "nesterov": False, "weight_decay": 0}),
    "momentum": (optim.SGD, {"lr": 0.05, "momentum": 0.9, "nesterov": False}),
    "nag": (optim.SGD, {"lr": 0.05, "momentum": 0.9, "nesterov": True}),
    "nesterov": (optim.SGD, {"lr": 0.05, "momentum": 0.9, "nesterov": True}),
    "rmsprop": (optim.RMSprop, {"lr": 1e-3, "alpha": 0.99, "eps": 1e-8, "momentum": 0}),
    "adam": (optim.Adam, {"lr": 1e-3, **ADAPTIVE}),
    "nadam": (optim.NAdam, {"lr": 1e-3, **ADAPTIVE}),
    "adamw": (optim.AdamW, {"lr": 1e-3, **ADAPTIVE, "weight_decay": 0.01}),
    "adagrad": (optim.Adagrad, {"lr": 0.01, "eps": 1e-10, "weight_decay": 0}),
    "adadelta": (optim.Adadelta, {"lr": 1.0, "rho": 0.9, "eps": 1e-6, "weight_decay": 0}),
    "adamax": (optim.Adamax, {"lr": 2e-3, **ADAPTIVE}),
    "radam": (optim.RAdam, {"lr": 1e-3, **ADAPTIVE}),
    "lion": (optim.Lion, {"lr": 1e-4, "betas": (0.9, 0.99), "weight_decay": 0}),
}
MOMENTUM, BETA, EPSILON = ("-m", "0.3"), ("-beta", "0.4"), ("-eps", "0.002")
BETAS = ("-beta1", "0.5", "-beta2", "0.6")
USED = {  # of these flags, and what comes of them
    "sgd": ((), {}),
    "momentum": (MOMENTUM, {"momentum": 0.3}),
    "nag": (MOMENTUM, {"momentum": 0.3}),
    "rmsprop": ((*BETA, *EPSILON), {"alpha": 0.4, "eps": 0.002}),
    "adagrad": (EPSILON, {"eps": 0.002}),
    "adadelta": ((*BETA, *EPSILON), {"rho": 0.4, "eps": 0.002}),
    "lion": (BETAS, {"betas": (0.5, 0.6)}),
    **dict.fromkeys(
        ("adam", "nadam", "adamw", "adamax", "radam"),
        ((*BETAS, *EPSILON), {"betas": (0.5, 0.6), "eps": 0.002}),
    ),
}
LONG = {"-m": "momentum", "-beta": "beta", "-eps": "epsilon", "-beta1": "beta1", "-beta2": "beta2"}


@pytest.mark.parametrize("name", BUILT)
def test_every_optimizer_by_name_in_any_letter_case(configured, name, capsys):
    rule, options = BUILT[name]
    for spelling in (name, name.upper(), name.title()):
        config, optimizer, schedule = configured("-o", spelling)
        assert type(optimizer) is rule
        assert {key: optimizer.param_groups[0][key] for key in options} == options
        assert schedule is None
        assert config.learning_rate == options["lr"]
        assert config.optimizer == {"nesterov": "nag"}.get(name, name)
    assert not capsys.readouterr().out


def test_every_rule_of_the_package_has_a_name():
    rules = {rule for rule in vars(optim).values() if isinstance(rule, type)}
    rules = {rule for rule in rules if issubclass(rule, optim.Optimizer)} - {optim.Optimizer}
    assert {rule for rule, _ in BUILT.values()} == rules


@pytest.mark.parametrize("name", USED)
def test_flags_reach_the_optimizer_or_a_note_says_that_they_do_not(configured, name, capsys):
    flags = (*MOMENTUM, *BETA, *BETAS, *EPSILON)
    used, options = USED[name]
    _, optimizer, _ = configured("-o", name, *flags, "-lr", "0.7", "-w_d", "0.2")
    options = {**options, "lr": 0.7, "weight_decay": 0.2}
    assert {key: optimizer.param_groups[0][key] for key in options} == options
    notes = capsys.readouterr().out.splitlines()
    assert sorted(notes) == sorted(
        f"note: --{LONG[flag]} has no effect with --optimizer {name}"
        for flag in flags[::2]
        if flag not in used
    )


@pytest.mark.parametrize("name", USED)
def test_one_cycle_moves_a_momentum_where_there_is_one(configured, name):
    _, optimizer, schedule = configured("-o", name, "--schedule", "one_cycle")
    moves = any(flag in USED[name][0] for flag in ("-m", "-beta1"))
    assert schedule.cycle_momentum is moves
    group = optimizer.param_groups[0]
    now = group["betas"][0] if "betas" in group else group.get("momentum")
    assert (now == 0.95) is moves
    for given in (("-m", "0.9"), ("-beta1", "0.9")):  # what is given stays
        assert not configured("-o", name, "--schedule", "one_cycle", *given)[2].cycle_momentum


def test_help_tells_the_optimizers_flags_and_defaults(run):
    result = run("fashion_mnist.py", "--help")
    assert result.returncode == 0, result.stderr
    text = " ".join(result.stdout.split())
    for sentence in (
        ", ".join(name for name in BUILT if name != "nesterov") + " (adam)",
        "(0.001; 0.1 for sgd, 0.05 for momentum and nag, 0.01 for adagrad, 1 for adadelta, "
        "0.002 for adamax, 0.0001 for lion)",
        "of momentum and nag (0.9)",
        "of rmsprop and adadelta (0.99; 0.9 for adadelta)",
        "of adam, nadam, adamw, adamax, radam and lion (0.9)",
        "of adam, nadam, adamw, adamax, radam and lion (0.999; 0.99 for lion)",
        "adamax and radam (1e-8; 1e-10 for adagrad, 1e-6 for adadelta)",
        "L2, added to the gradient; decoupled in adamw and lion (0; 0.01 for adamw)",
    ):
        assert sentence in text


def test_without_flags_it_is_the_recipe(configured):
    config, optimizer, schedule = configured()
    assert config.as_dict() == {
        "model": "mlp",
        "epochs": 10,
        "batch_size": 64,
        "loss": "cross_entropy",
        "label_smoothing": 0.1,
        "optimizer": "adam",
        "learning_rate": 1e-3,
        "schedule": "one_cycle",
        "cycle_momentum": True,
        "momentum": 0.9,
        "beta": 0.99,
        "beta1": 0.9,
        "beta2": 0.999,
        "epsilon": 1e-8,
        "weight_decay": 0.0,
        "weight_init": "He",
        "hidden_size": (512, 256),
        "activation": "ReLU",
        "dropout": 0.1,
        "augment": (),
        "seed": 0,
        "num_layers": 2,
    }
    assert optimizer.defaults == optim.Adam([nn.Parameter(np.zeros(1))]).defaults
    assert schedule.cycle_momentum


# ---- the other networks --------------------------------------------------------------------------

PERCEPTRONS = ("mlp", "mlp-best", "mlp-logsoftmax", "mlp-sigmoid")
CNNS = ("cnn", "cnn-bn", "cnn-best")
MODELS = (*PERCEPTRONS, *CNNS)


@pytest.mark.parametrize("name", MODELS)
def test_every_model_trains_and_what_it_writes_can_be_loaded(run, lab, tmp_path, name):
    from safetensors.numpy import load_file

    arguments = ["--model", name, "--limit", "96", "-e", "1", "-d", "silhouettes"]
    result = run("fashion_mnist.py", *arguments, "--out", "here", "--no_progress")
    assert result.returncode == 0, result.stderr
    out = tmp_path / "here"
    assert {path.name for path in out.iterdir()} == WRITTEN
    metrics = json.loads((out / "metrics.json").read_text())
    assert metrics["config"]["model"] == name
    assert metrics["train_images"] == 96
    config = lab.config.Config.of(lab.command_line.parse(arguments, ""))
    assert len(table(out / "steps.csv")) == math.ceil(96 / config.batch_size)
    assert f"silhouettes: {config}" in result.stdout
    mt.set_engine("numpy")  # as the script has just run
    model = lab.build.network(config)
    model.load_state_dict(load_file(out / "model.safetensors"))
    model = lab.build.answering(config, model).eval()
    images = lab.images.load("silhouettes", shape=lab.models.MODELS[name].shape).first(96)
    x, y = images.test[np.arange(96)]
    assert np.mean(model(x).argmax(axis=1) == y) == pytest.approx(metrics["test_accuracy"])


def test_every_model_has_a_test(lab):
    assert tuple(lab.models.MODELS) == MODELS


@pytest.mark.parametrize("name", MODELS)
def test_a_model_makes_scores_and_has_no_gradient_for_data(network, name):
    mt.set_engine("numpy")
    model, shape = network("--model", name)
    x = np.random.default_rng(0).random((4, *shape), np.float32)
    y = model(x)
    assert y.shape == (4, 10)
    assert model.backward(np.ones_like(y)) is None


def test_networks_are_what_their_names_say(network):
    nets = {name: network("--model", name)[0] for name in MODELS}
    kinds = {name: [type(layer) for layer in net] for name, net in nets.items()}
    sizes = {name: [p.shape for p in net.parameters() if p.ndim > 1] for name, net in nets.items()}
    assert kinds["mlp-logsoftmax"] == 2 * [nn.Linear, nn.ReLU] + [nn.Linear, nn.LogSoftmax]
    assert sizes["mlp-logsoftmax"] == [(128, 784), (64, 128), (10, 64)]
    normed = [nn.Linear, nn.BatchNorm1d, nn.ReLU, nn.Dropout]
    assert kinds["mlp-best"] == [*normed, *normed, nn.Linear]
    assert kinds["mlp-sigmoid"] == 2 * [nn.Linear, nn.Sigmoid]
    assert sizes["mlp-sigmoid"] == [(128, 784), (10, 128)]
    body, block = [nn.Flatten, nn.Linear, nn.ReLU], [nn.Conv2d, nn.ReLU, nn.MaxPool2d]
    assert kinds["cnn"] == 2 * block + [*body, nn.Linear]
    assert sizes["cnn"] == [(32, 1, 3, 3), (64, 32, 3, 3), (128, 3136), (10, 128)]
    block.insert(1, nn.BatchNorm2d)
    assert kinds["cnn-bn"] == 2 * block + [*body, nn.Dropout, nn.Linear]
    assert sizes["cnn-bn"] == sizes["cnn"]
    channels = [(32, 1), (64, 32), (128, 64), (128, 128), (256, 128)]
    assert sizes["cnn-best"] == [(*pair, 3, 3) for pair in channels] + [(10, 256)]
    assert [kinds["cnn-best"].count(kind) for kind in (nn.MaxPool2d, nn.BatchNorm2d)] == [3, 5]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ["--model", "mlp-logsoftmax"],
            {"loss": "nll", "optimizer": "sgd", "learning_rate": 0.3, "hidden_size": (128, 64)},
        ),
        (["--model", "MLP-Sigmoid", "-sz", "32", "16"], {"hidden_size": (32, 16)}),
        (["--model", "mlp-sigmoid", "-nhl", "3"], {"hidden_size": (128, 128, 128)}),
        (["--model", "cnn"], {"optimizer": "momentum", "momentum": 0.9, "augment": ()}),
        (["--model", "cnn", "-l", "mse"], {"loss": "mean_squared_error", "optimizer": "momentum"}),
        # The rate is the model's for its own optimizer, another optimizer's own for that.
        (["--model", "cnn-bn", "-b", "32"], {"learning_rate": 3e-3, "batch_size": 32}),
        (["--model", "cnn-bn", "-o", "nadam"], {"learning_rate": 1e-3, "schedule": "one_cycle"}),
        (["--model", "cnn-bn", "-o", "ADAM", "-lr", "0.1"], {"learning_rate": 0.1}),
        (["--model", "cnn-best", "-lr", "0.01"], {"label_smoothing": 0.1, "dropout": 0.1}),
        (["--model", "cnn-best", "-l", "mse"], {"label_smoothing": 0.0}),
        (["--model", "cnn-best"], {"augment": ("flip", "shift"), "views": True}),
        (["--model", "cnn-best", "--views", "false"], {"views": False}),
        (["--model", "cnn-best", "-d", "mnist"], {"augment": ("shift",), "views": True}),
        (["--model", "cnn-best", "-d", "mnist", "--augment", "flip"], {"augment": ("flip",)}),
        (["--model", "cnn-best", "--augment"], {"augment": (), "views": False}),
        (["--augment", "flip", "--views"], {"augment": ("flip",), "views": True}),
        (["--augment", "Shift", "ERASE"], {"augment": ("shift", "erase"), "dropout": 0.1}),
    ],
)
def test_a_model_brings_settings_and_flags_override_them(configured, arguments, expected):
    config = configured(*arguments)[0]
    assert {name: getattr(config, name) for name in expected} == expected


def test_a_run_is_named_after_its_model(configured):
    config = configured("--model", "cnn-bn")[0]
    assert config.name == "cnn-bn_bs_64_op_adam_lr_0.003_ep_10_seed_0"
    assert str(config).startswith("cnn-bn, He init, dropout 0.25, cross_entropy, adam at 0.003")
    assert not {"hidden_size", "num_layers", "activation"} & set(config.as_dict())
    config = configured("--model", "mlp-sigmoid", "-sz", "32")[0]
    assert config.name == "mlp-sigmoid_hl_1_bs_64_ac_sigmoid_sz_32_op_adam_lr_0.01_ep_10_seed_0"
    assert str(config).startswith("mlp-sigmoid 784-32-10 sigmoid, Xavier init, no dropout, binary")
    assert config.as_dict()["num_layers"] == 1


def test_help_has_a_line_for_each_model(run, lab):
    result = run("fashion_mnist.py", "--help")
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    for name, row in lab.models.MODELS.items():
        assert f"  {name:<15} {row.about}" in lines
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["--model", "resnet"],
            "mlp, mlp-best, mlp-logsoftmax, mlp-sigmoid, cnn, cnn-bn, cnn-best",
        ),
        (["--model", "cnn", "-nhl", "2"], "--num_layers: expected a --model that it applies to"),
        (
            ["--model", "cnn-bn", "-sz", "64"],
            "(mlp, mlp-best, mlp-logsoftmax, mlp-sigmoid), got cnn-bn",
        ),
        (["--model", "cnn-best", "-a", "tanh"], "--activation: expected a --model"),
        (
            ["--model", "mlp-sigmoid", "-l", "cross_entropy"],
            "(mlp, mlp-best, cnn, cnn-bn, cnn-best)",
        ),
        (["--model", "mlp-logsoftmax", "--label_smoothing", "0.1"], "--label_smoothing: expected"),
        (["--model", "cnn", "-l", "mse", "--label_smoothing", "0.1"], "drop one"),
        (["--augment", "rotate"], "flip, shift, erase"),
        (["--views"], "--views: expected --augment with flip or shift"),
        (["--views", "--augment", "erase"], "got erase; give one"),
        (["--limit", "0"], "at least 1"),
    ],
)
def test_mistakes_about_models(run, arguments, sentence):
    assert refused(run("fashion_mnist.py", *arguments), sentence)


def test_a_model_has_a_dataset_of_its_own(run, tmp_path, real_data):
    small = ["--model", "mlp-sigmoid", "-sz", "8", "-e", "1", "--limit", "640", "--out", "here"]
    result = run("fashion_mnist.py", *small, data=real_data)
    assert result.returncode == 0, result.stderr
    metrics = json.loads((tmp_path / "here" / "metrics.json").read_text())
    assert metrics["dataset"] == "mnist"
    result = run("fashion_mnist.py", *small, "--overwrite", PATH="")
    assert result.returncode == 0, result.stderr
    assert "NOTHING about MNIST" in result.stderr


def test_one_hot_binary_cross_entropy(lab, rng):
    y, labels = rng.uniform(0.1, 0.9, (6, 10)), rng.integers(0, 10, 6)
    criterion = lab.losses.OneHotBCELoss()
    log_likelihood = 0.0
    for outputs, label in zip(y, labels, strict=True):
        for k, output in enumerate(outputs):
            log_likelihood += np.log(output if k == label else 1 - output)
    assert criterion(y, labels) == pytest.approx(-log_likelihood / 6)
    dy = criterion.backward(0.7)
    close(dy, 0.7 * central_differences(lambda: criterion(y, labels), y), rtol=1e-6, atol=1e-8)


def test_augmentation_of_rows_and_of_images_is_the_same(lab, rng):
    x = rng.random((16, 1, 28, 28), np.float32)
    augmented = []
    for shape in ((784,), (1, 28, 28)):
        mt.manual_seed(0)
        transform = lab.augmentation.augmentation(("flip", "shift", "erase"), shape)
        augmented.append(transform(x.reshape(16, *shape)))
    rows, images = augmented
    assert images.shape == x.shape
    np.testing.assert_array_equal(rows, images.reshape(16, 784))
    assert not np.array_equal(images, x)
    assert lab.augmentation.augmentation((), (784,)) is None


def test_without_the_package_it_says_what_to_install(run, tmp_path):
    (tmp_path / "matplotlib.py").write_text("raise ImportError('No module named matplotlib')")
    for script in (["fashion_mnist.py"], ["custom_optimizer.py", "--plot", "a.png"]):
        result = run(*script, PYTHONPATH=str(tmp_path))
        assert refused(result, "pip install '.[fast,examples]'")
    (tmp_path / "minitorch_np.py").write_text("raise ImportError('No module named minitorch_np')")
    assert refused(run("custom_optimizer.py", PYTHONPATH=str(tmp_path)), "minitorch_np; install")


def test_custom_module(run):
    result = run("custom_module.py")
    assert result.returncode == 0, result.stderr
    assert "gradcheck Net: True" in result.stdout
    assert float(result.stdout.strip().rsplit(" ", 1)[1]) > 0.99


SMALL = ["custom_optimizer.py", "-e", "1", "--seeds", "2", "--lr", "0.001"]


def test_custom_optimizer_on_real_images(run, tmp_path, real_data):
    result = run(*SMALL, "--plot", "eve.png", data=real_data)
    assert result.returncode == 0, result.stderr
    title, _, adam, eve, *said = result.stdout.splitlines()
    assert title == "fashion_mnist, 784-128-128-10 ReLU, batches of 64; seeds: 2"
    for line, name in ((adam, "Adam"), (eve, "Eve")):
        assert line.startswith(name)
        assert 79 < float(line.split()[3].strip("%")) < 88
    assert float(adam.split()[-1]) == pytest.approx(float(eve.split()[-1]), abs=0.1)
    assert said[-2].startswith("Mean ")
    assert said[-1] == "wrote eve.png"
    assert (tmp_path / "eve.png").read_bytes().startswith(b"\x89PNG")


def test_custom_optimizer_without_data_says_so_and_draws(run):
    result = run(*SMALL, PATH="")
    assert result.returncode == 0, result.stderr
    assert "NOTHING about Fashion-MNIST" in result.stderr
    assert result.stdout.startswith("silhouettes, ")
    assert "d̃" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--seeds", "0"], "at least 1"),
        (["--epochs", "none"], "at least 1"),
        (["--lr", "0.1", "-1"], "-1"),
        (["-d", "cifar"], "silhouettes"),
        (["--data_dir", "/nowhere"], "/nowhere"),
        (["--plot", "eve.gif"], ".png, .svg, .pdf"),
        (["--plot", "nowhere/eve.png"], "can be written"),
        (["-d", "silhouettes", "--lr", "1e30"], "Adam at 1e+30: fit: expected a finite loss"),
    ],
)
def test_mistakes_on_the_command_line_of_custom_optimizer(run, arguments, sentence):
    assert refused(run(*SMALL, *arguments), sentence)


def test_custom_optimizer_interrupted(start):
    with start("custom_optimizer.py", "-d", "silhouettes", "--epochs", "10000") as process:
        try:
            assert process.stdout.readline().startswith("silhouettes")
            process.send_signal(signal.SIGINT)
            _, error = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 130
    assert error == "custom_optimizer.py: interrupted; what was written stays\n"
