"""What PostgreSQL, RabbitMQ and Redis have in common: a StatefulSet on a volume, its Services and its boundary."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from castiel.cdk import Construct, k8s
from castiel.manifest import Identity, Manifest, without_none
from castiel.model.data_values import DeveloperAccess, Operation
from castiel.model.platform import Platform
from castiel.model.workload_values import SecurityContext
from castiel.network_boundary import NetworkBoundary, from_networks, from_workloads
from castiel.pods import CONTAINER_SECURITY, SCRATCH_MOUNT, SCRATCH_VOLUME, pod_security, pod_spec, resources

MEMORY_LIMIT: Manifest = {"name": "MEMORY_LIMIT", "valueFrom": {"resourceFieldRef": {"resource": "limits.memory"}}}
"""The container's memory limit in bytes, from which each server computes its settings when it starts."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """What is particular to one data service.

    `container` has command, env, probes and mounts in the manifest's shape; `data_path` is where its volume is mounted;
    `config` holds the files of its ConfigMap, which `config_volume` names.
    """

    component: str
    security: SecurityContext
    container: Manifest
    data_path: str
    init_containers: Sequence[Manifest] = ()
    volumes: Sequence[Manifest] = ()
    config: Mapping[str, str] | None = None


class DataService(Construct):
    """A data service of topology `single`: one pod, which keeps its name and its volume.

    More replicas of it would be separate databases, so there is no value for their number; replicated forms are
    topologies of their own.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        platform: Platform,
        name: str,
        operation: Operation,
        server: Server,
        developer_access: tuple[DeveloperAccess, int] | None = None,
    ) -> None:
        """`developer_access` comes with the port that it opens."""
        super().__init__(scope, id)
        self._platform = platform
        self._name = name
        self._operation = operation
        self._server = server
        self._port = platform.endpoint(name).port
        self._identity = Identity(platform, name, component=server.component, version=operation.image.tag)
        metadata = self._identity.metadata()
        k8s.KubeServiceAccount(self, "account", metadata=metadata, automount_service_account_token=False)
        if server.config:
            k8s.KubeConfigMap(self, "config", metadata=self._identity.metadata(f"{name}-config"), data=dict(server.config))
        k8s.KubeService(self, "service", metadata=metadata, spec=self._service_spec("ClusterIP", self._port))
        nodes = {**self._service_spec("ClusterIP", self._port), "clusterIP": "None", "publishNotReadyAddresses": True}
        k8s.KubeService(self, "nodes", metadata=self._identity.metadata(f"{name}-nodes"), spec=nodes)
        k8s.KubeStatefulSet(self, "statefulset", metadata=metadata, spec=self._stateful_set())
        ingress = from_workloads(platform.graph.clients[name], self._port)
        if developer_access is not None and developer_access[0].enabled:
            access, port = developer_access
            developers = self._service_spec(access.type, port)
            k8s.KubeService(self, "developers", metadata=self._identity.metadata(f"{name}-developer"), spec=developers)
            ingress += from_networks(access.cidrs, port)
        NetworkBoundary(self, "boundary", identity=self._identity, ingress=ingress)

    def _service_spec(self, type: str, port: int) -> Manifest:
        ports = [{"name": f"tcp-{port}", "port": port, "targetPort": port, "protocol": "TCP"}]
        return {"type": type, "selector": self._identity.selector, "ports": ports}

    def _stateful_set(self) -> Manifest:
        storage = self._operation.storage
        return without_none(
            {
                "replicas": 1,
                # Can never change: stable names for the day when there are more nodes than one.
                "serviceName": f"{self._name}-nodes",
                "podManagementPolicy": "Parallel",
                "revisionHistoryLimit": 5,
                "selector": {"matchLabels": self._identity.selector},
                "template": {
                    "metadata": self._identity.pod_metadata(annotations=self._pod_annotations()),
                    "spec": self._pod(),
                },
                "volumeClaimTemplates": [self._claim()] if storage.persistent else None,
            }
        )

    def _pod_annotations(self) -> Mapping[str, str]:
        """A changed ConfigMap restarts nothing by itself: its checksum does."""
        if not self._server.config:
            return self._operation.pod_annotations
        text = "".join(f"{file}\n{content}" for file, content in sorted(self._server.config.items()))
        return {**self._operation.pod_annotations, "checksum/config": hashlib.sha256(text.encode()).hexdigest()}

    def _pod(self) -> Manifest:
        volumes = [SCRATCH_VOLUME, *self._server.volumes]
        if self._server.config:
            volumes.append({"name": "config", "configMap": {"name": f"{self._name}-config"}})
        if not self._operation.storage.persistent:
            volumes.append({"name": "data", "emptyDir": {}})
        return pod_spec(
            self._platform,
            service_account=self._name,
            security=pod_security(self._server.security, owns_volumes=True),
            placement=self._operation.placement,
            grace_seconds=self._operation.termination_grace_seconds,
            init_containers=[self._container(**container) for container in self._server.init_containers],
            containers=[self._container(name=self._name, ports=self._ports(), **self._server.container)],
            volumes=volumes,
        )

    def _ports(self) -> list[Manifest]:
        return [{"name": f"tcp-{self._port}", "containerPort": self._port, "protocol": "TCP"}]

    def _container(self, *, name: str, volume_mounts: Sequence[Manifest] = (), **rest: object) -> Manifest:
        return {
            "name": name,
            "image": self._platform.image(self._operation.image),
            "imagePullPolicy": self._platform.values.images.pull_policy,
            **rest,
            "resources": resources(self._operation.resources),
            "securityContext": CONTAINER_SECURITY,
            "volumeMounts": [{"name": "data", "mountPath": self._server.data_path}, SCRATCH_MOUNT, *volume_mounts],
        }

    def _claim(self) -> Manifest:
        """The claim template, which can never change either: no label of it does.

        It says what the API server would fill in, or every later apply would see a change.
        """
        storage = self._operation.storage
        spec = {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": storage.storage_class or None,
            "resources": {"requests": {"storage": storage.size}},
            "volumeMode": "Filesystem",
        }
        return {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": "data", "labels": self._identity.selector},
            "spec": without_none(spec),
            "status": {"phase": "Pending"},
        }


def tcp_probe(port: int, *, period: int, failures: int) -> Manifest:
    """Succeeds when the port accepts a connection."""
    return {"tcpSocket": {"port": port}, "periodSeconds": period, "timeoutSeconds": 5, "failureThreshold": failures}


def shell_probe(command: str, *, period: int, failures: int, timeout: int = 5) -> Manifest:
    """Succeeds when the shell command does, within `timeout` seconds."""
    probe = {"exec": {"command": ["sh", "-c", command]}}
    return {**probe, "periodSeconds": period, "timeoutSeconds": timeout, "failureThreshold": failures}
