"""Files that nobody wrote with save(): no crash, no hang, no code run, no memory beyond their size.

A few hundred of them at each run; ``MINITORCH_NP_FUZZ=100000`` sets how many for each test.
"""

import json
import os
import sys
import tracemalloc

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import minitorch_np as mt
from minitorch_np import nn, optim
from minitorch_np.data import DataLoader, TensorDataset
from minitorch_np.serialization import FormatError
from minitorch_np.serialization.tensors import checksum
from minitorch_np.training import Callback, Checkpoint, GradientAccumulation, Schedule, fit

EXAMPLES = int(os.environ.get("MINITORCH_NP_FUZZ", "150"))
# Bytes of memory for each byte of the file, and what any call takes, the first one's imports aside.
FACTOR, CONSTANT = 40, 200_000
# What Python reports when code is compiled, run, or looked up by a pickle, and processes start.
FORBIDDEN = {"compile", "exec", "pickle.find_class", "os.system", "subprocess.Popen", "os.exec"}

fuzz = settings(
    max_examples=EXAMPLES,
    suppress_health_check=list(HealthCheck),
    deadline=2000,  # ms: a file that is read for longer hangs
)

watched = {"on": False, "seen": []}


def watch(event, arguments):
    if watched["on"] and event in FORBIDDEN:
        watched["seen"].append((event, arguments))


sys.addaudithook(watch)


def read(path, content):
    """Load a file of this content under watch; return what came, or None if it was refused."""
    path.write_bytes(content)
    tracemalloc.start()
    watched["on"] = True
    try:
        return mt.load(path)
    except FormatError as error:
        assert "\n" not in str(error)
        return None
    finally:
        watched["on"] = False
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert not watched["seen"]
        assert peak <= FACTOR * len(content) + CONSTANT, (peak, len(content))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fuzz")
    mt.save(folder / "first", {})  # imports what reading needs
    mt.load(folder / "first")
    return folder


class StopWithin(Callback):
    def on_backward_end(self, state):
        if (state.epoch, state.batch) == (2, 3):
            raise InterruptedError


def trained(path, *callbacks):
    """A network, trained for three epochs beside a checkpoint, from it if there is one."""
    mt.manual_seed(0)
    x = np.random.default_rng(0).normal(size=(12, 3)).astype(np.float32)
    model = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2), nn.Dropout(0.5, rng=1))
    optimizer = optim.Adam(model.parameters())
    schedule = optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=6)
    checkpoint = Checkpoint(path, every=1, resume=True)
    callbacks = [*callbacks, GradientAccumulation(2), Schedule(schedule), checkpoint]
    loader = DataLoader(TensorDataset(x, np.arange(12) % 2), 4, shuffle=True)
    return fit(model, nn.CrossEntropyLoss(), optimizer, loader, epochs=3, callbacks=callbacks)


@pytest.fixture(scope="module")
def files(folder):
    """Sound files of every kind, as bytes."""
    path = folder / "sound"
    contents = []
    for state in (
        nn.Linear(3, 2).state_dict(),
        {"a": np.zeros((2, 0), np.float16), "b": [1, (2.5, None)], 3: np.bool_(True)},
        [{"x": float("nan")}, np.arange(3)],
    ):
        mt.save(path, state)
        contents.append(path.read_bytes())
    with pytest.raises(InterruptedError):
        trained(folder / "checkpoint", StopWithin())
    return [*contents, (folder / "checkpoint").read_bytes()]


# Damage: (where, as a fraction of the file; how many bytes go; what comes in their place).
damage = st.tuples(st.floats(0, 1), st.integers(0, 40), st.binary(max_size=12))


def damaged(content, changes):
    for place, gone, new in changes:
        at = int(place * len(content))
        content = content[:at] + new + content[at + gone :]
    return content


@fuzz
@given(content=st.binary(max_size=300))
def test_any_bytes(folder, content):
    assert read(folder / "any", content) in (None, {})


@fuzz
@given(which=st.integers(0, 3), changes=st.lists(damage, min_size=1, max_size=4))
def test_damaged_files(folder, files, which, changes):
    read(folder / "damaged", damaged(files[which], changes))


numbers = st.integers(-2, 20) | st.sampled_from([2**31, 2**32, 2**62, 2**63, 2**64])
entries = st.fixed_dictionaries(
    {},
    optional={
        "dtype": st.sampled_from(["F32", "U8", "BOOL", "F64", "BF16", "F8_E4M3", "C64", "f4", ""]),
        "shape": st.lists(numbers, max_size=70),
        "data_offsets": st.lists(numbers, min_size=1, max_size=3),
    },
)
tags = st.sampled_from(["$array", "$scalar", "$tuple", "$float", "$dict", "$new", "a"])
descriptions = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["a", "b", "$array"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(tags, inner, max_size=2),
    max_leaves=20,
)
versions = st.sampled_from(["1", "1", "1", "1", "2", ""])
texts = descriptions.map(json.dumps) | st.text(max_size=20)


def made(header, data, more):
    text = json.dumps(header).encode()
    return (len(text) + more).to_bytes(8, "little", signed=True) + text + data


@fuzz
@given(
    header=st.dictionaries(st.sampled_from("abc"), entries, max_size=3),
    data=st.binary(max_size=64),
    more=st.sampled_from([0, 0, 0, 1, -1, 1 << 40]),
)
def test_headers_that_lie(folder, header, data, more):
    read(folder / "lying", made(header, data, more))


@fuzz
@given(version=versions, text=texts, count=st.integers(0, 2), sound=st.booleans() | st.just(True))
def test_descriptions_that_lie(folder, version, text, count, sound):
    header = {
        name: {"dtype": "U8", "shape": [2], "data_offsets": [2 * i, 2 * i + 2]}
        for i, name in enumerate("ab"[:count])
    }
    crc = checksum(text, {name: np.zeros(2, np.uint8) for name in header}) if sound else "0"
    header["__metadata__"] = {"minitorch_np": f"{version} {crc} {text}"}
    read(folder / "described", made(header, bytes(2 * count), 0))


@pytest.mark.parametrize("text", ["[" + "[]," * 300_000 + "0]", '["' + "é" * 500_000 + '"]'])
def test_the_costliest_descriptions(folder, text):
    metadata = {"minitorch_np": f"1 {checksum(text, {})} {text}"}
    read(folder / "costly", made({"__metadata__": metadata}, b"", 0))


def test_the_costliest_header(folder):
    entry = {"dtype": "U8", "shape": [], "data_offsets": [0, 1]}
    header = {
        f"{i:x}": {**entry, "data_offsets": [i, i + 1], "shape": [1] * 20} for i in range(10_000)
    }
    assert len(read(folder / "header", made(header, bytes(10_000), 0))) == 10_000


@fuzz
@given(changes=st.lists(damage, min_size=1, max_size=3))
def test_damaged_checkpoints_are_resumed_or_refused(folder, files, changes):
    path = folder / "resumed"
    path.write_bytes(damaged(files[3], changes))
    try:
        history = trained(path)
    except FormatError as error:
        assert "\n" not in str(error)
    else:
        assert len(history) >= 1


def places(state, path=()):
    """The paths to all values of a nested state."""
    yield path
    if isinstance(state, dict | list | tuple):
        for key, value in state.items() if isinstance(state, dict) else enumerate(state):
            yield from places(value, (*path, key))


values = st.sampled_from(
    [None, -1, 10**30, 0.5, "text", [], {}, (), [[]], np.zeros(2), np.float32(1), True, [None, 1]]
)


def replaced(state, path, value):
    if not path:
        return value
    if isinstance(state, dict):
        return {k: replaced(v, path[1:], value) if k == path[0] else v for k, v in state.items()}
    items = [replaced(v, path[1:], value) if i == path[0] else v for i, v in enumerate(state)]
    return type(state)(items)


@fuzz
@given(data=st.data(), value=values)
def test_checkpoints_of_something_else_are_resumed_or_refused(folder, files, data, value):
    path = folder / "else"
    path.write_bytes(files[3])
    state = mt.load(path)
    where = data.draw(st.sampled_from(list(places(state))))
    mt.save(path, replaced(state, where, value))
    try:
        history = trained(path)
    except FormatError as error:
        assert "\n" not in str(error)
    else:
        assert isinstance(history, list)


@fuzz
@given(changes=st.lists(damage, min_size=1, max_size=4))
def test_damaged_files_of_pytorch(torch, folder, changes):
    sound, path = folder / "sound.pt", folder / "damaged.pt"
    if not sound.exists():
        mt.save(sound, {"a": np.arange(6.0).reshape(2, 3), "b": [1, (2, "x")]})
    path.write_bytes(damaged(sound.read_bytes(), changes))
    try:
        mt.load(path)
    except FormatError as error:
        assert "\n" not in str(error)
