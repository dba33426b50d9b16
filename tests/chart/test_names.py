"""No name that the program gives can be taken by a service: one of that name is refused, or works in both outputs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.chart.helm import Object, read, template
from tests.chart.law import broken
from tests.chart.platforms import SMALL, Charted, castiel, charted, small
from tests.rendering import pod_templates, render_platform
from tests.shop import errors
from tierwright.expressions.expression import Scope
from tierwright.expressions.tree import resolve
from tierwright.model import names

REVISIONS = ("secret-generator-1", "secret-generator-27")
OF_KUBERNETES = ("default", "kubernetes", "localhost")
OF_CHARTS = ("checks", "extra-objects", "helpers", "namespace", "notes", "values", "tests", "services", "charts", "templates")


def _all_names(tree: Any) -> Iterator[str]:
    """Whatever follows a key `name`: objects, containers, volumes, ports, accounts."""
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ():
        if key == "name" and isinstance(value, str):
            yield value
        yield from _all_names(value)


@cache
def _given() -> tuple[str, ...]:
    """Every name that the program gives in a platform which has everything, also where the values leave it out."""
    blueprint = small().blueprint
    scope = Scope(blueprint.scope.values, {**blueprint.scope.facts, "revision": 1})
    found = {*REVISIONS, *OF_KUBERNETES, *OF_CHARTS}
    for one in blueprint.declared:
        found |= {*_all_names(resolve(one.manifest, scope)), one.id.split(".")[-1], Path(one.template).stem}
        found |= {one.file, one.file.partition("-")[2]}
    found |= {step for named in blueprint.templates for step in named.name.split(".")}
    return tuple(sorted(name for name in found - blueprint.catalogue.services.keys() if re.search(names.SERVICE_NAME, name)))


RESERVED = {
    *("chart-test", "chart-test-web", "default", "default-deny", "kubernetes", "limits", "localhost", "quota"),
    *("postgres", "postgres-config", "postgres-developer", "postgres-nodes", "postgres-replicas"),
    *("postgres-archive", "postgres-archive-config", "postgres-archive-nodes"),
    *("postgres-backup", "postgres-backup-config", "postgres-restore", "postgres-restore-test"),
    *("postgres-pooler", "postgres-pooler-config"),
    *("rabbitmq", "rabbitmq-config", "rabbitmq-developer", "rabbitmq-nodes"),
    *("rabbitmq-backup", "rabbitmq-backup-config", "rabbitmq-cluster"),
    *("redis-backup", "redis-backup-config", "redis-restore-0", "redis-restore-1", "redis-restore-2"),
    *("redis", "redis-config", "redis-nodes", "secret-generator", *REVISIONS, "startup-gate"),
    *("postgres-ready", "rabbitmq-ready", "redis-ready", "store-ready", "hints-ready"),
    *("wait-for-back", "wait-for-data"),
}
FREE = [name for name in _given() if name not in RESERVED]


def _with_services(names: Sequence[str]) -> str:
    """The small platform with more services."""
    service = "{tier: front, port: 3000, public: true, needs: [redis, store], secrets: [signing]}"
    return SMALL + "".join(f"  {name!r}: {service}\n" for name in names)


def test_the_names_that_the_program_gives_are_found() -> None:
    assert {*_given()} >= {*RESERVED, "erlang-cookie", "tmp", "http", "checks", "rabbitmq-credentials", "data", "pod", "labels"}


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_a_service_of_a_name_that_gets_in_the_way_is_refused(name: str, tmp_path: Path) -> None:
    line = SMALL.count("\n") + 1
    error = f"catalogue.yaml:{line}: services.{name}: the name `{name}` is reserved; choose another name"
    assert errors(tmp_path, catalogue=_with_services([name])) == [error]


@pytest.mark.helm
@pytest.mark.parametrize("everything", [False, True])
def test_services_of_all_other_names_work_in_both_outputs(everything: bool, tmp_path: Path) -> None:
    (tmp_path / "catalogue.yaml").write_text(_with_services(FREE))
    (tmp_path / "overlay.yaml").write_text(_overlay(everything))
    platform = charted(tmp_path / "catalogue.yaml")
    assert not broken(platform, [_overlay(everything)])
    made = template(platform.chart, [_overlay(everything)], namespace="shop")
    assert isinstance(made, str), made
    _require_no_clash(read(made))
    # cdk8s refuses an id that is used twice, and `render_platform` an object that does.
    rendered = render_platform(platform.load([tmp_path / "overlay.yaml"]))
    assert {*FREE} <= {*rendered.kinds("Deployment")}


def _overlay(everything: bool) -> str:
    access = "enabled: true, cidrs: [10.0.0.0/8]"
    settings = {
        "postgres": f"{{developerAccess: {{{access if everything else ''}}}}}",
        "rabbitmq": f"{{developerAccess: {{{access if everything else ''}}}}}",
        "namespace": f"{{quota: {{enabled: {str(everything).lower()}}}}}",
        "defaults": f"{{autoscaling: {{enabled: {str(everything).lower()}}}}}",
    }
    return "\n".join(f"{key}: {value}" for key, value in settings.items())


def _require_no_clash(objects: list[Object]) -> None:
    """Objects, and what a pod holds, have names of their own; no two workloads are found by the same label."""
    assert {*FREE} <= {one["metadata"]["name"] for one in objects if one["kind"] == "Deployment"}
    _require_unique((one["kind"], one["metadata"]["name"]) for one in objects)
    pods = [*pod_templates(objects)]
    _require_unique(pod["metadata"]["labels"]["app.kubernetes.io/name"] for pod in pods)
    for pod in pods:
        spec = pod["spec"]
        _require_unique(one["name"] for one in (*spec.get("initContainers", ()), *spec["containers"]))
        _require_unique(one["name"] for one in spec.get("volumes", ()))
        for container in spec["containers"]:
            _require_unique(one["name"] for one in container.get("env", ()))
            _require_unique(one["name"] for one in container.get("ports", ()))
            _require_unique(one["mountPath"] for one in container.get("volumeMounts", ()))


def _require_unique(found: Iterator[Any]) -> None:
    twice = [name for name, times in Counter(found).items() if times > 1]
    assert not twice, twice


def test_services_have_a_folder_of_their_own_in_the_chart() -> None:
    templates = castiel().chart / "templates"
    services = {file.stem for file in (templates / "services").iterdir()}
    assert services == set(castiel().blueprint.catalogue.services)
    assert not any(file.stem in services for file in templates.iterdir() if file.is_file())


@pytest.mark.parametrize("platform", [small, castiel])
def test_named_templates_bear_the_platforms_name_and_none_comes_twice(platform: Any) -> None:
    made: Charted = platform()
    defined = re.findall(r'define "([^"]*)"', (made.chart / "templates" / "_helpers.tpl").read_text())
    assert all(name.startswith(f"{made.blueprint.name}.") for name in defined)
    _require_unique(iter(defined))
    assert f'"{made.blueprint.name}.values"' in (made.chart / "templates" / "NOTES.txt").read_text()
