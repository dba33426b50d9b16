"""Labels: what policies and selectors go by, users cannot set."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.chart.platforms import castiel_by_helm
from tests.rendering import Object, Rendered, pod_templates, render
from tests.shop import errors
from tierwright.model.labels import reserved_labels

DNS = {"k8s-app"}
"""Of the DNS pods, which count in their own namespace only."""


def _selected(tree: Any, key: str = "") -> Iterator[str]:
    """Every label that any selector in an object goes by."""
    if isinstance(tree, list):
        for one in tree:
            yield from _selected(one)
    elif isinstance(tree, dict):
        yield from tree.get("matchLabels", ())
        yield from (one["key"] for one in tree.get("matchExpressions", ()))
        yield from tree.get("matchLabelKeys", ())
        if key == "selector" and all(isinstance(one, str) for one in tree.values()):
            yield from tree
        for name, one in tree.items():
            yield from _selected(one, name)


@pytest.mark.parametrize("label", ["service.kubernetes.io/service-proxy-name", "service.kubernetes.io/headless"])
def test_no_label_switches_the_services_off(tmp_path: Path, label: str) -> None:
    """kube-proxy passes over Services that have one of them, so no gate would ever open."""
    (told,) = errors(tmp_path, overlays={"shop.yaml": f"commonLabels: {{{label}: a}}"})
    assert told == f"shop.yaml:1: commonLabels['{label}']: policies, selectors or controllers go by {label}; choose another name"


@pytest.mark.parametrize(
    "made", [pytest.param(render, id="manifests"), pytest.param(castiel_by_helm, id="chart", marks=pytest.mark.helm)]
)
@pytest.mark.parametrize("environment", ["development", "production"])
def test_every_label_that_something_selects_by_is_refused_to_users(made: Any, environment: str) -> None:
    rendered: Rendered = made(environment)
    selected = {label for one in rendered.objects.values() for label in _selected(one)}
    assert {"app.kubernetes.io/name", "kubernetes.io/metadata.name", "pod-template-hash"} <= selected
    assert selected - DNS <= set(reserved_labels("castiel"))


@pytest.mark.parametrize(
    "made", [pytest.param(render, id="manifests"), pytest.param(castiel_by_helm, id="chart", marks=pytest.mark.helm)]
)
def test_every_label_that_the_program_sets_is_refused_to_users(made: Any) -> None:
    rendered: Rendered = made("production")
    labels: list[Object] = [one["metadata"]["labels"] for one in rendered.objects.values()]
    labels += [template["metadata"]["labels"] for one in rendered.objects.values() for template in pod_templates(one)]
    assert {label for one in labels for label in one} <= set(reserved_labels("castiel"))
