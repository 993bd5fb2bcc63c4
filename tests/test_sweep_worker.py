"""What a sweep trains is what the training script trains, and what wandb is told is so too."""

import argparse
import importlib
import json
import subprocess
import sys
import types

import pytest
from sweeps import EXAMPLES, config, environment, run, table

CONFIG = """\
program: fashion_mnist.py
method: grid
metric: {name: val_accuracy, goal: maximize}
parameters:
  dataset: {value: silhouettes}
  limit: {value: 600}
  epochs: {value: 2}
  activation: {values: [tanh, ReLU]}
  hidden_size: {values: [[16, 8]]}
  optimizer: {values: [nesterov]}
  beta1: {value: 0.8}
"""


def test_a_run_is_the_scripts_own_to_the_last_bit(tmp_path):
    result = run(tmp_path, config(tmp_path, CONFIG), "--workers", "2", "--out", "out")
    assert result.returncode == 0, result.stderr
    rows = table(tmp_path / "out" / "runs.csv")
    assert {row["name"][: len("hl_2_bs_64_ac_")] for row in rows} == {"hl_2_bs_64_ac_"}
    row = next(row for row in rows if row["activation"] == "tanh")
    flags = "--limit=600 --epochs=2 --activation=tanh --hidden_size 16 8 --optimizer=nag"
    command = [sys.executable, str(EXAMPLES / "fashion_mnist.py"), *flags.split()]
    command += ["--dataset=silhouettes", "--threads=1", "--out=single"]
    subprocess.run(command, cwd=tmp_path, env=environment(tmp_path), check=True, timeout=60)
    metrics = json.loads((tmp_path / "single" / "metrics.json").read_text())
    assert float(row["val_accuracy"]) == metrics["val_accuracy"]


def test_a_run_that_fails_has_the_name_of_its_configuration(tmp_path):
    text = CONFIG.replace("tanh, ReLU", "ReLU") + "  learning_rate: {value: 1.0e30}\n"
    result = run(tmp_path, config(tmp_path, text), "--out", "out", "--count", "1")
    assert result.returncode == 0, result.stderr
    (row,) = table(tmp_path / "out" / "runs.csv")
    assert row["status"] == "failed" and row["name"].startswith("hl_2_bs_64_ac_")


class FakeRun:
    """A run of the fake wandb: it remembers what it is told."""

    def __init__(self, values):
        self.config, self.name, self.rows, self.exit_code = values, "sunny-sweep-1", [], 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False

    def log(self, row):
        self.rows.append(row)

    def finish(self, exit_code=0):
        self.exit_code = exit_code


class FakeWandb(types.ModuleType):
    """A wandb whose server sends the configurations of a grid one after the other."""

    Error = type("Error", (Exception,), {})

    def __init__(self, logged_in=True, answers=True):
        super().__init__("wandb")
        self.logged_in, self.answers = logged_in, answers
        self.runs, self.sweeps, self.agents = [], [], []

    def login(self, prompt=True):
        assert not prompt
        return self.logged_in

    def sweep(self, described, entity=None, project=None):
        if not self.answers:
            raise self.Error("no\nanswer")
        self.sweeps.append((described, entity, project))
        return "abc123"

    def agent(self, sweep_id, function=None, entity=None, project=None, count=None):
        assert sweep_id == "abc123"
        self.agents.append((function, entity, project, count))
        described = self.sweeps[-1][0]["parameters"]
        for value in described.get("activation", {"values": []})["values"] if function else ():
            values = {name: entry.get("value") for name, entry in described.items()}
            self.next = {**values, "activation": value}
            function()

    def init(self):
        self.runs.append(FakeRun(self.next))
        return self.runs[-1]


@pytest.fixture
def through_wandb(monkeypatch, tmp_path):
    """Run a sweep with a fake wandb."""
    monkeypatch.syspath_prepend(EXAMPLES)
    monkeypatch.delenv("WANDB_MODE", raising=False)
    engine = importlib.import_module("lab.sweep.engine_wandb")
    schema = importlib.import_module("lab.sweep.schema")
    program = importlib.import_module("lab.sweep.program")

    def sweep_with(wandb, text, count=None):
        monkeypatch.setitem(sys.modules, "wandb", wandb)
        path = config(tmp_path, text)
        sweep = schema.Sweep.of(schema.read(path))
        return engine.run(sweep, program.find(sweep, path), tmp_path, None, count)

    sweep_with.UserError = schema.UserError
    return sweep_with


SENT = CONFIG.replace("values: [[16, 8]]", "value: [16, 8]")
SENT = SENT.replace("values: [nesterov]", "value: nesterov") + "project: there\nentity: me\n"


def test_wandb_is_told_the_file_and_its_runs_are_named_and_logged(through_wandb):
    wandb = FakeWandb()
    assert through_wandb(wandb, SENT, count=7) == "abc123"
    ((described, entity, project),) = wandb.sweeps
    assert (described["method"], entity, project) == ("grid", "me", "there")
    assert described["program"].endswith("examples/fashion_mnist.py")
    assert described["parameters"]["activation"] == {"values": ["tanh", "ReLU"]}
    assert wandb.agents[0][1:] == ("me", "there", 7)
    assert [run.name[:18] for run in wandb.runs] == ["hl_2_bs_64_ac_tanh", "hl_2_bs_64_ac_relu"]
    for sent in wandb.runs:
        assert [row["epoch"] for row in sent.rows] == [1, 2]
        assert {"train_loss", "train_accuracy", "val_loss", "val_accuracy"} <= set(sent.rows[0])
        assert 0 < sent.rows[-1]["val_accuracy"] <= 1


def test_a_run_that_fails_does_not_end_the_agent(through_wandb, capsys):
    wandb = FakeWandb()
    entry = "  learning_rate: {value: 1.0e+30}\n  epochs"
    through_wandb(wandb, SENT.replace("  epochs", entry))
    assert [run.exit_code for run in wandb.runs] == [0, 1]  # a tanh saturates, a ReLU does not
    assert capsys.readouterr().out.count("expected a finite loss") == 1


def test_a_script_of_ones_own_is_run_by_wandbs_agent_itself(through_wandb, tmp_path):
    (tmp_path / "mine.py").write_text("")
    wandb = FakeWandb()
    through_wandb(wandb, SENT.replace("fashion_mnist.py", "mine.py"))
    assert wandb.agents == [(None, "me", "there", None)]
    assert wandb.sweeps[0][0]["program"] == str((tmp_path / "mine.py").resolve())


@pytest.mark.parametrize(
    ("wandb", "sentence"),
    [
        (FakeWandb(logged_in=False), "expected a login, found none"),
        (FakeWandb(answers=False), "expected a server that answers, got no answer"),
        (None, "expected the package wandb"),
    ],
    ids=["no login", "no server", "no wandb"],
)
def test_without_wandbs_server_there_is_one_sentence(through_wandb, wandb, sentence):
    with pytest.raises(through_wandb.UserError, match=sentence):
        through_wandb(wandb, SENT)


def test_the_flags_of_a_configuration(monkeypatch):
    monkeypatch.syspath_prepend(EXAMPLES)
    training = importlib.import_module("lab.sweep.training")
    flags = training.as_flags({"learning_rate": 1e-05, "hidden_size": [128, 64], "loss": "nll"})
    assert flags == ["--learning_rate=1e-05", "--hidden_size", "128", "64", "--loss=nll"]
    parser = argparse.ArgumentParser()
    parser.add_argument("--hidden_size", type=int, nargs="+")
    assert parser.parse_args(flags[1:4]).hidden_size == [128, 64]
