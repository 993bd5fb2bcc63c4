"""Loops that numba compiles where it can: chosen by engine and dtype, cached, never in the way."""

import warnings

import numpy as np
import pytest
from engines import finish, needs_numba, run, start

import minitorch_np as mt
from minitorch_np.engine import Loop
from minitorch_np.nn.loss import cross_entropy

SINGLE = np.dtype(np.float32)


@pytest.fixture(autouse=True)
def _engine_as_before():
    yield
    mt.set_engine("auto")


@Loop("real[::1], float64")
def scale(x, a):
    """Multiply x by a."""
    for i in range(x.size):
        x[i] *= a


@Loop("real[::1]")
def impossible(x):
    """Do what numba cannot."""
    return x + object()


@needs_numba
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_loop_computes_in_its_dtype(dtype):
    mt.set_engine("numba")
    x = np.arange(4, dtype=dtype)
    scale.compiled(x.dtype)(x, 0.5)
    assert x.tolist() == [0, 0.5, 1, 1.5]
    assert scale.__doc__ == "Multiply x by a."


@pytest.mark.parametrize("dtype", ["float16", "longdouble", ">f4", "int32"])
def test_other_types_are_left_to_numpy(dtype):
    assert scale.compiled(np.dtype(dtype)) is None


def test_the_numpy_engine_has_no_loops():
    mt.set_engine("numpy")
    assert scale.compiled(SINGLE) is None


@needs_numba
def test_what_numba_cannot_compile_is_left_to_numpy_with_a_warning(monkeypatch):
    monkeypatch.delenv("MINITORCH_NP_ENGINE", raising=False)
    mt.set_engine("auto")
    with pytest.warns(UserWarning, match=r"^impossible: numba could not compile this formula \("):
        assert impossible.compiled(SINGLE) is None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert impossible.compiled(SINGLE) is None, "said once"
    mt.set_engine("numba")
    with pytest.raises(RuntimeError, match="impossible: expected a formula that numba can compile"):
        impossible.compiled(np.dtype(np.float64))


LOSS = """
import warnings
warnings.simplefilter("error")
import numpy as np
from minitorch_np import nn
def loss(dtype=np.float32):
    criterion = nn.CrossEntropyLoss()
    assert abs(criterion(np.zeros((2, 4), dtype), [0, 3]) - np.log(4)) < 1e-6
    assert abs(criterion.backward()[0] - np.array([-0.375, 0.125, 0.125, 0.125])).max() < 1e-6
loss(); loss(np.float64); print("ok")
"""
NUMBA = {"MINITORCH_NP_ENGINE": "numba"}


@needs_numba
def test_a_second_process_loads_what_the_first_compiled(tmp_path):
    said = run(LOSS, tmp_path, NUMBA_DEBUG_CACHE="1", **NUMBA)
    assert "data saved to" in said and "data loaded from" not in said
    assert len(list(tmp_path.glob("rows_float*.py"))) == 2
    said = run(LOSS, tmp_path, NUMBA_DEBUG_CACHE="1", **NUMBA)
    assert "data saved to" not in said and said.count("data loaded from") == 2


@needs_numba
def test_two_processes_may_compile_at_once(tmp_path):
    processes = [start(LOSS, tmp_path, **NUMBA) for _ in range(2)]
    assert [finish(process) for process in processes] == ["ok", "ok"]
    assert run(LOSS, tmp_path, **NUMBA) == "ok"


@needs_numba
@pytest.mark.parametrize("suffix", [".py", ".nbi", ".nbc"])
def test_a_damaged_cache_is_no_error(suffix, tmp_path):
    assert run(LOSS, tmp_path, **NUMBA) == "ok"
    for path in tmp_path.rglob(f"rows_*{suffix}"):
        path.write_bytes(b"\x00 damaged")
    assert run(LOSS, tmp_path, **NUMBA) == "ok"
    assert run(LOSS, tmp_path, **NUMBA) == "ok"


@needs_numba
def test_a_cache_that_cannot_be_written_is_no_error(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    assert run(LOSS, tmp_path / "file" / "folder", **NUMBA) == "ok"


def test_without_numba_the_loss_is_the_same(tmp_path):
    assert run(LOSS, tmp_path, MINITORCH_NP_ENGINE="numpy") == "ok"
    assert not list(tmp_path.iterdir())


@needs_numba
def test_the_loop_and_the_arrays_agree_to_rounding(rng):
    x = 10 * rng.standard_normal((50, 300)).astype(np.float32)
    labels = rng.integers(0, 300, 50)
    for smoothing in (0.0, 0.1, 1.0):
        criterion = mt.nn.CrossEntropyLoss(label_smoothing=smoothing)
        mt.set_engine("numpy")
        loss, dx = criterion(x, labels), criterion.backward()
        mt.set_engine("numba")
        assert cross_entropy.rows.compiled(SINGLE) is not None
        assert criterion(x, labels) == pytest.approx(loss, rel=1e-6)
        np.testing.assert_allclose(criterion.backward(), dx, rtol=1e-4, atol=1e-8)
