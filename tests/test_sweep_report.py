"""The report of a sweep: its words follow from the runs, its page needs no network."""

import csv
import importlib
import json
import re
import shutil
import subprocess
import sys

import pytest
from sweeps import EXAMPLES, environment

HEAD = "name,status,val_accuracy,seconds,optimizer,weight_decay,learning_rate,started,error"
SWEEP = {
    "name": "made",
    "method": "random",
    "program": str(EXAMPLES / "fashion_mnist.py"),
    "dataset": "fashion_mnist",
    "sweep": {"parameters": dict.fromkeys(("optimizer", "weight_decay", "learning_rate"))},
}


def made(folder, runs=48):
    """A sweep in which a strong decay always fails and nadam is better than adam than sgd."""
    folder.mkdir(exist_ok=True)
    (folder / "sweep.json").write_text(json.dumps(SWEEP))
    gain = {"nadam": 0.06, "adam": 0.03, "sgd": 0.0}
    rows = []
    for i in range(runs):
        optimizer, decay, rate = (
            list(gain)[i % 3],
            (0, 0.0005, 0.5)[i // 3 % 3],
            10 ** (-2 - i / 20),
        )
        accuracy = 0.1 if decay == 0.5 else 0.82 + gain[optimizer] - 0.0001 * i
        values = [optimizer, decay, rate, f"2026-01-01T00:{i:02d}:00.000", ""]
        rows.append([f"run_{i}", "finished", accuracy, 1.5, *values])
    rows.append(["run_p", "pruned", 0.3, 0.5, "sgd", 0, 0.01, "2026-01-01T00:50:00.000", ""])
    broken = ["run_f", "failed", "", 0.1, "sgd", 0, 0.01, "2026-01-01T00:51:00.000", "<b>no</b>"]
    with (folder / "runs.csv").open("w", newline="") as file:
        csv.writer(file).writerows([HEAD.split(","), *rows, broken])
    return folder


@pytest.fixture
def report(monkeypatch):
    """The package behind the report."""
    monkeypatch.syspath_prepend(EXAMPLES)
    for module in ("failures", "importance", "results", "words"):
        importlib.import_module(f"lab.sweep.report.{module}")
    return importlib.import_module("lab.sweep.report")


def test_what_matters_is_found(report, tmp_path):
    found = report.importance.importance(report.results.read(made(tmp_path)))
    assert next(iter(found.share)) == "weight_decay" and found.share["weight_decay"] > 0.8
    assert sum(found.share.values()) == pytest.approx(1)
    assert found.correlation["weight_decay"] < -0.5
    assert found.correlation["optimizer = nadam"] > 0 > found.correlation["optimizer = sgd"]
    assert found.explained > 0.9
    # Failures drown everything else: among the runs that reach 65 % it is the optimizer.
    everyone, good = report.words.importance_in_words(found, report.results.read(tmp_path))
    assert "come from: weight_decay" in everyone and "come from: optimizer" in good


def test_what_failing_runs_share_is_found(report, tmp_path):
    results = report.results.read(made(tmp_path))
    assert len(report.failures.failing(results)) == 15
    (rule,) = report.failures.rules(results)
    assert rule.values == {"weight_decay": [0.5]} and (rule.failing, rule.runs) == (15, 15)
    worst = report.failures.by_value(results)[0]
    assert (worst.parameter, worst.value, worst.share) == ("weight_decay", 0.5, 1)
    first, second = report.words.failures_in_words(results)
    assert first == "15 of 48 finished runs stay under 65 %."
    assert second.startswith("weight_decay 0.5: 15 of 15 fail (a decay as strong as this")


def test_the_recommendation_follows_from_the_runs(report, tmp_path):
    results = report.results.read(made(tmp_path))
    said = report.words.recommendation(results, report.importance.importance(results))
    assert said[0].startswith("Take the best run: 88.00 % of the validation images right")
    assert "optimizer nadam (10 of 10)" in said[1]
    assert any("learning_rate" in line and "nadam 87." not in line for line in said)
    compared = next(line for line in said if line.startswith("optimizer, mean"))
    assert compared.index("nadam") < compared.index(" adam") < compared.index("sgd")


def test_few_runs_are_not_talked_up(report, tmp_path):
    results = report.results.read(made(tmp_path, runs=5))
    assert report.importance.importance(results) is None
    assert "too few to say what matters" in report.words.importance_in_words(None, results)[0]


def test_commands_repeat_their_runs(report, tmp_path, monkeypatch):
    parse = importlib.import_module("lab.command_line").parse
    results = report.results.read(made(tmp_path))
    words = results.command(results.finished[0], seed=1).split()
    assert words[:2] == ["python", "examples/fashion_mnist.py"]
    flags = parse(words[2:], "")
    assert (flags.optimizer, flags.learning_rate, flags.seed) == ("nadam", 0.01, 1)


def reported(folder, **more):
    command = [sys.executable, str(EXAMPLES / "sweep_report.py"), str(folder)]
    kept = {"cwd": folder.parent, "env": environment(folder.parent, **more), "text": True}
    return subprocess.run(command, capture_output=True, timeout=120, **kept)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The folder of a report that has been written."""
    folder = made(tmp_path_factory.mktemp("report") / "sweep")
    result = reported(folder)
    assert result.returncode == 0, result.stderr
    assert "Take the best run: 88.00 %" in result.stdout
    return folder


def test_the_page_is_one_file_without_a_network(page):
    text = (page / "report.html").read_text()
    outside = text.replace(text[text.index("<script>") : text.index("</script>")], "", 1)
    assert not re.findall(r"""(?:src|href)=["']?(?:https?:)?//""", outside)
    for part in ("Parallel coordinates", "Runs under 65 %", "The best 10", "What matters"):
        assert part in outside
    assert "--optimizer=nadam" in outside and "weight_decay 0.5: 15 of 15 fail" in outside
    assert "&lt;b&gt;no&lt;/b&gt;" in outside and "<b>no</b>" not in outside
    for name in ("accuracy.png", "parallel.png", "importance.png"):
        assert (page / name).read_bytes().startswith(b"\x89PNG")


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium on this machine")
def test_a_browser_draws_it(page, tmp_path):
    flags = (
        "--headless --no-sandbox --disable-gpu --use-angle=swiftshader "
        "--enable-unsafe-swiftshader --no-first-run --disable-background-networking "
        "--disable-component-update --disable-sync --disable-quic --virtual-time-budget=4000"
    )
    command = ["chromium", *flags.split(), f"--user-data-dir={tmp_path}", "--dump-dom"]
    address = (page / "report.html").as_uri()
    result = subprocess.run([*command, address], capture_output=True, text=True, timeout=90)
    drawn = result.stdout
    assert drawn.count('class="main-svg"') >= 4  # figures are there
    assert drawn.count('class="y-axis"') == 4  # parallel coordinates: three flags, and accuracy
    assert "best so far" in drawn


@pytest.mark.parametrize(
    ("file", "text"),
    [("runs.csv", f"{HEAD}\na,b\n"), ("sweep.json", "[1]"), ("sweep.json", '{"sweep": 1}')],
)
def test_files_edited_by_hand_are_one_sentence(tmp_path, file, text):
    (made(tmp_path / "a", runs=3) / file).write_text(text)
    result = reported(tmp_path / "a")
    assert result.returncode == 2 and "the sweep's command writes them anew" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_without_a_sweep_there_is_one_sentence(tmp_path):
    for folder, sentence in (
        (tmp_path / "none", "folder of a sweep"),
        (tmp_path / "a", "finished"),
    ):
        if folder.name == "a":
            made(folder, runs=0)
        result = reported(folder)
        assert result.returncode == 2 and sentence in result.stderr
        assert len(result.stderr.strip().splitlines()) == 1
