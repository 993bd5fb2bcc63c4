"""What every test gets: the same seed, the automatic engine, and an honest parity policy."""

import importlib
import os
import signal
import warnings
from pathlib import Path

import hypothesis
import numpy as np
import pytest

import minitorch_np as mt

hypothesis.settings.register_profile("dev", deadline=None, max_examples=20)
hypothesis.settings.register_profile(
    "ci", deadline=None, max_examples=20, derandomize=True, print_blob=True
)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "dev")

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # as a shell's "&" leaves it to its jobs
    signal.signal(signal.SIGINT, signal.default_int_handler)

KINDS = ("images-idx3", "labels-idx1")
DATA_IS_REQUIRED = os.environ.get("MINITORCH_NP_REQUIRE_DATA") == "1"
PARITY_IS_REQUIRED = os.environ.get("MINITORCH_NP_REQUIRE_PARITY") == "1"
ABSENT = ("could not import", "is absent")  # how a skip says that a package is not there


@pytest.fixture(autouse=True)
def a_known_state():
    """The same seed before each test, and the automatic engine after it."""
    mt.manual_seed(0)
    yield
    mt.set_engine("auto")


@pytest.fixture
def the_number_of_threads_as_it_was():
    """Give the test's end the number of threads of its beginning."""
    before = mt.get_num_threads()
    yield
    mt.set_num_threads(before)


@pytest.fixture
def rng():
    """A generator of the test's own."""
    return np.random.default_rng(0)


@pytest.fixture(scope="session")
def real_data():
    """The folder of the real data sets; where it is absent the test is skipped, or has failed."""
    default = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("MINITORCH_NP_TEST_DATA", default)).resolve()
    files = [
        f"fashion-mnist/{part}-{kind}-ubyte.gz" for part in ("train", "t10k") for kind in KINDS
    ]
    absent = [name for name in (*files, "mnist.npz") if not (folder / name).is_file()]
    if absent:
        say = pytest.fail if DATA_IS_REQUIRED else pytest.skip
        say(f"MINITORCH_NP_TEST_DATA: expected {', '.join(absent)} in {folder}, found none")
    return folder


@pytest.fixture(scope="session")
def torch():
    """PyTorch on one thread; the test is skipped where it is absent."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            module = importlib.import_module("torch")
        except ImportError as error:
            pytest.skip(f"PyTorch cannot be imported: {error}")
    module.set_num_threads(1)
    return module


def pytest_collection_modifyitems(items):
    """A test that asks for the fixture ``torch`` is a parity test, marked or not."""
    for item in items:
        if "torch" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.parity)


def pytest_runtest_setup(item):
    """Skip a parity test where PyTorch is absent, also if it imports it by itself."""
    if item.get_closest_marker("parity") is not None:
        pytest.importorskip("torch", exc_type=ImportError)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Where parity is required (in CI) a test skipped for want of a package has failed.

    So has a parity test, whatever it was skipped for.
    """
    report = yield
    if PARITY_IS_REQUIRED and report.skipped and not hasattr(report, "wasxfail"):
        reason = str(call.excinfo.value) if call.excinfo else "no reason"
        parity = item.get_closest_marker("parity") is not None
        if parity or any(words in reason for words in ABSENT):
            report.outcome = "failed"
            report.longrepr = (
                f"{item.nodeid}: expected this test to run (MINITORCH_NP_REQUIRE_PARITY=1), "
                f"got a skip: {reason}"
            )
    return report
