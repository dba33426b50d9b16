"""The output folder for those who read it with kustomize: `kustomize create`, Flux. Each gets the manifests and nothing else."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.chart.helm import Object, read
from tests.cluster.tools import tool
from tests.rendering import ENVIRONMENTS, ROOT

pytestmark = pytest.mark.kustomize


def kubectls(folder: Path) -> list[Object]:
    """What `kubectl apply -f` finds in a folder, which does not look into the folders in it."""
    return sorted_by_name(one for file in folder.glob("*.yaml") for one in read(file.read_text()))


def sorted_by_name(objects: object) -> list[Object]:
    return sorted(objects, key=lambda one: (one["kind"], one["metadata"]["name"]))  # type: ignore[call-overload,no-any-return]


def run(program: str, *arguments: str | Path, folder: Path) -> str:
    done = subprocess.run([tool(program), *arguments], cwd=folder, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(name="dist", params=ENVIRONMENTS)
def _dist(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of an output folder, with the chart, which is the same in every environment."""
    dist = tmp_path / "dist"
    golden = "dist" if request.param == "development" else f"tests/snapshots/{request.param}"
    shutil.copytree(ROOT / golden, dist, dirs_exist_ok=True)
    shutil.copytree(ROOT / "dist" / "helm", dist / "helm", dirs_exist_ok=True)
    return dist


def test_flux_applies_what_kubectl_applies(dist: Path) -> None:
    expected = kubectls(dist)
    assert sorted_by_name(read(run("flux-build", dist, folder=dist))) == expected


def test_kustomize_finds_what_kubectl_applies(dist: Path) -> None:
    expected = kubectls(dist)
    run("kustomize", "create", "--autodetect", "--recursive", folder=dist)
    assert sorted_by_name(read(run("kustomize", "build", folder=dist))) == expected


def test_kustomize_alone_gets_no_object_from_the_folder_of_the_chart(dist: Path) -> None:
    assert read(run("kustomize", "build", folder=dist / "helm")) == []


def test_without_the_file_flux_would_fail(dist: Path) -> None:
    (dist / "helm" / "kustomization.yaml").unlink()
    done = subprocess.run([tool("flux-build"), dist], check=False, capture_output=True, text=True)
    assert "failed to decode Kubernetes YAML" in done.stderr
