"""What every pod has in common, and the restricted Pod Security Standard with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from castiel.manifest import Manifest, without_none
from castiel.model.platform import Platform
from castiel.model.workload_values import Amounts, Placement, Resources, SecurityContext

CONTAINER_SECURITY: Manifest = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}
SCRATCH_VOLUME: Manifest = {"name": "tmp", "emptyDir": {}}
SCRATCH_MOUNT: Manifest = {"name": "tmp", "mountPath": "/tmp"}  # noqa: S108 - a volume of the pod, not a shared folder


def pod_spec(
    platform: Platform,
    *,
    service_account: str,
    security: Manifest,
    containers: Sequence[Manifest],
    init_containers: Sequence[Manifest] = (),
    volumes: Sequence[Manifest] = (),
    placement: Placement | None = None,
    spread: Sequence[Manifest] | None = None,
    grace_seconds: int | None = None,
    restart_policy: str | None = None,
) -> Manifest:
    """A pod. It gets no API token: the one that talks to the API server mounts its own."""
    return without_none(
        {
            "serviceAccountName": service_account,
            "automountServiceAccountToken": False,
            # Kubernetes would inject REDIS_PORT=tcp://... and the like for every Service, which programs mistake for theirs.
            "enableServiceLinks": False,
            "securityContext": security,
            "restartPolicy": restart_policy,
            "terminationGracePeriodSeconds": grace_seconds,
            "imagePullSecrets": [{"name": name} for name in platform.values.images.pull_secrets] or None,
            **(_placed(placement) if placement else {}),
            "topologySpreadConstraints": list(spread) if spread else None,
            "initContainers": list(init_containers) or None,
            "containers": list(containers),
            "volumes": list(volumes) or None,
        }
    )


def _placed(placement: Placement) -> Manifest:
    return {
        "priorityClassName": placement.priority_class or None,
        "nodeSelector": placement.node_selector or None,
        "tolerations": msgspec.to_builtins(placement.tolerations) or None,
        "affinity": msgspec.to_builtins(placement.affinity) or None,
    }


def pod_security(security: SecurityContext, *, owns_volumes: bool = False) -> Manifest:
    """The pod's security context; with `owns_volumes`, its group may write to the volumes."""
    return without_none(
        {
            "runAsNonRoot": True,
            "runAsUser": security.user,
            "runAsGroup": security.group,
            "fsGroup": security.group if owns_volumes else None,
            "fsGroupChangePolicy": "OnRootMismatch" if owns_volumes else None,
            "seccompProfile": {"type": "RuntimeDefault"},
        }
    )


def resources(amounts: Resources) -> Manifest:
    """The resources of a container."""
    set_amounts = {"requests": amounts_of(amounts.requests), "limits": amounts_of(amounts.limits)}
    return {kind: entries for kind, entries in set_amounts.items() if entries}


def amounts_of(amounts: Amounts) -> Mapping[str, str]:
    """The amounts that are set."""
    return without_none({"cpu": amounts.cpu, "memory": amounts.memory})


def secret_variable(name: str, *, secret: str, key: str, optional: bool = False) -> Manifest:
    """A variable whose value comes from a Secret."""
    reference: dict[str, Any] = {"name": secret, "key": key}
    if optional:
        reference["optional"] = True
    return {"name": name, "valueFrom": {"secretKeyRef": reference}}
