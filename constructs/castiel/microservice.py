"""One microservice: everything that Kubernetes needs to run it."""

from __future__ import annotations

from castiel.autoscaling import Autoscaler, DisruptionBudget
from castiel.cdk import Construct, k8s
from castiel.manifest import Identity, Manifest, without_none
from castiel.model.platform import Platform
from castiel.model.workload_values import Probe, ServiceValues, Spread
from castiel.network_boundary import NetworkBoundary, from_edge, from_workloads, to_dns, to_external, to_targets
from castiel.pods import CONTAINER_SECURITY, SCRATCH_MOUNT, SCRATCH_VOLUME, pod_security, pod_spec, resources
from castiel.service_environment import service_environment
from castiel.startup_gate import VOLUME as GATE_VOLUME
from castiel.startup_gate import gates

KILL_MARGIN_SECONDS = 5
"""Left between the end of the drain and SIGKILL."""


class Microservice(Construct):
    """ServiceAccount, Deployment, Service, NetworkPolicy, and by values autoscaler and disruption budget."""

    def __init__(self, scope: Construct, id: str, *, platform: Platform, name: str) -> None:
        super().__init__(scope, id)
        self._platform = platform
        self._name = name
        self._service = platform.service(name)
        self._values = platform.values_of(name)
        self._waits = platform.graph.waits(name)
        self._identity = Identity(
            platform,
            name,
            component="gateway" if self._service.public else "service",
            version=self._values.image.tag,
            wave=platform.graph.levels[name],
        )
        metadata = self._identity.metadata()
        k8s.KubeServiceAccount(self, "account", metadata=metadata, automount_service_account_token=False)
        k8s.KubeDeployment(self, "deployment", metadata=metadata, spec=self._deployment())
        service_metadata = self._identity.metadata(annotations=self._values.service.annotations)
        k8s.KubeService(self, "service", metadata=service_metadata, spec=self._service_spec())
        if self._values.autoscaling.enabled:
            Autoscaler(self, "autoscaler", identity=self._identity, scaling=self._values.autoscaling)
        if self._values.disruption_budget.enabled and self._values.smallest > 1:
            DisruptionBudget(self, "disruption-budget", identity=self._identity, budget=self._values.disruption_budget)
        NetworkBoundary(self, "boundary", identity=self._identity, ingress=self._ingress(), egress=self._egress())

    def _deployment(self) -> Manifest:
        values = self._values
        return without_none(
            {
                # The autoscaler owns the count: a number here would reset it at every apply.
                "replicas": None if values.autoscaling.enabled else values.replicas,
                "revisionHistoryLimit": values.rollout.revision_history,
                "progressDeadlineSeconds": self._platform.values.startup.progress_deadline_seconds,
                "selector": {"matchLabels": self._identity.selector},
                "strategy": {
                    "type": "RollingUpdate",
                    "rollingUpdate": {"maxSurge": values.rollout.max_surge, "maxUnavailable": values.rollout.max_unavailable},
                },
                "template": {
                    "metadata": self._identity.pod_metadata(labels=values.pod_labels, annotations=values.pod_annotations),
                    "spec": self._pod(),
                },
            }
        )

    def _pod(self) -> Manifest:
        values = self._values
        return pod_spec(
            self._platform,
            service_account=self._name,
            security=pod_security(values.security),
            placement=values.placement,
            spread=_spread(values.spread, self._identity),
            grace_seconds=values.shutdown.pre_stop_seconds + values.shutdown.drain_seconds + KILL_MARGIN_SECONDS,
            init_containers=gates(self._platform, self._waits),
            containers=[self._container()],
            volumes=[SCRATCH_VOLUME, *([GATE_VOLUME] if self._waits else [])],
        )

    def _container(self) -> Manifest:
        values = self._values
        return without_none(
            {
                "name": self._name,
                "image": self._platform.image(values.image, name=self._name),
                "imagePullPolicy": self._platform.values.images.pull_policy,
                "command": values.command or None,
                "args": values.args or None,
                "ports": [{"name": "http", "containerPort": self._service.port, "protocol": "TCP"}],
                "env": service_environment(self._platform, self._name),
                "resources": resources(values.resources),
                **_probes(values),
                # Endpoints lag behind termination: go on serving until every node routes elsewhere.
                "lifecycle": {"preStop": {"sleep": {"seconds": values.shutdown.pre_stop_seconds}}},
                "securityContext": CONTAINER_SECURITY,
                "volumeMounts": [SCRATCH_MOUNT],
            }
        )

    def _service_spec(self) -> Manifest:
        port = {"name": "http", "port": self._service.port, "targetPort": "http", "protocol": "TCP", "appProtocol": "http"}
        return {"type": self._values.service.type, "selector": self._identity.selector, "ports": [port]}

    def _ingress(self) -> list[Manifest]:
        port = self._service.port
        clients = from_workloads(self._platform.graph.clients[self._name], port)
        return [*clients, *(from_edge(self._platform, port) if self._service.public else [])]

    def _egress(self) -> list[Manifest]:
        targets = dict.fromkeys(wait.target for wait in self._waits)
        return [
            *to_targets(self._platform, list(targets)),
            *to_external(self._platform, self._service.external),
            *to_dns(self._platform),
        ]


def _probes(values: ServiceValues) -> Manifest:
    probes = values.probes
    return {
        # The readiness path, so that the first readiness probe, which follows at once, succeeds.
        "startupProbe": _http_probe(probes.readiness_path, probes.startup),
        "readinessProbe": _http_probe(probes.readiness_path, probes.readiness),
        "livenessProbe": _http_probe(probes.liveness_path, probes.liveness),
    }


def _http_probe(path: str, probe: Probe) -> Manifest:
    return {
        "httpGet": {"path": path, "port": "http"},
        "periodSeconds": probe.period_seconds,
        "timeoutSeconds": probe.timeout_seconds,
        "failureThreshold": probe.failure_threshold,
    }


def _spread(spread: Spread, identity: Identity) -> list[Manifest]:
    keys = {"kubernetes.io/hostname": spread.nodes, "topology.kubernetes.io/zone": spread.zones}
    return [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": unsatisfiable,
            "labelSelector": {"matchLabels": identity.selector},
            # Counts the pods of one revision only, so that a rollout does not end up lopsided.
            "matchLabelKeys": ["pod-template-hash"],
        }
        for key, unsatisfiable in keys.items()
    ]
