"""Objects of a group of Kubernetes are of a kind and version that it serves; other groups are taken as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chart.helm import Refusal, template
from tests.chart.platforms import small
from tests.shop import errors
from tierwright.config.problems import choices
from tierwright.kit.cluster_scoped import CLUSTER_SCOPED
from tierwright.kit.served import served, unserved

CORE = [kind for kind, versions in served().kinds.items() if "v1" in versions]
BATCH = ["CronJob", "Job"]


def overlay(api_version: str, kind: str) -> str:
    return f"extraObjects: [{{apiVersion: {api_version}, kind: {kind}, metadata: {{name: a}}}}]"


GONE = [
    ("policy/v1beta1", "PodDisruptionBudget", "apiVersion", "allowed: policy/v1"),
    ("autoscaling/v2beta2", "HorizontalPodAutoscaler", "apiVersion", "allowed: autoscaling/v2, autoscaling/v1"),
    ("v1", "Deployment", "apiVersion", "allowed: apps/v1"),
    ("extensions/v1beta1", "Ingress", "apiVersion", "allowed: networking.k8s.io/v1"),
    ("networking.k8s.io/v2", "NetworkPolicy", "apiVersion", "allowed: networking.k8s.io/v1"),
]
MISSPELT = [
    ("v1", "configmap", "write ConfigMap, of v1"),
    ("apps/v1", "Cronjob", "write CronJob, of batch/v1"),
    ("policy/v1beta1", "podDisruptionBudget", "write PodDisruptionBudget, of policy/v1"),
    ("batch/v1", "CronJobs", f"did you mean CronJob? allowed: {', '.join(BATCH)}"),
    ("v1", "Pod2", choices("Pod2", CORE)),
    ("policy/v1beta1", "PodSecurityPolicy", choices("PodSecurityPolicy", served().kinds)),
    ("v1", "PodList", choices("PodList", CORE)),
]


@pytest.mark.parametrize(("api_version", "kind", "key", "allowed"), [*GONE, *((a, b, "kind", c) for a, b, c in MISSPELT)])
def test_a_kind_that_kubernetes_has_not_is_refused_with_the_right_one(
    tmp_path: Path, api_version: str, kind: str, key: str, allowed: str
) -> None:
    wrong = f"Kubernetes has no {kind} of {api_version}"
    found = errors(tmp_path, overlays={"a.yaml": overlay(api_version, kind)})
    assert found == [f"a.yaml:1: extraObjects[0].{key}: {wrong}; {allowed}"]


@pytest.mark.parametrize(("api_version", "kind", "key", "allowed"), GONE)
def test_the_chart_refuses_an_old_version_in_the_same_words(api_version: str, kind: str, key: str, allowed: str) -> None:
    made = template(small().chart, [overlay(api_version, kind)], namespace="shop")
    assert isinstance(made, Refusal)
    assert made.message == f"extraObjects[0].{key}: Kubernetes has no {kind} of {api_version}; {allowed}"


@pytest.mark.parametrize(
    ("api_version", "kind", "allowed"),
    [
        *MISSPELT[:3],
        ("batch/v1", "CronJobs", f"allowed: {', '.join(BATCH)}"),
        ("v1", "PodList", f"allowed: {', '.join(CORE)}"),
        ("policy/v1beta1", "PodSecurityPolicy", "allowed: any kind that it has"),
    ],
)
def test_the_chart_refuses_a_kind_that_there_is_not(api_version: str, kind: str, allowed: str) -> None:
    made = template(small().chart, [overlay(api_version, kind)], namespace="shop")
    assert isinstance(made, Refusal)
    assert made.message == f"extraObjects[0].kind: Kubernetes has no {kind} of {api_version}; {allowed}"


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [
        ("gateway.networking.k8s.io/v1", "HTTPRoute"),
        ("snapshot.storage.k8s.io/v1", "VolumeSnapshot"),
        ("metrics.k8s.io/v1beta1", "PodMetrics"),
        ("autoscaling.k8s.io/v1", "VerticalPodAutoscaler"),
        ("cert-manager.io/v1", "Certificate"),
        ("networking.gke.io/v1", "ManagedCertificate"),
        ("example.com/v1", "configmap"),
        ("resource.k8s.io/v1alpha3", "DeviceClass"),  # of the oldest version that is supported alone
        ("scheduling.k8s.io/v1alpha1", "Workload"),  # neither of the oldest nor of the newest
    ],
)
def test_other_groups_and_every_supported_version_are_taken(api_version: str, kind: str) -> None:
    assert unserved(api_version, kind) is None
    assert isinstance(template(small().chart, [overlay(api_version, kind)], namespace="shop"), str)


def test_the_kinds_that_stand_in_no_namespace_are_served() -> None:
    own = [kind for group, kinds in CLUSTER_SCOPED.items() if group in served().groups for kind in kinds]
    assert not [kind for kind in own if kind not in served().kinds]
