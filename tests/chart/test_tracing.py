"""What a construct does to a value as if it knew it is an error that names the value, and so is a value that gets lost."""

import msgspec
import pytest

from tests.chart.platforms import small
from tests.chart.usage import require_all_used
from tierwright.declarations import Declarations
from tierwright.expressions.expression import TraceError
from tierwright.expressions.tokens import expression_of, pieces
from tierwright.expressions.tree import merged
from tierwright.kit.startup_values import startup_values


def test_a_condition_in_an_if() -> None:
    values = small().blueprint.values
    with pytest.raises(TraceError) as error:
        assert values.public.tls
    assert str(error.value) == "public.tls is not known while the manifests are described; use when(), choose() or all_of()"


def test_a_comparison_in_an_if() -> None:
    values = small().blueprint.values
    with pytest.raises(TraceError) as error:
        assert values.startup.order == "tiers"
    said = '(eq startup.order "tiers") is not known while the manifests are described; use when(), choose() or all_of()'
    assert str(error.value) == said


@pytest.mark.parametrize(
    "compute",
    [
        lambda number: number * 2,
        lambda number: 2 * number,
        lambda number: number - 1,
        lambda number: number // 2,
        range,
        lambda number: [0][number],
        lambda number: -number,
        lambda number: {number},
        float,
    ],
)
def test_arithmetic_on_a_number(compute) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(TraceError) as error:
        compute(startup_values(small().blueprint).poll_seconds)
    assert str(error.value) == (
        "startup.pollSeconds is not known while the manifests are described; "
        "give it to an expression of tierwright.expressions instead of computing with it"
    )


@pytest.mark.parametrize("compute", [len, list, lambda text: text[0], lambda text: "a" in text, bool, hash])
def test_looking_into_a_text(compute) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(TraceError, match=r"^public\.host is not known while the manifests are described; "):
        compute(small().blueprint.values.public.host)


TEXT, NUMBER, LIST, MAP = (
    lambda values: values.public.host,
    lambda values: values.startup.poll_seconds,
    lambda values: values.images.pull_secrets,
    lambda values: values.common_labels,
)


@pytest.mark.parametrize(
    ("token", "known", "answered"), [(TEXT, str, {"__add__"}), (NUMBER, int, {"__add__"}), (LIST, list, set()), (MAP, dict, set())]
)
def test_a_token_refuses_every_method_that_is_not_allowed(token, known, answered) -> None:  # type: ignore[no-untyped-def]
    found = token(small().blueprint.values)
    for method in sorted(set(dir(known)) - set(dir(object)) - answered):
        with pytest.raises(TraceError, match="is not known while the manifests are described; give it to an expression of "):
            getattr(found, method)()


@pytest.mark.parametrize("token", [LIST, MAP])
@pytest.mark.parametrize("compare", [lambda one: one == [], lambda one: one != {}, lambda one: one == "a"])
def test_a_list_or_map_is_compared_with_nothing(token, compare) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(TraceError, match="is not known while the manifests are described; give it to an expression of "):
        compare(token(small().blueprint.values))


def test_a_text_behind_a_token_and_one_before_it_keep_the_token() -> None:
    host = small().blueprint.values.public.host
    assert [*pieces(host + "/a")] == [expression_of(host), "/a"]
    assert [*pieces("a/" + host)] == ["a/", expression_of(host)]


@pytest.mark.parametrize("compute", [len, list, bool, lambda items: items[0], lambda items: "a" in items])
def test_looking_into_a_list(compute) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(TraceError, match=r"^images\.pullSecrets is not known while the manifests are described; "):
        compute(small().blueprint.values.images.pull_secrets)


def test_merging_a_map_of_more_than_texts() -> None:
    affinity = small().blueprint.values.defaults.placement.affinity
    with pytest.raises(TraceError) as error:
        merged(affinity, {"a": "b"})
    assert str(error.value) == "defaults.placement.affinity cannot be merged: not all of its values are texts"


def test_every_value_is_used_by_a_manifest() -> None:
    require_all_used(small().blueprint)


def test_a_value_that_no_manifest_uses() -> None:
    declared = Declarations()
    for one in small().blueprint.declared:
        if one.kind != "ResourceQuota":
            declared.add(one)
    with pytest.raises(TraceError) as error:
        require_all_used(msgspec.structs.replace(small().blueprint, declared=declared))
    assert str(error.value) == "no manifest uses the value namespace.quota.enabled: its token was lost, or nothing reads it"
