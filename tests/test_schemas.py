"""`tierwright schemas`: what it writes, and what it leaves as it is."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft7Validator

from tests.shop import CATALOGUE, errors

REMEDY = "move it away, and run the command again"
NAMES = ["catalogue.schema.json", "overlay.schema.json", "values.schema.json"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "catalogue.yaml").write_text(CATALOGUE)
    return tmp_path


def schemas(project: Path, *arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "tierwright", "schemas", *arguments]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.stdout == ""
    return done.returncode, done.stderr


def test_schemas_that_are_behind_are_replaced(project: Path) -> None:
    assert schemas(project) == (0, "")
    folder = project / "schemas"
    assert sorted(file.name for file in folder.iterdir()) == NAMES
    values = folder / "values.schema.json"
    made = values.read_bytes()
    values.write_text(json.dumps({"$schema": "http://json-schema.org/draft-07/schema#", "title": "How the platform is run"}))
    stale = "schemas/values.schema.json: behind the types; run the same command without --check\n"
    assert schemas(project, "--check") == (1, stale)
    assert schemas(project) == (0, "")
    assert values.read_bytes() == made
    assert schemas(project, "--check") == (0, "")


@pytest.mark.parametrize(
    "content",
    [b"mine\n", b"", b"\xff\x80", b"[]", b'{"title": "How the platform is run"}', b'{"$schema": "", "title": "What I wrote"}'],
)
def test_a_file_of_somebody_else_stays_and_nothing_is_written(project: Path, content: bytes) -> None:
    file = project / "schemas" / "values.schema.json"
    file.parent.mkdir()
    file.write_bytes(content)
    assert schemas(project) == (2, f"schemas/values.schema.json: was not made here; {REMEDY}\n")
    assert file.read_bytes() == content
    assert [*file.parent.iterdir()] == [file]
    assert schemas(project, "--check")[0] == 1


def test_links_and_folders_in_the_place_of_a_schema_stay(project: Path) -> None:
    file, elsewhere = project / "schemas" / "values.schema.json", project / "elsewhere.json"
    file.parent.mkdir()
    file.symlink_to(elsewhere)
    assert schemas(project) == (2, f"schemas/values.schema.json: is a link; {REMEDY}\n")
    assert not elsewhere.exists()
    file.unlink()
    file.mkdir()
    assert schemas(project) == (2, f"schemas/values.schema.json: is no file; {REMEDY}\n")


def test_a_file_in_the_place_of_the_folder_stays(project: Path) -> None:
    (project / "schemas").write_text("mine\n")
    assert schemas(project) == (2, f"schemas is no folder; {REMEDY}\n")
    assert (project / "schemas").read_text() == "mine\n"


def test_in_an_overlay_an_empty_mapping_is_laid_over_the_default_and_changes_nothing(tmp_path: Path) -> None:
    """The labels of the DNS' pods must not be empty, but an overlay need not say any: the schema refused what the program takes."""
    overlay = "networkPolicy: {dns: {podLabels: {}}}\npostgres: {cloudnativePg: {operator: {podLabels: {}}}}"
    assert errors(tmp_path, overlays={"a.yaml": overlay}) == []
    assert schemas(tmp_path) == (0, "")
    schema = json.loads((tmp_path / "schemas" / "overlay.schema.json").read_bytes())
    assert Draft7Validator(schema).is_valid(yaml.safe_load(overlay))
    nothing = "networkPolicy: {dns: {podLabels: {k8s-app: ~}}}"
    assert errors(tmp_path, overlays={"a.yaml": nothing}) == [
        "a.yaml:1: networkPolicy.dns.podLabels: is empty; allowed: a mapping with at least one entry"
    ]


def test_in_a_catalogue_a_field_without_a_value_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    """As after the last item of a list is taken out, and its key stays. An entry without a value is an error, for both."""
    (tmp_path / "catalogue.yaml").write_text(CATALOGUE)
    assert schemas(tmp_path) == (0, "")
    judge = Draft7Validator(json.loads((tmp_path / "schemas" / "catalogue.schema.json").read_bytes()))
    nothing = "    needs:\n    image:\n    public:\n    health: {command: }\n    metrics:\n    optional:\n"
    catalogue = CATALOGUE + f"  jobs:\n    tier: back\n{nothing}everyService:\nchart: {{appVersion: }}\n"
    assert errors(tmp_path, catalogue=catalogue) == []
    assert [error.message for error in judge.iter_errors(yaml.safe_load(catalogue))] == []
    for wrong in ("  jobs:\n", "  jobs: {tier: }\n", "  jobs: {tier: back, environment: {A: }}\n"):
        assert errors(tmp_path, catalogue=CATALOGUE + wrong) != []
        assert not judge.is_valid(yaml.safe_load(CATALOGUE + wrong))
