"""The examples do what their READMEs say, by the command in them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from tests.documentation import named, words
from tests.documents import load, load_all
from tests.kubernetes_schemas import validate
from tests.rendering import ROOT, Object, render_with
from tierwright.kit.kinds import BOUND

EXAMPLES = sorted(readme.parent.name for readme in (ROOT / "examples").glob("*/README.md"))


PROGRAMS = ["embedded"]
"""The examples that are programs of their own."""


def made(example: str, folder: Path) -> dict[str, list[Object]]:
    """The objects of each manifest that the command of an example's README writes."""
    document, given = f"examples/{example}/README.md", dict[str, str]()
    if example in PROGRAMS:
        _, program, out = words(named(".venv/bin/python", document=document))
        command = [sys.executable, program, str(folder)]
    else:
        given = dict(word.split("=", 1) for word in words(named("make", "synth", document=document))[2:])
        out = given.pop("OUT")
        command = [sys.executable, "main.py", "--out", str(folder)]
    assert out == f"build/{example}"
    environment = {**os.environ, **given, "PATH": "/does/not/exist"}  # the library brings its own Node
    environment.pop("JSII_NODE")
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return {file.name: load_all(file.read_text()) for file in sorted(folder.glob("*.yaml"))}


def test_each_example_has_a_readme() -> None:
    assert sorted(folder.name for folder in (ROOT / "examples").iterdir() if folder.is_dir()) == EXAMPLES


MODELINE = "# yaml-language-server: $schema="
WITH_SCHEMAS = [file for file in sorted((ROOT / "examples").rglob("*.yaml")) if file.read_text().startswith(MODELINE)]


@pytest.mark.parametrize("file", WITH_SCHEMAS, ids=lambda file: str(file.relative_to(ROOT / "examples")))
def test_an_editor_finds_no_error_in_a_file_that_names_its_schema(file: Path) -> None:
    """The schemas are Castiel's: values of components that it does not have are not in them, and such a file names none."""
    schema = file.parent / file.read_text().splitlines()[0].removeprefix(MODELINE)
    jsonschema.validate(load(file.read_text()), json.loads(schema.read_text()))


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_command_of_an_example_makes_manifests_in_a_namespace_of_its_own(example: str, tmp_path: Path) -> None:
    files = made(example, tmp_path / "out")
    objects = [one for of_file in files.values() for one in of_file]
    namespaces = {one["metadata"].get("namespace", one["metadata"]["name"]) for one in objects}
    assert namespaces == {example}
    text = (ROOT / "examples" / example / "README.md").read_text()
    assert [name for name in files if f"`{name}`" in text] or len(files) == 2
    assert example in PROGRAMS or (tmp_path / "out" / "helm" / example / "Chart.yaml").is_file()


def test_the_readme_of_the_smallest_platform_names_the_kinds_that_its_service_consists_of(tmp_path: Path) -> None:
    text = (ROOT / "examples" / "hello" / "README.md").read_text()
    _, of_service = made("hello", tmp_path / "out").values()
    assert sorted(one["kind"] for one in of_service) == sorted(kind.name for kind in BOUND if re.search(rf"\b{kind.name}\b", text))


def test_the_program_that_embeds_castiel_adds_a_container_and_an_object_and_changes_nothing_else(tmp_path: Path) -> None:
    files = made("embedded", tmp_path / "out")
    (settings,) = files.pop("90-own.yaml")
    validate(settings)
    objects = {(one["kind"], one["metadata"]["name"]): one for of_file in files.values() for one in of_file}
    expected = render_with(load((ROOT / "examples" / "embedded" / "values.yaml").read_text()))
    calendar, plain = objects["Deployment", "calendar"], expected.get("Deployment", "calendar")
    validate(calendar)
    pod, plain_pod = calendar["spec"]["template"]["spec"], plain["spec"]["template"]["spec"]
    sidecar = pod["containers"].pop()
    assert (sidecar["name"], pod["containers"]) == ("logs", plain_pod["containers"])
    volume = pod["volumes"].pop()
    assert volume["configMap"]["name"] == settings["metadata"]["name"]
    assert {mount["name"] for mount in sidecar["volumeMounts"]} <= {volume["name"], *(one["name"] for one in pod["volumes"])}
    assert objects == expected.objects
    assert [*objects] == [*expected.objects]
