"""What a construct does to a value as if it knew it is an error that names the value, and so is a value that gets lost."""

from dataclasses import replace

import pytest

from tests.chart.platforms import castiel, small
from tests.chart.usage import require_all_used
from tierwright.declarations import Declarations
from tierwright.expressions.expression import TraceError
from tierwright.expressions.tree import merged


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
        compute(small().blueprint.values.startup.poll_seconds)
    assert str(error.value) == (
        "startup.pollSeconds is not known while the manifests are described; "
        "give it to an expression of tierwright.expressions instead of computing with it"
    )


@pytest.mark.parametrize(
    "compute", [len, list, lambda text: text.upper(), lambda text: text[0], lambda text: "a" in text, bool, hash]
)
def test_looking_into_a_text(compute) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(TraceError, match=r"^public\.host is not known while the manifests are described; "):
        compute(small().blueprint.values.public.host)


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
    require_all_used(castiel().blueprint)


def test_a_value_that_no_manifest_uses() -> None:
    declared = Declarations()
    for one in castiel().blueprint.declared:
        if one.kind != "ResourceQuota":
            declared.add(one)
    with pytest.raises(TraceError) as error:
        require_all_used(replace(castiel().blueprint, declared=declared))
    assert str(error.value) == "no manifest uses the value namespace.quota.enabled: its token was lost, or nothing reads it"
