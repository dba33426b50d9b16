"""The chart refuses what the program refuses: every overlay of which the tests of wrong values know the error."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chart.helm import Refusal, template
from tests.chart.law import broken
from tests.chart.platforms import Charted, charted_text
from tests.shop import CATALOGUE, errors
from tests.test_bad_data_services import IN_A_DATA_SERVICE
from tests.test_bad_values import IN_AN_OVERLAY
from tests.test_extras import NAMED_TWICE, NOT_TWICE

pytestmark = pytest.mark.helm


def _shop() -> Charted:
    """The platform of those tests."""
    return charted_text(CATALOGUE)


ADDED = [one for name, one in NAMED_TWICE.items() if name != "the namespace"]  # which no chart contains


@pytest.mark.parametrize(
    "overlay", [*(overlay for overlay, _ in (*IN_AN_OVERLAY, *IN_A_DATA_SERVICE)), *(overlay for overlay, _ in ADDED)]
)
def test_what_the_program_refuses_the_chart_refuses_at_the_same_path(overlay: str) -> None:
    assert not broken(_shop(), [overlay])


@pytest.mark.parametrize(("overlay", "said"), [(overlay, said[0]) for overlay, said in ADDED if len(said) == 1])
def test_of_a_name_that_comes_twice_the_chart_says_what_the_program_says(overlay: str, said: str) -> None:
    made = template(_shop().chart, [overlay], namespace="shop")
    assert isinstance(made, Refusal)
    assert made.message.split(": ", 1)[1] == said.split(": ", 2)[2]


UNKNOWN = {
    "services.wbe": "services: {wbe: {replicas: 1}}",
    "services.web.settings.X": "services: {web: {settings: {X: 1}}}",
    "secrets.names.api-kesy": "secrets: {names: {api-kesy: ours}}",
    "networkPolicy.externalCidrs.aips": "networkPolicy: {externalCidrs: {aips: [192.0.2.0/24]}}",
}


@pytest.mark.parametrize(("path", "overlay"), UNKNOWN.items(), ids=UNKNOWN)
def test_a_name_that_the_catalogue_does_not_have_is_refused_at_its_place(path: str, overlay: str) -> None:
    """Of names that `propertyNames` does not allow Helm says some other place, and another one at each run."""
    settings = "environment: {GREETING: hello}\n    settings: {SIZE: {type: integer, default: 1}}"
    catalogue = CATALOGUE.replace("environment: {GREETING: hello}", settings)
    made = template(charted_text(catalogue).chart, [overlay], namespace="shop")
    assert isinstance(made, Refusal)
    assert path in made.paths


def test_a_namespace_of_kubernetes_is_refused_in_the_values_and_as_that_of_a_release(tmp_path: Path) -> None:
    """The cluster's own pods would be under the policy that denies all, and under the quota."""
    said = (
        "namespace.name: Kubernetes keeps such names for itself, and what runs there would be under the platform's policies "
        "and quota; choose another name"
    )
    assert errors(tmp_path, overlays={"shop.yaml": "namespace: {name: kube-system}"}) == [f"shop.yaml:1: {said}"]
    made = template(_shop().chart, namespace="kube-system")
    assert isinstance(made, Refusal)
    assert made.message.endswith(said)


@pytest.mark.parametrize("overlay", NOT_TWICE.values(), ids=NOT_TWICE)
def test_what_is_not_the_same_the_chart_takes_too(overlay: str) -> None:
    assert not broken(_shop(), [overlay])
