"""What docs/own-platform.md gives to newcomers: its two files are a platform, and each thing that they name is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.chart.law import broken
from tests.chart.platforms import charted
from tests.compose.law import broken as broken_in_compose
from tests.compose.platforms import composed
from tests.rendering import ROOT, Rendered, render_platform
from tierwright.pipeline import described

CATALOGUE, VALUES = re.findall(r"^```yaml\n(.*?)^```$", (ROOT / "docs" / "own-platform.md").read_text(), re.DOTALL | re.MULTILINE)


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    (tmp_path / "catalogue.yaml").write_text(CATALOGUE)
    (tmp_path / "values.yaml").write_text(VALUES)
    return tmp_path


def rendered(folder: Path) -> Rendered:
    return render_platform(described(catalogue=folder / "catalogue.yaml", own=folder / "values.yaml").platform)


def test_the_search_engine_keeps_its_data_in_the_group_of_its_image_and_gets_its_variable(folder: Path) -> None:
    made = rendered(folder)
    security = made.get("StatefulSet", "search")["spec"]["template"]["spec"]["securityContext"]
    assert (security["runAsUser"], security["runAsGroup"], security["fsGroup"]) == (1000, 0, 0)
    assert made.variables("StatefulSet", "search")["discovery.type"]["value"] == "single-node"


def test_the_jobs_run_the_image_of_the_web_service_and_know_the_same_addresses(folder: Path) -> None:
    made = rendered(folder)
    web, jobs = (made.container("Deployment", name) for name in ("web", "jobs"))
    assert web["image"] == jobs["image"] == "ghcr.io/example/forum:v1.2.0"
    assert jobs["command"] == ["bin/jobs"]
    for name in ("web", "jobs"):
        variables = made.variables("Deployment", name)
        found = {key: variables[key]["value"] for key in ("APP_HOST", "SEARCH_URL", "DB_HOST", "DB_PASS")}
        assert found == {
            "APP_HOST": "forum.example",
            "SEARCH_URL": "http://search:9200",
            "DB_HOST": "postgres",
            "DB_PASS": "$(DB_PASSWORD)",
        }


@pytest.mark.helm
def test_the_chart_and_the_compose_file_are_the_same_platform(folder: Path) -> None:
    catalogue, values = folder / "catalogue.yaml", folder / "values.yaml"
    assert not broken(charted(catalogue, values), [])
    compose = composed(catalogue, own=values)
    assert not broken_in_compose(compose.on_cluster, compose.text)


def test_many_pods_share_a_volume_that_a_service_of_one_pod_owns_as_the_catalogues_page_shows(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "configuration.md").read_text()
    (services,) = re.findall(r"^```yaml\n(  jobs: .*?)^```$", text, re.DOTALL | re.MULTILINE)
    (tmp_path / "catalogue.yaml").write_text(f"name: shop\ntiers: [{{name: app}}]\nservices:\n{services}")
    (tmp_path / "values.yaml").write_text("services: {web: {replicas: 3}}")
    made = rendered(tmp_path)
    web = made.get("Deployment", "web")["spec"]
    assert (web["replicas"], made.get("StatefulSet", "jobs")["spec"]["replicas"]) == (3, 1)
    volumes = web["template"]["spec"]["volumes"]
    assert {"name": "jobs-uploads", "persistentVolumeClaim": {"claimName": "uploads-jobs-0"}} in volumes


OF_COMPOSE = """
services:
  web:
    container: {workingDir: /srv, tty: true}
    shutdown: {drainSeconds: 90}
    security: {pod: {sysctls: [{name: net.ipv4.ip_local_port_range, value: 1024 65000}]}}
    pod: {hostAliases: [{ip: 10.0.0.1, hostnames: [other]}]}
    extraVolumes: [{name: shm, emptyDir: {medium: Memory, sizeLimit: 256Mi}}, {name: keys, secret: {secretName: mail}}]
    extraVolumeMounts: [{name: shm, mountPath: /dev/shm}, {name: keys, mountPath: /keys, readOnly: true}]
extraObjects:
- apiVersion: v1
  kind: Service
  metadata: {name: web-ssh}
  spec: {type: LoadBalancer, selector: {app.kubernetes.io/name: web}, ports: [{port: 22, targetPort: 2222}]}
- apiVersion: networking.k8s.io/v1
  kind: NetworkPolicy
  metadata: {name: web-ssh}
  spec: {podSelector: {matchLabels: {app.kubernetes.io/name: web}}, policyTypes: [Ingress], ingress: [{ports: [{port: 2222}]}]}
"""


def test_what_else_a_compose_file_says_goes_where_the_page_says(folder: Path) -> None:
    (folder / "overlay.yaml").write_text(OF_COMPOSE)
    catalogue, values = folder / "catalogue.yaml", folder / "values.yaml"
    made = render_platform(described(catalogue=catalogue, own=values, values=[folder / "overlay.yaml"]).platform)
    web = made.container("Deployment", "web")
    assert (web["workingDir"], web["tty"]) == ("/srv", True)
    assert {"shm", "keys"} <= {mount["name"] for mount in web["volumeMounts"]}
    pod = made.get("Deployment", "web")["spec"]["template"]["spec"]
    assert pod["terminationGracePeriodSeconds"] == 100  # with the pause before it
    assert pod["securityContext"]["sysctls"] == [{"name": "net.ipv4.ip_local_port_range", "value": "1024 65000"}]
    assert made.get("Service", "web-ssh")["spec"]["ports"] == [{"port": 22, "targetPort": 2222}]
