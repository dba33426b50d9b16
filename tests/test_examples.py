"""The examples do what their READMEs say, by the command that stands there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.documentation import named, words
from tests.rendering import ROOT, Object

EXAMPLES = sorted(readme.parent.name for readme in (ROOT / "examples").glob("*/README.md"))


def made(example: str, folder: Path) -> dict[str, list[Object]]:
    """The objects of each manifest that the command of an example's README writes."""
    given = dict(word.split("=", 1) for word in words(named("make", "synth", document=f"examples/{example}/README.md"))[2:])
    assert given.pop("OUT") == f"build/{example}"
    command = [sys.executable, "main.py", "--out", str(folder)]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **given}, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return {file.name: list(yaml.safe_load_all(file.read_text())) for file in sorted(folder.glob("*.yaml"))}


def test_each_example_has_a_readme() -> None:
    assert sorted(folder.name for folder in (ROOT / "examples").iterdir() if folder.is_dir()) == EXAMPLES


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_command_of_an_example_makes_manifests_in_a_namespace_of_its_own(example: str, tmp_path: Path) -> None:
    files = made(example, tmp_path / "out")
    objects = [one for of_file in files.values() for one in of_file]
    namespaces = {one["metadata"].get("namespace", one["metadata"]["name"]) for one in objects}
    assert namespaces == {example}
    text = (ROOT / "examples" / example / "README.md").read_text()
    assert [name for name in files if f"`{name}`" in text] or len(files) == 2
    assert (tmp_path / "out" / "helm" / example / "Chart.yaml").is_file()
