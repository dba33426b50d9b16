"""Files are read and written as UTF-8, whatever the locale is: every place says so."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.rendering import ROOT

SOURCES = [
    ROOT / "main.py",
    *(file for name in ("charts", "constructs", "scripts", "benchmarks") for file in (ROOT / name).rglob("*.py")),
]
PROCESSES = ("run", "Popen", "check_output", "check_call", "call")


def opens_text(call: ast.Call) -> bool:
    """Whether a call reads or writes text, whose encoding would depend on the locale if it is not named."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    values = [*call.args, *(keyword.value for keyword in call.keywords)]
    mode = "".join(value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str))
    keywords = {keyword.arg for keyword in call.keywords}
    as_bytes = "b" in mode or (isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") in ("os", "tarfile"))
    runs_as_text = name in PROCESSES and bool(keywords & {"text", "universal_newlines"})
    return name in ("read_text", "write_text") or (name == "open" and not as_bytes) or runs_as_text


def unnamed(source: str) -> list[int]:
    """The lines of a source that open text and name no encoding."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [call.lineno for call in calls if opens_text(call) and not any(keyword.arg == "encoding" for keyword in call.keywords)]


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_place_that_opens_text_names_the_encoding(file: Path) -> None:
    assert unnamed(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("path.read_text()", True),
        ("path.read_text(encoding='utf-8')", False),
        ("open(path)", True),
        ("path.open('rb')", False),
        ("os.open(path, 0)", False),
        ("path.open('w')", True),
        ("subprocess.run([], text=True)", True),
    ],
)
def test_such_a_place_is_found(source: str, found: object) -> None:
    assert bool(unnamed(source)) is found
