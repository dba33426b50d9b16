"""`render`: what `synth` makes, without cdk8s and without Node."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.documents import load_all
from tests.processes import run
from tests.rendering import CONFIG, ENVIRONMENTS, ROOT
from tierwright.process.short import Pattern

RENDER = [sys.executable, "-m", "tierwright", "render"]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def as_text(objects: list[object]) -> str:
    """Objects with their keys in order."""
    return json.dumps(objects)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_render_writes_the_same_bytes_as_synth(environment: str, tmp_path: Path) -> None:
    catalogue = ["--catalogue", "config/catalogue.yaml", "--env", environment]
    for command in (["main.py"], ["-m", "tierwright", "render"]):
        subprocess.run([sys.executable, *command, *catalogue, "--out", str(tmp_path / command[-1])], cwd=ROOT, check=True)
    made = contents(tmp_path / "render")
    assert made == contents(tmp_path / "main.py")
    stream = subprocess.run([*RENDER, *catalogue], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    files = [one for path in sorted(made) if "/" not in path for one in load_all(made[path])]
    assert as_text(load_all(stream)) == as_text(files)


SLOW = {
    *("cdk8s", "jsii", "tierwright.cdk", "tierwright.node", "tierwright.timeline", "subprocess", "tempfile"),
    *("jsonschema", "kubernetes_validate", "tierwright.model.schemas", "tierwright.model.validation", "tierwright.model.reference"),
    *("ast", "dataclasses", "inspect", "typing_extensions", "shutil", "difflib", "hashlib", "random"),
}
"""What other commands need, and what only errors do."""

OUTPUTS = {"tierwright.outputs", "tierwright.outputs.manifests", "tierwright.outputs.yaml_text"}
"""The outputs that it prints."""


def test_it_does_without_node_and_imports_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    code = (
        "import sys; from tierwright.cli import main; code = main(['render', *sys.argv[1:]])\n"
        "outputs = {one for one in sys.modules if one.startswith('tierwright.outputs')}\n"
        f"print(sorted({SLOW!r} & {{*sys.modules}} | outputs), file=sys.stderr); sys.exit(code)"
    )
    done = run(tmp_path, "--env", "production", code=code, JSII_NODE="/does/not/exist")
    assert (done.code, done.err, done.left) == (0, f"{sorted(OUTPUTS)}\n", [])
    assert done.out.startswith("apiVersion: v1\nkind: Namespace\n")


@pytest.mark.parametrize(
    ("catalogue", "kinds"),
    [("examples/hello", []), ("examples/bookshop", ["postgres"]), ("config", ["postgres", "rabbitmq", "redis"])],
)
def test_it_imports_those_kinds_of_data_services_that_the_catalogue_has(tmp_path: Path, catalogue: str, kinds: list[str]) -> None:
    code = (
        "import re, sys; from tierwright.cli import main; code = main(['render', *sys.argv[1:]])\n"
        "found = [re.fullmatch(r'tierwright.components.data.([a-z]+).server', one) for one in sys.modules]\n"
        "servers = 'tierwright.kit.stateful_server' in sys.modules\n"
        "print(sorted(one[1] for one in found if one), servers, file=sys.stderr); sys.exit(code)"
    )
    done = run(tmp_path, "--catalogue", f"{catalogue}/catalogue.yaml", code=code)
    assert (done.code, done.err) == (0, f"{kinds} {bool(kinds)}\n")


def test_patterns_of_others_are_compiled_when_they_are_needed(tmp_path: Path) -> None:
    code = (
        "import re, sys; from tierwright.cli import main; code = main(['render', *sys.argv[1:]])\n"
        "import json.scanner, yaml\n"
        "patterns = [yaml.reader.Reader.NON_PRINTABLE, yaml.SafeLoader.yaml_implicit_resolvers['0'][0][1]]\n"
        "patterns += [json.scanner.NUMBER_RE]\n"
        "made = [('match' in vars(one)) for one in patterns]\n"
        "print(made, re.compile('a') == re.compile('a'), isinstance(re.compile('a'), re.Pattern), file=sys.stderr); sys.exit(code)"
    )
    done = run(tmp_path, "--env", "production", code=code)
    assert (done.code, done.err) == (0, "[False, True, False] True True\n")


def test_a_pattern_that_is_compiled_later_answers_as_one_that_is_compiled_at_once() -> None:
    later, now = Pattern("(A)b?", re.IGNORECASE), re.compile("(A)b?", re.IGNORECASE)
    for _ in range(2):
        assert (later.pattern, later.flags, later.groups) == (now.pattern, now.flags, now.groups)
        assert [found.group(1) for found in later.finditer("ab a")] == ["a", "a"]
        assert later.fullmatch("abc") is None
    with pytest.raises(re.error, match="unterminated character set"):
        Pattern("[").search("a")


def test_what_is_wrong_is_all_that_it_says(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("nonsense: 1\n")
    done = run(tmp_path, program=[*RENDER, "--values", str(tmp_path / "own.yaml")])
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"{tmp_path}/own.yaml:1: nonsense: unknown key; ")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("reader", "said"),
    [("> /dev/full", "standard output: No space left on device\n"), ("| true", ""), (">&-", "")],
)
def test_a_reader_that_takes_nothing_is_told_in_one_line_or_not_at_all(tmp_path: Path, reader: str, said: str) -> None:
    done = run(tmp_path, program=["sh", "-c", f'"$@" {reader}', "sh", *RENDER])
    assert "Traceback" not in done.err
    if said:
        assert (done.code, done.err) == (2, said)


def test_the_catalogue_is_looked_for_in_the_working_folder(tmp_path: Path) -> None:
    done = run(tmp_path, program=RENDER, cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("catalogue.yaml:1: cannot be read: No such file or directory; ")
    in_config = run(tmp_path, program=[*RENDER, "--env", "staging"])
    by_name = run(tmp_path, program=[*RENDER, "--catalogue", str(CONFIG / "catalogue.yaml"), "--env", "staging"])
    assert in_config == by_name
    assert in_config.code == 0
