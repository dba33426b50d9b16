"""What every object carries: name, labels, annotations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from castiel.model.platform import Platform

Manifest = dict[str, Any]
"""A piece of a manifest, in the manifest's own shape."""

NAME_LABEL = "app.kubernetes.io/name"
SYNC_WAVE = "argocd.argoproj.io/sync-wave"


def without_none(entries: Mapping[str, Any]) -> Manifest:
    """The entries that are set."""
    return {key: value for key, value in entries.items() if value is not None}


def selector(name: str) -> dict[str, str]:
    """The labels by which a workload's pods are found: the name alone, since selectors can never change."""
    return {NAME_LABEL: name}


def labels(platform: Platform, name: str, *, component: str, version: str | None = None) -> dict[str, str]:
    """The recommended labels; https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/."""
    return {
        **platform.values.common_labels,
        **selector(name),
        "app.kubernetes.io/instance": platform.name,
        **({"app.kubernetes.io/version": version} if version else {}),
        "app.kubernetes.io/component": component,
        "app.kubernetes.io/part-of": platform.name,
        "app.kubernetes.io/managed-by": "cdk8s",
    }


class Identity:
    """The name, labels and annotations that all objects of one workload, or of one concern, share."""

    def __init__(self, platform: Platform, name: str, *, component: str, version: str | None = None, wave: int = 0) -> None:
        """`wave` is the Argo CD sync wave: the level in the graph of waits."""
        self.platform = platform
        self.name = name
        self.selector = selector(name)
        self.labels = labels(platform, name, component=component, version=version)
        self._annotations = {**platform.values.common_annotations, **({SYNC_WAVE: str(wave)} if wave else {})}

    def metadata(self, name: str | None = None, *, annotations: Mapping[str, str] | None = None, cluster: bool = False) -> Manifest:
        """The metadata of an object; `name` where it differs from the workload's, `cluster` where it has no namespace."""
        merged = {**self._annotations, **(annotations or {})}
        return without_none(
            {
                "name": name or self.name,
                "namespace": None if cluster else self.platform.namespace,
                "labels": self.labels,
                "annotations": merged or None,
            }
        )

    def pod_metadata(self, *, labels: Mapping[str, str] | None = None, annotations: Mapping[str, str] | None = None) -> Manifest:
        """The metadata of a pod template. What users add never replaces what selectors rely on."""
        return without_none({"labels": {**(labels or {}), **self.labels}, "annotations": dict(annotations or {}) or None})
