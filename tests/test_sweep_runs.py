"""Sweeps run as a person runs them: every configuration once, whatever is killed."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest
from sweeps import command, config, environment, run, script, started, table

GRID = """\
program: mine.py
method: grid
parameters:
  x: {values: [0.1, 0.2, 0.3, 0.4]}
  y: {values: [0, 1]}
"""
SLOW = "time.sleep(0.3)"


def until(condition, seconds=30):
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


def ended(result):
    """It ended well and printed no traceback."""
    assert result.returncode == 0, result.stderr
    assert "Traceback" not in result.stderr
    return result.stdout


def children(pid):
    """The workers of a sweep."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            is_worker = b"spawn_main" in (process / "cmdline").read_bytes()
            parent = (process / "stat").read_text().rsplit(")", 1)[1].split()[1]
            if is_worker and int(parent) == pid:
                found.append(int(process.name))
    return found


def every_configuration_once(log, expected=8):
    lines = started(log)
    assert len(lines) == len(set(lines)) == expected, lines


def test_a_grid_with_two_workers(tmp_path):
    log = script(tmp_path)
    said = ended(run(tmp_path, config(tmp_path, GRID), "--workers", "2", "--out", "out"))
    every_configuration_once(log)
    rows = table(tmp_path / "out" / "runs.csv")
    assert list(rows[0])[:6] == ["name", "status", "val_accuracy", "seconds", "x", "y"]
    assert [row["status"] for row in rows] == ["finished"] * 8
    assert {float(row["val_accuracy"]) for row in rows} == {
        x / 10 + y / 100 for x in range(1, 5) for y in (0, 1)
    }
    assert len({row["name"] for row in rows}) == 8
    assert "8 finished, 0 pruned, 0 failed" in said and "best val_accuracy: 0.4100" in said
    assert "[8/8]" in said and "left" in said
    # The same command has nothing left to do.
    ended(run(tmp_path, tmp_path / "config.yaml", "--workers", "2", "--out", "out"))
    every_configuration_once(log)


def test_more_runs_are_added_to_those_there_are(tmp_path):
    log = script(tmp_path)
    path = config(tmp_path, GRID)
    for count in (3, 5):
        ended(run(tmp_path, path, "--out", "out", "--count", count, "--method", "random"))
        every_configuration_once(log, count)
    assert len(table(tmp_path / "out" / "runs.csv")) == 5


def test_a_failed_run_is_recorded_and_the_sweep_goes_on(tmp_path):
    script(tmp_path, 'if x == 0.2: sys.exit("no such value, sorry")')
    ended(run(tmp_path, config(tmp_path, GRID), "--out", "out"))
    rows = table(tmp_path / "out" / "runs.csv")
    failed = [row for row in rows if row["status"] == "failed"]
    assert [row["x"] for row in failed] == ["0.2", "0.2"]
    assert all("no such value, sorry" in row["error"] for row in failed)
    assert len(rows) == 8


def test_a_smaller_count_keeps_the_runs_there_are(tmp_path):
    log = script(tmp_path)
    path = config(tmp_path, GRID)
    ended(run(tmp_path, path, "--out", "a b", "--count", "3"))
    before = (tmp_path / "a b" / "runs.csv").read_text()
    said = ended(run(tmp_path, path, "--out", "a b", "--count", "1"))
    assert (tmp_path / "a b" / "runs.csv").read_text() == before
    assert "3 runs, 3 of them done" in said
    assert "sweep_report.py 'a b'" in said  # as a shell wants it
    every_configuration_once(log, 3)


def test_ctrl_c_loses_no_finished_run_and_the_same_command_goes_on(tmp_path):
    log = script(tmp_path, SLOW)
    arguments = (config(tmp_path, GRID), "--workers", "2", "--out", "out")
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    env = environment(tmp_path)
    with subprocess.Popen(command(*arguments), cwd=tmp_path, env=env, **pipes) as sweep:
        try:
            until(lambda: len(started(log)) >= 4)
        finally:
            sweep.send_signal(signal.SIGINT)
        _, error = sweep.communicate(timeout=30)
    assert sweep.returncode == 130
    assert error.strip().splitlines() == ["sweep.py: interrupted; what was written stays"]
    finished = [row["name"] for row in table(tmp_path / "out" / "runs.csv")]
    assert finished
    begun = len(started(log))
    ended(run(tmp_path, *arguments))
    rows = table(tmp_path / "out" / "runs.csv")
    assert {row["status"] for row in rows} == {"finished"}
    assert len({(row["x"], row["y"]) for row in rows}) == len(rows) == 8
    assert set(finished) <= {row["name"] for row in rows}
    again = len(started(log)) - 8
    assert again == begun - len(finished) <= 2  # those that were running, and no others


def test_a_sweep_that_is_terminated_says_so_in_its_exit_code(tmp_path):
    log = script(tmp_path, SLOW)
    line = command(config(tmp_path, GRID), "--out", "out")
    with subprocess.Popen(line, cwd=tmp_path, env=environment(tmp_path)) as sweep:
        try:
            until(lambda: started(log))
        finally:
            sweep.terminate()
        assert sweep.wait(30) == 128 + signal.SIGTERM


def test_sigkill_of_a_worker_and_of_the_sweep(tmp_path):
    log = script(tmp_path, SLOW)
    arguments = (config(tmp_path, GRID), "--workers", "2", "--out", "out")
    env = environment(tmp_path)
    with subprocess.Popen(
        command(*arguments), cwd=tmp_path, env=env, stdout=subprocess.DEVNULL
    ) as sweep:
        try:
            until(lambda: len(started(log)) >= 3)
            first = children(sweep.pid)
            assert len(first) == 2
            os.kill(first[0], signal.SIGKILL)
            until(lambda: set(children(sweep.pid)) - set(first))  # another has taken its place
            workers = children(sweep.pid)
            until(lambda: len(started(log)) >= 5)
        finally:
            sweep.kill()
    until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in workers))
    ended(run(tmp_path, *arguments))
    rows = table(tmp_path / "out" / "runs.csv")
    assert {row["status"] for row in rows} == {"finished"}
    assert len({(row["x"], row["y"]) for row in rows}) == len(rows) == 8
    assert len(started(log)) <= 8 + 3  # run again: one of the killed worker, two of the sweep


def test_a_configuration_that_kills_its_worker_is_given_up(tmp_path):
    log = script(tmp_path, "if x == 0.1: os.kill(os.getppid(), signal.SIGKILL)")
    path = config(tmp_path, GRID.replace("[0.1, 0.2, 0.3, 0.4]", "[0.1, 0.2]"))
    ended(run(tmp_path, path, "--out", "out", "--count", "3"))
    rows = table(tmp_path / "out" / "runs.csv")
    killers = [row for row in rows if row["status"] == "failed"]
    assert [row["error"] for row in killers] == ["its worker was killed 3 times"] * 2
    assert len(started(log)) == 3 + 3 + 1


def test_two_machines_share_a_database(tmp_path):
    log = script(tmp_path, "time.sleep(0.1)")
    path = config(tmp_path, GRID)
    url = f"sqlite:///{tmp_path / 'shared.db'}"
    # The tables are there before: SQLite has no way of making them from two sides at once.
    ended(run(tmp_path, path, "--storage", url, "--out", "zero", "--count", "1"))
    env = environment(tmp_path)
    sweeps = [
        subprocess.Popen(
            command(path, "--storage", url, "--out", out), cwd=tmp_path, env=env, text=True
        )
        for out in ("one", "two")
    ]
    try:
        assert [sweep.wait(90) for sweep in sweeps] == [0, 0]
    finally:
        for sweep in sweeps:
            sweep.kill()
    every_configuration_once(log)
    for out in ("one", "two"):
        assert len(table(tmp_path / out / "runs.csv")) == 8
    assert sqlite3.connect(tmp_path / "shared.db").execute("select count(*) from trials")


def test_early_terminate_stops_what_lags_behind(tmp_path):
    script(
        tmp_path,
        'out.joinpath("history.csv").write_text(f"epoch,val_accuracy\\n1,{x}\\n")\n'
        "time.sleep(10 if x < 0.3 else 0)",
    )
    text = GRID.replace("[0.1, 0.2, 0.3, 0.4]", "[0.9, 0.8, 0.7, 0.1]").replace("[0, 1]", "[0]")
    early = "early_terminate: {type: hyperband, min_iter: 1, max_iter: 1}\n"
    begun = time.monotonic()
    ended(run(tmp_path, config(tmp_path, text + early), "--out", "out"))
    rows = {row["x"]: row["status"] for row in table(tmp_path / "out" / "runs.csv")}
    assert rows["0.1"] == "pruned" and rows["0.9"] == "finished"
    assert time.monotonic() - begun < 10


def refused(result, sentence):
    """Exit code 2, one sentence, no traceback."""
    assert result.returncode == 2, result.stderr
    assert sentence in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    return True


def test_what_cannot_be_done_is_said_in_one_sentence(tmp_path):
    script(tmp_path)
    path = config(tmp_path, GRID)
    assert refused(run(tmp_path, "none.yaml"), "No such file")
    other = tmp_path / "other.yaml"
    for text, sentence in (
        ("a: [", "expected YAML"),
        (GRID.replace("mine.py", "yours.py"), "program: expected a script beside"),
        (GRID.replace("grid", "random").replace("values: [0, 1]", "min: 0.0, max: 1.0"), "--count"),
    ):
        other.write_text(text)
        assert refused(run(tmp_path, other), sentence)
    for url in ("sqlite:////no/such/folder/a.db", "nonsense"):
        result = run(tmp_path, path, "--storage", url, "--out", "out")
        assert refused(result, "--storage: expected a database that can be reached")
    secret = run(tmp_path, path, "--storage", "nodb://me:secret@127.0.0.1/x", "--out", "out")
    assert refused(secret, "got nodb://me:***@127.0.0.1/x")
    (tmp_path / "file").write_text("")
    assert refused(run(tmp_path, path, "--out", "file/out"), "--out: expected a folder that can")
    (tmp_path / "out" / "sweep.json").write_text("[1]")
    assert refused(run(tmp_path, path, "--out", "out"), "a sweep's description in")


def test_a_folder_holds_one_sweep(tmp_path):
    script(tmp_path, SLOW)
    path = config(tmp_path, GRID)
    ended(run(tmp_path, path, "--out", "out", "--count", "1"))
    result = run(tmp_path, path, "--out", "out", "--count", "1", "--method", "random")
    assert refused(result, "got another method")
    kept = (tmp_path / "out" / "runs.csv").read_text()
    other = tmp_path / "other.yaml"
    other.write_text("name: other\n" + GRID)
    assert refused(run(tmp_path, other, "--out", "out"), "'config'; name another")
    shared = run(tmp_path, path, "--out", "out", "--storage", f"sqlite:///{tmp_path}/a.db")
    assert refused(shared, "the storage 'database', or a new one")
    assert (tmp_path / "out" / "runs.csv").read_text() == kept
    with subprocess.Popen(
        [*command(path, "--out", "out")], cwd=tmp_path, env=environment(tmp_path)
    ) as sweep:
        try:
            until(lambda: children(sweep.pid))
            assert refused(run(tmp_path, path, "--out", "out"), "no sweep is running")
            assert sweep.wait(60) == 0
        finally:
            sweep.kill()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
def test_a_full_disk_keeps_what_was_finished(tmp_path):
    script(tmp_path, SLOW)
    path = config(tmp_path, GRID)
    ended(run(tmp_path, path, "--out", "out", "--count", "2"))
    before = (tmp_path / "out" / "runs.csv").read_text()
    journal = tmp_path / "out" / "journal.log"
    kept = journal.read_bytes()
    limit = f"ulimit -f {len(kept) // 1024 + 1}; trap '' XFSZ; "  # in units of 1024 bytes
    line = limit + " ".join(command(path, "--out", "out"))
    full = subprocess.run(
        ["bash", "-c", line],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
    )
    assert refused(full, "File too large")
    assert before.splitlines()[1] in (tmp_path / "out" / "runs.csv").read_text()
    ended(run(tmp_path, path, "--out", "out"))
    rows = table(tmp_path / "out" / "runs.csv")
    assert [row["status"] for row in rows] == ["finished"] * 8
    assert set(before.splitlines()) <= set((tmp_path / "out" / "runs.csv").read_text().splitlines())


def test_a_line_that_was_not_written_to_its_end_is_mended(tmp_path):
    log = script(tmp_path)
    path = config(tmp_path, GRID)
    ended(run(tmp_path, path, "--out", "out", "--count", "2"))
    with (tmp_path / "out" / "journal.log").open("a") as journal:
        journal.write('{"op_code":4,"worker_id":"abc')
    ended(run(tmp_path, path, "--out", "out"))
    every_configuration_once(log)
    for line in (tmp_path / "out" / "journal.log").read_text().splitlines():
        json.loads(line)
