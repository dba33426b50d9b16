"""Every pod runs where the values place it: the helpers' too, or nothing starts where all nodes are tainted."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.chart.platforms import castiel_by_helm
from tests.rendering import Object, Rendered, render, render_with
from tierwright.components.registry import COMPONENTS
from tierwright.model.part import possible_parts
from tierwright.model.reference import reference
from tierwright.model.values import values_type

PLACEMENT = {
    "nodeSelector": {"pool": "castiel"},
    "tolerations": [{"key": "dedicated", "operator": "Equal", "value": "castiel", "effect": "NoSchedule"}],
    "affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}},
    "priorityClass": "high",
}


def _everywhere() -> Object:
    """The placement, at each place of the values that takes one."""
    overlay: Object = {}
    for entry in reference(values_type(possible_parts(COMPONENTS))):
        for path, _ in entry.leaves():
            if "placement" in path:
                above: Any = overlay
                for key in path[: path.index("placement")]:
                    above = above.setdefault(key, {})
                above["placement"] = PLACEMENT
    return overlay


def _manifests(overlay: Object) -> Rendered:
    return render_with(overlay)


def _chart(overlay: Object) -> Rendered:
    return castiel_by_helm("development", json.dumps(overlay))


@pytest.mark.parametrize("made", [_manifests, pytest.param(_chart, marks=pytest.mark.helm)])
def test_every_pod_is_placed(made: Callable[[Object], Rendered]) -> None:
    pods = dict(made(_everywhere()).pods())
    assert {"Deployment/calendar", "StatefulSet/postgres"} < set(pods)
    assert any(owner.startswith("Job/secret-generator") for owner in pods)
    assert ("Pod/chart-test" in pods) == (made is _chart)
    for owner, template in pods.items():
        spec = template["spec"]
        assert spec["nodeSelector"] == PLACEMENT["nodeSelector"], owner
        assert spec["tolerations"] == PLACEMENT["tolerations"], owner
        assert spec["affinity"] == PLACEMENT["affinity"], owner
        assert spec["priorityClassName"] == PLACEMENT["priorityClass"], owner


def test_without_a_placement_pods_say_nothing_of_nodes() -> None:
    for owner, template in render().pods():
        assert not {"nodeSelector", "tolerations", "affinity", "priorityClassName"} & set(template["spec"]), owner
