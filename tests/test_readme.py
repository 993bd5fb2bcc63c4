"""The README's Python runs as it stands there, and its commands are what CI takes them for."""

import re
from pathlib import Path

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def blocks(language):
    """The code blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.M | re.S)


def test_python_blocks_run(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "readme"}
    for block in blocks("python"):
        exec(compile(block, "README.md", "exec"), names)
    assert names["scores"].shape == (len(names["x"]), 10)
    said = capsys.readouterr().out.split()
    assert said[0] == "True"
    assert float(said[1]) < 1.5


def test_the_first_two_commands_are_single_lines():
    for block in blocks("bash")[:2]:
        assert len(block.splitlines()) == 1


def test_every_file_that_is_linked_exists():
    root = Path(__file__).parent.parent
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (root / target).exists(), target
