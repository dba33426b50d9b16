"""The labels that the program sets, and the labels and annotations that policies, selectors, controllers and tools go by."""

from __future__ import annotations

import re
from functools import cache

NAME_LABEL = "app.kubernetes.io/name"
"""The workload of a pod: every selector uses this label."""

INSTANCE_LABEL = "app.kubernetes.io/instance"
"""Where Argo CD tracks by label, it manages objects that have this label."""

PART_OF_LABEL = "app.kubernetes.io/part-of"
"""The platform: `kubectl apply --prune` selects objects by this label."""

RECOMMENDED = (
    NAME_LABEL,
    INSTANCE_LABEL,
    "app.kubernetes.io/version",
    "app.kubernetes.io/component",
    PART_OF_LABEL,
    "app.kubernetes.io/managed-by",
)
"""https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/."""

NAMESPACE_LABEL = "kubernetes.io/metadata.name"
"""The label by which policies identify a namespace; Kubernetes sets it."""

POD_SECURITY = {
    f"pod-security.kubernetes.io/{mode}{suffix}": setting
    for mode in ("enforce", "audit", "warn")
    for suffix, setting in (("", "restricted"), ("-version", "latest"))
}
"""The labels of the namespace that make it enforce the restricted Pod Security Standard."""

OF_CONTROLLERS = (
    "pod-template-hash",
    "controller-revision-hash",
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
    *(f"{prefix}{name}" for prefix in ("", "batch.kubernetes.io/") for name in ("controller-uid", "job-name")),
    # kube-proxy passes over Services that have one of these.
    "service.kubernetes.io/service-proxy-name",
    "service.kubernetes.io/headless",
    "endpointslice.kubernetes.io/managed-by",
    "argocd.argoproj.io/instance",
    "helm.sh/chart",
    # The addon manager removes what has it and is no addon.
    "addonmanager.kubernetes.io/mode",
)
"""The labels by which controllers recognise objects that they manage: of Kubernetes, kube-proxy, Argo CD and Helm."""

_PREFIXES = (r"kubernetes\.io/.*", r"rbac\.authorization\.k8s\.io/aggregate-to-.*", r"cnpg\.io/.*")
"""Labels that Kubernetes reserves, or by which it adds the rules of one ClusterRole to another, or CloudNativePG knows its pods."""


def tier_label(platform: str) -> str:
    """The label of a service's pods that names their tier."""
    return f"{platform}/tier"


@cache
def reserved_labels(platform: str) -> str:
    """A pattern of the labels that users cannot set: with them, what they add could pass for something else."""
    names = (*RECOMMENDED, tier_label(platform), *POD_SECURITY, *OF_CONTROLLERS)
    return "|".join([*map(re.escape, names), *_PREFIXES])


_HOOKS = (r"helm\.sh/hook.*", r"argocd\.argoproj\.io/hook.*")
_LEFT_OUT = ("config.kubernetes.io/local-config",)

UNMANAGED = "|".join([*_HOOKS, *map(re.escape, _LEFT_OUT)])
"""A pattern of the annotations of whole objects that take them out of what a tool manages; on pods they have no effect.

Helm makes a hook of the object, and so does Argo CD, which reads Helm's too; kustomize leaves the object out. What keeps an object,
such as `helm.sh/resource-policy`, is none of them.
https://helm.sh/docs/topics/charts_hooks/#hook-resources-are-not-managed-with-corresponding-releases,
https://argo-cd.readthedocs.io/en/stable/user-guide/helm/#helm-hooks,
https://kubectl.docs.kubernetes.io/references/kustomize/glossary/.
"""
