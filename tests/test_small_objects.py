"""What the API server refuses of users' claims, budgets, policies, bindings and data, each field of which is sound."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shop import RESTRICTED, errors

CLAIM = "apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: a}, spec: "
POLICY = "apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a}, spec: "
BINDING = "apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: a}, "
ROLE = "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}"
POD = f"template: {{metadata: {{labels: {{a: b}}}}, spec: {{containers: [{{name: a, image: b, {RESTRICTED}}}]}}}}"
DEPLOYMENT = f"apiVersion: apps/v1, kind: Deployment, metadata: {{name: a}}, spec: {{selector: {{matchLabels: {{a: b}}}}, {POD}, "
BUDGET = "apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: a}, spec: "
MODES = "allowed: some of ReadWriteOnce, ReadOnlyMany, ReadWriteMany, or ReadWriteOncePod alone"


def ports(entry: str, way: str = "ingress") -> str:
    return f"{POLICY}{{podSelector: {{}}, {way}: [{{ports: [{entry}]}}]}}"


REFUSED = [
    (
        "apiVersion: v1, kind: LimitRange, metadata: {name: a}, spec: {limits: [~]}",
        "spec.limits[0]: has no value; add it, or remove the item",
    ),
    (f"{CLAIM}{{accessModes: [], resources: {{requests: {{storage: 1Gi}}}}}}", "spec.accessModes: is missing; add it"),
    (
        f"{CLAIM}{{accessModes: [ReadWriteOncePod, ReadWriteOnce], resources: {{requests: {{storage: 1Gi}}}}}}",
        f"spec.accessModes: a list is not allowed; {MODES}",
    ),
    (f"{CLAIM}{{accessModes: [ReadWriteOnce]}}", "spec.resources.requests.storage: is missing; add it"),
    *(
        (
            f"{CLAIM}{{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: {size}}}}}}}",
            f"spec.resources.requests.storage: '{size}' is not allowed; allowed: a size above 0",
        )
        for size in ("0Gi", "-1Gi")
    ),
    *(
        (
            ports("{port: 10, endPort: 5}", way),
            f"spec.{way}[0].ports[0].endPort: 5 is below the port, 10; write the larger one here",
        )
        for way in ("ingress", "egress")
    ),
    *(
        (
            ports(entry),
            ("spec.ingress[0].ports[0].endPort: is the end of a range that begins with no number; write the first number as port"),
        )
        for entry in ("{port: http, endPort: 5}", "{endPort: 5}")
    ),
    (
        f"{DEPLOYMENT}strategy: {{type: Recreate, rollingUpdate: {{maxSurge: 1}}}}}}",
        "spec.strategy.rollingUpdate: is not allowed beside the type Recreate; remove one of the two",
    ),
    (
        f"{BUDGET}{{selector: {{}}, minAvailable: 1, maxUnavailable: 1}}",
        "spec.maxUnavailable: is set beside minAvailable; keep one of the two",
    ),
    (
        "apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {k: v}, binaryData: {k: dg==}",
        "binaryData.k: is in data too; keep one of the two",
    ),
    (
        "apiVersion: v1, kind: Secret, metadata: {name: a}, type: kubernetes.io/tls, stringData: {tls.key: k}",
        "data['tls.crt']: is missing, and a Secret of this type has it; add it, or leave the type out",
    ),
    (
        f"{BINDING}{ROLE.replace('ClusterRole', 'Role')}",
        "roleRef.kind: 'Role' is not allowed; allowed: ClusterRole",
    ),
    (
        f"{BINDING}{ROLE}, subjects: [{{kind: ServiceAccount, name: b}}]",
        "subjects[0].namespace: is missing; add it",
    ),
]
TAKEN = [
    f"{CLAIM}{{accessModes: [ReadWriteOnce, ReadOnlyMany], resources: {{requests: {{storage: 1Gi}}}}}}",
    ports("{port: 5, endPort: 10}, {port: http}, {port: 7, endPort: 7}"),
    f"{DEPLOYMENT}strategy: {{type: Recreate}}}}",
    f"{BUDGET}{{selector: {{}}, minAvailable: 0}}",
    "apiVersion: v1, kind: Secret, metadata: {name: a}, type: kubernetes.io/tls, data: {tls.crt: YQ==, tls.key: YQ==}",
    f"{BINDING}{ROLE}, subjects: [{{kind: ServiceAccount, name: b, namespace: c}}, {{kind: Group, name: d}}]",
    f"{BINDING.replace('ClusterRoleBinding', 'RoleBinding')}{ROLE}, subjects: [{{kind: ServiceAccount, name: b}}]",
]


@pytest.mark.parametrize(("written", "said"), REFUSED)
def test_an_object_that_the_api_refuses(tmp_path: Path, written: str, said: str) -> None:
    assert errors(tmp_path, overlays={"a.yaml": f"extraObjects: [{{{written}}}]"}) == [f"a.yaml:1: extraObjects[0].{said}"]


@pytest.mark.parametrize("written", TAKEN)
def test_one_that_the_api_takes(tmp_path: Path, written: str) -> None:
    assert errors(tmp_path, overlays={"a.yaml": f"extraObjects: [{{{written}}}]"}) == []


def test_an_enumeration_of_a_definition_may_have_null(tmp_path: Path) -> None:
    """Other lists may not: kubectl and Helm then say `unknown object type "nil"`."""
    schema = "{openAPIV3Schema: {type: object, properties: {size: {type: string, nullable: true, enum: [small, ~]}}}}"
    versions = f"[{{name: v1, served: true, storage: true, schema: {schema}}}]"
    spec = f"{{scope: Namespaced, group: a.example, names: {{kind: Local, plural: locals}}, versions: {versions}}}"
    kind = "apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: locals.a.example}"
    assert errors(tmp_path, overlays={"a.yaml": f"extraObjects: [{{{kind}, spec: {spec}}}]\n"}) == []
