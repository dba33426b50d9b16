"""The chart as a part of another one, with the real Helm: conditions, global values, two platforms, one platform twice."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.helm import Object, Refusal, read, run, template
from tests.chart.platforms import Charted, bookshop, small

pytestmark = [pytest.mark.helm, pytest.mark.parametrize("program", ["helm", "helm4"])]

Tree = dict[str, Any]


def umbrella(folder: Path, program: str, parts: Mapping[str, Charted]) -> Path:
    """A chart that contains platforms, each by an alias and under a condition, fetched by `helm dependency update`."""
    chart = folder / "umbrella"
    (chart / "templates").mkdir(parents=True)
    dependencies = []
    for alias, platform in parts.items():
        source = folder / "sources" / platform.blueprint.name
        shutil.copytree(platform.chart, source, dirs_exist_ok=True)
        version = yaml.safe_load((source / "Chart.yaml").read_text())["version"]
        entry = {
            "name": platform.blueprint.name,
            "version": version,
            "repository": f"file://{source}",
            "condition": f"{alias}.enabled",
        }
        dependencies.append(entry if alias == platform.blueprint.name else {**entry, "alias": alias})
    said = {"apiVersion": "v2", "name": "umbrella", "version": "1.0.0", "dependencies": dependencies}
    (chart / "Chart.yaml").write_text(yaml.safe_dump(said))
    (chart / "templates" / "own.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: own}\n")
    done: subprocess.CompletedProcess[str] = run("dependency", "update", chart, program=program)
    assert done.returncode == 0, done.stderr
    return chart


def _rendered(chart: Path, program: str, values: Tree) -> list[Object]:
    made = template(chart, [yaml.safe_dump(values)], namespace="here", program=program)
    assert isinstance(made, str), made
    return [one for one in read(made) if one["metadata"]["name"] != "own"]


def _alone(platform: Charted, program: str, namespace: str, *overlays: str) -> list[Object]:
    made = template(platform.chart, overlays, namespace=namespace, program=program)
    assert isinstance(made, str), made
    return read(made)


def _sorted(objects: list[Object]) -> list[Object]:
    return sorted(objects, key=lambda one: (one["metadata"]["namespace"], one["kind"], one["metadata"]["name"]))


def test_a_condition_and_global_values_change_nothing_in_the_platform(tmp_path: Path, program: str) -> None:
    chart = umbrella(tmp_path, program, {"shop": small()})
    values = {"global": {"region": "north"}, "shop": {"enabled": True, "defaults": {"replicas": 2}}, "tags": {"front": True}}
    assert _rendered(chart, program, values) == _alone(small(), program, "here", "defaults: {replicas: 2}")


def test_a_condition_that_does_not_hold_leaves_the_platform_out(tmp_path: Path, program: str) -> None:
    chart = umbrella(tmp_path, program, {"shop": small(), "bookshop": bookshop()})
    assert _rendered(chart, program, {"shop": {"enabled": False}}) == _alone(bookshop(), program, "here")


def test_what_the_schema_refuses_is_refused_below_the_platforms_name(tmp_path: Path, program: str) -> None:
    made = template(umbrella(tmp_path, program, {"shop": small()}), ["shop: {enabled: 1}"], namespace="here", program=program)
    assert isinstance(made, Refusal)
    assert made.paths == {"enabled"}


def test_two_platforms_in_namespaces_of_their_own(tmp_path: Path, program: str) -> None:
    chart = umbrella(tmp_path, program, {"shop": small(), "bookshop": bookshop()})
    mine = "extraObjects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: mine}}]"
    made = _rendered(chart, program, {"bookshop": {"namespace": {"name": "books"}, **yaml.safe_load(mine)}})
    assert _sorted(made) == _sorted([*_alone(small(), program, "here"), *_alone(bookshop(), program, "books", mine)])


def test_one_platform_twice_in_namespaces_of_their_own(tmp_path: Path, program: str) -> None:
    chart = umbrella(tmp_path, program, {"shop": small(), "second": small()})
    values = {"second": {"namespace": {"name": "there"}, "defaults": {"replicas": 2}}}
    alone = [*_alone(small(), program, "here"), *_alone(small(), program, "there", "defaults: {replicas: 2}")]
    assert _sorted(_rendered(chart, program, values)) == _sorted(alone)


@pytest.mark.parametrize("parts", [{"shop": small, "bookshop": bookshop}, {"shop": small, "second": small}])
def test_two_in_one_namespace_are_refused_since_their_objects_have_the_same_names(tmp_path: Path, program: str, parts: Any) -> None:
    chart = umbrella(tmp_path, program, {alias: platform() for alias, platform in parts.items()})
    made = template(chart, [], namespace="here", program=program)
    assert isinstance(made, Refusal)
    other = next(alias for alias in parts if alias != "shop")
    assert made.message in {
        f"{one}.namespace.name: {two} is in here too, and both have objects of the same names; "
        "name another namespace, or give each a release of its own"
        for one, two in (("shop", other), (other, "shop"))
    }


def test_lint_finds_nothing(tmp_path: Path, program: str) -> None:
    chart = umbrella(tmp_path, program, {"shop": small(), "bookshop": bookshop()})
    (chart / "values.yaml").write_text("bookshop: {namespace: {name: books}}\n")
    done = run("lint", "--strict", "--with-subcharts", chart, program=program)
    assert done.returncode == 0, done.stdout + done.stderr
