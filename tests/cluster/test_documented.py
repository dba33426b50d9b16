"""Commands of the documents, run as they are written there; only names and folders are those of a small platform."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.helm import read, template
from tests.chart.platforms import SMALL, small
from tests.cluster.images import names_in
from tests.cluster.node import Node
from tests.cluster.platform import BESIDE_CASTIEL, apply_folder
from tests.documentation import blocks_of, named
from tests.rendering import Object, Rendered, render_with
from tierwright.model.labels import INSTANCE_LABEL, PART_OF_LABEL
from tierwright.outputs.helm.texts import readme

OPERATIONS = "docs/operations.md"
NOWHERE = {"nodeSelector": {"castiel.test/nowhere": "yes"}}
"""Nothing is to run: the objects alone count."""


@pytest.fixture(name="shell")
def _shell(node: Node) -> Any:
    """Runs a command in a shell that has the node's kubectl and Helm."""

    def run(command: str, folder: Path) -> str:
        path = f"{node.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path}
        shell = ["sh", "-c", command]
        done = subprocess.run(shell, cwd=folder, env=environment, check=False, capture_output=True, text=True, timeout=400)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout

    return run


def rendered(name: str, *, namespace: Object | None = None, **overlay: Object) -> Rendered:
    """The small platform in a namespace of that name, with its pods nowhere."""
    servers = {server: {"placement": NOWHERE} for server in ("postgres", "rabbitmq", "redis")}
    nowhere = {**servers, "defaults": {"placement": NOWHERE, "replicas": 0}, "secrets": {"generator": {"placement": NOWHERE}}}
    values = {**nowhere, "namespace": {"name": name, **(namespace or {})}, **overlay}
    return render_with(values, catalogue=yaml.safe_load(SMALL))


def written(platform: Rendered, folder: Path) -> Path:
    for old in folder.glob("*.yaml"):
        old.unlink()
    folder.mkdir(exist_ok=True)
    for name, text in platform.files.items():
        (folder / name).write_text(text)
    return folder


def labelled(node: Node, namespace: str) -> set[tuple[str, str]]:
    """The kind and name of every object of the platform."""
    kinds = "deploy,sts,svc,sa,cm,netpol,hpa,pdb,role,rolebinding,job,limits,quota"
    which = ("--namespace", namespace, "--selector", f"{PART_OF_LABEL}=shop")
    listed = json.loads(node.kubectl("get", kinds, *which, "--output=json"))
    return {(one["kind"], one["metadata"]["name"]) for one in listed["items"]}


@pytest.fixture(name="of_its_own")
def _of_its_own(node: Node, request: pytest.FixtureRequest) -> Iterator[str]:
    """The name of a namespace that the commands make themselves; removed after the test."""
    name = f"d-{abs(hash(request.node.nodeid)) % 0xFFFFFF:06x}"
    yield name
    node.kubectl("delete", "namespace", name, "--ignore-not-found", "--wait=false")


def test_pruning_removes_all_that_is_not_in_the_folder_any_more_but_what_a_person_decides(
    node: Node, of_its_own: str, tmp_path: Path, shell: Any
) -> None:
    scaled = {"placement": NOWHERE, "replicas": 2}
    before = rendered(
        of_its_own,
        namespace={"quota": {"enabled": True, "hard": {"pods": "100"}}},
        defaults=scaled,
        services={"web": {"autoscaling": {"enabled": True}}},
    )
    outside = {"topology": "external", "external": {"host": "db.example", "tls": False, "cidrs": ["10.2.0.0/24"]}}
    after = rendered(
        of_its_own,
        namespace={"limitRange": {"enabled": False}},
        secrets={"mode": "existing"},
        services={"hints": {"enabled": False}},
        postgres=outside,
    )
    apply_folder(node, written(before, tmp_path / "dist"))
    assert labelled(node, of_its_own) == before.objects.keys() - {("Namespace", of_its_own)}
    written(after, tmp_path / "dist")
    command = named("kubectl", "apply", "-f", "dist/", "--prune", document=OPERATIONS)
    shell(command.replace("part-of=castiel", "part-of=shop"), tmp_path)
    assert before.objects.keys() - after.objects.keys() > {("Role", "secret-generator"), ("LimitRange", "limits")}
    assert labelled(node, of_its_own) == {*after.objects.keys(), ("StatefulSet", "postgres")} - {("Namespace", of_its_own)}


def test_a_secret_is_made_without_its_password_on_a_command_line(node: Node, namespace: str, tmp_path: Path, shell: Any) -> None:
    command = named("printf", document=OPERATIONS)
    shell(command.replace("-n castiel", f"-n {namespace}"), tmp_path)
    (made,) = node.api.items(f"/api/v1/namespaces/{namespace}/secrets")
    assert made["metadata"]["name"] == "postgres-credentials"
    assert re.fullmatch("[0-9a-f]{64}", base64.b64decode(made["data"].pop("password")).decode())
    assert made["data"] == {}


def test_secrets_of_earlier_versions_lose_the_label_of_argo_cd(node: Node, namespace: str, tmp_path: Path, shell: Any) -> None:
    labels = {PART_OF_LABEL: "castiel", INSTANCE_LABEL: "castiel", "team": "a"}
    metadata = {"name": "postgres-credentials", "labels": labels}
    node.apply([{"apiVersion": "v1", "kind": "Secret", "metadata": metadata}], namespace=namespace)
    shell(named("kubectl", "label", "secret", document=OPERATIONS).replace("-n castiel", f"-n {namespace}"), tmp_path)
    (left,) = node.api.items(f"/api/v1/namespaces/{namespace}/secrets")
    assert left["metadata"]["labels"] == {PART_OF_LABEL: "castiel", "team": "a"}


def test_a_dry_run_by_the_server(of_its_own: str, tmp_path: Path, shell: Any) -> None:
    written(rendered(of_its_own), tmp_path / "dist")
    shell(named("kubectl", "apply", "-f", "dist/00-namespace.yaml", document=OPERATIONS), tmp_path)
    said = shell(named("kubectl", "apply", "--dry-run=server", document=OPERATIONS), tmp_path)
    assert "statefulset.apps/postgres created (server dry run)" in said


def test_the_chart_is_installed_and_tested_as_its_readme_says(node: Node, of_its_own: str, tmp_path: Path, shell: Any) -> None:
    text = template(small().chart, namespace="shop")
    assert isinstance(text, str), text
    node.provide_images(names_in(read(text)))
    (block,) = [one for one in blocks_of("README.md", readme(small().blueprint.catalogue, "")) if one.begins("helm", "install")]
    (tmp_path / "values.yaml").write_text(json.dumps(BESIDE_CASTIEL))
    for command in block.commands:
        here = re.sub(r"(namespace|--namespace) shop\b", rf"\1 {of_its_own}", command)
        if command.startswith("helm install"):
            here += f" --values {tmp_path / 'values.yaml'} --wait --timeout 5m"
        shell(here, small().chart)
    labels = node.api.request("GET", f"/api/v1/namespaces/{of_its_own}")["metadata"]["labels"]
    assert {key for key in labels if key.startswith("pod-security")} == {
        f"pod-security.kubernetes.io/{mode}{suffix}" for mode in ("enforce", "audit", "warn") for suffix in ("", "-version")
    }
