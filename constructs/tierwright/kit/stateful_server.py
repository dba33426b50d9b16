"""Stateful servers: pods that keep their names and volumes, with the Services, the budget and the boundary around them.

A server is one frozen description; `declare_server` declares its objects. A description holds tokens like any other tree, so
what differs between topologies is a `switch` in it, or a condition `present`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tierwright.blueprint import Blueprint
from tierwright.expressions.conditions import ALWAYS, NEVER, Condition, all_of, any_of
from tierwright.expressions.fingerprints import Digest
from tierwright.expressions.tokens import Text
from tierwright.expressions.tree import Include, Lines, OmitEmpty, Tree, merged, when
from tierwright.kit.access import IDENTITY_VOLUME, declare_access
from tierwright.kit.autoscaling import disruption_budget
from tierwright.kit.claims import Claim, claim_mounts, claim_templates, empty_dirs
from tierwright.kit.concern import Concern
from tierwright.kit.kinds import CONFIG_MAP, DISRUPTION_BUDGET, NETWORK_POLICY, SERVICE, STATEFUL_SET
from tierwright.kit.metadata import Manifest, ObjectMeta, omit_none
from tierwright.kit.network_boundary import boundary, from_peers, to_api_server, to_dns, to_peers
from tierwright.kit.pods import (
    CONTAINER_SECURITY,
    SCRATCH_MOUNT,
    pod_security,
    pod_spec,
    resources,
    scratch_volume,
    spread_constraints,
)
from tierwright.model.data_values import Operation
from tierwright.model.own_names import config_of, nodes_of
from tierwright.model.running_values import Spread
from tierwright.model.workload_values import Image, Resources

_EXECUTABLE = 0o555


class Port(msgspec.Struct, frozen=True):
    """A TCP port of the pods, and its name in containers and Services. `target` is that of the pods where a Service has another."""

    name: str
    number: int
    present: Condition | bool = ALWAYS
    target: int | None = None


def tcp(number: int, *, target: int | None = None) -> Port:
    """A port whose name says its number."""
    return Port(f"tcp-{number}", number, target=target)


class Container(msgspec.Struct, frozen=True, kw_only=True):
    """A container of the pods, in the manifest's words. Without an image or resources of its own it has the server's.

    Its root is read-only: it writes to the `claims` that it mounts, to /tmp, and to what `mounts` names. `pre_stop` is the
    hook that runs before it is told to end.
    """

    name: str
    image: Image | None = None
    resources: Resources | None = None
    ports: Sequence[Port] = ()
    command: Sequence[Tree] = ()
    args: Sequence[Tree] = ()
    env: Sequence[Tree] = ()
    startup_probe: Tree = None
    readiness_probe: Tree = None
    liveness_probe: Tree = None
    pre_stop: Tree = None
    claims: Sequence[Claim] = ()
    mounts: Sequence[Tree] = ()
    present: Condition | bool = ALWAYS


class ServerService(msgspec.Struct, frozen=True, kw_only=True):
    """A Service of a server: `selector` narrows it to some of the pods, `more` is what else its spec says."""

    id: str
    name: str
    ports: Sequence[Port]
    type: str = "ClusterIP"
    selector: Mapping[str, Tree] = msgspec.field(default_factory=dict)
    more: Manifest = msgspec.field(default_factory=dict)
    present: Condition | bool = ALWAYS


class Peers(msgspec.Struct, frozen=True, kw_only=True):
    """The ports on which the pods of a server talk to one another, and to nobody else.

    `tools` are those of programs that run beside the server for a moment. No Service has them.
    """

    ports: Sequence[Port]
    tools: Sequence[int] = ()
    present: Condition | bool = ALWAYS


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """How many of the pods a drain may take at once."""

    max_unavailable: Tree = 1
    present: Condition | bool = ALWAYS


class Apart(msgspec.Struct, frozen=True, kw_only=True):
    """How the pods are kept apart, on nodes that take them."""

    spread: Spread
    present: Condition | bool = ALWAYS


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """What the pods may do at the API server: the rules of a Role. They get the volume `identity`, and the way to it."""

    rules: Sequence[Tree]
    present: Condition | bool = ALWAYS


class StatefulServer(msgspec.Struct, frozen=True, kw_only=True):
    """A server, `name` being that of its StatefulSet, its ServiceAccount and its policy.

    The ConfigMap behind the volume `config` holds `scripts`, which are run, `files`, and `config`, the name and the lines of the
    file that is read at the start: pods restart when that changes. The pods are reached through `client`, one by one through a
    headless Service on all ports, and through `services`; without a `client`, nobody reaches or waits for them. `ingress` and
    `egress` are the rules of its policy beyond those of `peers` and `access`, `leaves` the condition under which `egress` has any;
    whoever has egress has the cluster's DNS too. `affinity` takes the place of that of the operation's placement. `pod_labels` are
    labels of the pods beyond those of every workload. `shared_processes` is the condition under which the containers of a pod see
    one another's processes: then its pause process takes those that have lost their parent, which not every server does.
    """

    name: str
    component: str
    operation: Operation
    containers: Sequence[Container]
    client: ServerService | None = None
    init_containers: Sequence[Container] = ()
    claims: Sequence[Claim] = ()
    volumes: Sequence[Tree] = ()
    config: tuple[str, Lines] | None = None
    configured: Condition = ALWAYS
    scripts: Mapping[str, Tree] = msgspec.field(default_factory=dict)
    files: Mapping[str, Tree] = msgspec.field(default_factory=dict)
    services: Sequence[ServerService] = ()
    peers: Peers | None = None
    ingress: Sequence[Tree] = ()
    egress: Sequence[Tree] = ()
    leaves: Condition | bool = ALWAYS
    replicas: Tree = 1
    budget: Budget | None = None
    affinity: Tree = None
    apart: Apart | None = None
    access: Access | None = None
    pod_labels: Tree = None
    shared_processes: Condition | bool = NEVER
    present: Condition | bool = ALWAYS


def declare_server(file: str, server: StatefulServer, *, blueprint: Blueprint) -> None:
    """Declare all objects of a server, in a file of the manifests and a template of its name."""
    name = server.name
    concern = concern_of(file, name, blueprint=blueprint, present=server.present)
    meta = ObjectMeta(blueprint, name, component=server.component, version=server.operation.image.tag)
    concern.declare_account(meta.metadata())
    files: dict[str, Tree] = {**server.scripts, **server.files}
    config = None
    if server.config:
        read, lines = server.config
        config = blueprint.call(f"{name}.config", lambda: lines)
        files[read] = when(server.configured, config)
    if files:
        concern.declare("config", CONFIG_MAP, {"metadata": meta.metadata(config_of(name)), "data": files})
    if server.client:
        declare_service(concern, meta, server.client)
        concern.declare_listing(meta)
    # A member must find the others before it is ready: how else could it become so.
    headless = {"clusterIP": "None", "publishNotReadyAddresses": True}
    peers = server.peers.ports if server.peers else ()
    ports = tuple(dict.fromkeys([*(server.client.ports if server.client else ()), *peers]))
    declare_service(concern, meta, ServerService(id="nodes", name=nodes_of(name), ports=ports, more=headless))
    stateful_set = {"metadata": meta.metadata(), "spec": _stateful_set(blueprint, server, meta, config)}
    concern.declare("statefulset", STATEFUL_SET, stateful_set)
    for service in server.services:
        declare_service(concern, meta, service)
    if server.budget:
        budget = {"metadata": meta.metadata(), "spec": disruption_budget(meta, server.budget.max_unavailable)}
        concern.declare("disruption-budget", DISRUPTION_BUDGET, budget, condition=server.budget.present)
    if server.access:
        declare_access(concern, name, meta.metadata(), server.access.rules, condition=server.access.present)
    ingress, egress = _rules(blueprint, server, meta)
    concern.declare("boundary", NETWORK_POLICY, boundary(meta, ingress=ingress, egress=egress))


def concern_of(file: str, name: str, *, blueprint: Blueprint, present: Condition | bool) -> Concern:
    """The concern of the objects of a data service, or of what belongs to one."""
    named = name in blueprint.data_services and blueprint.catalogue.place(name) != (name,)
    # The templates of the chart have names that people may give to data services.
    return Concern(file, name, blueprint=blueprint, present=present, folder="data-services" if named else "")


def declare_service(concern: Concern, meta: ObjectMeta, service: ServerService) -> None:
    """Declare a Service of a server."""
    spec = {
        "type": service.type,
        "selector": {**meta.selector, **service.selector},
        "ports": [when(port.present, _service_port(port)) for port in service.ports],
        **service.more,
    }
    if not service.ports:
        del spec["ports"]
    manifest = {"metadata": meta.metadata(service.name), "spec": spec}
    concern.declare(service.id, SERVICE, manifest, condition=service.present)


def _service_port(port: Port) -> Manifest:
    return {"name": port.name, "port": port.number, "targetPort": port.target or port.number, "protocol": "TCP"}


def _container_port(port: Port) -> Manifest:
    return {"name": port.name, "containerPort": port.number, "protocol": "TCP"}


def _rules(blueprint: Blueprint, server: StatefulServer, meta: ObjectMeta) -> tuple[list[Tree], list[Tree]]:
    """The rules of the server's policy, in and out."""
    ingress, egress = [*server.ingress], [*server.egress]
    names: Condition = all_of(server.leaves) if server.egress else NEVER
    if server.access:
        egress.append(when(server.access.present, to_api_server(blueprint)))
        names = any_of(names, server.access.present)
    if server.peers:
        numbers = [*(port.number for port in server.peers.ports), *server.peers.tools]
        ingress.append(when(server.peers.present, from_peers(meta, numbers)))
        egress.append(when(server.peers.present, to_peers(meta, numbers)))
        names = any_of(names, server.peers.present)
    return ingress, egress if names == NEVER else [*egress, when(names, to_dns(blueprint))]


def _stateful_set(blueprint: Blueprint, server: StatefulServer, meta: ObjectMeta, config: Include | None) -> Manifest:
    annotations: Tree = server.operation.pod_annotations
    if config is not None:
        # A changed ConfigMap restarts nothing by itself: its checksum does. A changed script is no reason for a restart.
        annotations = merged(annotations, {"checksum/config": when(server.configured, Text(Digest(config)))})
    labels = None if server.pod_labels is None else merged(server.pod_labels, meta.selector)  # no pod leaves its set
    return {
        "replicas": server.replicas,
        # Can never change: stable names, also where there is one pod alone.
        "serviceName": nodes_of(server.name),
        "podManagementPolicy": "Parallel",
        "revisionHistoryLimit": 5,
        "selector": {"matchLabels": meta.selector},
        "template": {
            "metadata": meta.pod_metadata(labels=labels, annotations=annotations),
            "spec": _pod(blueprint, server, meta),
        },
        "volumeClaimTemplates": claim_templates(server.claims, meta),
    }


def _pod(blueprint: Blueprint, server: StatefulServer, meta: ObjectMeta) -> Manifest:
    operation = server.operation
    volumes = [scratch_volume(operation.scratch), *server.volumes]
    if server.config or server.scripts:
        mode = {"defaultMode": _EXECUTABLE} if server.scripts else {}
        volumes.append({"name": "config", "configMap": {"name": config_of(server.name), **mode}})
    volumes += empty_dirs(server.claims)
    if server.access:
        volumes.append(when(server.access.present, IDENTITY_VOLUME))
    return pod_spec(
        blueprint,
        service_account=server.name,
        security=pod_security(operation.security, owns_volumes=True),
        placement=operation.placement,
        affinity=server.affinity,
        spread=None if server.apart is None else _constraints(server.apart, meta),
        grace_seconds=operation.termination_grace_seconds,
        shared_processes=server.shared_processes,
        init_containers=[_container(blueprint, operation, container) for container in server.init_containers],
        containers=[_container(blueprint, operation, container) for container in server.containers],
        volumes=volumes,
    )


def _constraints(apart: Apart, meta: ObjectMeta) -> Tree:
    return OmitEmpty([when(apart.present, spread_constraints(apart.spread, meta, taints="Honor"))])


def _container(blueprint: Blueprint, operation: Operation, container: Container) -> Tree:
    def listed(items: Sequence[Any]) -> list[Any] | None:
        return list(items) or None

    written = {
        "name": container.name,
        "image": blueprint.image(container.image or operation.image),
        "imagePullPolicy": blueprint.values.images.pull_policy,
        "ports": listed([when(port.present, _container_port(port)) for port in container.ports]),
        "command": listed(container.command),
        "args": listed(container.args),
        "env": listed(container.env),
        "startupProbe": container.startup_probe,
        "readinessProbe": container.readiness_probe,
        "livenessProbe": container.liveness_probe,
        "lifecycle": None if container.pre_stop is None else OmitEmpty({"preStop": container.pre_stop}),
        "resources": resources(blueprint, container.resources or operation.resources),
        "securityContext": CONTAINER_SECURITY,
        "volumeMounts": [
            *claim_mounts(container.claims),
            SCRATCH_MOUNT,
            *container.mounts,
        ],
    }
    return when(container.present, omit_none(written))
