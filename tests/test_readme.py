"""The Python of the pages runs as it stands there; their commands are what CI takes them for."""

import re
from pathlib import Path

import numpy as np
import pytest
from engines import on_engines

from minitorch_np import nn, set_engine

ROOT = Path(__file__).parent.parent
README, CONTRIBUTING = (
    (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "CONTRIBUTING.md")
)


def blocks(language, page=README):
    """The code blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.M | re.S)


def test_python_blocks_run(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "readme"}
    for block in blocks("python"):
        exec(compile(block, "README.md", "exec"), names)
    assert names["scores"].shape == (len(names["x"]), 10)
    said = capsys.readouterr().out.split()
    assert said[0] == "True"
    assert float(said[1]) < 1.5
    assert said[2] == "True"


def test_the_first_two_commands_are_single_lines():
    for block in blocks("bash")[:2]:
        assert len(block.splitlines()) == 1


@on_engines
def test_the_rule_that_contributing_adds(engine):
    set_engine(engine)
    names = {"__name__": "contributing"}
    (block,) = blocks("python", CONTRIBUTING)
    exec(compile(block, "CONTRIBUTING.md", "exec"), names)
    p = nn.Parameter(np.array([1.0, -1.0, 0.0]))
    optimizer = names["Signum"]([p], lr=0.5)
    for g in ([1.0, 2.0, 0.0], [-0.5, -30.0, 0.0]):
        p.grad = g
        optimizer.step()
    np.testing.assert_array_equal(p.data, [0.0, -1.0, 0.0])
    with pytest.raises(ValueError, match="expected beta in"):
        names["Signum"]([p], beta=2)
    set_engine("auto")


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "examples/README.md"])
def test_every_file_that_is_linked_exists(name):
    page = ROOT / name
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target
