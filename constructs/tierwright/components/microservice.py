"""One microservice: everything that Kubernetes needs to run it."""

from __future__ import annotations

from tierwright.blueprint import Blueprint
from tierwright.components.service_environment import service_environment
from tierwright.expressions.conditions import Ternary, opposite
from tierwright.expressions.expression import Argument
from tierwright.expressions.tokens import Text, expression_of, operand_of, traced
from tierwright.expressions.tree import Include, OmitEmpty, splice, when
from tierwright.kit.autoscaling import autoscaler, disruption_budget, has_budget, is_scaled
from tierwright.kit.concern import Concern
from tierwright.kit.exposure import exposure
from tierwright.kit.kinds import AUTOSCALER, DEPLOYMENT, DISRUPTION_BUDGET, NETWORK_POLICY, SERVICE
from tierwright.kit.metadata import Manifest, ObjectMeta
from tierwright.kit.network_boundary import HTTP, boundary, from_clients, from_edge, to_dns, to_external, to_needs
from tierwright.kit.pods import (
    CONTAINER_SECURITY,
    SCRATCH_MOUNT,
    pod_security,
    pod_spec,
    resources,
    scratch_volume,
    spread_constraints,
)
from tierwright.kit.startup_gate import VOLUME as GATE_VOLUME
from tierwright.kit.startup_gate import gates
from tierwright.model.workload_values import Probe, ServiceValues

KILL_MARGIN_SECONDS = 5
"""Seconds between the end of the drain and SIGKILL."""


class Microservice(Concern):
    """ServiceAccount, Deployment, Service and NetworkPolicy; depending on the values, also autoscaler and disruption budget."""

    def __init__(self, file: str, id: str, *, blueprint: Blueprint) -> None:
        super().__init__(file, id, blueprint=blueprint, service=id, present=blueprint.presence(id), folder="services")
        self._name = id
        self._entry = blueprint.service(id)
        self._values = blueprint.values_of(id)
        self._meta = ObjectMeta(
            blueprint,
            id,
            component="gateway" if self._entry.public else "service",
            version=self._values.image.tag,
            wave=_wave(blueprint, id),
        )
        self.declare_account(self._meta)
        self.declare("deployment", DEPLOYMENT, {"metadata": self._meta.metadata(), "spec": self._deployment()})
        self.declare("service", SERVICE, self._service())
        self.declare_listing(self._meta)
        scaling, budget = self._values.autoscaling, self._values.disruption_budget
        self.declare("autoscaler", AUTOSCALER, autoscaler(self._meta, scaling), condition=scaling.enabled)
        budgeted = has_budget(self._values)
        self.declare(
            "disruption-budget", DISRUPTION_BUDGET, disruption_budget(self._meta, budget.max_unavailable), condition=budgeted
        )
        self.declare("boundary", NETWORK_POLICY, self._boundary())

    def _deployment(self) -> Manifest:
        values = self._values
        return {
            # An autoscaler owns the count: a number here would reset it at every apply.
            "replicas": when(opposite(is_scaled(values)), values.replicas),
            "revisionHistoryLimit": values.rollout.revision_history,
            "progressDeadlineSeconds": self.blueprint.values.startup.progress_deadline_seconds,
            "selector": {"matchLabels": self._meta.selector},
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxSurge": values.rollout.max_surge, "maxUnavailable": values.rollout.max_unavailable},
            },
            "template": {
                "metadata": self._meta.pod_metadata(labels=values.pod_labels, annotations=values.pod_annotations),
                "spec": self._pod(),
            },
        }

    def _pod(self) -> Manifest:
        values = self._values
        waiting = gates(self.blueprint, self._name)
        return pod_spec(
            self.blueprint,
            service_account=self._name,
            security=pod_security(values.security),
            placement=values.placement,
            spread=spread_constraints(values.spread, self._meta, by_revision="pod-template-hash"),
            grace_seconds=values.shutdown.pre_stop_seconds + values.shutdown.drain_seconds + KILL_MARGIN_SECONDS,
            init_containers=waiting,
            containers=[self._container()],
            volumes=[scratch_volume(values.scratch), *([GATE_VOLUME] if waiting else []), splice(values.extra_volumes)],
        )

    def _container(self) -> Manifest:
        values = self._values
        return {
            "name": self._name,
            "image": self.blueprint.image(values.image, name=self._name),
            "imagePullPolicy": self.blueprint.values.images.pull_policy,
            "command": OmitEmpty(values.command),
            "args": OmitEmpty(values.args),
            "ports": [{"name": HTTP, "containerPort": self._entry.port, "protocol": "TCP"}],
            "env": service_environment(self.blueprint, self._name),
            "resources": resources(self.blueprint, values.resources),
            **_probes(self.blueprint, values),
            # Endpoints lag behind termination: go on serving until every node routes elsewhere.
            "lifecycle": {"preStop": {"sleep": {"seconds": values.shutdown.pre_stop_seconds}}},
            "securityContext": CONTAINER_SECURITY,
            "volumeMounts": [SCRATCH_MOUNT, splice(values.extra_volume_mounts)],
        }

    def _service(self) -> Manifest:
        port = {"name": HTTP, "port": self._entry.port, "targetPort": HTTP, "protocol": "TCP", "appProtocol": "http"}
        service, edge = self._values.service, self.blueprint.values.network_policy.edge
        clients: Manifest = {"type": service.type}
        if self._entry.public:
            clients = exposure(service.type, edge.cidrs, traffic=service.external_traffic_policy)
        return {
            "metadata": self._meta.metadata(annotations=service.annotations),
            "spec": {**clients, "selector": self._meta.selector, "ports": [port]},
        }

    def _boundary(self) -> Manifest:
        ingress = from_clients(self.blueprint, self._name, self._entry.port)
        if self._entry.public:
            ingress.append(from_edge(self.blueprint, self._entry.port))
        egress = [
            *to_needs(self.blueprint, self._name),
            *to_external(self.blueprint, self._entry.external),
            to_dns(self.blueprint),
        ]
        return boundary(self._meta, ingress=ingress, egress=egress)


def _wave(blueprint: Blueprint, name: str) -> str:
    """The Argo CD sync wave: the level in the graph of waits."""
    tiers, graph = (str(blueprint.graphs[order].levels[name]) for order in ("tiers", "graph"))
    return tiers if tiers == graph else Text(Ternary(blueprint.ordered, tiers, graph))


def _probes(blueprint: Blueprint, values: ServiceValues) -> Manifest:
    probes = values.probes

    def probe(path: str, probe: Probe) -> Include:
        return blueprint.call("probe", _http_probe, path=operand_of(path), probe=expression_of(probe))

    return {
        # The readiness path, so that the first readiness probe, which follows at once, succeeds.
        "startupProbe": probe(probes.readiness_path, probes.startup),
        "readinessProbe": probe(probes.readiness_path, probes.readiness),
        "livenessProbe": probe(probes.liveness_path, probes.liveness),
    }


def _http_probe() -> Manifest:
    probe = traced(Probe, Argument("probe"))
    return {
        "httpGet": {"path": Text(Argument("path")), "port": HTTP},
        "periodSeconds": probe.period_seconds,
        "timeoutSeconds": probe.timeout_seconds,
        "failureThreshold": probe.failure_threshold,
    }
