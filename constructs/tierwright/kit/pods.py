"""What every pod has in common, and the restricted Pod Security Standard with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tierwright.blueprint import Blueprint
from tierwright.expressions.conditions import NEVER, Condition, Known, all_of, opposite
from tierwright.expressions.expression import Argument
from tierwright.expressions.tokens import Number, expression_of, traced
from tierwright.expressions.tree import Include, OmitEmpty, Tree, choose, each, splice, when
from tierwright.kit.metadata import Manifest, ObjectMeta, omit_none
from tierwright.model.mounts import SCRATCH_PATH
from tierwright.model.running_values import Spread
from tierwright.model.security_values import SecurityContext
from tierwright.model.workload_values import Placement, Resources

CONTAINER_SECURITY: Manifest = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}
REVISION_LABEL = "pod-template-hash"
"""The label that Kubernetes gives to the pods of one revision of a Deployment."""

SCRATCH_MOUNT: Manifest = {"name": "tmp", "mountPath": SCRATCH_PATH}


def pod_spec(
    blueprint: Blueprint,
    *,
    service_account: str,
    security: Tree,
    placement: Placement,
    containers: Sequence[Tree],
    init_containers: Sequence[Tree] = (),
    volumes: Sequence[Tree] = (),
    affinity: Tree = None,
    spread: Tree = None,
    grace_seconds: Tree = None,
    restart_policy: str | None = None,
    shared_processes: Condition | bool = NEVER,
) -> Manifest:
    """A pod without an API token: the one of ours that talks to the API server mounts its own.

    `affinity` takes the place of that of the `placement`. Its containers see one another's processes where
    `shared_processes` holds.
    """
    head = pod_head(
        blueprint,
        service_account=service_account,
        security=security,
        placement=placement,
        affinity=affinity,
        spread=spread,
        grace_seconds=grace_seconds,
        restart_policy=restart_policy,
    )
    return omit_none(
        {
            **head,
            "shareProcessNamespace": when(shared_processes, True),
            "initContainers": OmitEmpty(list(init_containers)) if init_containers else None,
            "containers": list(containers),
            "volumes": OmitEmpty(list(volumes)) if volumes else None,
        }
    )


def pod_head(
    blueprint: Blueprint,
    *,
    service_account: str,
    security: Tree,
    placement: Placement,
    affinity: Tree = None,
    spread: Tree = None,
    grace_seconds: Tree = None,
    restart_policy: str | None = None,
    token: Tree = False,
) -> Manifest:
    """What a pod says before its containers. It gets no API token unless `token` holds.

    `affinity` takes the place of that of the `placement`.
    """
    return omit_none(
        {
            "serviceAccountName": service_account,
            "automountServiceAccountToken": token,
            # Kubernetes would inject NAME_PORT=tcp://... and the like for every Service, which programs mistake for theirs.
            "enableServiceLinks": False,
            "securityContext": security,
            "restartPolicy": restart_policy,
            "terminationGracePeriodSeconds": grace_seconds,
            "imagePullSecrets": OmitEmpty([each(blueprint.values.images.pull_secrets, lambda name: {"name": name})]),
            **_placed(placement, affinity),
            "topologySpreadConstraints": spread,
        }
    )


def template_in(manifest: Tree) -> Manifest | None:
    """The pod template of a workload of any kind, found by its shape: what has a `spec` with containers. None without one."""
    if isinstance(manifest, Include):
        return template_in(manifest.template.body)
    if not isinstance(manifest, Mapping):
        return None
    spec = manifest.get("spec")
    if isinstance(spec, Mapping) and "containers" in spec:
        return dict(manifest)
    return next(filter(None, map(template_in, manifest.values())), None)


def empty_dir(name: str, size: str, *, in_memory: bool = False) -> Manifest:
    """A volume that lasts as long as its pod, on the node's disk or in memory. A pod that writes more than `size` is evicted."""
    return {"name": name, "emptyDir": omit_none({"medium": "Memory" if in_memory else None, "sizeLimit": size})}


def scratch_volume(size: str) -> Manifest:
    """The volume for /tmp, of this size."""
    return empty_dir("tmp", size)


def _placed(placement: Placement, affinity: Tree) -> Manifest:
    return {
        "priorityClassName": OmitEmpty(placement.priority_class),
        "nodeSelector": OmitEmpty(placement.node_selector),
        "tolerations": OmitEmpty(placement.tolerations),
        "affinity": OmitEmpty(placement.affinity) if affinity is None else affinity,
    }


def spread_constraints(
    spread: Spread, meta: ObjectMeta, *, by_revision: str | None = None, taints: str | None = None, softly: Condition = NEVER
) -> list[Tree]:
    """How a workload's pods are spread over nodes and zones.

    `by_revision` is the label by which the pods of one revision alone are counted, so that a rollout does not end up lopsided. It
    is for pods that move freely: one that is bound to its volume stays where it is. `taints` is the `nodeTaintsPolicy`, where it is
    to be there in any case. `softly`: where that holds no pod is kept waiting, whatever the values say.
    """
    keys = {"kubernetes.io/hostname": spread.nodes, "topology.kubernetes.io/zone": spread.zones}
    return [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": choose(softly, "ScheduleAnyway", unsatisfiable),
            "labelSelector": {"matchLabels": meta.selector},
            **({} if by_revision is None else {"matchLabelKeys": [by_revision]}),
            # A node that takes no such pod would count as one without any, and keep others waiting for it.
            "nodeTaintsPolicy": taints or when(all_of(opposite(softly), unsatisfiable == "DoNotSchedule"), "Honor"),
        }
        for key, unsatisfiable in keys.items()
    ] + [splice(spread.constraints)]


def pod_security(security: SecurityContext, *, owns_volumes: bool = False) -> Manifest:
    """The pod's security context; with `owns_volumes`, its group may write to the volumes."""
    group = given(security.group)
    return omit_none(
        {
            "runAsNonRoot": True,
            "runAsUser": given(security.user),
            "runAsGroup": group,
            "fsGroup": group if owns_volumes else None,
            "fsGroupChangePolicy": "OnRootMismatch" if owns_volumes else None,
            "seccompProfile": {"type": "RuntimeDefault"},
        }
    )


def given(number: int | None) -> Tree:
    """A number of the values that null may have taken away; or one that is known."""
    return when(Known(number.expression), number) if isinstance(number, Number) else number


def resources(blueprint: Blueprint, amounts: Resources) -> Tree:
    """The `resources` of a container, as a call of a named template."""
    return OmitEmpty(blueprint.call("resources", _resources, resources=expression_of(amounts)))


def _resources() -> Manifest:
    return written_resources(traced(Resources, Argument("resources")))


def written_resources(amounts: Resources) -> Manifest:
    """The `resources` of a container, where they are part of a named template already; perhaps empty."""
    return {"requests": OmitEmpty(amounts.requests), "limits": OmitEmpty(amounts.limits)}


def secret_variable(name: str, *, secret: str, key: str, optional: Condition | bool | None = None) -> Manifest:
    """A variable `name` with the value of a key of a Secret. Where `optional` holds, the pod also starts without the Secret."""
    reference: Manifest = {"name": secret, "key": key}
    if optional is not None:
        reference["optional"] = when(optional, True)
    return {"name": name, "valueFrom": {"secretKeyRef": reference}}
