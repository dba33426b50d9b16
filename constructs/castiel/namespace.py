"""The namespace and what holds for all that stands in it."""

from __future__ import annotations

from castiel.cdk import Construct, k8s
from castiel.manifest import Identity, without_none
from castiel.model.platform import Platform
from castiel.pods import amounts_of

POD_SECURITY = {
    f"pod-security.kubernetes.io/{mode}{suffix}": setting
    for mode in ("enforce", "audit", "warn")
    for suffix, setting in (("", "restricted"), ("-version", "latest"))
}


class Namespace(Construct):
    """The namespace under the restricted Pod Security Standard, with ResourceQuota and LimitRange by values."""

    def __init__(self, scope: Construct, id: str, *, platform: Platform) -> None:
        super().__init__(scope, id)
        values = platform.values.namespace
        if values.create:
            metadata = Identity(platform, values.name, component="namespace").metadata(cluster=True)
            metadata["labels"] = {**metadata["labels"], **POD_SECURITY}
            k8s.KubeNamespace(self, "namespace", metadata=metadata)
        if values.quota.enabled:
            metadata = Identity(platform, "quota", component="namespace").metadata()
            k8s.KubeResourceQuota(self, "quota", metadata=metadata, spec={"hard": values.quota.hard})
        if values.limit_range.enabled:
            limits = {
                "type": "Container",
                "defaultRequest": amounts_of(values.limit_range.default_requests) or None,
                "default": amounts_of(values.limit_range.default_limits) or None,
                "min": amounts_of(values.limit_range.min) or None,
            }
            metadata = Identity(platform, "limits", component="namespace").metadata()
            k8s.KubeLimitRange(self, "limits", metadata=metadata, spec={"limits": [without_none(limits)]})
