"""What keeps the chart quick to render, without a clock: Helm parses, compiles and executes all of it at every run."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from tests.chart.platforms import castiel, charted_text
from tierwright.expressions.expression import Argument, Context
from tierwright.expressions.tokens import Text
from tierwright.expressions.tree import Include, NamedTemplate, splice
from tierwright.outputs.helm.position import Position
from tierwright.outputs.helm.schema_parts import written_once
from tierwright.outputs.helm.templates import define, entries

SERVICES = [file.stem for file in (castiel().chart / "templates" / "services").iterdir()]

IN_EACH_TEMPLATE = {
    # Whether there are objects.
    *("enabled", "serviceAccount.name", "autoscaling", "disruptionBudget", "replicas"),
    # What differs by the catalogue: the image, the variables, the ports that clients reach.
    *("image", "database.poolSize", "env", "service.type", "serviceAccount.automountToken"),
    # In the middle of lists and labels that differ by the catalogue.
    *("podLabels", "podAnnotations", "extraEnv", "initContainers", "sidecars", "service.spec"),
}
"""The values of a service that are read in the template of each service; all others are for named templates."""

OF_PUBLIC = {"service.externalTrafficPolicy", "service.nodePorts"}


def template_of(service: str) -> str:
    return (castiel().chart / "templates" / "services" / f"{service}.yaml").read_text()


@pytest.mark.parametrize("service", SERVICES)
def test_the_template_of_a_service_has_no_line_for_settings_that_most_services_leave_alone(service: str) -> None:
    known = IN_EACH_TEMPLATE | (OF_PUBLIC if castiel().blueprint.service(service).public else set())
    read = set(re.findall(r"\$service\.([A-Za-z.]+)", template_of(service)))
    assert not {path for path in read if not any(f"{path}.".startswith(f"{one}.") for one in known)}
    for setting in ("extraEnv", "initContainers", "sidecars", "service.spec"):
        assert len([line for line in template_of(service).splitlines() if f"$service.{setting} " in line]) == 1


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_called_for_a_service_gets_one_map_that_is_made_once(service: str) -> None:
    calls = re.findall(r'\{\{-? template "castiel\.(\S+)" (.*) \}\}', template_of(service))
    parts = {name: given for name, given in calls if given not in (".", "$workload")}
    assert {name.split(".")[-1] for name in parts} <= {"gate", "passwordVariable", "urlVariable"}
    assert template_of(service).count("$workload := dict") == 1


@pytest.mark.parametrize(("file", "lines"), [("_helpers.tpl", 0), ("checks.yaml", 2), ("NOTES.txt", 0)])
def test_one_more_service_adds_a_template_of_its_own_and_few_lines_to_what_all_have(file: str, lines: int) -> None:
    few, more = (charted_text(_platform(number)).chart / "templates" for number in (2, 3))
    assert len((more / file).read_text().splitlines()) == len((few / file).read_text().splitlines()) + lines
    assert {path.name for path in (more / "services").iterdir()} == {"a0.yaml", "a1.yaml", "a2.yaml"}


def _platform(services: int) -> str:
    named = {f"a{number}": {"tier": "back", "port": 80} for number in range(services)}
    return yaml.safe_dump({"name": "many", "tiers": [{"name": "back"}], "services": named})


def test_a_part_is_written_where_it_is_called_first_and_moved_elsewhere() -> None:
    part = NamedTemplate("shop.part", {"a": Text(Argument("name")), "b": {"c": "d"}}, ("name",), placed=True)
    columns: dict[str, int] = {}
    at = Position(0, Context(platform="shop"), columns=columns)
    tree = {"deep": {"first": splice(Include(part, (("name", "x"),)))}, "flat": splice(Include(part, (("name", "y"),)))}
    assert entries(tree, at) == [
        "deep:",
        '  {{- template "shop.part" (dict "root" . "name" "x") }}',
        '{{- include "shop.part" (dict "root" . "name" "y") | replace "\\n  " "\\n" }}',
    ]
    assert define(part, "shop", columns) == [
        '{{- define "shop.part" }}',
        "  a: {{ .name | quote }}",
        "  b:",
        "    c: d",
        "{{- end }}",
    ]


def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((castiel().chart / "values.schema.json").read_text())
    return found


def test_each_pattern_of_the_schema_is_compiled_once_and_each_definition_saves_something() -> None:
    parts = list(_parts(schema()))
    texts = [part for part in parts if isinstance(part.get("pattern"), str)]
    counted = Counter((part["pattern"], part.get("maxLength")) for part in texts)
    assert {pattern for pattern, times in counted.items() if times > 1} == set()
    used = Counter(part["$ref"].removeprefix("#/definitions/") for part in parts if isinstance(part.get("$ref"), str))
    assert {name for name in schema()["definitions"] if used[name] < 2} == set()
    # One that counts up to 253 characters takes as long as a hundred others.
    costly = {pattern for pattern, _ in counted if re.search(r"\{\d,\d{3}\}", pattern)}
    assert costly == {"^([^/]{1,253}/)?[^/]{1,63}$"}


def _parts(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
        tree = list(tree.values())
    for one in tree if isinstance(tree, list) else ():
        yield from _parts(one)


DEFAULTS = yaml.safe_load((castiel().chart / "values.yaml").read_text())


@pytest.mark.parametrize(
    ("path", "value", "error"),
    [
        (("defaults", "replicas"), 2, None),
        (("defaults", "replicas"), None, "None should not be valid under {'type': 'null'}"),
        (("defaults", "replicas"), ..., "'replicas' is a required property"),
        (("defaults", "probes", "startup", "periodSeconds"), ..., "'periodSeconds' is a required property"),
        (("defaults", "rollout"), None, "None is not of type 'object'"),
        (("defaults", "pod", "hostname"), None, None),
        (("defaults", "replica"), 2, "Additional properties are not allowed ('replica' was unexpected)"),
        (("services", "planning"), {"replicas": None, "rollout": {"maxSurge": None}}, None),
        (("services", "planning"), {"replicas": "2"}, "'2' is not of type 'integer', 'null'"),
        (("services", "planing"), {}, "('planing' was unexpected)"),
        (("services", "planning"), {"image": {"tag": "a/b"}}, "'a/b' does not match '^[A-Za-z0-9_][A-Za-z0-9_.-]*$'"),
        (("services", "planning"), {"image": {"tag": "a" * 129}}, "is too long"),
        (("commonLabels",), {"team": "a" * 63, f"{'a' * 253}/{'b' * 63}": ""}, None),
        (("commonLabels",), {"team": "a" * 64}, "is too long"),
        (("commonLabels",), {"b" * 64: ""}, "does not match '^([^/]{1,253}/)?[^/]{1,63}$'"),
        (("commonLabels",), {f"{'a' * 254}/b": ""}, "does not match '^([^/]{1,253}/)?[^/]{1,63}$'"),
    ],
)
def test_the_schema_says_what_it_would_say_written_out(path: tuple[str, ...], value: Any, error: str | None) -> None:
    values = json.loads(json.dumps(DEFAULTS))
    above = values
    for step in path[:-1]:
        above = above[step]
    above[path[-1]] = value
    if value is ...:
        del above[path[-1]]
    messages = [found.message for found in _leaves(Draft7Validator(schema()).iter_errors(values))]
    assert messages == [] if error is None else any(error in message for message in messages)


def _leaves(errors: Any) -> Iterator[Any]:
    for error in errors:
        yield from _leaves(error.context) if error.context else [error]


def test_a_schema_of_few_parts_stays_as_it_is() -> None:
    plain = {"type": "object", "properties": {"a": {"type": "integer", "description": "One."}, "b": {"type": "integer"}}}
    assert written_once(plain) == {**plain, "definitions": {}}


def test_what_differs_in_its_description_alone_is_written_once() -> None:
    def entry(description: str) -> dict[str, Any]:
        return {"type": "array", "description": description, "items": {"type": "string"}}

    assert written_once({"properties": {"a": entry("One."), "b": entry("Two.")}}) == {
        "properties": {
            "a": {"description": "One.", "$ref": "#/definitions/a-0"},
            "b": {"description": "Two.", "$ref": "#/definitions/a-0"},
        },
        "definitions": {"a-0": {"type": "array", "items": {"type": "string"}}},
    }
