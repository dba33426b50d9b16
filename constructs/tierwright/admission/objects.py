"""What the API server refuses of the objects that users add.

First their schemas; of what has the right shape, the validations that
https://github.com/kubernetes/kubernetes/tree/v1.36.3/pkg/apis adds: those of the metadata, and those of `RULES` for some kinds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tierwright.admission.field_rules import below, matching, one_of
from tierwright.admission.kubernetes import refusals
from tierwright.admission.network_kinds import of_ingress, of_policy, of_service
from tierwright.admission.pod_security import unsafe_pod
from tierwright.admission.scaling_pieces import of_autoscaler
from tierwright.admission.selectors import of_annotations, of_labels, of_selectors
from tierwright.admission.volumes import of_claim
from tierwright.admission.workload_kinds import of_budget, of_cron_job, of_job, of_pod, of_workload
from tierwright.config.problems import Complaint, Path, written
from tierwright.model import names

Object = Mapping[str, Any]

_ROLES = ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")
_LABELS = ("Service", "Namespace")
"""Kinds of `v1` whose names are parts of DNS names."""


_MAKES_PODS = ("v1", "apps/v1", "batch/v1")
"""The API versions whose pod templates are complete: what operators take, they complete."""


def of_object(manifest: Object, namespace: str) -> Iterator[Complaint]:
    """What is wrong with an entry of `extraObjects`, of a platform in a namespace.

    For kinds that are not Kubernetes' own, only the metadata is checked.
    """
    api_version, kind = manifest["apiVersion"], manifest["kind"]
    wrong = list(refusals(manifest, kind, api_version))
    if not wrong:
        wrong = [
            (("metadata", *path), what, allowed) for path, what, allowed in refusals(manifest["metadata"], "ObjectMeta", "meta/v1")
        ]
    if not wrong:
        wrong = list(_of_metadata(manifest))
        if (api_version, kind) in RULES:
            wrong += RULES[api_version, kind](manifest)
            wrong += of_selectors(manifest) if kind != "HorizontalPodAutoscaler" else ()  # whose selectors are the metrics server's
    yield from wrong
    if not wrong and api_version in _MAKES_PODS and manifest["metadata"].get("namespace") in (None, "", namespace):
        for path, template in _templates(manifest):
            yield from below(path, unsafe_pod(template))


def _templates(manifest: Object, path: Path = ()) -> Iterator[tuple[Path, Object]]:
    """The pod templates of an object with their paths, found as `tierwright.kit.pods.template_in` finds them."""
    spec = manifest.get("spec")
    if isinstance(spec, Mapping) and "containers" in spec:
        yield path, manifest
        return
    for key, value in manifest.items():
        if isinstance(value, Mapping):
            yield from _templates(value, (*path, key))


def _of_metadata(manifest: Object) -> Iterator[Complaint]:
    metadata = manifest["metadata"]
    if manifest["kind"] in _ROLES:
        if metadata["name"] in (".", "..") or re.search("[/%]", metadata["name"]):
            yield ("metadata", "name"), f"{written(metadata['name'])} is not allowed", "allowed: a name without / and %"
    else:
        is_label = manifest["apiVersion"] == "v1" and manifest["kind"] in _LABELS
        yield from matching(("metadata",), "name", names.NAMESPACE_NAME if is_label else names.OBJECT_NAME).complaints(manifest)
    yield from matching(("metadata",), "namespace", names.NAMESPACE_NAME, or_empty=True).complaints(manifest)
    yield from of_labels(("metadata", "labels"), metadata.get("labels"))
    yield from of_annotations(("metadata", "annotations"), metadata.get("annotations"))


def _of_data(manifest: Object) -> Iterator[Complaint]:
    """The entries of a ConfigMap or Secret."""
    for part in ("data", "binaryData", "stringData"):
        for key in manifest.get(part) or {}:
            if re.match(names.DATA_KEY, key) is None:
                allowed = "letters, digits, hyphens, underscores and dots, not two dots first"
                yield (part, key), "the key is not allowed", f"allowed: {allowed}"
            elif part == "binaryData" and key in (manifest.get("data") or {}):
                yield (part, key), "is in data too", "keep one of the two"
    if manifest.get("type") == "kubernetes.io/tls":
        given = {*(manifest.get("data") or {}), *(manifest.get("stringData") or {})}
        for key in ("tls.crt", "tls.key"):
            if key not in given:
                yield ("data", key), "is missing, and a Secret of this type has it", "add it, or leave the type out"


def _of_binding(binding: Object) -> Iterator[Complaint]:
    """The role of a binding, and the namespaces of its accounts."""
    everywhere = binding["kind"] == "ClusterRoleBinding"
    kinds = ("ClusterRole",) if everywhere else ("Role", "ClusterRole")
    yield from one_of(("roleRef",), "kind", kinds).complaints(binding)
    for index, subject in enumerate(binding.get("subjects") or ()):
        if everywhere and subject["kind"] == "ServiceAccount" and not subject.get("namespace"):
            yield ("subjects", index, "namespace"), "is missing", "add it"


RULES: Mapping[tuple[str, str], Callable[[Object], Iterator[Complaint]]] = {
    ("v1", "ConfigMap"): _of_data,
    ("v1", "Secret"): _of_data,
    ("v1", "Service"): of_service,
    ("v1", "Pod"): of_pod,
    ("v1", "PersistentVolumeClaim"): of_claim,
    ("apps/v1", "Deployment"): of_workload,
    ("apps/v1", "StatefulSet"): of_workload,
    ("apps/v1", "DaemonSet"): of_workload,
    ("apps/v1", "ReplicaSet"): of_workload,
    ("autoscaling/v2", "HorizontalPodAutoscaler"): of_autoscaler,
    ("batch/v1", "Job"): of_job,
    ("batch/v1", "CronJob"): of_cron_job,
    ("networking.k8s.io/v1", "NetworkPolicy"): of_policy,
    ("networking.k8s.io/v1", "Ingress"): of_ingress,
    ("policy/v1", "PodDisruptionBudget"): of_budget,
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"): _of_binding,
    ("rbac.authorization.k8s.io/v1", "RoleBinding"): _of_binding,
}
"""The further checks of an object whose fields are valid, by its kind."""
