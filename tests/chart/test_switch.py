"""`switch`: one case for each word that a value may be, in the manifests and in the chart."""

from __future__ import annotations

import re
from functools import cache

import pytest

from tests.chart.law import broken
from tests.chart.platforms import Charted, small, small_with
from tierwright.blueprint import Blueprint
from tierwright.components.secrets.values import secrets_values
from tierwright.expressions.conditions import ALWAYS, NEVER
from tierwright.expressions.expression import TraceError
from tierwright.expressions.tree import ABSENT, Lines, choose, switch, when
from tierwright.kit.concern import Concern
from tierwright.kit.kinds import CONFIG_MAP
from tierwright.kit.metadata import Manifest

MODES = ("generate", "existing", "external")


def written(blueprint: Blueprint) -> Manifest:
    """A switch wherever one is possible."""
    mode, tls = secrets_values(blueprint).mode, blueprint.values.public.tls
    policy = blueprint.values.images.pull_policy
    forms = {"generate": "made here", "existing": "yours", "external": f"from {blueprint.values.public.host}"}
    trusted = switch(mode, {"generate": tls, "existing": NEVER, "external": ALWAYS})
    number = switch(mode, {"generate": 1, "existing": 2, "external": blueprint.values.startup.tier_patience})
    return {
        "metadata": {
            "name": "forms",
            "namespace": blueprint.namespace,
            "annotations": {
                "text": switch(mode, forms),
                "inside": f"It is {switch(mode, forms)}.",
                "left-out": switch(mode, {"generate": "yes", "existing": ABSENT, "external": ABSENT}),
                "trusted": choose(trusted, "yes", "no"),
                "twice": switch(policy, {"Always": switch(mode, forms), "Never": "never", "IfNotPresent": "perhaps"}),
            },
            "finalizers": [
                "shop/always",
                switch(mode, {"generate": ["shop/a", "shop/b"], "existing": ABSENT, "external": ["shop/c"]}),
                when(mode == "existing", switch(mode, {"generate": "shop/d", "existing": ["shop/e"], "external": "shop/f"})),
            ],
        },
        "data": {
            "number": f"{number}",
            "more-than-one": choose(number > 1, "yes", "no"),
            "lines": Lines(("first", switch(mode, {"generate": "made", "existing": ABSENT, "external": "fetched"}))),
        },
    }


@cache
def switched() -> Charted:
    """The small platform with a ConfigMap of switches."""
    return small_with(
        lambda blueprint: Concern("forms", "forms", blueprint=blueprint).declare("it", CONFIG_MAP, written(blueprint))
    )


@pytest.mark.parametrize("policy", ["Always", "Never", "IfNotPresent"])
@pytest.mark.parametrize("mode", MODES)
def test_both_outputs_have_the_same_case(mode: str, policy: str) -> None:
    overlay = f"secrets: {{mode: {mode}, store: {{name: vault}}}}\nimages: {{pullPolicy: {policy}}}\npublic: {{tls: true}}"
    assert broken(switched(), [overlay]) == ""


def test_the_manifests_have_the_case_of_the_word() -> None:
    found = {}
    for mode in MODES:
        platform = switched().load_with({"secrets": {"mode": mode, "store": {"name": "vault"}}, "public": {"host": "shop.example"}})
        (found[mode],) = [one for one in switched().objects(platform) if one["metadata"]["name"] == "forms"]
    annotations = {mode: one["metadata"]["annotations"] for mode, one in found.items()}
    assert annotations["generate"]["text"] == "made here"
    assert annotations["external"]["inside"] == "It is from shop.example."
    assert [mode for mode in MODES if "left-out" in annotations[mode]] == ["generate"]
    assert annotations["external"]["trusted"] == "yes"
    assert found["generate"]["metadata"]["finalizers"] == ["shop/always", "shop/a", "shop/b"]
    assert found["existing"]["metadata"]["finalizers"] == ["shop/always", "shop/e"]
    assert found["existing"]["data"]["lines"] == "first\n"
    numbers = {mode: (one["data"]["number"], one["data"]["more-than-one"]) for mode, one in found.items()}
    assert numbers == {"generate": ("1", "no"), "existing": ("2", "yes"), "external": ("0", "no")}


def template() -> str:
    return (switched().chart / "templates" / "forms.yaml").read_text()


def test_the_chart_asks_for_one_word_after_the_other_and_for_none_that_it_knows() -> None:
    listed = template()[template().index("  finalizers:") : template().index("\ndata:")]
    assert listed.splitlines()[1:] == [
        "    - shop/always",
        '    {{- if eq .Values.secrets.mode "generate" }}',
        "    - shop/a",
        "    - shop/b",
        '    {{- else if eq .Values.secrets.mode "existing" }}',
        "    {{- else }}",
        "    - shop/c",
        "    {{- end }}",
        '    {{- if eq .Values.secrets.mode "existing" }}',
        "    - shop/e",
        "    {{- end }}",
    ]
    inside = next(line for line in template().splitlines() if "inside: " in line)
    asked = r'"It is {{ if eq \S+ "generate" }}made here{{ else if eq \S+ "existing" }}yours{{ else }}from {{ \S+ }}{{ end }}."'
    assert re.search(asked.replace("{{", r"\{\{").replace("}}", r"\}\}"), inside)


def test_words_of_the_same_case_are_not_asked_for_one_by_one() -> None:
    mode = secrets_values(small().blueprint).mode
    assert switch(mode, dict.fromkeys(MODES, "a")) == "a"
    tree = {"b": [2]}
    chosen = switch(mode, {"generate": {"a": 1}, "existing": tree, "external": tree})
    assert (chosen.condition, chosen.otherwise) == (mode == "generate", tree)


def test_a_word_without_a_case() -> None:
    with pytest.raises(TraceError) as error:
        switch(secrets_values(small().blueprint).mode, {"generate": "a"})
    assert str(error.value) == (
        "secrets.mode may be existing or external too; give a case for each of generate, existing, external"
    )


def test_a_case_without_a_word() -> None:
    with pytest.raises(TraceError) as error:
        switch(small().blueprint.data_services["redis"].topology, {"single": "a", "external": "b", "replicated": "c"})
    assert str(error.value) == "redis.topology is never `replicated`; it is one of single, sentinel, cluster, external"


def test_a_comparison_with_a_word_that_a_value_never_is() -> None:
    with pytest.raises(TraceError) as error:
        _ = small().blueprint.data_services["redis"].topology == "singel"  # type: ignore[comparison-overlap] # mypy sees it too
    assert str(error.value) == "redis.topology is never `singel`; it is one of single, sentinel, cluster, external"


def test_a_value_that_may_be_any_text() -> None:
    with pytest.raises(TraceError) as error:
        switch(small().blueprint.values.public.host, {"a": "b"})
    assert str(error.value) == "public.host is not one of a few words; use when() or choose()"
