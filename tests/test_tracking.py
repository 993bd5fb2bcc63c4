"""Tracking: what wandb gets to see, under which name, and that its failures stop nothing."""

import csv
import dataclasses
import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from fake_wandb import FakeWandb

import minitorch_np as mt
from minitorch_np import training

EXAMPLES = Path(__file__).parent.parent / "examples"
with pytest.MonkeyPatch.context() as patch:
    patch.syspath_prepend(EXAMPLES)
    import fashion_mnist
    from lab.command_line import parse
    from lab.config import Config
    from lab.naming import LONGEST, run_name

SCRIPT = str(EXAMPLES / "fashion_mnist.py")
SMALL = ["-nhl", "1", "-sz", "16", "-a", "tanh", "-b", "32", "-e", "2", "--limit", "320"]
SMALL += ["-d", "silhouettes", "--no_progress", "--out", "here"]
STEPS = 2 * 10
DIVERGING = ["--overwrite", "-a", "ReLU", "-o", "sgd", "-lr", "1e30"]
MISSING = "not installed"


@pytest.fixture
def track(tmp_path, monkeypatch, capfd, images):
    """Run the training script here, with a wandb that is none; return it and what was printed."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("WANDB")}
    mt.set_engine("numpy")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(fashion_mnist, "load", lambda *_: images)
    monkeypatch.setattr(fashion_mnist.figures, "curves", lambda *_: None)  # drawn without wandb too

    def run(*arguments, wandb=None, **variables):
        wandb = wandb or FakeWandb()
        monkeypatch.setitem(sys.modules, "wandb", None if wandb is MISSING else wandb)
        with mock.patch.dict(os.environ, {**environment, **variables}, clear=True):
            fashion_mnist.main([*SMALL, *arguments])
        return wandb, capfd.readouterr()

    return run


@pytest.fixture(scope="module")
def images():
    """What the script loads with these flags, loaded once."""
    return fashion_mnist.load("silhouettes")


def config(*arguments):
    return Config.of(parse(arguments, ""))


def table(path):
    return list(csv.DictReader(Path(path).read_text().splitlines()))


def result():
    """The run folder's figures."""
    return json.loads(Path("here/metrics.json").read_text())


# ---- what is logged ------------------------------------------------------------------------------


def test_a_run_has_it_all(track):
    wandb, said = track("-wp", "clothes", "-we", "me")
    (run,) = wandb.runs
    metrics, history = result(), table("here/history.csv")
    assert run.options["project"] == "clothes"
    assert run.options["entity"] == "me"
    assert run.options["mode"] == "offline"
    assert run.name == "hl_1_bs_32_ac_tanh_sz_16_op_adam_lr_0.001_ep_2_seed_0_silhouettes_first_320"
    # The configuration
    for name, value in metrics["config"].items():
        logged = run.options["config"][name]
        assert (list(logged) if isinstance(logged, tuple) else logged) == value, name
    assert run.options["config"]["dataset"] == "silhouettes"
    assert run.options["config"]["train_images"] == 320
    # Each step
    steps = [float(row["loss"]) for row in table("here/steps.csv")]
    assert len(steps) == STEPS
    assert [loss for losses in run.column("losses") for loss in losses] == steps
    means = [np.mean(losses) for losses in run.column("losses")]
    np.testing.assert_allclose(run.column("loss"), means)
    assert run.column("step")[-1] == STEPS
    assert set(run.column("learning_rate")) == {0.001}
    # Each epoch
    for name in ("epoch", "train_loss", "train_accuracy", "val_loss", "val_accuracy"):
        assert run.column(name) == [float(row[name]) for row in history], name
    assert run.column("images_per_second") == [float(row["samples_per_second"]) for row in history]
    assert run.axes["loss"] == run.axes["learning_rate"] == "step"
    assert run.axes["val_accuracy"] == run.axes["images_per_second"] == "epoch"
    # Pictures, the confusion matrix, the model
    assert run.column("samples") == ["samples.png"]
    assert run.column("confusion_picture") == ["confusion.png"]
    (matrix,) = run.column("confusion_matrix")
    right = np.mean(np.array(matrix["y_true"]) == matrix["preds"])
    assert right == pytest.approx(metrics["test_accuracy"])
    assert matrix["class_names"][9] == "Ankle boot"
    assert run.figures["test_accuracy"] == metrics["test_accuracy"]
    (artifact,) = run.artifacts
    assert (artifact.type, artifact.files) == ("model", [str(Path("here/model.safetensors"))])
    assert artifact.metadata == metrics | {"config": mock.ANY}
    # The end
    assert run.exit_code == 0
    assert wandb.torn_down
    assert said.out.splitlines()[-1] == (
        "to send what was tracked: wandb sync here/wandb/offline-run-1"
    )
    assert said.err == "wandb: no wandb login was found, so that the run is tracked offline\n"


def test_the_learning_rate_is_the_one_of_the_step(track):
    wandb, _ = track("--wandb", "offline", "--schedule", "one_cycle")
    rates = wandb.runs[0].column("learning_rate")
    assert rates[0] == pytest.approx(0.001 / 25)  # the first step's, before the schedule moves it


def test_losses_come_in_batches(track, monkeypatch):
    monkeypatch.setattr("lab.tracking.EVERY", 1e9)
    wandb, _ = track("--wandb", "offline")
    assert [len(losses) for losses in wandb.runs[0].column("losses")] == [1, STEPS - 1]


def test_with_a_login_it_is_online(track):
    wandb, said = track("-wp", "clothes", wandb=FakeWandb(logged_in=True))
    assert [run.options["mode"] for run in wandb.runs] == ["online"]
    assert "wandb" not in said.out + said.err


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [
        ([], {}),
        (["-wp", "clothes", "--wandb", "disabled"], {}),
        (["-wp", "clothes"], {"WANDB_MODE": "disabled"}),
        (["-we", "me"], {}),
    ],
)
def test_not_tracked(track, arguments, variables):
    wandb, said = track(*arguments, **variables)
    assert not wandb.runs
    assert said.err == ""
    assert ("note: --wandb_entity has no effect" in said.out) == (arguments == ["-we", "me"])
    assert not Path("here/confusion.png").exists()
    assert not Path("here/wandb").exists()


@pytest.mark.parametrize(
    ("arguments", "variables", "expected"),
    [
        (["--wandb", "online"], {}, {"project": "minitorch_np", "mode": "online"}),
        (["--wandb", "OFFLINE"], {"WANDB_MODE": "online"}, {"mode": "offline"}),
        (["-wp", "a"], {"WANDB_PROJECT": "b", "WANDB_MODE": "offline"}, {"project": "a"}),
        (["--wandb", "offline"], {"WANDB_PROJECT": "b"}, {"project": "b", "entity": None}),
        (["--wandb", "offline"], {"WANDB_DIR": "elsewhere"}, {"dir": "elsewhere"}),
    ],
)
def test_flags_and_variables(track, arguments, variables, expected):
    wandb, _ = track(*arguments, wandb=FakeWandb(logged_in=True), **variables)
    (run,) = wandb.runs
    assert {name: run.options[name] for name in expected} == expected


def test_an_agent_of_a_sweep(track):
    variables = {"WANDB_SWEEP_ID": "s1", "WANDB_RUN_ID": "r1", "WANDB_PROJECT": "sweeps"}
    wandb, _ = track("--learning_rate=0.01", wandb=FakeWandb(logged_in=True), **variables)
    (run,) = wandb.runs
    assert run.options["project"] == "sweeps"
    assert not {"id", "name"} & set(run.options)  # these are the sweep's to give
    assert run.name.startswith("hl_1_bs_32_ac_tanh_sz_16_op_adam_lr_0.01_")


def test_resumed_it_is_the_same_run_of_the_server(track, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    wandb = FakeWandb(logged_in=True)
    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(training.Progress, "on_epoch_end", interrupt)
        track("--wandb", "online", "--checkpoint_every", "1", wandb=wandb)
    track("--wandb", "online", "--resume", wandb=wandb)
    first, second = (run.options for run in wandb.runs)
    assert not {"id", "resume"} & set(first)
    assert (second["id"], second["resume"]) == ("id0", "allow")
    track("--wandb", "online", "--overwrite", wandb=wandb)
    assert "id" not in wandb.runs[2].options
    assert Path("here/wandb_id.txt").read_text() == "id2\n"


def test_offline_each_is_a_run_of_its_own(track):
    wandb, _ = track("--wandb", "offline")
    assert not Path("here/wandb_id.txt").exists()
    Path("here/metrics.json").unlink()
    Path("here/wandb_id.txt").write_text("id0")  # from a time with a server
    wandb, _ = track("--wandb", "offline", "--resume")
    assert not {"id", "resume"} & set(wandb.runs[0].options)


# ---- what fails ----------------------------------------------------------------------------------

METHODS = ["init", "name", "define_metric", "log", "summary", "log_artifact", "finish", "teardown"]
METHODS += ["Image", "confusion_matrix", "Artifact"]


@pytest.mark.parametrize("method", METHODS)
def test_a_failure_ends_the_tracking_alone(track, method):
    _, said = track("--wandb", "offline", wandb=FakeWandb(fails=method))
    assert result()["epochs"] == 2
    assert Path("here/model.safetensors").exists()
    assert said.err == (
        f"wandb: tracking ends here, and training goes on: RuntimeError: {method} failed\n"
    )
    assert ("wandb sync" in said.out) == (method not in ("init", "name"))  # is there a run?


@pytest.mark.parametrize("method", ["login", "init online"])
def test_without_a_server_it_is_offline(track, method):
    wandb, said = track("-wp", "a", wandb=FakeWandb(logged_in=True, fails=method))
    assert [run.options["mode"] for run in wandb.runs] == ["offline"]
    assert said.err == (
        "wandb: no run could be opened online, so that it is tracked offline: "
        f"RuntimeError: {method} failed\n"
    )
    assert "wandb sync" in said.out


def test_without_wandb(track):
    _, said = track("-wp", "a", wandb=MISSING)
    assert result()["epochs"] == 2
    assert said.err.startswith("wandb: tracking ends here, and training goes on: ModuleNotFound")
    assert said.err.count("\n") == 1


def test_interrupted_and_failed_runs_say_so(track, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    wandb = FakeWandb()
    with monkeypatch.context() as patch, pytest.raises(SystemExit) as left:
        patch.setattr(training.Progress, "on_epoch_end", interrupt)
        track("--wandb", "offline", wandb=wandb)
    assert left.value.code == wandb.runs[0].exit_code == 130
    assert sum(map(len, wandb.runs[0].column("losses"))) == STEPS / 2
    with pytest.raises(SystemExit) as left:
        track("--wandb", "offline", *DIVERGING, wandb=wandb)
    assert left.value.code == 2
    assert wandb.runs[1].exit_code == 1


# ---- wandb itself --------------------------------------------------------------------------------


@pytest.fixture
def command(tmp_path):
    """The training script as a process of its own, without a login; and its environment."""
    pytest.importorskip("wandb")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("WANDB", "MINITORCH"))}
    home = {"HOME": str(tmp_path / "home"), "MPLCONFIGDIR": str(tmp_path / "home")}
    environment = {**kept, **home, "MINITORCH_NP_ENGINE": "numpy"}
    (tmp_path / "home").mkdir()
    (tmp_path / "here").mkdir()
    return {"cwd": tmp_path / "here", "env": environment, "stderr": subprocess.PIPE, "text": True}


def test_the_standards_own_command(command, real_data):
    command["env"]["MINITORCH_NP_DATA"] = str(real_data)
    arguments = ["--wandb_entity", "myname", "--wandb_project", "myprojectname", "--limit", "200"]
    done = subprocess.run(
        f"'{sys.executable}' '{SCRIPT}' {' '.join(arguments)} <&-",  # no standard input at all
        shell=True,
        stdout=subprocess.PIPE,
        timeout=120,
        **command,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == "wandb: no wandb login was found, so that the run is tracked offline\n"
    here = command["cwd"]
    (folder,) = (here / "runs").iterdir()
    assert [path.name for path in here.iterdir()] == ["runs"]
    (run,) = (folder / "wandb").glob("offline-run-*")
    sync = f"to send what was tracked: wandb sync {run.relative_to(here)}"
    assert done.stdout.splitlines()[-1] == sync
    (record,) = run.glob("*.wandb")
    for part in (b"myname", b"myprojectname", b"hl_2_bs_64_ac_relu", b"val_accuracy"):
        assert part in record.read_bytes(), part
    media = {path.name.split("_")[0] for path in (run / "files" / "media" / "images").iterdir()}
    assert media == {"samples", "confusion"}
    assert not list(Path(command["env"]["HOME"]).rglob("*wandb*"))


def test_interrupted_at_a_terminal(command):
    controller, terminal = pty.openpty()  # where wandb would ask for a login
    arguments = ["-wp", "a", "-d", "silhouettes", "-e", "1000", "--no_progress"]
    with subprocess.Popen(
        [sys.executable, SCRIPT, *arguments], stdin=terminal, stdout=subprocess.PIPE, **command
    ) as process:
        try:
            while not process.stdout.readline().startswith("epoch"):
                assert process.poll() is None
            process.send_signal(signal.SIGINT)
            out, error = process.communicate(timeout=60)
        finally:
            process.kill()
            os.close(terminal)
            os.close(controller)
    assert process.returncode == 130, error
    assert "wandb sync runs/" in out
    assert error.splitlines()[-1] == "fashion_mnist.py: interrupted; what was written stays"
    assert "Traceback" not in error


# ---- names ---------------------------------------------------------------------------------------

OTHER = {
    "model": "cnn",
    "epochs": 3,
    "batch_size": 17,
    "loss": "mean_squared_error",
    "label_smoothing": 0.2,
    "optimizer": "nadam",
    "learning_rate": 0.0010000001,
    "schedule": "one_cycle",
    "momentum": 0.91,
    "beta": 0.5,
    "beta1": 0.5,
    "beta2": 0.5,
    "epsilon": 1e-7,
    "weight_decay": 5e-4,
    "weight_init": "Xavier",
    "activation": "sigmoid",
    "hidden_size": (128, 64, 64),
    "dropout": 0.5,
    "augment": ("flip",),
    "views": True,
    "seed": 1,
}


def test_a_name_begins_as_people_expect():
    name = config("-nhl", "3", "-b", "16", "-a", "tanh", "-sz", "64").name
    assert name == "hl_3_bs_16_ac_tanh_sz_64_op_adam_lr_0.001_ep_10_seed_0"


def test_every_setting_makes_another_name():
    described = config("-nhl", "3", "-b", "16", "-a", "tanh")
    configs = [described, *(dataclasses.replace(described, **{k: v}) for k, v in OTHER.items())]
    configs += [dataclasses.replace(described, hidden_size=sizes) for sizes in OTHER_SIZES]
    cycling = dataclasses.replace(described, schedule="one_cycle", momentum=0.5)
    configs += [cycling, dataclasses.replace(cycling, cycle_momentum=False)]
    names = [each.name for each in configs]
    assert len(set(names)) == len(names)
    fields = {field.name for field in dataclasses.fields(Config)}
    assert fields == OTHER.keys() | {"cycle_momentum"}, "a setting without a case"


OTHER_SIZES = [(), (128, 128, 64), (128, 64), (64, 128), (128, 128), (12, 864)]


def test_long_names_are_cut_and_still_differ():
    sizes = [str(n) for n in range(1, 80)]
    names = {config("-sz", *sizes, "--seed", seed).name for seed in "12"}
    assert [len(name) for name in names] == [LONGEST, LONGEST]
    assert all(name.startswith("hl_79_bs_64_ac_relu_sz_1x2x3") for name in names)
    each = config()
    data = {run_name(each, "mnist"), run_name(each, "digits"), run_name(each, "mnist", 5)}
    assert len(data) == 3


# ---- what agents of a sweep pass -----------------------------------------------------------------

PASSED = {
    "wandb_project": ("p", "p"),
    "wandb_entity": ("e", "e"),
    "wandb": ("offline", "offline"),
    "dataset": ("MNIST", "mnist"),
    "epochs": ("5.0", 5),
    "batch_size": ("16", 16),
    "loss": ("squared_error", "mean_squared_error"),
    "optimizer": ("nesterov", "nag"),
    "learning_rate": ("0.0001", 1e-4),
    "momentum": ("0.5", 0.5),
    "beta": ("0.5", 0.5),
    "beta1": ("0.5", 0.5),
    "beta2": ("0.5", 0.5),
    "epsilon": ("1e-06", 1e-6),
    "weight_decay": ("0.0005", 5e-4),
    "weight_init": ("xavier", "Xavier"),
    "num_layers": ("2", 2),
    "hidden_size": ("[128, 64]", [128, 64]),
    "activation": ("relu", "ReLU"),
    "model": ("cnn", "cnn"),
    "dropout": ("0.1", 0.1),
    "label_smoothing": ("0.1", 0.1),
    "schedule": ("one_cycle", "one_cycle"),
    "augment": ("['flip', 'shift']", ["flip", "shift"]),
    "views": ("True", True),
    "limit": ("100", 100),
    "seed": ("3", 3),
    "data_dir": ("d", "d"),
    "out": ("o", "o"),
    "threads": ("1", 1),
    "resume": ("true", True),
    "checkpoint_every": ("50", 50),
    "overwrite": ("True", True),
    "no_progress": ("False", False),
}


def test_every_flag_takes_its_value_after_an_equals_sign():
    flags = parse([f"--{name}={text}" for name, (text, _) in PASSED.items()], "")
    values = {name: value for name, (_, value) in PASSED.items()}
    assert {name: getattr(flags, name) for name in PASSED} == values
    assert vars(flags).keys() == PASSED.keys(), "a flag without a case"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--hidden_size=64"], {"hidden_size": [64]}),
        (["--hidden_size", "[64,", "32]"], {"hidden_size": [64, 32]}),
        (["-sz", "64", "32"], {"hidden_size": [64, 32]}),
        (["--hidden_size=64,32"], {"hidden_size": [64, 32]}),
        (["--augment=[]"], {"augment": []}),
        (["--augment"], {"augment": []}),
        (["--overwrite", "--seed", "1"], {"overwrite": True, "seed": 1}),
        (["--overwrite", "false"], {"overwrite": False, "no_progress": False}),
    ],
)
def test_lists_and_switches(arguments, expected):
    flags = parse(arguments, "")
    assert {name: getattr(flags, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("argument", "sentence"),
    [
        ("--hidden_size=[]", "--hidden_size: expected at least one"),
        ("--hidden_size=[64, 0]", "an integer of at least 1, got '0'"),
        ("--augment=[rotate]", "expected one of flip, shift, erase, got 'rotate'"),
        ("--epochs=5.5", "an integer of at least 1, got '5.5'"),
        ("--overwrite=maybe", "expected true, false or no value, got 'maybe'"),
        ("--wandb=on", "expected one of online, offline, disabled, got 'on'"),
    ],
)
def test_mistakes_in_values(capsys, argument, sentence):
    with pytest.raises(SystemExit) as left:
        parse([argument], "")
    assert left.value.code == 2
    assert sentence in capsys.readouterr().err
