"""The rules of the house: which way imports run, what is public, what importing costs."""

import ast
import importlib
import importlib.util
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest
from cases import LAYERS, NO_ROW
from loss_cases import LOSSES

import minitorch_np
from minitorch_np import nn

PACKAGE = Path(minitorch_np.__file__).parent
ROOT = Path(__file__).parent.parent
FILES = sorted(PACKAGE.rglob("*.py"))
SCRIPTS = sorted([*ROOT.glob("examples/**/*.py"), *ROOT.glob("benchmarks/**/*.py")])

# Who may import whom. A file or folder at the top of the package is a part of one layer.
ANYWHERE = {"version", "checks", "sums", "erf", "heap", "dlpack"}
GROUND = {"recording", "random", "threads", "warning", "engine"}
MEMORY = {"parameter", "arena"}
TREE = {"tree", "state", "hooks", "module"}
ABOVE = {
    "__init__",
    "anomaly",
    "onnx",
    "training",
    "testing",
    "summary",
    "metrics",
    "serialization",
    "sklearn",
}
MAY_IMPORT = {
    **dict.fromkeys(ANYWHERE, ANYWHERE),
    **dict.fromkeys(GROUND, ANYWHERE | GROUND),
    **dict.fromkeys(MEMORY, ANYWHERE | GROUND | MEMORY),
    **dict.fromkeys(TREE, ANYWHERE | GROUND | MEMORY | TREE),
    "nn": ANYWHERE | GROUND | MEMORY | TREE | {"nn"},
    "optim": ANYWHERE | GROUND | MEMORY | {"optim"},
    "data": ANYWHERE | GROUND | {"data"},
    **dict.fromkeys(
        ABOVE, ANYWHERE | GROUND | MEMORY | TREE | {"nn", "optim", "data"} | (ABOVE - {"__init__"})
    ),
}

# What scripts may import from: these, and every package below minitorch_np but the engines.
PUBLIC_FILES = {"testing", "summary", "metrics", "serialization"}
PRIVATE_PACKAGES = {"minitorch_np.engine", "minitorch_np.optim.engine"}

HEAVY = (
    "numba",
    "onnx",
    "torch",
    "keras",
    "matplotlib",
    "pooch",
    "scipy",
    "sklearn",
    "threadpoolctl",
)


def module_name(path):
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in FILES}


def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(path):
    """(module, name or None) of all imports of a file that run, in functions as well."""
    tree = tree_of(path)
    only_types = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.dump(block.test)
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if id(node) in only_types:
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from ((module, alias.name) for alias in node.names)


def dependencies(path):
    """The package's own modules that a file imports."""
    for module, name in imports(path):
        if f"{module}.{name}" in MODULES:
            yield f"{module}.{name}"
        elif module in MODULES:
            yield module


def part(module):
    """The part of the package that a module belongs to."""
    return [*module.split("."), "__init__"][1]


def ids(path):
    return str(path.relative_to(ROOT))


# ---- imports run one way -----------------------------------------------------------------------


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_imports_run_one_way(path):
    own = part(module_name(path))
    assert own in MAY_IMPORT, f"{own}: a new part of the package; give it its place in this test"
    assert not [module for module, _ in imports(path) if module.startswith(".")], "a relative one"
    for module in dependencies(path):
        assert part(module) in MAY_IMPORT[own], f"{own} may not import {module}"


def test_no_file_imports_itself_by_a_detour():
    graph = {name: set(dependencies(path)) for name, path in MODULES.items()}
    done, running = set(), []

    def visit(name):
        assert name not in running, f"a circle: {' -> '.join([*running, name])}"
        if name not in done:
            running.append(name)
            for other in graph[name]:
                visit(other)
            running.pop()
            done.add(name)

    for name in graph:
        visit(name)


# ---- scripts use what is public ----------------------------------------------------------------


def is_public_module(module):
    top, *rest = module.split(".")
    if top != "minitorch_np" or module in PRIVATE_PACKAGES:
        return False
    is_package = module in MODULES and MODULES[module].name == "__init__.py"
    return not rest or is_package or (len(rest) == 1 and rest[0] in PUBLIC_FILES)


@pytest.mark.parametrize("path", SCRIPTS, ids=ids)
def test_scripts_import_only_public_names(path):
    for module, name in imports(path):
        if module.split(".")[0] == "minitorch_np":
            submodule = f"{module}.{name}"
            if submodule in MODULES and submodule not in PRIVATE_PACKAGES:
                public = is_public_module(submodule) or name in vars(
                    importlib.import_module(module)
                ).get("__all__", ())
                assert public, f"{submodule} is not public"
                continue
            assert is_public_module(module), f"{module} is not public"
            if name is not None:
                assert name in importlib.import_module(module).__all__, f"{module}.{name}"


@pytest.mark.parametrize("path", SCRIPTS, ids=ids)
def test_scripts_touch_no_underscore_of_the_package(path):
    tree = tree_of(path)
    bound = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = getattr(node, "module", None) or ""
            for alias in node.names:
                if "minitorch_np" in (module or alias.name).split("."):
                    bound.add(alias.asname or alias.name.split(".")[0])
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            root = node.value
            while isinstance(root, ast.Attribute | ast.Call):
                root = root.value if isinstance(root, ast.Attribute) else root.func
            private = isinstance(root, ast.Name) and root.id in bound
            assert not private or node.attr == "__version__", f"line {node.lineno}: {node.attr}"


# ---- public names ------------------------------------------------------------------------------


def every_module():
    for info in pkgutil.walk_packages([str(PACKAGE)], "minitorch_np."):
        yield info.name


@pytest.mark.parametrize("name", ["minitorch_np", *every_module()])
def test_public_names_exist_and_are_documented(name):
    if name.endswith(
        ("numba_engine", "engine.compiled", "handover", "bands", "threads.held", "intrinsics")
    ):
        pytest.importorskip("numba")
    module = importlib.import_module(name)
    assert module.__doc__, f"{name} has no docstring"
    public = getattr(module, "__all__", ())
    assert len(set(public)) == len(public)
    for item in public:
        value = getattr(module, item)
        if inspect.isclass(value) or inspect.isroutine(value) or inspect.ismodule(value):
            assert (value.__doc__ or "").strip(), f"{name}.{item} has no docstring"


def test_every_public_class_of_nn_has_a_row_in_the_case_table():
    public = {name for name in nn.__all__ if inspect.isclass(getattr(nn, name))}
    rows = {case.name for case in (*LAYERS, *LOSSES)}
    assert public - NO_ROW == rows
    assert public >= NO_ROW


def test_row_names_are_unique():
    for table in (LAYERS, LOSSES):
        names = [case.id for case in table]
        assert len(set(names)) == len(names)


def test_the_package_is_typed():
    assert (PACKAGE / "py.typed").exists()


# ---- importing costs little --------------------------------------------------------------------

FRESH = f"""
import os, sys, threading
import numpy
def tasks():
    return len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 0
before = tasks()
import minitorch_np
heavy = [name for name in {HEAVY!r} if name in sys.modules]
assert not heavy, f"imported {{heavy}}"
assert threading.active_count() == 1, threading.enumerate()
assert tasks() == before, (before, tasks())
"""


def test_importing_imports_nothing_heavy_and_starts_no_thread():
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", FRESH], capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 0, result.stderr
    assert not result.stdout and not result.stderr


def test_importing_does_not_touch_the_global_random_state_or_the_environment():
    code = (
        "import os, numpy as np; np.random.seed(1); s = np.random.get_state()[1].copy(); "
        "e = dict(os.environ); import minitorch_np; "
        "assert (np.random.get_state()[1] == s).all() and dict(os.environ) == e"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


# ---- randomness --------------------------------------------------------------------------------

GENERATORS = {"Generator", "default_rng", "BitGenerator", "SeedSequence", "PCG64", "Philox"}


def random_names(path):
    """What a file takes from numpy.random, under whatever name it goes."""
    tree = tree_of(path)
    numpys, randoms = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == "numpy.random" and alias.asname:
                    randoms.add(alias.asname)
                elif alias.name.split(".")[0] == "numpy":
                    numpys.add(alias.asname or "numpy")
        elif isinstance(node, ast.ImportFrom) and node.module == "numpy.random":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "numpy":
            randoms |= {a.asname or a.name for a in node.names if a.name == "random"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            of = node.value
            if isinstance(of, ast.Attribute) and of.attr == "random":
                if isinstance(of.value, ast.Name) and of.value.id in numpys:
                    yield node.attr
            elif isinstance(of, ast.Name) and of.id in randoms:
                yield node.attr


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_numpys_global_random_state_is_never_used(path):
    used = set(random_names(path))
    assert used <= GENERATORS, f"np.random.{', '.join(used - GENERATORS)}"
    assert "random" not in {m for m, _ in imports(path)}, "the standard library's random"


def test_the_search_for_random_names_finds_them(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import numpy as np, numpy.random as r\n"
        "from numpy import random\nfrom numpy.random import rand\n"
        "np.random.seed(0); r.normal(); random.choice(3); np.random.default_rng(0)\n"
    )
    assert set(random_names(script)) == {"seed", "normal", "choice", "rand", "default_rng"}
