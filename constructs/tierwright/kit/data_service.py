"""What PostgreSQL, RabbitMQ and Redis have in common: a StatefulSet on a volume, its Services and its boundary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tierwright.blueprint import Blueprint
from tierwright.expressions.conditions import opposite
from tierwright.expressions.tokens import Text
from tierwright.expressions.tree import Digest, Filled, Lines, Tree, merged, when
from tierwright.kit.concern import Concern
from tierwright.kit.exposure import exposure
from tierwright.kit.kinds import CONFIG_MAP, NETWORK_POLICY, SERVICE, STATEFUL_SET
from tierwright.kit.metadata import Identity, Manifest
from tierwright.kit.network_boundary import boundary, from_clients, from_developers
from tierwright.kit.pods import CONTAINER_SECURITY, SCRATCH_MOUNT, empty_dir, pod_security, pod_spec, resources, scratch_volume
from tierwright.model.data_values import DeveloperAccess
from tierwright.model.own_names import config_of, developers_of, nodes_of
from tierwright.model.workload_values import SecurityContext

MEMORY_LIMIT: Manifest = {"name": "MEMORY_LIMIT", "valueFrom": {"resourceFieldRef": {"resource": "limits.memory"}}}
"""The container's memory limit in bytes, from which each server computes its settings when it starts."""


_EXECUTABLE = 0o555


@dataclass(frozen=True, kw_only=True)
class Server:
    """What is particular to one data service.

    `container` has env, probes and mounts in the manifest's shape; `start` is the shell script that becomes the server;
    `data_path` is where its volume is mounted. The volume `config` brings the files of its ConfigMap: `config` is the name and
    the lines of the one that the server reads when it starts, `scripts` are those that are run, by name.
    """

    component: str
    security: SecurityContext
    container: Manifest
    start: str
    data_path: str
    init_containers: Sequence[Manifest] = ()
    volumes: Sequence[Tree] = ()
    config: tuple[str, Lines] | None = None
    scripts: Mapping[str, str] = field(default_factory=dict)


class DataService(Concern):
    """A data service of topology `single`: one pod, which keeps its name and its volume.

    More replicas of it would be separate databases, so there is no value for their number; replicated forms are
    topologies of their own. Where it is external there is nothing to make.
    """

    def __init__(
        self,
        file: str,
        id: str,
        *,
        blueprint: Blueprint,
        server: Server,
        developer_access: tuple[DeveloperAccess, int] | None = None,
    ) -> None:
        """`developer_access` comes with the port that it opens."""
        super().__init__(file, id, blueprint=blueprint, present=opposite(blueprint.is_external(id)))
        self._name = id
        self._operation = blueprint.data_services[id]
        self._server = server
        self._port = blueprint.own_port(id)
        self._identity = Identity(blueprint, id, component=server.component, version=self._operation.image.tag)
        self.declare_account(self._identity)
        files: dict[str, Tree] = dict(server.scripts)
        if server.config:
            file, lines = server.config
            files[file] = self._config = blueprint.call(f"{id}.config", lambda: lines)
        if files:
            self.declare("config", CONFIG_MAP, {"metadata": self._identity.metadata(config_of(id)), "data": files})
        service = self._service_spec("ClusterIP", self._port)
        self.declare("service", SERVICE, {"metadata": self._identity.metadata(), "spec": service})
        self.declare_listing(self._identity)
        nodes = {**service, "clusterIP": "None", "publishNotReadyAddresses": True}
        self.declare("nodes", SERVICE, {"metadata": self._identity.metadata(nodes_of(id)), "spec": nodes})
        self.declare("statefulset", STATEFUL_SET, {"metadata": self._identity.metadata(), "spec": self._stateful_set()})
        ingress = from_clients(blueprint, id, self._port)
        if developer_access is not None:
            access, port = developer_access
            developers = {
                "metadata": self._identity.metadata(developers_of(id)),
                "spec": {**self._service_spec(access.type, port), **exposure(access.type, access.cidrs)},
            }
            self.declare("developers", SERVICE, developers, condition=access.enabled)
            ingress.append(from_developers(access, port))
        self.declare("boundary", NETWORK_POLICY, boundary(self._identity, ingress=ingress))

    def _service_spec(self, type: str, port: int) -> Manifest:
        ports = [{"name": f"tcp-{port}", "port": port, "targetPort": port, "protocol": "TCP"}]
        return {"type": type, "selector": self._identity.selector, "ports": ports}

    def _stateful_set(self) -> Manifest:
        return {
            "replicas": 1,
            # Can never change: stable names for the day when there are more nodes than one.
            "serviceName": nodes_of(self._name),
            "podManagementPolicy": "Parallel",
            "revisionHistoryLimit": 5,
            "selector": {"matchLabels": self._identity.selector},
            "template": {
                "metadata": self._identity.pod_metadata(
                    tier=self.blueprint.tier_of(self._name), annotations=self._pod_annotations()
                ),
                "spec": self._pod(),
            },
            "volumeClaimTemplates": when(self._operation.storage.persistent, [self._claim()]),
        }

    def _pod_annotations(self) -> Tree:
        """A changed ConfigMap restarts nothing by itself: its checksum does. A changed script is no reason for a restart."""
        if not self._server.config:
            return self._operation.pod_annotations
        return merged(self._operation.pod_annotations, {"checksum/config": Text(Digest(self._config))})

    def _pod(self) -> Manifest:
        volumes = [scratch_volume(self._operation.scratch), *self._server.volumes]
        if self._server.config or self._server.scripts:
            mode = {"defaultMode": _EXECUTABLE} if self._server.scripts else {}
            volumes.append({"name": "config", "configMap": {"name": config_of(self._name), **mode}})
        storage = self._operation.storage
        volumes.append(when(opposite(storage.persistent), empty_dir("data", storage.size)))
        return pod_spec(
            self.blueprint,
            service_account=self._name,
            security=pod_security(self._server.security, owns_volumes=True),
            placement=self._operation.placement,
            grace_seconds=self._operation.termination_grace_seconds,
            init_containers=[self._container(**container) for container in self._server.init_containers],
            containers=[self._main_container()],
            volumes=volumes,
        )

    def _main_container(self) -> Manifest:
        ports = [{"name": f"tcp-{self._port}", "containerPort": self._port, "protocol": "TCP"}]
        command = ["sh", "-ec", alone_on(f"{self._server.data_path}/.lock") + self._server.start]
        return self._container(name=self._name, ports=ports, command=command, **self._server.container)

    def _container(self, *, name: str, volume_mounts: Sequence[Manifest] = (), **rest: object) -> Manifest:
        return {
            "name": name,
            "image": self.blueprint.image(self._operation.image),
            "imagePullPolicy": self.blueprint.values.images.pull_policy,
            **rest,
            "resources": resources(self.blueprint, self._operation.resources),
            "securityContext": CONTAINER_SECURITY,
            "volumeMounts": [{"name": "data", "mountPath": self._server.data_path}, SCRATCH_MOUNT, *volume_mounts],
        }

    def _claim(self) -> Manifest:
        """The claim template, which can never change either: no label of it does.

        It says what the API server would fill in, or every later apply would see a change.
        """
        storage = self._operation.storage
        return {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": "data", "labels": self._identity.selector},
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "storageClassName": Filled(storage.storage_class),
                "resources": {"requests": {"storage": storage.size}},
                "volumeMode": "Filesystem",
            },
            "status": {"phase": "Pending"},
        }


def alone_on(lock: str) -> str:
    """The lines of a shell script after which no second server has the data, as long as a process of this one lives.

    A pod deleted by force is gone for its StatefulSet while its server still commits; a second one would start on the same
    volume, and what the first commits from then on is lost. No server sees the other across containers, so a file on the
    volume is locked, at the path `lock`.
    """
    return f"""\
exec 9>> {lock}
trap 'exit 143' INT TERM
flock -n 9 || echo "another server still has the data: waiting for {lock}"
until flock -n 9; do sleep 1; done
trap - INT TERM
"""


def tcp_probe(port: int, *, period: int, failures: int) -> Manifest:
    """Succeeds when the port accepts a connection."""
    return {"tcpSocket": {"port": port}, "periodSeconds": period, "timeoutSeconds": 5, "failureThreshold": failures}


def shell_probe(command: str, *, period: int, failures: int, timeout: int = 5) -> Manifest:
    """Succeeds when the shell command does, within `timeout` seconds."""
    probe = {"exec": {"command": ["sh", "-c", command]}}
    return {**probe, "periodSeconds": period, "timeoutSeconds": timeout, "failureThreshold": failures}
