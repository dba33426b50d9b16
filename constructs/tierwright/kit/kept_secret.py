"""What Secrets carry that stay when their maker goes: nothing by which a GitOps controller takes them for its own.

With tracking by label, Argo CD counts every object of the cluster with its instance label and without an owner as part of
the application, and prunes those that are not in Git, unless they say `Prune=false`: `GetManagedLiveObjs` and `pruneObject` in
https://github.com/argoproj/gitops-engine/blob/v0.7.3/pkg/cache/cluster.go#L913 and
https://github.com/argoproj/gitops-engine/blob/v0.7.3/pkg/sync/sync_context.go#L925. The next sync would then make new
passwords, which do not fit the old volumes.
"""

from __future__ import annotations

from tierwright.blueprint import Blueprint
from tierwright.expressions.tree import Tree, merged
from tierwright.kit.metadata import Manifest, selector
from tierwright.model.labels import PART_OF_LABEL

ANNOTATIONS = {
    "argocd.argoproj.io/compare-options": "IgnoreExtraneous",
    "argocd.argoproj.io/sync-options": "Prune=false",
}
"""For Secrets that got the label in another way: Argo CD then neither prunes them nor calls the application out of sync."""


def kept_labels(blueprint: Blueprint, name: str, *, maker: str) -> Tree:
    """The recommended labels but the instance; `name` is the Secret's `app.kubernetes.io/name`, `maker` who manages it."""
    recommended: Manifest = {
        **selector(name),
        "app.kubernetes.io/component": "secrets",
        PART_OF_LABEL: blueprint.name,
        "app.kubernetes.io/managed-by": maker,
    }
    return merged(blueprint.values.common_labels, recommended)  # which cannot have it either
