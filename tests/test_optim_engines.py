"""Two engines: which one runs, that they agree, in threads and in children too."""

import multiprocessing
import os
import signal
import threading
import time

import numpy as np
import pytest
from engines import STEP, needs_numba, on_engines, run
from rules import DTYPES, RULES, configurations, parameters

import minitorch_np as mt
from minitorch_np import nn

in_dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)
all_rules = pytest.mark.parametrize("case", RULES, ids=lambda case: case.id)
LARGE = 1_000_003  # elements: several slices, of uneven sizes


def stepped(case, options, dtype, shapes, steps, seed=1):
    """Values and state after some steps."""
    params = parameters(dtype, seed=seed, shapes=shapes)
    optimizer = case.rule(params, **options)
    rng = np.random.default_rng(2)
    for _ in range(steps):
        for p in params:
            p.grad = np.asarray(rng.standard_normal(p.shape), dtype)
        optimizer.step()
    slots = [a for segment in optimizer._segments for a in segment.slots.values()]
    return [params[0]._home.arena.data.copy(), *slots]


# ---- agreement -------------------------------------------------------------------------------


@needs_numba
@in_dtypes
@pytest.mark.parametrize(("case", "options"), configurations())
def test_the_engines_agree_to_rounding(case, options, dtype):
    shapes = ((9001,), (3, 5))  # more than one block of the numpy engine, and an odd end
    results = []
    for engine in ("numpy", "numba"):
        mt.set_engine(engine)
        assert mt.get_engine() == engine
        results.append(stepped(case, options, dtype, shapes, steps=5))
    tolerance = 2e-5 if dtype == np.float32 else 1e-12
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


@on_engines
@in_dtypes
@all_rules
def test_one_thread_and_two_give_the_same_bits(case, dtype, engine):
    mt.set_engine(engine)
    before = mt.get_num_threads()
    results = []
    try:
        for n in (1, 2, 3):
            mt.set_num_threads(n)
            results.append(stepped(case, case.grid[-1], dtype, ((LARGE,), (13,)), steps=2))
    finally:
        mt.set_num_threads(before)
    for other in results[1:]:
        for a, b in zip(results[0], other, strict=True):
            np.testing.assert_array_equal(a, b)


@on_engines
@all_rules
def test_large_parameters_step_as_small_ones_do(case, engine):
    """A step over many slices equals steps over parameters of their own."""
    mt.set_engine(engine)
    before = mt.get_num_threads()
    try:
        mt.set_num_threads(3)
        (whole, *_) = stepped(case, case.grid[-1], np.float32, ((LARGE,),), steps=1)
    finally:
        mt.set_num_threads(before)
    rng, size = np.random.default_rng(2), 99_991
    p0 = parameters(np.float32, shapes=((LARGE,),))[0].data
    g = rng.standard_normal(LARGE).astype(np.float32)
    for start in range(0, LARGE, size):
        p = nn.Parameter(p0[start : start + size])
        p.grad = g[start : start + size]
        case.rule([p], **case.grid[-1]).step()
        np.testing.assert_array_equal(p.data, whole[start : start + size])


# ---- which engine ----------------------------------------------------------------------------


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    """A cache directory for the processes whose subject is something else."""
    return tmp_path_factory.mktemp("compiled")


TELL = STEP + "step(); print(mt.get_engine())"


@pytest.mark.parametrize("name", ["numpy", pytest.param("numba", marks=needs_numba)])
def test_the_environment_chooses(name, compiled):
    assert run(TELL, compiled, MINITORCH_NP_ENGINE=name) == name


def test_set_engine_is_above_the_environment(compiled):
    code = STEP + "mt.set_engine('numpy'); step(); print(mt.get_engine())"
    assert run(code, compiled, MINITORCH_NP_ENGINE="numba") == "numpy"


@pytest.mark.parametrize("name", ["jax", "NumPy", None, 3])
def test_an_unknown_engine_is_refused(name):
    mt.set_engine("numpy")
    with pytest.raises(ValueError) as caught:
        mt.set_engine(name)
    assert str(caught.value) == f"set_engine: expected one of auto, numpy, numba, got {name!r}"
    assert mt.get_engine() == "numpy"


def test_an_unknown_engine_in_the_environment_is_refused(compiled):
    assert run(TELL, compiled, MINITORCH_NP_ENGINE="cuda") == (
        "ValueError: MINITORCH_NP_ENGINE: expected one of auto, numpy, numba, got 'cuda'"
    )


ABSENT = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "numba":
            raise ModuleNotFoundError("No module named 'numba'", name="numba")
sys.meta_path.insert(0, Blocker())
"""
NONE = "import sys; sys.modules['numba'] = None\n"
BROKEN = {
    "import error": "raise ImportError('Numba needs NumPy 1.26 or less. Got NumPy 2.4.\\nSorry.')",
    "another error": "raise SystemError('initialization of _internal failed')",
    "attribute error": "import numpy\nnumpy.no_such_thing",
    "empty": "",
}


@pytest.fixture
def broken_numba(tmp_path, request):
    package = tmp_path / "site" / "numba"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(BROKEN[request.param])
    return package.parent


THEN_FORCE = (
    TELL
    + """
try:
    mt.set_engine("numba")
except RuntimeError as error:
    print(error)
print(mt.get_engine())
"""
)


def assert_numpy_and_one_sentence(printed):
    engine, *sentence, still = printed.splitlines()
    assert engine == still == "numpy"
    assert len(sentence) == 1
    assert sentence[0].startswith("set_engine: expected numba to be importable for engine 'numba'")
    assert sentence[0].endswith("install minitorch_np[fast]")


@pytest.mark.parametrize("block", [ABSENT, NONE], ids=["finder", "None"])
def test_without_numba_it_is_numpy(block, compiled):
    assert_numpy_and_one_sentence(run(block + THEN_FORCE, compiled))


def test_the_environment_wants_a_numba_that_is_absent(compiled):
    message = run(ABSENT + TELL, compiled, MINITORCH_NP_ENGINE="numba")
    assert message.startswith("RuntimeError: MINITORCH_NP_ENGINE: expected numba to be importable")


@pytest.mark.parametrize("broken_numba", BROKEN, indirect=True)
def test_with_a_broken_numba_it_is_numpy(broken_numba, compiled):
    assert_numpy_and_one_sentence(run(THEN_FORCE, compiled, [broken_numba]))


def test_no_engine_is_looked_for_at_import(compiled):
    code = "import sys, minitorch_np; print('numba' in sys.modules)"
    assert run(code, compiled, MINITORCH_NP_ENGINE="numba") == "False"


# ---- threads and processes -------------------------------------------------------------------


def long_run(engine_size, seed):
    case = RULES[seed % len(RULES)]
    return stepped(case, case.grid[0], np.float32, ((engine_size,), (3,)), steps=4, seed=seed)


@on_engines
@pytest.mark.parametrize("size", [101, 450_001])
def test_two_threads_step_two_optimizers(size, engine):
    mt.set_engine(engine)
    expected = {seed: long_run(size, seed) for seed in (2, 3)}
    results, barrier = {}, threading.Barrier(2)

    def work(seed):
        barrier.wait()
        results[seed] = [long_run(size, seed) for _ in range(3)]

    threads = [threading.Thread(target=work, args=(seed,)) for seed in expected]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for seed, one in expected.items():
        for other in results[seed]:
            for a, b in zip(one, other, strict=True):
                np.testing.assert_array_equal(a, b)


def child_agrees(engine, size, expected, connection=None):
    """Step as the parent did; True if it gives the same bits."""
    mt.set_engine(engine)
    same = all(np.array_equal(a, b) for a, b in zip(long_run(size, 2), expected, strict=True))
    if connection is not None:
        connection.send(same)
    return same


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:This process.*multi-threaded:DeprecationWarning")
@on_engines
@pytest.mark.parametrize("size", [101, 450_001])
def test_a_forked_child_steps_as_its_parent(size, engine):
    mt.set_engine(engine)
    expected = long_run(size, 2)
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            code = 0 if child_agrees(engine, size, expected) else 2
        finally:
            os._exit(code)
    deadline = time.monotonic() + 30
    ended = 0
    while not ended and time.monotonic() < deadline:
        ended, status = os.waitpid(pid, os.WNOHANG)
        time.sleep(0.01)
    if not ended:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        pytest.fail("the child hangs")
    assert os.waitstatus_to_exitcode(status) == 0
    for a, b in zip(long_run(size, 2), expected, strict=True):
        np.testing.assert_array_equal(a, b)


@on_engines
def test_a_spawned_child_steps_as_its_parent(engine):
    mt.set_engine(engine)
    expected = long_run(450_001, 2)
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=child_agrees, args=(engine, 450_001, expected, sender))
    process.start()
    assert receiver.poll(60) and receiver.recv() is True
    process.join(30)
    assert process.exitcode == 0
