"""Labels: what policies and selectors go by, users cannot set."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.chart.helm import Refusal, template
from tests.chart.law import broken
from tests.chart.platforms import castiel_by_helm, small
from tests.rendering import Object, Rendered, pod_templates, render
from tests.shop import errors
from tierwright.kit.metadata import SYNC_WAVE
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


@pytest.mark.parametrize(
    "label",
    [
        # kube-proxy passes over Services that have one of these, so no gate would ever open.
        "service.kubernetes.io/service-proxy-name",
        "service.kubernetes.io/headless",
        "helm.sh/chart",
        "app.kubernetes.io/managed-by",
        "addonmanager.kubernetes.io/mode",
        "kubernetes.io/cluster-service",
        "rbac.authorization.k8s.io/aggregate-to-view",
    ],
)
@pytest.mark.helm
def test_labels_that_controllers_act_on_are_refused(tmp_path: Path, label: str) -> None:
    wrong = f"policies, selectors or controllers go by {label}; choose another name"
    for path, overlay in (
        ("commonLabels", f"commonLabels: {{team: a, {label}: a}}"),
        ("services.web.podLabels", f"services: {{web: {{podLabels: {{team: a, {label}: a}}}}}}"),
    ):
        (told,) = errors(tmp_path, overlays={"shop.yaml": overlay})
        assert told == f"shop.yaml:1: {path}['{label}']: {wrong}"
        made = template(small().chart, [overlay], namespace="shop")
        assert isinstance(made, Refusal)
        assert made.message == f"{path}: {wrong}"


@pytest.mark.helm
def test_labels_that_only_look_like_those_are_the_users(tmp_path: Path) -> None:
    labels = "{my.kubernetes.io/a: a, example.com/rbac.authorization.k8s.io: b, app.kubernetes.io/created-by: c, mode: d}"
    assert not broken(small(), [f"commonLabels: {labels}"])
    assert not errors(tmp_path, overlays={"shop.yaml": f"commonLabels: {labels}"})


OF_PATRONI = {"role", "cluster-name"}
"""It sets them on its own pods, which their names tell from all others: a pod of somebody else with them is none of its."""


@pytest.mark.helm
@pytest.mark.parametrize("label", sorted(OF_PATRONI))
def test_labels_by_which_clients_find_the_primary_are_refused_where_there_are_members(tmp_path: Path, label: str) -> None:
    """A member that has `role: primary` from its start would get writes before Patroni says what it is."""
    common = {"commonLabels": {label: "primary"}}
    several = {"postgres": {"topology": "replicated", "image": {"repository": "example.com/postgres-patroni"}}}
    told = (
        "postgres.topology: Patroni labels the members with cluster-name and role, and commonLabels has one of these; "
        "choose another name there"
    )
    assert not broken(small(), [json.dumps(common)])
    assert not broken(small(), [json.dumps(several)])
    assert not broken(small(), [json.dumps({**several, **common})])
    assert errors(tmp_path, overlays={"shop.yaml": json.dumps({**several, **common})}) == [f"shop.yaml:1: {told}"]
    assert not errors(tmp_path, overlays={"shop.yaml": json.dumps(common)})


NOT_MANAGED = [
    "helm.sh/hook",
    "helm.sh/hook-weight",
    "argocd.argoproj.io/hook",
    "argocd.argoproj.io/hook-delete-policy",
    "config.kubernetes.io/local-config",
]
OF_OBJECTS = {
    "commonAnnotations": "commonAnnotations: {ANNOTATIONS}",
    "services.web.workloadAnnotations": "services: {web: {workloadAnnotations: {ANNOTATIONS}}}",
    "services.web.service.annotations": "services: {web: {service: {annotations: {ANNOTATIONS}}}}",
    "services.web.serviceAccount.annotations": "services: {web: {serviceAccount: {annotations: {ANNOTATIONS}}}}",
}
"""Overlays that annotate whole objects, by the paths of the annotations."""


@pytest.mark.parametrize(("path", "overlay"), OF_OBJECTS.items())
@pytest.mark.parametrize("annotation", NOT_MANAGED)
def test_annotations_that_take_objects_out_of_the_release_are_refused(
    tmp_path: Path, annotation: str, path: str, overlay: str
) -> None:
    given = overlay.replace("ANNOTATIONS", f"example.com/a: b, {annotation}: 'true'")
    wrong = f"Helm, Argo CD and kustomize do not manage what has {annotation}"
    allowed = "remove it; objects of your own in extraObjects may have it"
    assert errors(tmp_path, overlays={"shop.yaml": given}) == [f"shop.yaml:1: {path}['{annotation}']: {wrong}; {allowed}"]


@pytest.mark.parametrize(("path", "overlay"), OF_OBJECTS.items())
def test_an_order_other_than_that_of_the_start_is_refused(tmp_path: Path, path: str, overlay: str) -> None:
    """As a common annotation it would be that of the data services alone, so that what needs them came before them."""
    given = overlay.replace("ANNOTATIONS", f"example.com/a: b, {SYNC_WAVE}: '9'")
    wrong = f"the order of the start decides {SYNC_WAVE}"
    allowed = "remove it; objects of your own in extraObjects may have it"
    assert errors(tmp_path, overlays={"shop.yaml": given}) == [f"shop.yaml:1: {path}['{SYNC_WAVE}']: {wrong}; {allowed}"]


@pytest.mark.helm
@pytest.mark.parametrize("overlay", OF_OBJECTS.values())
def test_the_chart_refuses_them_too(overlay: str) -> None:
    for annotation in (*NOT_MANAGED, SYNC_WAVE):
        assert not broken(small(), [overlay.replace("ANNOTATIONS", f"{annotation}: 'true'")])


THE_USERS = "{helm.sh/resource-policy: keep, argocd.argoproj.io/sync-options: Prune=false, my.helm.sh/hook: a}"
MAY_HAVE_THEM = [
    f"commonAnnotations: {THE_USERS}",
    "services: {web: {podAnnotations: {helm.sh/hook: pre-install, argocd.argoproj.io/hook: Sync}}}",
    f"services: {{web: {{podAnnotations: {{{SYNC_WAVE}: '9'}}}}}}",
    f"extraObjects: [{{apiVersion: v1, kind: ConfigMap, metadata: {{name: a, annotations: {{{SYNC_WAVE}: '-1'}}}}}}]",
    "postgres: {podAnnotations: {helm.sh/hook: pre-install}}",
    "extraObjects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: a, annotations: {argocd.argoproj.io/hook: PreSync}}}]",
]


@pytest.mark.helm
@pytest.mark.parametrize("overlay", MAY_HAVE_THEM)
def test_pods_and_objects_of_the_users_own_may_have_them(tmp_path: Path, overlay: str) -> None:
    """Nobody who applies objects reads the annotations of pods in them."""
    assert not errors(tmp_path, overlays={"shop.yaml": overlay})
    assert not broken(small(), [overlay])


@pytest.mark.parametrize(
    ("tag", "label"),
    [
        ("1.0", "1.0"),
        ("a" * 128, "a" * 63),
        (f"{'a' * 60}.-_b", "a" * 60),
        ("_dev.", "dev"),
        ("___", None),
    ],
)
@pytest.mark.helm
def test_a_tag_is_a_label_as_far_as_a_label_can_hold_it(tag: str, label: str | None) -> None:
    overlay = {"services": {"web": {"image": {"tag": tag}}}, "redis": {"image": {"tag": tag}}}
    assert not broken(small(), [json.dumps(overlay)])
    objects = {(one["kind"], one["metadata"]["name"]): one for one in small().objects(small().load_with(overlay))}
    for kind, name in (("Deployment", "web"), ("StatefulSet", "redis")):
        made = objects[kind, name]
        pods = made["spec"]["template"]
        assert pods["spec"]["containers"][0]["image"].endswith(f":{tag}")
        for metadata in (made["metadata"], pods["metadata"]):
            assert metadata["labels"].get("app.kubernetes.io/version") == label


@pytest.mark.parametrize(
    "made", [pytest.param(render, id="manifests"), pytest.param(castiel_by_helm, id="chart", marks=pytest.mark.helm)]
)
@pytest.mark.parametrize("environment", ["development", "production"])
def test_every_label_that_something_selects_by_is_refused_to_users(made: Any, environment: str) -> None:
    rendered: Rendered = made(environment)
    selected = {label for one in rendered.objects.values() for label in _selected(one)}
    assert {"app.kubernetes.io/name", "kubernetes.io/metadata.name", "pod-template-hash"} <= selected
    assert all(re.fullmatch(reserved_labels("castiel"), label) for label in selected - DNS - OF_PATRONI)


@pytest.mark.parametrize(
    "made", [pytest.param(render, id="manifests"), pytest.param(castiel_by_helm, id="chart", marks=pytest.mark.helm)]
)
def test_every_label_that_the_program_sets_is_refused_to_users(made: Any) -> None:
    rendered: Rendered = made("production")
    labels: list[Object] = [one["metadata"]["labels"] for one in rendered.objects.values()]
    labels += [template["metadata"]["labels"] for one in rendered.objects.values() for template in pod_templates(one)]
    assert all(re.fullmatch(reserved_labels("castiel"), label) for one in labels for label in {*one} - OF_PATRONI)
