"""The cache of compiled formulas: used, shared, and never in the way."""

import numpy as np
import pytest
from engines import STEP, finish, needs_numba, run, start

from minitorch_np import optim


def stamps(folder):
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.stat().st_size)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


NUMBA = {"MINITORCH_NP_ENGINE": "numba"}
OK = STEP + "step(); step(np.float64); print('ok')"


@needs_numba
def test_a_second_process_loads_what_the_first_compiled(tmp_path):
    said = run(OK, tmp_path, NUMBA_DEBUG_CACHE="1", **NUMBA)
    assert "data saved to" in said and "data loaded from" not in said
    before = stamps(tmp_path)
    assert {name.rsplit(".", 1)[-1] for name in before} >= {"py", "nbi", "nbc"}
    assert not any("tmp" in name for name in before)
    said = run(OK, tmp_path, NUMBA_DEBUG_CACHE="1", **NUMBA)
    assert said.endswith("ok")
    assert "data saved to" not in said and said.count("data loaded from") == 4
    assert stamps(tmp_path) == before


@needs_numba
def test_each_dtype_has_a_module_of_its_own(tmp_path):
    """One numbering of compiled code for two types would mix them up between two processes."""
    assert run(OK, tmp_path, **NUMBA) == "ok"
    names = [path.name for path in tmp_path.glob("*.py")]
    assert len(names) == 2
    assert sum("float32" in name for name in names) == 1
    assert len(list(tmp_path.rglob("*.nbc"))) == 4


@needs_numba
def test_two_processes_may_compile_at_once(tmp_path):
    processes = [start(OK, tmp_path, **NUMBA) for _ in range(2)]
    assert [finish(process) for process in processes] == ["ok"] * 2
    before = stamps(tmp_path)
    assert not any("tmp" in name for name in before)
    assert run(OK, tmp_path, **NUMBA) == "ok"


@needs_numba
def test_the_cache_lies_where_the_environment_says(tmp_path):
    one, two, home = tmp_path / "one", tmp_path / "two", tmp_path / "home"
    code = STEP + "step(); print('ok')"
    assert run(code, one / "deep", XDG_CACHE_HOME=two, HOME=home, **NUMBA) == "ok"
    assert list((one / "deep").glob("*.py")) and not two.exists() and not home.exists()
    assert run(code, None, XDG_CACHE_HOME=two, HOME=home, **NUMBA) == "ok"
    assert list((two / "minitorch_np").glob("*.py")) and not home.exists()
    assert run(code, None, HOME=home, **NUMBA) == "ok"
    assert list((home / ".cache" / "minitorch_np").glob("*.py"))


def build_and_run():
    """Compile a formula, or load it, as a new process would; then use it."""
    from minitorch_np.optim.engine import numba_engine

    update = numba_engine.build(optim.SGD.momentum, 1, np.dtype(np.float32), maximize=False)
    p, g, b = (np.full(5, value, np.float32) for value in (1.0, 1.0, 2.0))
    update(p, g, b, 0.1, 0.0, 0.5, 1.0, 0.5)
    np.testing.assert_allclose(p, 0.8, rtol=1e-6)
    np.testing.assert_allclose(b, 2.0)


def no_space(*_):
    raise OSError(28, "No space left on device")


def fill_up(path, data):
    path.touch()
    no_space()


def no_home():
    raise RuntimeError("Could not determine home directory.")


@needs_numba
@pytest.mark.parametrize(
    "how", ["file", "below file", "/proc", "/dev/null", "full", "full later", "nowhere", "no home"]
)
def test_a_cache_that_cannot_be_written_is_no_error(how, tmp_path, monkeypatch):
    from numba.core import caching

    file, folder = tmp_path / "file", tmp_path / "folder"
    file.write_text("not a folder")
    places = {"file": file, "below file": file / "folder", "/proc": "/proc/none", "/dev/null": how}
    monkeypatch.setenv("MINITORCH_NP_CACHE", str(places.get(how, folder)))
    if how == "full":
        monkeypatch.setattr("pathlib.Path.write_bytes", fill_up)
    elif how == "full later":
        monkeypatch.setattr(caching.IndexDataCacheFile, "_save_data", no_space)
    elif how == "nowhere":  # neither beside the file nor in the user's own place
        monkeypatch.setattr(caching.CodeLibraryCacheImpl, "_locator_classes", [])
        monkeypatch.setattr(caching.CompileResultCacheImpl, "_locator_classes", [])
    elif how == "no home":
        monkeypatch.delenv("MINITORCH_NP_CACHE")
        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
        monkeypatch.setattr("pathlib.Path.home", no_home)
    build_and_run()
    assert file.read_text() == "not a folder"
    assert not [path for path in folder.rglob("*") if path.is_file()]


def damage(path, how):
    content = path.read_bytes()
    path.write_bytes(
        {
            "empty": b"",
            "garbage": b"\x00\xff garbage \n" * 20,
            "half": content[: len(content) // 2],
            "cut short": content[:-7],
            "another": content.replace(b"p - lr", b"p + lr"),
        }[how]
    )


@needs_numba
@pytest.mark.parametrize(
    ("file", "how"),
    [
        (file, how)
        for file in (
            "*.py",
            "*.part-*.nbi",
            "*.part-*.nbc",
            "*.lay_out-*.nbi",
            "*.lay_out-*.nbc",
        )
        for how in ("empty", "garbage", "half", "cut short")
    ]
    + [("*.py", "another")],
)
def test_a_damaged_cache_is_no_error_and_is_made_anew(file, how, tmp_path, monkeypatch):
    monkeypatch.setenv("MINITORCH_NP_CACHE", str(tmp_path))
    build_and_run()
    whole = stamps(tmp_path)
    (path,) = tmp_path.rglob(file)
    before = path.read_bytes()
    damage(path, how)
    assert path.read_bytes() != before
    build_and_run()
    build_and_run()
    again = stamps(tmp_path)
    assert list(again) == list(whole)
    build_and_run()
    assert stamps(tmp_path) == again
    if file == "*.py":
        assert path.read_bytes() == before
