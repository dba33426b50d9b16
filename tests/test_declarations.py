"""Each object and each named template is declared once; a component that is declared late still writes into its file."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.rendering import render
from tierwright import declarations
from tierwright.blueprint import Blueprint
from tierwright.components.data.postgres.values import PostgresValues
from tierwright.components.layout import describe
from tierwright.components.namespace.values import NamespaceValues
from tierwright.declarations import DeclarationError
from tierwright.expressions.conditions import ALWAYS, NEVER, Condition, all_of, any_of, exclude_each_other, opposite
from tierwright.expressions.expression import Argument
from tierwright.expressions.tokens import Text
from tierwright.kit.concern import Concern
from tierwright.kit.kinds import CONFIG_MAP, DEPLOYMENT, Kind
from tierwright.kit.metadata import ObjectMeta
from tierwright.outputs.manifests import manifest_files


def described() -> Blueprint:
    """Castiel's blueprint, to be added to."""
    return describe(render().platform)


def declare(
    blueprint: Blueprint,
    name: str,
    *,
    file: str = "00-namespace",
    id: str = "late",
    kind: Kind = CONFIG_MAP,
    condition: Condition | bool = ALWAYS,
    **outputs: bool,
) -> None:
    """A component of one object."""
    manifest = {"metadata": ObjectMeta(blueprint, name, component="late").metadata(), "data": {"late": name}}
    Concern(file, id, blueprint=blueprint).declare("object", kind, manifest, condition=condition, **outputs)


def test_an_object_declared_late_into_an_earlier_file_is_in_that_file() -> None:
    blueprint = described()
    before = manifest_files(blueprint.evaluated())
    declare(blueprint, "late")
    files = manifest_files(blueprint.evaluated())
    assert list(files) == list(before)
    assert [one["metadata"]["name"] for one in yaml.safe_load_all(files["00-namespace.yaml"])][-1] == "late"
    assert {file: text for file, text in files.items() if file != "00-namespace.yaml"} == {
        file: text for file, text in before.items() if file != "00-namespace.yaml"
    }


def test_two_objects_of_one_kind_and_name_are_an_error_where_they_are_declared() -> None:
    with pytest.raises(DeclarationError) as error:
        declare(described(), "calendar", kind=DEPLOYMENT)
    assert str(error.value) == (
        "Deployment `calendar` is declared twice, at 06-productivity/calendar.deployment and at 00-namespace/late.object; "
        "give each a name of its own, or conditions that exclude each other"
    )


def test_also_where_both_are_switched_off() -> None:
    blueprint = described()
    switch = blueprint.values_of_part("postgres", PostgresValues).developer_access.enabled
    declare(blueprint, "one", condition=switch)
    with pytest.raises(DeclarationError, match=r"^ConfigMap `one` is declared twice, at 00-namespace/late.object and at "):
        declare(blueprint, "one", file="01-secrets", condition=all_of(switch, blueprint.ordered))


def test_a_name_of_the_values_is_told_by_its_place_in_them() -> None:
    blueprint = described()
    name = blueprint.secret_name("google-oauth")
    declare(blueprint, name)
    with pytest.raises(DeclarationError, match=r"^ConfigMap `\(dig .* secrets\.names\)` is declared "):
        declare(blueprint, name, id="later")


def test_alternatives_and_objects_of_different_outputs_groups_or_kinds_may_share_a_name() -> None:
    blueprint = described()
    topology, switch = (
        blueprint.data_services["postgres"].topology,
        blueprint.values_of_part("postgres", PostgresValues).developer_access.enabled,
    )
    declare(blueprint, "one", condition=topology == "single")
    declare(blueprint, "one", condition=all_of(topology == "external", switch))
    declare(blueprint, "two", id="manifests", in_chart=False)
    declare(blueprint, "two", id="chart", in_manifests=False)
    declare(blueprint, "two", id="group", kind=Kind("example.com/v1", "ConfigMap"))
    declare(blueprint, "two", id="kind", kind=Kind("v1", "Secret"))
    assert [one.name for one in blueprint.declared][-6:] == ["one", "one", "two", "two", "two", "two"]


def test_another_version_of_a_group_is_the_same_object() -> None:
    with pytest.raises(DeclarationError, match=r"^Deployment `calendar` is declared twice, at "):
        declare(described(), "calendar", kind=Kind("apps/v2", "Deployment"))


def test_two_constructs_of_one_id_in_a_file_are_an_error() -> None:
    blueprint = described()
    declare(blueprint, "one")
    declare(blueprint, "of-another-file", file="01-secrets")
    with pytest.raises(DeclarationError) as error:
        declare(blueprint, "two")
    assert str(error.value) == (
        "00-namespace/late.object is declared twice, as ConfigMap `one` and as ConfigMap `two`; "
        "give each object of a file an id of its own"
    )


def test_conditions_exclude_each_other_where_a_part_of_one_denies_a_part_of_the_other() -> None:
    blueprint = described()
    values, data = blueprint.values, blueprint.data_services
    switch: Any = values.public.tls
    other: Any = blueprint.values_of_part("namespace", NamespaceValues).quota.enabled
    single: Any = data["postgres"].topology == "single"
    external: Any = data["postgres"].topology == "external"
    elsewhere: Any = data["redis"].topology == "external"
    assert exclude_each_other(all_of(switch, other), opposite(switch))
    assert exclude_each_other(single, all_of(other, external))
    assert exclude_each_other(NEVER, ALWAYS)
    for one, another in [(switch, switch), (switch, other), (single, elsewhere), (ALWAYS, switch), (ALWAYS, ALWAYS)]:
        assert not exclude_each_other(one, another)
    assert not exclude_each_other(any_of(switch, other), opposite(switch))


def _body(blueprint: Blueprint, last: str) -> Any:
    return blueprint.call("thing", lambda: {"first": Text(Argument("size")), "last": last}, size=1)


def test_a_second_body_of_a_named_template_is_an_error() -> None:
    blueprint = described()
    assert _body(blueprint, "a").template is _body(blueprint, "a").template
    with pytest.raises(DeclarationError) as error:
        _body(blueprint, "b")
    line = _body.__code__.co_firstlineno + 1
    assert str(error.value) == (
        f"the named template `thing` has two bodies: of tests.test_declarations:{line} and of tests.test_declarations:{line}; "
        "give each a name of its own, or make what differs an argument"
    )


def test_a_second_body_that_says_the_same_is_none() -> None:
    blueprint = described()
    first = _body(blueprint, "a")
    again = blueprint.call("thing", lambda: {"first": Text(Argument("size")), "last": "a"}, size=2)
    assert again.template is first.template


def test_other_arguments_of_a_named_template_are_an_error() -> None:
    blueprint = described()
    _body(blueprint, "a")
    with pytest.raises(DeclarationError, match=r"^the named template `thing` has two bodies: "):
        blueprint.call("thing", lambda: {"first": Text(Argument("size")), "last": "a"}, size=1, more=2)


def test_every_use_of_every_named_template_would_build_the_same_body(monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere the same code over the same things is taken for the same body; here all bodies are built and compared."""
    monkeypatch.setattr(declarations, "_is_same_build", lambda *_: False)
    assert {named.name for named in described().templates} == {named.name for named in describe(render().platform).templates}
