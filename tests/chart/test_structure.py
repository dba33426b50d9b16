"""The law for every structure: what a platform lacks leaves no trace, and no chart stumbles over it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.chart.drawing import drawn
from tests.chart.helm import run
from tests.chart.law import broken
from tests.chart.platforms import Charted, charted_text
from tests.chart.structures import MINIMAL, Tree, catalogues, written
from tierwright.expressions.conditions import ALWAYS, NEVER, Truth, all_of, any_of, opposite
from tierwright.expressions.expression import AllValues, Context, Scope, TraceError
from tierwright.expressions.tree import ABSENT, Each, OmitEmpty, merged, resolve, when
from tierwright.outputs.helm.position import Position
from tierwright.outputs.helm.templates import entries

helm = pytest.mark.helm
SOME = Truth(AllValues())


def of(catalogue: Tree) -> Charted:
    """The platform of a catalogue."""
    return charted_text(written(catalogue))


def test_a_condition_without_parts_is_one_of_two_constants() -> None:
    assert all_of() == ALWAYS == opposite(NEVER) == any_of(SOME, ALWAYS)
    assert any_of() == NEVER == opposite(ALWAYS) == all_of(SOME, NEVER)
    assert all_of(ALWAYS, SOME) == any_of(NEVER, SOME) == SOME
    assert (ALWAYS.source(Context()), NEVER.source(Context())) == ("true", "false")
    assert (ALWAYS.value(Scope({})), NEVER.value(Scope({}))) == (True, False)


def test_what_is_always_or_never_there_needs_no_condition() -> None:
    assert when(ALWAYS, "a", "b") == "a"
    assert when(NEVER, "a", "b") == "b"
    assert merged() == merged({}, {}) == {}


def test_what_may_be_empty_and_always_is_leaves_no_line() -> None:
    never = when(SOME, ABSENT)
    tree = {
        "a": OmitEmpty([]),
        "b": OmitEmpty({}),
        "c": OmitEmpty([never]),
        "d": OmitEmpty({"e": never, "f": OmitEmpty([])}),
        "g": [],
        "h": {},
    }
    assert entries(tree, Position(0, Context())) == ["g: []", "h: {}"]
    assert resolve(tree, Scope({})) == {"g": [], "h": {}}
    assert entries({"a": [{"b": OmitEmpty([])}]}, Position(0, Context())) == ["a:", "  - {}"]
    assert resolve({"a": [{"b": OmitEmpty([])}]}, Scope({})) == {"a": [{}]}


@pytest.mark.parametrize(
    "tree",
    [[when(SOME, "b")], {"b": when(SOME, "c")}, [Each(AllValues(), "b")], {"b": OmitEmpty([when(SOME, "c")])}, [OmitEmpty([])]],
)
def test_a_list_or_map_that_may_become_empty_is_an_error_of_the_component(tree: Tree) -> None:
    """The chart would write a key without a value, which is null and no empty list; the manifests have the list."""
    with pytest.raises(TraceError) as error:
        entries({"a": tree}, Position(0, Context()))
    assert str(error.value) == "`a` may be empty under some values: wrap it in OmitEmpty, or give it something that is always there"


@pytest.mark.parametrize(
    "tree", [[when(SOME, "b"), "c"], [when(SOME, "b", "c")], {"b": when(SOME, "c"), "d": 1}, [Each(AllValues(), "b", certain=True)]]
)
def test_one_that_is_never_empty_is_none(tree: Tree) -> None:
    assert entries({"a": tree}, Position(0, Context()))[0] == "a:"
    assert entries({"a": when(SOME, [when(SOME, "b")])}, Position(0, Context()))[1] == "a:"


@helm
@pytest.mark.parametrize("catalogue", MINIMAL.values(), ids=MINIMAL)
def test_the_law_for_a_structure_that_lacks_something(catalogue: Tree) -> None:
    platform = of(catalogue)
    outside = "{topology: external, external: {host: a.example, cidrs: [10.0.0.0/8], secret: {name: own}}}"
    overlays = [
        "secrets: {mode: existing}",
        "secrets: {mode: external, store: {name: vault}}",
        "startup: {order: graph}",
        "namespace: {limitRange: {enabled: false}}\nsecrets: {allowMissing: false}",
        "\n".join(f"{name}: {outside}" for name in ("postgres", "rabbitmq", "redis")),
        "\n".join(["services:", *(f"  {name}: {{enabled: false}}" for name in catalogue["services"])]),
    ]
    for overlay in ([], *([one] for one in overlays)):
        assert not broken(platform, overlay), overlay


@helm
@pytest.mark.parametrize("program", ["helm", "helm4"])
@pytest.mark.parametrize("catalogue", MINIMAL.values(), ids=MINIMAL)
def test_lint_finds_nothing_in_a_structure_that_lacks_something(catalogue: Tree, program: str) -> None:
    done = run("lint", "--strict", of(catalogue).chart, program=program)
    assert done.returncode == 0, done.stdout + done.stderr


@helm
@drawn(0.2)
@given(catalogues(), st.booleans())
def test_the_law_for_any_small_structure(catalogue: Tree, graph: bool) -> None:
    assert not broken(of(catalogue), ["startup: {order: graph}"] if graph else []), written(catalogue)


def test_without_anything_to_generate_there_is_no_job() -> None:
    declared = of(MINIMAL["a provided secret alone"]).blueprint.declared
    assert not [one for one in declared if one.kind in ("Job", "Role", "RoleBinding")]


@pytest.mark.parametrize(
    ("structure", "said"), [("one service and nothing else", ""), ("data services alone before one service", "wait-for-data")]
)
def test_the_notes_name_a_gate_that_there_is(structure: str, said: str) -> None:
    notes = (of(MINIMAL[structure]).chart / "templates" / "NOTES.txt").read_text()
    assert ("wait-for-" in notes) == bool(said)
    assert said in notes


@pytest.mark.parametrize("structure", ["one service and nothing else", "data services alone before one service"])
def test_the_notes_say_what_an_older_volume_needs_where_there_is_one(structure: str) -> None:
    chart = of(MINIMAL[structure])
    notes = (chart.chart / "templates" / "NOTES.txt").read_text()
    present = chart.blueprint.data_services
    assert ("sh /etc/postgres/roles.sh" in notes) == ("postgres" in present)
    assert ("rabbitmqctl set_user_tags" in notes) == ("rabbitmq" in present)


def test_the_notes_name_the_namespace_of_the_objects_which_below_another_chart_need_not_be_that_of_the_release() -> None:
    notes = (of(MINIMAL["data services alone before one service"]).chart / "templates" / "NOTES.txt").read_text()
    of_objects = notes.count("-n {{ .Values.namespace.name }}")
    assert notes.count("kubectl ") == of_objects + notes.count("kubectl label"), notes
