"""Services whose pods keep volumes and names: a StatefulSet, with the headless Service that gives each pod its name."""

from __future__ import annotations

from tierwright.components.workloads.pod import min_ready_seconds, pod_template, workload_metadata
from tierwright.components.workloads.storage import claims_of
from tierwright.expressions.tree import OmitEmpty
from tierwright.kit.claims import claim_templates
from tierwright.kit.concern import Concern
from tierwright.kit.kinds import SERVICE, STATEFUL_SET
from tierwright.kit.metadata import Manifest, ObjectMeta
from tierwright.kit.ports import service_ports
from tierwright.kit.service_meta import ServiceMeta
from tierwright.model.own_names import nodes_of


def declare_stateful_set(concern: Concern, meta: ServiceMeta) -> None:
    """Declare the StatefulSet of the service that `meta` names."""
    concern.declare("statefulset", STATEFUL_SET, {"metadata": workload_metadata(meta), "spec": _spec(meta)})
    concern.declare("nodes", SERVICE, {"metadata": meta.metadata(nodes_of(meta.name)), "spec": _nodes(meta)})


def _spec(meta: ServiceMeta) -> Manifest:
    values = meta.values
    return {
        "replicas": values.replicas,
        # Neither this nor the claims can ever change.
        "serviceName": nodes_of(meta.name),
        "podManagementPolicy": "Parallel",
        "minReadySeconds": min_ready_seconds(values),
        "revisionHistoryLimit": values.rollout.revision_history,
        "selector": {"matchLabels": meta.selector},
        "template": pod_template(meta),
        "volumeClaimTemplates": claim_templates(claims_of(meta, meta.blueprint.service(meta.name)), meta),
    }


def _nodes(meta: ObjectMeta) -> Manifest:
    ports = OmitEmpty(service_ports(meta.blueprint.service(meta.name).all_ports))
    # A member must find the others before it is ready: how else could it become so.
    headless = {"type": "ClusterIP", "clusterIP": "None", "publishNotReadyAddresses": True}
    return {**headless, "selector": meta.selector, "ports": ports}
