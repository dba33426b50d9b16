"""Texts are texts: whatever the catalogue and the values say, the chart loads, and gives back what they say."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.chart.helm import read, run, template
from tests.chart.law import broken, difference
from tests.chart.overlays import written
from tests.chart.platforms import Charted, charted, small
from tests.readers import READERS, kubectl
from tests.texts import ODD_TEXTS, trees
from tierwright.outputs.yaml_text import stream

pytestmark = [pytest.mark.helm, pytest.mark.kubectl]

Reader = Callable[[str], list[Any]]
HELMS = ["helm", "helm4"]
_FEW = settings(
    max_examples=5,
    phases=[Phase.generate],  # each example starts many processes
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
ODD = [text for text in ODD_TEXTS if "${" not in text]
DESCRIPTION = 'line {{ .Values }}\n# two: "it\'s" \\ %s {{- fail "x" }} | `code` \u2028 ' + "long " * 500


def _catalogue(folder: Path) -> Path:
    """A catalogue all of whose texts are odd."""
    catalogue = {
        "name": "odd",
        "description": DESCRIPTION,
        "chart": {"keywords": ODD, "sources": ["https://example.com/{{x}}?'#: a"], "icon": "https://example.com/{{#}}: a"},
        "tiers": [{"name": "only", "description": DESCRIPTION}],
        "dataServices": {"redis": {"tier": "only", "port": 6379, "urlVariable": "REDIS_URL"}},
        "secrets": {"keys": {"source": "provided", "keys": ["API_KEY"], "description": DESCRIPTION}},
        "external": {"apis": {"ports": [443], "description": DESCRIPTION}},
        "services": {
            "web": {
                "tier": "only",
                "port": 3000,
                "public": True,
                "description": DESCRIPTION,
                "environment": {**{f"V{at}": text for at, text in enumerate(ODD)}, "BRACE": "{${publicUrl}}"},
                "secrets": ["keys"],
                "external": ["apis"],
            }
        },
    }
    file = folder / "catalogue.yaml"
    file.write_text(written(catalogue))
    return file


@cache
def _odd(folder: Path) -> Charted:
    """A platform whose catalogue and whose defaults are full of odd texts."""
    values: dict[str, Any] = {
        "secrets": {"store": {"keyPrefix": DESCRIPTION}},
        "commonLabels": {"build": "0X1F", "on": "y", "1e3": "0o17"},
        "commonAnnotations": {f"a{at}": text for at, text in enumerate(ODD)},
        "defaults": {
            "env": {f"W{at}": text for at, text in enumerate(ODD)},
            "args": ODD,
            "extraEnv": [{"name": f"X{at}", "value": text} for at, text in enumerate(ODD)],
        },
    }
    data = {f"k{at}": text for at, text in enumerate(ODD)}
    values["extraObjects"] = [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "odd"}, "data": data},
        {
            "apiVersion": "example.com/v1",
            "kind": "Odd",
            "metadata": {"name": "odd"},
            "spec": [{text: [text, {text: None}]} for text in ODD],
        },
    ]
    file = folder / "values.yaml"
    file.write_text(written(values))
    return charted(_catalogue(folder), file)


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Charted:
    return _odd(tmp_path_factory.mktemp("odd"))


@pytest.mark.parametrize("reader", [read, *READERS])
def test_chart_yaml_says_what_the_catalogue_says(odd: Charted, reader: Reader) -> None:
    (said,) = reader((odd.chart / "Chart.yaml").read_text())
    assert said["description"] == DESCRIPTION
    assert said["keywords"] == ODD
    assert said["sources"] == ["https://example.com/{{x}}?'#: a"]
    assert said["icon"] == "https://example.com/{{#}}: a"


@pytest.mark.parametrize("program", HELMS)
def test_lint_takes_it(odd: Charted, program: str) -> None:
    done = run("lint", odd.chart, program=program)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("reader", READERS)
def test_values_yaml_says_what_the_defaults_say(odd: Charted, reader: Reader) -> None:
    (said,) = reader((odd.chart / "values.yaml").read_text())
    assert said["defaults"]["args"] == ODD
    assert [said["defaults"]["env"][f"W{at}"] for at in range(len(ODD))] == ODD
    assert said["secrets"]["store"]["keyPrefix"] == DESCRIPTION
    assert said["extraObjects"] == odd.load([]).defaults["extraObjects"]


def test_the_chart_gives_what_the_manifests_are(odd: Charted) -> None:
    assert not broken(odd, [])
    assert not broken(odd, ["secrets: {mode: external, store: {name: a}}"])


@pytest.mark.parametrize("program", HELMS)
def test_every_reader_reads_the_same_of_what_helm_writes(odd: Charted, program: str) -> None:
    made = template(odd.chart, namespace="odd", program=program)
    assert isinstance(made, str), made
    for reader in (*READERS, kubectl):
        assert not difference(odd.objects(odd.load([])), [one for one in reader(made) if one])


def test_kubectl_reads_the_manifests_back(odd: Charted) -> None:
    objects = odd.objects(odd.load([]))
    assert kubectl(stream(objects)) == objects


@settings(
    max_examples=5, phases=[Phase.generate], derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)
@given(st.lists(st.dictionaries(st.sampled_from(["spec", "data", "x/y", "~"]), trees(), min_size=1), min_size=10, max_size=20))
def test_objects_of_the_users_come_through_whole(drawn: list[dict[str, Any]]) -> None:
    """Through the manifests and both Helms, as kubectl and every other reader read them."""
    fixed = {"apiVersion": "example.com/v1", "kind": "Odd"}
    objects = [{**fixed, "metadata": {"name": f"a{at}", "namespace": "shop"}, **one} for at, one in enumerate(drawn)]
    overlay = f"extraObjects: {written(json.loads(json.dumps(objects)))}"
    assert not broken(small(), [overlay])
    assert kubectl(stream(objects)) == objects
    for program in HELMS:
        made = template(small().chart, [overlay], namespace="shop", program=program, more=["-s", "templates/extra-objects.yaml"])
        assert isinstance(made, str), made
        for reader in (kubectl, *READERS):
            assert sorted(reader(made), key=lambda one: int(one["metadata"]["name"][1:])) == objects
