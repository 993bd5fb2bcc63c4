"""Two engines, one formula: they agree, and compiling and caching never get in the way."""

import functools
import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import warnings
from importlib.util import find_spec

import numpy as np
import pytest
from rules import DTYPES, ENGINES, RULES, configurations, parameters

import minitorch_np as mt
from minitorch_np import nn, optim

on_engines = pytest.mark.parametrize("engine", ENGINES)
in_dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)
all_rules = pytest.mark.parametrize("case", RULES, ids=lambda case: case.id)
needs_numba = pytest.mark.skipif(find_spec("numba") is None, reason="numba is absent")
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


# ---- formulas of a user ----------------------------------------------------------------------


def optimizer_of(formula, p, slots=(), scalars=None, name="Mine"):
    """An optimizer with this formula, which takes lr, over one parameter."""
    body = {
        "slots": slots,
        "rule": staticmethod(formula),
        "scalars": lambda self, state, group, loss: (group["lr"],),
    }
    if scalars is not None:
        body["scalars"] = scalars
    return type(name, (optim.Optimizer,), body)([p], {"lr": 0.5})


def one_step(engine, formula, **more):
    mt.set_engine(engine)
    p = nn.Parameter(np.array([1.0, -2.0, 4.0]))
    optimizer = optimizer_of(formula, p, **more)
    for scale in (1.0, 2.0):
        p.grad = np.array([0.25, -0.5, 1.0]) * scale
        optimizer.step()
    return p.data


def helper(x):
    return x * x


def abs(x):  # what a formula of this file means, not Python's
    return 3.0 * x


FACTOR = 3.0


def with_where(p, g, lr):
    return p - lr * np.where(g > lr, g, lr)


def with_constant(p, g, lr):
    return p - lr * FACTOR * g


def with_helper(p, g, lr):
    return p - lr * helper(g)


def with_shadowed_builtin(p, g, lr):
    return p - lr * abs(g)


def with_locals(p: float, g: float, lr: float) -> float:
    """Annotations, a docstring and a local name."""
    change: float = lr * g
    return p - change


def update(p, g, lr):
    return p - lr * g


def real(p, g, lr):
    return p - lr * g


def quiet(p, g, lr):
    return p - lr * g


def _formula(p, g, lr):
    return p - lr * g


def decorated(function):
    @functools.wraps(function)
    def wrapper(p, g, lr):
        return p - g

    return wrapper


@decorated
def with_decoration(p, g, lr):
    return p - lr * g


def closure(factor):
    def formula(p, g, lr):
        return p - lr * factor * g

    return formula


sqrt = np.sqrt  # not what the next formula means


def shadowing():
    def sqrt(x):
        return 2.0 * x

    def formula(p, g, lr):
        return p - lr * sqrt(g)

    return formula


def from_exec():
    space = {}
    exec("def formula(p, g, lr):\n    return p - lr * g", space)
    return space["formula"]


FORMULAS = {
    "where": with_where,
    "constant": with_constant,
    "locals": with_locals,
    "update": update,
    "real": real,
    "quiet": quiet,
    "_formula": _formula,
    "lambda": lambda p, g, lr: p - lr * g,
    "closure": closure(2.0),
    "another closure": closure(3.0),
    "exec": from_exec(),
}
NOT_FOR_NUMBA = {
    "helper": with_helper,
    "shadowed builtin": with_shadowed_builtin,
    "shadowed name": shadowing(),
}


@needs_numba
@pytest.mark.parametrize("what", FORMULAS)
def test_formulas_of_all_sorts_are_compiled(what, monkeypatch, tmp_path):
    monkeypatch.setenv("MINITORCH_NP_CACHE", str(tmp_path))
    expected = one_step("numpy", FORMULAS[what])
    np.testing.assert_allclose(one_step("numba", FORMULAS[what]), expected, rtol=1e-15)


@needs_numba
@pytest.mark.parametrize("what", NOT_FOR_NUMBA)
def test_a_formula_that_cannot_be_compiled_runs_on_numpy_with_a_warning(what):
    formula = NOT_FOR_NUMBA[what]
    expected = one_step("numpy", formula)
    with pytest.raises(RuntimeError) as caught:
        one_step("numba", formula)
    message = str(caught.value)
    assert "expected a formula that numba can compile" in message and "\n" not in message
    with pytest.warns(UserWarning) as warned:
        result = one_step("auto", formula)
    assert len(warned) == 1 and warned[0].filename == __file__
    text = str(warned[0].message)
    assert "numba could not compile this formula" in text and "\n" not in text
    np.testing.assert_array_equal(result, expected)


@needs_numba
def test_a_decorated_formula_runs_with_its_decoration():
    expected = one_step("numpy", with_decoration)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # whether numba can compile the wrapper is another matter
        np.testing.assert_array_equal(one_step("auto", with_decoration), expected)
    np.testing.assert_array_equal(expected, [0.25, -0.5, 1.0])


def previous(p, g, m, old_m, old_p, lr):
    """Hands inputs on as they are: the state of the step before."""
    return p - lr * (m - old_m) - lr * g, m + g, m, p


@on_engines
def test_a_formula_may_hand_on_its_inputs(engine):
    p = nn.Parameter(np.array([1.0, 2.0]))
    mt.set_engine(engine)
    optimizer = optimizer_of(previous, p, slots=("m", "old_m", "old_p"))
    for g in (1.0, 2.0, 4.0):
        p.grad = [g, g]
        optimizer.step()
    slots = optimizer._segments[0].slots
    # m: 0 1 3 7; p moves by -lr (m - old_m) - lr g at each step
    np.testing.assert_array_equal(slots["m"], 7.0)
    np.testing.assert_array_equal(slots["old_m"], 3.0)
    np.testing.assert_array_equal(slots["old_p"], np.array([1.0, 2.0]) - 2.0)
    np.testing.assert_array_equal(p.data, np.array([1.0, 2.0]) - 5.0)


KINDS = [1, True, np.float32(0.5), np.float64(0.5), np.int64(2), np.array(0.5)]


@on_engines
@pytest.mark.parametrize("lr", KINDS, ids=repr)
def test_a_scalar_may_be_of_any_kind(lr, engine):
    mt.set_engine(engine)
    p = nn.Parameter(np.array([8.0]))
    optimizer = optimizer_of(_formula, p)
    optimizer.param_groups[0]["lr"] = lr
    p.grad = [1.0]
    optimizer.step()
    np.testing.assert_array_equal(p.data, 8.0 - float(lr))


@needs_numba
def test_another_kind_of_scalar_compiles_nothing_anew(monkeypatch, tmp_path):
    from numba.core import event

    monkeypatch.setenv("MINITORCH_NP_CACHE", str(tmp_path))
    mt.set_engine("numba")
    p = nn.Parameter(np.array([8.0]))
    optimizer = optimizer_of(closure(1.0), p)
    p.grad = [1.0]
    optimizer.step()
    with event.install_recorder("numba:compile") as recorder:
        for lr in KINDS:
            optimizer.param_groups[0]["lr"] = lr
            optimizer.step()
    assert not recorder.buffer


@needs_numba
def test_two_formulas_of_one_name_are_two(monkeypatch, tmp_path):
    monkeypatch.setenv("MINITORCH_NP_CACHE", str(tmp_path))

    def plus():
        def formula(p, g, lr):
            return p + lr * g

        return formula

    def minus():
        def formula(p, g, lr):
            return p - lr * g

        return formula

    one, two = plus(), minus()
    two.__qualname__ = one.__qualname__
    for _ in range(2):
        difference = one_step("numba", one) - one_step("numba", two)
        np.testing.assert_allclose(difference, [0.75, -1.5, 3.0])
    assert len(list(tmp_path.glob("*.py"))) == 2


# ---- which engine ----------------------------------------------------------------------------

STEP = """
import warnings
warnings.simplefilter("error")
import numpy as np
import minitorch_np as mt
from minitorch_np import nn, optim
def step(dtype=np.float32):
    p = nn.Parameter(np.ones(5, dtype))
    p.grad = np.ones(5)
    optim.SGD([p], lr=0.1).step()
    assert (abs(p.data - 0.9) < 1e-6).all(), p.data
"""


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    """A cache directory for the processes whose subject is something else."""
    return tmp_path_factory.mktemp("compiled")


def start(code, cache, paths=(), **environment):
    drop = {"MINITORCH_NP_ENGINE", "MINITORCH_NP_CACHE", "XDG_CACHE_HOME", "NUMBA_CACHE_DIR"}
    inherited = {name: value for name, value in os.environ.items() if name not in drop}
    if cache is not None:
        inherited["MINITORCH_NP_CACHE"] = str(cache)
    inherited.update({name: str(value) for name, value in environment.items()})
    here = os.path.dirname(os.path.dirname(mt.__file__))
    inherited["PYTHONPATH"] = os.pathsep.join([*map(str, paths), here])
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=inherited,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process, seconds=60):
    """What the process printed; or, if it failed, the last line of its error."""
    out, error = process.communicate(timeout=seconds)
    return out.strip() if process.returncode == 0 else error.strip().splitlines()[-1]


def run(code, cache, paths=(), **environment):
    return finish(start(code, cache, paths, **environment))


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


# ---- the compiled cache ----------------------------------------------------------------------


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
    assert "data saved to" not in said and said.count("data loaded from") == 2
    assert stamps(tmp_path) == before


@needs_numba
def test_each_dtype_has_a_module_of_its_own(tmp_path):
    """One numbering of compiled code for two types would mix them up between two processes."""
    assert run(OK, tmp_path, **NUMBA) == "ok"
    names = [path.name for path in tmp_path.glob("*.py")]
    assert len(names) == 2
    assert sum("float32" in name for name in names) == 1
    assert len(list(tmp_path.rglob("*.nbc"))) == 2


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

    update = numba_engine.build(optim.SGD.momentum, 1, np.dtype(np.float32))
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
    ("suffix", "how"),
    [(s, h) for s in (".py", ".nbi", ".nbc") for h in ("empty", "garbage", "half", "cut short")]
    + [(".py", "another")],
)
def test_a_damaged_cache_is_no_error_and_is_made_anew(suffix, how, tmp_path, monkeypatch):
    monkeypatch.setenv("MINITORCH_NP_CACHE", str(tmp_path))
    build_and_run()
    whole = stamps(tmp_path)
    (path,) = (path for path in tmp_path.rglob("*") if path.suffix == suffix)
    before = path.read_bytes()
    damage(path, how)
    assert path.read_bytes() != before
    build_and_run()
    build_and_run()
    again = stamps(tmp_path)
    assert list(again) == list(whole)
    build_and_run()
    assert stamps(tmp_path) == again
    if suffix == ".py":
        assert path.read_bytes() == before


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


@needs_numba
def test_two_threads_compile_at_once(monkeypatch, tmp_path):
    monkeypatch.setenv("MINITORCH_NP_CACHE", str(tmp_path))
    mt.set_engine("numba")
    formulas = [closure(float(i)) for i in range(2)] * 2
    results, barrier = [None] * 4, threading.Barrier(4)

    def work(i):
        p = nn.Parameter(np.ones(3))
        optimizer = optimizer_of(formulas[i], p)
        p.grad = np.ones(3)
        barrier.wait()
        optimizer.step()
        results[i] = p.data.tolist()

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert results == [[1.0] * 3, [0.5] * 3] * 2


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
