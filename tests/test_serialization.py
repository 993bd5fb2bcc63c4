"""save and load: what comes back, what is refused, and that a file is there whole or not at all."""

import errno
import os
import pickle
import stat
import subprocess
import sys
from functools import partial

import numpy as np
import pytest

import minitorch_np as mt
from minitorch_np import nn, optim
from minitorch_np.random import get_rng
from minitorch_np.serialization import (
    FormatError,
    load_random_state,
    random_state,
    remove_leftovers,
    write_atomically,
)
from minitorch_np.serialization.tensors import checksum

DTYPES = ["bool", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"]


def same(a, b):
    """Whether nested states are equal in structure, types, and every bit."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray | np.generic):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b or (a != a and b != b)


def round_trip(path, state):
    mt.save(path, state)
    return mt.load(path)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.safetensors"


# ---- there and back ----------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (5,), (2, 3, 4)])
def test_arrays_of_every_dtype_and_shape(path, rng, dtype, shape):
    array = (rng.normal(size=shape) * 50).astype(dtype)
    assert same(round_trip(path, {"a": array}), {"a": array})


def test_views_are_saved_as_they_look(path, rng):
    a = rng.normal(size=(4, 6, 5)).astype(np.float32)
    views = {
        "transposed": a.transpose(2, 0, 1),
        "strided": a[::2, 1:, ::-1],
        "fortran": np.asfortranarray(a),
        "broadcast": np.broadcast_to(a[0, 0], (3, 5)),
        "read_only": np.frombuffer(a.tobytes(), np.float32),
        "big_endian": a.astype(">f4"),
    }
    loaded = round_trip(path, views)
    for name, view in views.items():
        np.testing.assert_array_equal(loaded[name], view, name)
        assert loaded[name].flags.c_contiguous
        assert loaded[name].dtype == np.float32


def test_what_is_loaded_can_be_written_to_and_is_independent(path):
    loaded = round_trip(path, {"a": np.zeros(3), "b": np.zeros(3)})
    loaded["a"] += 1
    assert loaded["a"].tolist() == [1, 1, 1]
    assert loaded["b"].tolist() == [0, 0, 0]


def test_nested_state(path):
    state = {
        "list": [1, -(2**127), 0.1, True, None, "text \ud800 \N{GREEK SMALL LETTER ETA}", []],
        "tuple": ((0.9, 0.999), ()),
        "not finite": [float("inf"), -float("inf"), float("nan"), -0.0],
        "keys": {0: "int", 1.5: "float", None: "none", (1, "a"): "tuple", True: "bool"},
        "like a tag": {"$array": "a", "$tuple": [1]},
        "one tag": {"$array": np.ones(2)},
        "scalars": [np.float32(0.1), np.int64(3), np.bool_(True), np.float16(0.5)],
        "same path": {"a/b": np.zeros(1), "a": {"b": np.ones(1)}},
        "__metadata__": np.arange(3),
        "": {"": np.arange(2)},
        "empty": {},
    }
    assert same(round_trip(path, state), state)


@pytest.mark.parametrize("state", [{}, [], np.arange(3), np.float32(2), 5, "text", None, {"": 1}])
def test_anything_may_be_at_the_top(path, state):
    assert same(round_trip(path, state), state)


def test_flat_and_awkward_names(path):
    for name in ("__metadata__", "", "\ud800", "$array", "a/b", "0.weight"):
        state = {name: np.arange(3.0)}
        assert same(round_trip(path, state), state), name


def test_a_modules_file_is_to_the_byte_safetensors_own(path, tmp_path):
    from safetensors.numpy import save_file

    state = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)).state_dict()
    mt.save(path, state)
    save_file(state, tmp_path / "theirs.safetensors")
    assert path.read_bytes() == (tmp_path / "theirs.safetensors").read_bytes()


def test_equal_state_is_equal_bytes(tmp_path):
    state = {"a": [np.arange(3), 1], "b": {"c": np.zeros(2)}}
    contents = set()
    for i in range(10):
        mt.save(tmp_path / f"{i}", state)
        contents.add((tmp_path / f"{i}").read_bytes())
    assert len(contents) == 1


def test_state_of_optimizer_and_schedule(path):
    def made():
        mt.manual_seed(1)
        net = nn.Linear(3, 2)
        optimizer = optim.NAdam(net.parameters(), lr=0.1)
        return net, optimizer, optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)

    def stepped(net, optimizer, schedule, times):
        for _ in range(times):
            net.weight.grad = np.ones((2, 3))
            optimizer.step()
            schedule.step()

    ours, theirs = made(), made()
    stepped(*ours, 3)
    mt.save(path, [part.state_dict() for part in ours])
    for part, state in zip(theirs, mt.load(path), strict=True):
        part.load_state_dict(state)
    stepped(*ours, 4)
    stepped(*theirs, 4)
    assert same([part.state_dict() for part in ours], [part.state_dict() for part in theirs])


def test_bfloat16_comes_as_float32(path):
    bits = np.array([0x3F80, 0xC049, 0x7F80, 0x0001], np.uint16)
    header = '{"a":{"dtype":"BF16","shape":[2,2],"data_offsets":[0,8]}}'
    path.write_bytes(of_header(header, bits.tobytes()))
    expected = (bits.astype(np.uint32) << 16).view(np.float32).reshape(2, 2)
    assert same(mt.load(path), {"a": expected})


# ---- what cannot be saved ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "state",
    [
        {"a": {1, 2}},
        {"a": np.array(["text"])},
        {"a": np.array([object()])},
        {"a": [nn.Linear(2, 2)]},
        {"a": np.zeros(2, np.complex64)},
        {"a": np.datetime64("2020")},
        {"a": lambda: None},
        {"a": b"bytes"},
        {"a": np.ma.array([1.0, 2.0], mask=[False, True])},  # its mask would be lost
        {"a": nn.Linear(2, 2).weight},
    ],
)
def test_what_is_not_numbers_is_refused_by_its_place(path, state):
    with pytest.raises(TypeError, match=r"save: expected arrays of real numbers.* at 'a"):
        mt.save(path, state)
    assert not path.exists()


@pytest.mark.parametrize("more", [{}, {"x": 1}])
def test_an_array_may_go_by_the_formats_own_words(path, more):
    words = ("data_offsets", "dtype", "shape", "__metadata__")
    state = {name: np.arange(3) for name in words} | more
    assert same(round_trip(path, state), state)


def test_a_header_of_any_size_can_be_read_back(path):
    sizes = set()
    for length in range(1, 60):
        state = {"a" * (480 + length): np.zeros(1), "b": np.ones(2)}
        mt.save(path, state)
        sizes.add(int.from_bytes(path.read_bytes()[:8], "little"))
        loaded = mt.load(path)
        assert same({name: loaded[name] for name in state}, state)
    assert 640 in sizes  # whose bytes are those with which a pickle begins


def test_arrays_come_in_the_files_order(path):
    mt.save(path, {f"{i:02}": np.zeros(1) for i in range(40)})
    assert list(mt.load(path)) == [f"{i:02}" for i in range(40)]


def test_booleans_are_0_and_1_whatever_stands_in_the_file(path):
    mt.save(path, {"a": np.array([True, False, True])})
    path.write_bytes(path.read_bytes()[:-3] + bytes([2, 0, 255]))
    assert mt.load(path)["a"].view(np.uint8).tolist() == [1, 0, 1]


def test_too_deep_too_long(path):
    endless = []
    endless.append(endless)
    with pytest.raises(ValueError, match="100 levels"):
        mt.save(path, endless)
    with pytest.raises(ValueError, match="make arrays"):
        mt.save(path, list(range(1_000_000)))
    with pytest.raises(ValueError, match="several files"):
        mt.save(path, {f"{i:050}": np.zeros(1) for i in range(80_000)})
    assert not path.exists()


# ---- what cannot be loaded ---------------------------------------------------------------------


def of_header(header, data=b""):
    text = header if isinstance(header, bytes) else header.encode()
    return len(text).to_bytes(8, "little") + text + data


def described(text, version="1"):
    from safetensors.numpy import save

    arrays = {"a": np.zeros(2)}
    return save(arrays, {"minitorch_np": f"{version} {checksum(text, arrays)} {text}"})


WRONG = {
    "empty": b"",
    "short": b"\x01\x02",
    "text": b"epoch,loss\n1,2\n",
    "PNG": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "a header larger than the file": (1 << 60).to_bytes(8, "little") + b"{}",
    "not JSON": of_header("[1, 2"),
    "a list": of_header("[]"),
    "deep": of_header(b'{"a":' + b"[" * 100_000),
    "outside": of_header('{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}', bytes(8)),
    "overlapping": of_header(
        '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},'
        '"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}',
        bytes(12),
    ),
    "huge": of_header(
        '{"a":{"dtype":"F32","shape":[1099511627776],"data_offsets":[0,4]}}', b"1234"
    ),
    "overflow": of_header(
        '{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}'
    ),
    "empty but huge": of_header(
        '{"a":{"dtype":"F32","shape":[0,4611686018427387904],"data_offsets":[0,0]}}'
    ),
    "65 dimensions": of_header(
        '{"a":{"dtype":"U8","shape":[1' + 64 * ",1" + '],"data_offsets":[0,1]}}', b"1"
    ),
    "unknown dtype": of_header('{"a":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}', b"1"),
    "trailing": of_header('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', b"1more"),
    "newer": described("{}", version="2"),
    "unknown tag": described('{"$new": 1}'),
    "no such array": described('[{"$array": "a"}, {"$array": "b"}]'),
    "an array twice": described('[{"$array": "a"}, {"$array": "a"}]'),
    "an array not named": described("[]"),
    "unhashable key": described('[{"$array": "a"}, {"$dict": [[[1], 2]]}]'),
    "a bad number": described('[{"$array": "a"}, {"$float": "x"}]'),
    "a long number": described('[{"$array": "a"}, 1%s]' % ("0" * 5000)),
    "deep description": described("[" * 50_000),
    "long description": described('[{"$array": "a"}, "%s"]' % ("x" * (4 << 20))),
    "PyTorch's": pickle.dumps({"a": 1}, protocol=2),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_gives_one_sentence(path, name):
    path.write_bytes(WRONG[name])
    with pytest.raises(FormatError) as caught:
        mt.load(path)
    said = str(caught.value)
    assert said.startswith(f"load: expected a file of arrays as save() writes it, got {path}: ")
    assert "\n" not in said
    assert len(said) < 600


def test_every_truncation_of_a_file_is_refused(path):
    mt.save(path, {"a": np.arange(5.0), "b": [1, (2, 3)]})
    content = path.read_bytes()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(FormatError):
            mt.load(path)


def test_every_flipped_bit_of_a_checkpoint_is_noticed(path):
    state = {"a": np.arange(4.0), "b": [0.5, (2, "text")]}
    mt.save(path, state)
    content = path.read_bytes()
    for i in range(len(content)):
        path.write_bytes(content[:i] + bytes([content[i] ^ 4]) + content[i + 1 :])
        try:
            loaded = mt.load(path)
        except FormatError:
            continue
        # What is left are flips in the entry's own name: then it is a file of plain arrays.
        assert list(loaded) == ["a"]
        assert content.index(b"minitorch_np") <= i < content.index(b"minitorch_np") + 12


def test_a_header_beyond_the_limit_is_refused_unread(path):
    size = (8 << 20) + 1
    path.write_bytes(of_header(b"{" + b" " * (size - 2) + b"}"))
    with pytest.raises(FormatError, match="above the limit of 8,388,608"):
        mt.load(path)


def test_what_is_no_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        mt.load(tmp_path / "nothing")
    with pytest.raises(OSError, match="something else"):
        mt.load(tmp_path)
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(OSError, match="something else"):
        mt.load(tmp_path / "fifo")


def test_what_is_no_file_is_not_replaced_by_one(tmp_path):
    pipe = tmp_path / "fifo"
    os.mkfifo(pipe)
    (tmp_path / "link").symlink_to(pipe)
    for path in (pipe, tmp_path / "link", tmp_path):
        with pytest.raises(OSError, match=r"expected the path of a file, got .* something else"):
            mt.save(path, {"a": np.zeros(1)})
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["fifo", "link"]


# ---- PyTorch's files ---------------------------------------------------------------------------


def network_twins(torch):
    ours = nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.Flatten(), nn.Linear(48, 2))
    theirs = torch.nn.Sequential(
        torch.nn.Conv2d(1, 3, 3),
        torch.nn.BatchNorm2d(3),
        torch.nn.Flatten(),
        torch.nn.Linear(48, 2),
    )
    return ours.eval(), theirs.eval()


@pytest.mark.parametrize("suffix", [".safetensors", ".pt", ".pth"])
@pytest.mark.parametrize("way", ["in", "out"])
def test_weights_from_and_to_pytorch(torch, tmp_path, rng, suffix, way):
    from safetensors.torch import load_file, save_file

    ours, theirs = network_twins(torch)
    path = tmp_path / f"net{suffix}"
    if way == "in":
        write = save_file if suffix == ".safetensors" else torch.save
        write(theirs.state_dict(), path)
        ours.load_state_dict(mt.load(path))
    else:
        mt.save(path, ours.state_dict())
        safe = suffix == ".safetensors"
        theirs.load_state_dict(load_file(path) if safe else torch.load(path, weights_only=True))
    x = rng.normal(size=(5, 1, 6, 6)).astype(np.float32)
    with torch.no_grad():
        expected = theirs(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(ours(x), expected, rtol=1e-5, atol=1e-6)


def test_an_optimizers_state_from_and_to_pytorch(torch, tmp_path):
    path = tmp_path / "adam.pt"
    theirs = torch.nn.Linear(3, 2)
    adam = torch.optim.Adam(theirs.parameters(), lr=0.01)
    theirs(torch.ones(1, 3)).sum().backward()
    adam.step()
    torch.save(adam.state_dict(), path)
    optimizer = optim.Adam(nn.Linear(3, 2).parameters())
    optimizer.load_state_dict(mt.load(path))
    assert optimizer.param_groups[0]["lr"] == 0.01
    mt.save(path, optimizer.state_dict())
    state = torch.load(path, weights_only=True)["state"][0]
    assert torch.equal(state["exp_avg"], adam.state_dict()["state"][0]["exp_avg"])


def test_tensors_that_numpy_has_not_are_one_sentence(torch, tmp_path):
    path = tmp_path / "a.pt"
    for tensor, name in [
        (torch.eye(2).to_sparse(), "sparse_coo"),
        (torch.zeros(2, dtype=torch.float8_e4m3fn), "float8_e4m3fn"),
        (torch.empty(2, device="meta"), "meta"),
    ]:
        torch.save({"a": [tensor]}, path)
        with pytest.raises(FormatError, match=f"load: .*{name}.* NumPy has not") as caught:
            mt.load(path)
        assert "\n" not in str(caught.value)


def test_pytorchs_files_of_other_byte_orders_and_names(torch, tmp_path):
    path = tmp_path / "A.PT"
    mt.save(path, {"a": np.arange(3, dtype=">f4")})
    assert torch.load(path, weights_only=True)["a"].tolist() == [0, 1, 2]
    assert mt.load(path)["a"].tolist() == [0, 1, 2]


class Bomb:
    def __reduce__(self):
        return os.mkdir, ("exploded",)


@pytest.mark.parametrize("suffix", [".safetensors", ".pt", ".bin"])
def test_a_file_that_would_run_code_does_not(torch, tmp_path, monkeypatch, suffix):
    monkeypatch.chdir(tmp_path)
    for write in (torch.save, lambda bomb, path: path.write_bytes(pickle.dumps(bomb, 2))):
        path = tmp_path / f"bomb{suffix}"
        write(Bomb(), path)
        with pytest.raises(FormatError) as caught:
            mt.load(path)
        assert "\n" not in str(caught.value)
        assert "weights_only" not in str(caught.value)  # no advice to run it after all
    assert not (tmp_path / "exploded").exists()


def test_without_pytorch_its_files_are_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    path = tmp_path / "a.pt"
    with pytest.raises(ImportError, match=r"save: expected PyTorch .* pip install torch"):
        mt.save(path, {"a": np.zeros(1)})
    assert not path.exists()
    path.write_bytes(b"PK")
    with pytest.raises(ImportError, match=r"load: expected PyTorch"):
        mt.load(path)


def test_torch_and_safetensors_are_imported_only_when_needed(path):
    code = (
        "import sys, numpy as np, minitorch_np as mt\n"
        "assert 'safetensors' not in sys.modules\n"
        f"mt.save({str(path)!r}, {{'a': np.ones(2)}}); mt.load({str(path)!r})\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=60)


# ---- whole or not at all -----------------------------------------------------------------------


def no_space(*args):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("fails", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(path, monkeypatch, fails):
    mt.save(path, {"a": np.ones(3)})
    monkeypatch.setattr(os, fails, no_space)
    with pytest.raises(OSError, match="No space left"):
        mt.save(path, {"a": np.zeros(3)})
    monkeypatch.undo()
    assert mt.load(path)["a"].tolist() == [1, 1, 1]
    assert os.listdir(path.parent) == [path.name]


def test_a_full_disk(path):
    """Real: the system lets no file grow beyond 50 kB, and the write ends in its middle."""
    code = (
        "import resource, numpy as np, minitorch_np as mt\n"
        f"mt.save({str(path)!r}, {{'a': np.ones(3)}})\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
        "try:\n"
        f"    mt.save({str(path)!r}, {{'a': np.zeros(100_000)}})\n"
        "except OSError as error:\n"
        "    print(error.strerror)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "File too large\n", done.stderr
    assert mt.load(path)["a"].tolist() == [1, 1, 1]
    assert os.listdir(path.parent) == [path.name]


def test_the_file_is_written_through_before_it_gets_its_name(tmp_path, monkeypatch):
    order = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)
        monkeypatch.setattr(
            os, name, lambda *args, name=name, real=real: (order.append(name), real(*args))[1]
        )
    write_atomically(tmp_path / "a", b"content")
    assert order == ["fsync", "replace", "fsync"]  # the file, its name, the folder


def test_links_and_permissions(tmp_path):
    target = tmp_path / "real"
    link = tmp_path / "link"
    link.symlink_to(target)
    before = os.umask(0o027)
    try:
        write_atomically(link, b"1")
    finally:
        os.umask(before)
    assert link.is_symlink()
    assert target.read_bytes() == b"1"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_leftovers_are_those_of_one_file(tmp_path):
    for name in (".a.1234.tmp", ".a.5678.tmp", ".b.1234.tmp", "a.tmp", "a"):
        (tmp_path / name).touch()
    remove_leftovers(tmp_path / "a")
    assert sorted(os.listdir(tmp_path)) == [".b.1234.tmp", "a", "a.tmp"]


# ---- random generators -------------------------------------------------------------------------


def closure(seed):
    rng = np.random.default_rng(seed)
    return lambda x: x + rng.normal()


def test_generators_are_found_wherever_they_are():
    shared = np.random.default_rng(1)
    net = nn.Sequential(nn.Dropout(0.5, rng=shared), nn.Sequential(nn.Dropout(0.5, rng=2)))
    net.own = {"noise": [np.random.Generator(np.random.MT19937(3))]}
    augment = mt.data.transforms.Compose(
        [mt.data.transforms.RandomHorizontalFlip(rng=4), closure(4), partial(closure(5), 0.0)]
    )
    loader = mt.data.DataLoader([0, 1], rng=shared, transform=augment)
    saved = random_state(net=net, loader=loader)
    kinds = [state["bit_generator"] for state in saved.values()]
    assert sorted(kinds) == ["MT19937", *["PCG64"] * 6]

    def draw():
        x = np.ones((8, 1, 2, 3))
        flip, noise, more_noise = augment.transforms
        own = net.own["noise"][0].random()
        return [net(x), flip(x * np.arange(3)), noise(0.0), more_noise(), own, get_rng().random()]

    first = draw()
    assert not same(first, draw())
    load_random_state(saved, net=net, loader=loader)
    assert same(first, draw())


everywhere = np.random.default_rng(6)


def helper():
    return everywhere.random()


class Slotted:
    __slots__ = ("rng",)

    def __init__(self):
        self.rng = np.random.default_rng(7)


class Method:
    def __call__(self):
        return [helper() for _ in range(1)]


def by_default(x, rng=np.random.default_rng(8), *, more=np.random.default_rng(9)):  # noqa: B008
    return x


@pytest.mark.parametrize(
    ("holder", "paths"),
    [
        (lambda: everywhere.random(), ["a.everywhere"]),
        (lambda: [helper() for _ in range(1)], ["a.helper.everywhere"]),
        (Method(), ["a.__call__.helper.everywhere"]),
        (Method().__call__, ["a.__self__.__call__.helper.everywhere"]),
        (Slotted(), ["a.rng"]),
        (by_default, ["a.0", "a.more"]),
        ({1: Slotted(), "1": Slotted()}, ["a[1].rng", "a[1].rng'"]),
        (np.mean, []),
    ],
)
def test_generators_that_functions_name(holder, paths):
    assert list(random_state(a=holder)) == ["package", *paths]


def test_compiled_functions_are_not_searched():
    numba = pytest.importorskip("numba")

    @numba.njit
    def twice(x):
        return 2 * x

    assert twice(2) == 4
    assert list(random_state(a=[twice, nn.Dropout(0.5, rng=0)])) == ["package", "a[1].rng"]


def test_generators_that_do_not_match_are_refused_and_none_is_changed():
    net = nn.Dropout(0.5, rng=0)
    saved = random_state(net=net)
    net.rng.random()
    now = random_state(net=net)
    for wrong, sentence in [
        ({}, "expected the generators package, net.rng"),
        ({**saved, "more": 1}, "got package, net.rng, more"),
        ({**saved, "net.rng": {"bit_generator": "MT19937"}}, "net.rng: expected"),
        ({**saved, "net.rng": 3}, "expected the state of a PCG64"),
        (None, "got None"),
    ]:
        with pytest.raises(ValueError, match=sentence):
            load_random_state(wrong, net=net)
        assert random_state(net=net) == now
