"""The generated YAML is what was last read and accepted: dist/ and tests/snapshots/. `make snapshots` updates both."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.snapshots import GUESTS, SNAPSHOTS, essence
from tests.documents import load, load_all
from tests.guests import charted_guest
from tests.rendering import ENVIRONMENTS, ROOT, render
from tierwright.outputs.provenance import marked
from tierwright.pipeline import described

GOLDENS = {name: ROOT / "tests" / "snapshots" / name for name in ENVIRONMENTS} | {"development": ROOT / "dist"}


def texts_of(folder: Path) -> dict[str, str]:
    """The files of a folder, by their names; of the chart's folder, by their paths in it."""
    below = folder.rglob("*") if folder.name == "helm" else folder.iterdir()
    return {str(file.relative_to(folder)): file.read_text() for file in below if file.is_file()}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_an_environment_gives_its_golden_files(environment: str) -> None:
    golden = texts_of(GOLDENS[environment])
    made = {name: marked(name, text) for name, text in render(environment).files.items()}
    assert sorted(made) == sorted(golden), "run `make snapshots` and read the diff"
    for name, text in made.items():
        assert text == golden[name], f"{environment}/{name} differs: run `make snapshots` and read the diff"


@pytest.mark.parametrize("name", GUESTS)
def test_what_the_catalogue_of_a_guest_decides_is_in_its_golden_file(name: str) -> None:
    platform = charted_guest(name)
    made = essence(described(catalogue=platform.catalogue, own=platform.own))
    assert made == (SNAPSHOTS / "guests" / f"{name}.yaml").read_text(), "run `make snapshots` and read the diff"


@pytest.mark.parametrize("hash_seed", ["0", "1", "4294967295"])
def test_two_runs_give_the_same_bytes_whatever_the_hash_seed(hash_seed: str, tmp_path: Path) -> None:
    command = [sys.executable, "main.py", "--env", "production", "--out", str(tmp_path / "out")]
    subprocess.run(command, cwd=ROOT, check=True, env=os.environ | {"PYTHONHASHSEED": hash_seed})
    assert texts_of(tmp_path / "out") == texts_of(GOLDENS["production"])
    assert texts_of(tmp_path / "out" / "helm") == texts_of(ROOT / "dist" / "helm")


def test_kubectl_applies_the_namespace_first() -> None:
    for environment in ENVIRONMENTS:
        files = render(environment).files
        assert files[min(files)].startswith("apiVersion: v1\nkind: Namespace\n")


def test_nothing_but_manifests_is_at_the_top_of_dist_where_kubectl_applies_whatever_it_can_read() -> None:
    assert {file.suffix for file in (ROOT / "dist").iterdir() if file.is_file()} == {".yaml"}
    for file in (ROOT / "dist").glob("*.yaml"):
        for one in load_all(file.read_text()):
            assert one["kind"] != "Kustomization", file
            assert one["metadata"]["name"], file


def test_every_folder_of_dist_is_closed_to_kustomize_which_would_read_what_is_in_it() -> None:
    folders = [folder for folder in (ROOT / "dist").iterdir() if folder.is_dir()]
    assert folders
    for folder in folders:
        closed = load((folder / "kustomization.yaml").read_text())
        assert closed["kind"] == "Kustomization"
        assert not closed.keys() & {"resources", "bases", "components"}
