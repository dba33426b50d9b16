"""From what version 0.1.0 wrote to what is written today: nothing that the API server refuses to change, no volume lost, and a
line in the CHANGELOG for each workload that restarts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.helm import read, template
from tests.chart.platforms import castiel, small
from tests.rendering import ENVIRONMENTS, ROOT, environment_files, render, render_with
from tests.upgrade import EARLIER, earlier_chart, earlier_manifests, known_to

Object = dict[str, Any]
Objects = Mapping[tuple[str, str], Object]

IMMUTABLE = {
    "Deployment": ("selector",),
    "StatefulSet": ("selector", "serviceName", "volumeClaimTemplates", "podManagementPolicy"),
    "RoleBinding": ("roleRef",),
    "Service": ("clusterIP",),
}
"""What the API server refuses to change, below `spec` or, of a RoleBinding, at the top.

A Job's template is immutable too, but the finished Job is removed after `secrets.generator.keepSeconds`.
"""


STAYS = """\
postgres: {topology: single, image: {repository: postgres}, backup: {method: basebackup,
  storage: {size: 1000Gi}, repository: {s3: {bucket: ""}, passphrase: {name: ""}}}}
rabbitmq: {topology: single}
"""
"""What the CHANGELOG tells those to say who have run production before it had several members."""


def overlays_of(environment: str) -> list[str]:
    """The overlays of an environment, and what those add who have run it before."""
    return [*(file.read_text() for file in environment_files(environment)), *([STAYS] if environment == "production" else [])]


def keyed(objects: Iterable[Object]) -> Objects:
    return {(one["kind"], one["metadata"]["name"]): one for one in objects}


def of_folder(folder: Path) -> Objects:
    return keyed(one for file in sorted(folder.glob("*.yaml")) for one in read(file.read_text()))


def of_chart(chart: Path, overlays: list[str]) -> Objects:
    rendered = template(chart, overlays, namespace="castiel")
    assert isinstance(rendered, str), rendered
    return keyed(read(rendered))


def refused(before: Objects, after: Objects) -> list[str]:
    """The immutable fields that differ, in words."""
    return [
        f"{kind}/{name}: {field}"
        for (kind, name), old in before.items()
        for field in IMMUTABLE.get(kind, ())
        if (new := after.get((kind, name))) and old.get("spec", old).get(field) != new.get("spec", new).get(field)
    ]


def left_behind(before: Objects, after: Objects) -> list[str]:
    """Objects that nobody writes any more: `kubectl apply` would leave them running, Helm would remove them."""
    return [f"{kind}/{name}" for kind, name in before if (kind, name) not in after]


def restarted(before: Objects, after: Objects) -> set[str]:
    """The workloads whose pods are replaced."""
    return {
        name
        for (kind, name), old in before.items()
        if kind in ("Deployment", "StatefulSet")
        and (new := after.get((kind, name)))
        and old["spec"]["template"] != new["spec"]["template"]
    }


def announced() -> set[str]:
    """The workloads of which the CHANGELOG says that they restart."""
    unreleased = (ROOT / "CHANGELOG.md").read_text().split("\n## [")[1]
    lines = re.findall(rf"^- Upgrading from {re.escape(EARLIER)} restarts (.*?):", unreleased, flags=re.MULTILINE)
    return {name for line in lines for name in re.findall("`([^`]+)`", line)}


def holds(before: Objects, after: Objects, *, names: set[str]) -> None:
    assert refused(before, after) == []
    assert left_behind(before, after) == []
    assert restarted(before, after) <= names


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_manifests_of_an_environment_are_upgraded_in_place(environment: str) -> None:
    stays = yaml.safe_load(STAYS) if environment == "production" else {}
    before, after = of_folder(earlier_manifests(environment)), render_with(stays, environment=environment).objects
    holds(before, after, names=announced())


@pytest.mark.helm
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_release_is_upgraded_in_place(environment: str) -> None:
    overlays = overlays_of(environment)
    earlier = earlier_chart("castiel")
    before = [known_to(earlier, overlay) for overlay in overlays]
    holds(of_chart(earlier, before), of_chart(castiel().chart, overlays), names=announced())


@pytest.mark.helm
def test_the_chart_of_another_platform_is_upgraded_in_place() -> None:
    before, after = of_chart(earlier_chart("shop"), []), of_chart(small().chart, [])
    assert refused(before, after) == []
    assert left_behind(before, after) == []


def test_the_changelog_has_what_keeps_production_as_it_was() -> None:
    words = re.sub(r"\s+", " ", (ROOT / "CHANGELOG.md").read_text())
    of_postgres, of_rabbitmq = re.sub(r"\s+", " ", STAYS).strip().split(" rabbitmq: ")
    assert f"`{of_postgres}`" in words
    assert f"`rabbitmq: {of_rabbitmq}`" in words


def test_a_restart_is_announced_only_where_there_is_one() -> None:
    before, after = of_folder(earlier_manifests("development")), render().objects
    assert announced() == restarted(before, after)


def test_what_the_api_server_would_refuse_is_found() -> None:
    before = of_folder(earlier_manifests("development"))
    claims = before["StatefulSet", "postgres"]
    changed = {**claims, "spec": {**claims["spec"], "serviceName": "other"}}
    assert refused(before, {**before, ("StatefulSet", "postgres"): changed}) == ["StatefulSet/postgres: serviceName"]
    less = {key: one for key, one in before.items() if key != ("Service", "redis")}
    assert left_behind(before, less) == ["Service/redis"]
    pod = claims["spec"]["template"]
    newer = {**claims, "spec": {**claims["spec"], "template": {**pod, "metadata": {}}}}
    assert restarted(before, {**before, ("StatefulSet", "postgres"): newer}) == {"postgres"}
