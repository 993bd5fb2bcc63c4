"""Killed and interrupted trainings, gone on with, end as those that were never stopped."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
KILLS = int(os.environ.get("MINITORCH_NP_KILLS", "8"))
FLAGS = ["-d", "silhouettes", "-e", "3", "--limit", "2500", "-nhl", "1", "-sz", "32", "-b", "16"]
# dropout, augmentation and a schedule: all that is random, and a scheduler
FLAGS += ["--dropout", "0.2", "--augment", "flip", "shift", "--schedule", "one_cycle"]
FLAGS += ["--threads", "1", "--no_progress"]


def start(folder, *flags, out="out"):
    """Start the training script in ``folder``."""
    kept = {name: value for name, value in os.environ.items() if "MINITORCH" not in name}
    env = {**kept, "HOME": str(folder), "MINITORCH_NP_ENGINE": "numpy"}
    script = str(ROOT / "examples" / "fashion_mnist.py")
    command = [sys.executable, script, *FLAGS, "--out", out, *flags]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=folder, env=env, **pipes)


def run(folder, *flags, out="out"):
    """Run it to its end; return the exit code and what it said."""
    with start(folder, *flags, out=out) as process:
        try:
            said, error = process.communicate(timeout=120)
        finally:
            process.kill()
    return process.returncode, said, error


def wait_for(process, path, seconds=60):
    """Wait until there is a file, while a process runs."""
    end = time.monotonic() + seconds
    while not path.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The folder of a run that was never stopped."""
    folder = tmp_path_factory.mktemp("whole")
    code, _, error = run(folder)
    assert code == 0, error
    return folder / "out"


def without_times(path):
    """The rows of history.csv without seconds and speed."""
    rows = csv.DictReader(path.read_text().splitlines())
    return [{k: v for k, v in row.items() if "second" not in k} for row in rows]


def assert_same(out, whole):
    """A finished run is, but for times, file for file the one that was never stopped."""
    for name in ("model.safetensors", "best.safetensors", "steps.csv", "samples.png"):
        assert (out / name).read_bytes() == (whole / name).read_bytes(), name
    assert without_times(out / "history.csv") == without_times(whole / "history.csv")
    ours, theirs = (json.loads((folder / "metrics.json").read_text()) for folder in (out, whole))
    for name in ("train_seconds", "images_per_second"):
        assert ours.pop(name) > 0
        theirs.pop(name)
    assert ours == theirs
    assert {path.name for path in out.iterdir()} == {path.name for path in whole.iterdir()}


def test_200_kills_on_request_and_a_few_always():
    """The library alone, its process killed in the middle of writing: see tests/kills.py."""
    script = str(ROOT / "tests" / "kills.py")
    done = subprocess.run(
        [sys.executable, script, "--kills", str(KILLS)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    number, halves = map(int, re.match(r"(\d+) kills, after (\d+) of", done.stdout).groups())
    assert number >= KILLS
    assert halves > 0, "no kill came in the middle of a write"


def test_the_script_killed_interrupted_and_terminated(tmp_path, whole):
    out = tmp_path / "out"
    stops = ((signal.SIGKILL, -9), (signal.SIGINT, 130), (signal.SIGTERM, 143))
    for number, expected in stops:
        with start(tmp_path, "--resume", "--checkpoint_every", "5") as process:
            try:
                before = (out / "checkpoint.safetensors").stat().st_ino if out.exists() else None
                wait_for(process, out / "checkpoint.safetensors")
                while (out / "checkpoint.safetensors").stat().st_ino == before:
                    assert process.poll() is None, process.communicate()
                    time.sleep(0.002)
                process.send_signal(number)
                _, error = process.communicate(timeout=60)
            finally:
                process.kill()
        assert process.returncode == expected, error
        if number != signal.SIGKILL:
            assert error.splitlines() == [
                "go on with the same flags and --out out --resume",
                "fashion_mnist.py: interrupted; what was written stays",
            ]
        assert not (out / "metrics.json").exists()
    code, _, error = run(tmp_path, "--resume")
    assert code == 0, error
    assert_same(out, whole)


def test_a_finished_run_is_left_alone(whole):
    before = {path.name: path.stat().st_mtime_ns for path in whole.iterdir()}
    code, said, error = run(whole.parent, "--resume")
    assert (code, error) == (0, "")
    assert said.endswith("the run in out is finished; there is nothing to go on with\n")
    assert {path.name: path.stat().st_mtime_ns for path in whole.iterdir()} == before


def refused(result, *sentences):
    code, _, error = result
    assert code == 2, error
    assert len(error.splitlines()) == 1, error
    assert all(sentence in error for sentence in sentences), error


def test_what_cannot_be_gone_on_with_is_one_sentence(tmp_path, whole):
    refused(run(whole.parent, "--resume", "-lr", "0.5"), "learning_rate 0.5", "0.001")
    refused(run(whole.parent, "--resume", "--overwrite"), "--resume", "no --overwrite")
    out = tmp_path / "out"
    out.mkdir()
    for path in whole.iterdir():
        if path.name != "metrics.json":
            (out / path.name).write_bytes(path.read_bytes())
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    refused(run(tmp_path, "--resume", "--seed", "1"), "seed is 0, and here 1")
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    content = (out / "checkpoint.safetensors").read_bytes()
    (out / "checkpoint.safetensors").write_bytes(content[:-100])
    refused(run(tmp_path, "--resume"), "checkpoint.safetensors", "incomplete")
    assert (out / "steps.csv").read_bytes() == before["steps.csv"]
    (out / "checkpoint.safetensors").write_bytes(content)
    code, _, error = run(tmp_path, "--resume")  # all epochs are done: the rest is written
    assert code == 0, error
    assert_same(out, whole)


def test_a_run_without_a_checkpoint_yet_is_begun(tmp_path, whole):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "history.csv").touch()
    (tmp_path / "out" / "steps.csv").write_text("step,epoch,loss\n1,1,2.3\n")
    code, _, error = run(tmp_path, "--resume")
    assert code == 0, error
    assert_same(tmp_path / "out", whole)
