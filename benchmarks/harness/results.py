"""Results in files."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def refuse_unwritable(*files: str | None) -> None:
    """Raise ValueError for a file that could not be written, before minutes are spent measuring."""
    for file in filter(None, files):
        folder = Path(file).resolve().parent
        if Path(file).is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
            raise ValueError(f"cannot write {file}: its folder must exist and be writable")


def write_json(file: str, result: Mapping[str, Any]) -> None:
    """Write a result, indented, with a newline at the end; what JSON does not know, as a text."""
    Path(file).write_text(json.dumps(result, indent=1, default=str) + "\n")
