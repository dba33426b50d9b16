"""What the operator is told, and who reaches the pods that it makes."""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.components.data.rabbitmq import definitions
from tierwright.components.data.rabbitmq.cluster.scripts import PORT_MAPPER, leave, prepare_operated
from tierwright.components.data.rabbitmq.cluster.server import BETWEEN_NODES, TOOLS, liveness, named_nodes, ports_of_tools
from tierwright.components.data.rabbitmq.lines import MANAGEMENT_PORT, METRICS_PORT, common_lines, further_lines
from tierwright.components.data.rabbitmq.operated.members import MEMBERS
from tierwright.components.data.rabbitmq.values import Rabbitmq
from tierwright.expressions.expression import Lookup
from tierwright.expressions.quantities import KilobytesOf
from tierwright.expressions.tokens import Text, expression_of
from tierwright.expressions.tree import Lines, OmitEmpty, Tree, each, merged, when
from tierwright.kit.data_service import POD_NAME, developers_service, tcp_probe
from tierwright.kit.kinds import RABBITMQ_CLUSTER
from tierwright.kit.metadata import Manifest, ObjectMeta
from tierwright.kit.network_boundary import from_developers, from_scrapers_of
from tierwright.kit.operated_server import OperatedServer, declare_operated
from tierwright.kit.pods import (
    CONTAINER_SECURITY,
    SCRATCH_MOUNT,
    empty_dir,
    pod_security,
    resources,
    scratch_volume,
    secret_variable,
    spread_constraints,
)
from tierwright.kit.stateful_server import Budget, ServerService, tcp
from tierwright.model.labels import NAME_LABEL, PART_OF_LABEL
from tierwright.model.own_names import config_of, nodes_of
from tierwright.model.part import ACCOUNT, CONFIG_MAP, SECRET, SERVICE, STATEFUL_SET, Operated

END = "-cluster"
"""The end of the name of the operator's object. The operator makes a Service of the same name, and clients have that of ours."""

OPERATED = {
    "operator": Operated(
        end=END,
        made={
            SERVICE: ("", "-nodes"),
            STATEFUL_SET: ("-server",),
            ACCOUNT: ("-server",),
            "rbac.authorization.k8s.io/Role": ("-peer-discovery",),
            "rbac.authorization.k8s.io/RoleBinding": ("-server",),
            CONFIG_MAP: ("-plugins-conf", "-server-conf"),
            SECRET: ("-default-user", "-erlang-cookie"),
        },
        members=MEMBERS,
        claims=("persistence", f"{END}-server"),
    )
}
"""https://github.com/rabbitmq/cluster-operator/tree/v2.16.0/internal/resource."""

_DATA = "/var/lib/rabbitmq/mnesia"
_LEAVING = '[ -z "$(cat /etc/pod-info/skipPreStopChecks)" ] || exit 0'
"""The operator labels the pods of an object that is deleted, so that none waits for the others."""

_TRIES = 86400
"""A node that finds no other one tries again each second, and after the last time goes on as a cluster of its own."""


def declare_cluster(file: str, rabbitmq: Rabbitmq) -> None:
    """Declare the object of the operator, with the Services and the policy of a RabbitMQ that it runs."""
    values, name, port = rabbitmq.values, rabbitmq.name, rabbitmq.port
    server = OperatedServer(
        name=name,
        object=object_of(name),
        # The constraints are those of the values.
        annotations={"rabbitmq.com/disable-default-topology-spread-constraints": "true"},
        component="queue",
        version=values.image.tag,
        kind=RABBITMQ_CLUSTER,
        spec=_spec(rabbitmq),
        pods=_pods(rabbitmq),
        ready={},
        peers=(PORT_MAPPER, BETWEEN_NODES, *TOOLS),
        asks_api=False,
        budget=Budget(),
        files=definitions.files(rabbitmq),
        configured=definitions.has_more(rabbitmq),
        services=(
            ServerService(id="service", name=name, ports=(tcp(port),)),
            developers_service(name, values.developer_access, MANAGEMENT_PORT),
        ),
        ingress=[
            *rabbitmq.from_clients,
            from_developers(values.developer_access, MANAGEMENT_PORT),
            from_scrapers_of(values.metrics, METRICS_PORT),
        ],
        present=rabbitmq.is_operated,
    )
    declare_operated(file, server, blueprint=rabbitmq.blueprint)


def object_of(name: str) -> str:
    """The name of the operator's object for the data service `name`."""
    return f"{name}{END}"


def _pods(rabbitmq: Rabbitmq) -> dict[str, str]:
    return {NAME_LABEL: object_of(rabbitmq.name)}


def _domain(rabbitmq: Rabbitmq) -> str:
    """The domain of the names that the operator gives to nodes."""
    return f"{nodes_of(object_of(rabbitmq.name))}.{rabbitmq.blueprint.namespace}"


def _spec(rabbitmq: Rabbitmq) -> Manifest:
    values, blueprint = rabbitmq.values, rabbitmq.blueprint
    secret, placement = values.tls.secret, values.placement
    return {
        "replicas": values.cluster.members,
        "image": blueprint.image(values.image),
        "imagePullSecrets": OmitEmpty([each(blueprint.values.images.pull_secrets, lambda name: {"name": name})]),
        "resources": resources(blueprint, values.resources),
        "persistence": {"storage": values.storage.size, "storageClassName": OmitEmpty(values.storage.storage_class)},
        "affinity": OmitEmpty(placement.affinity),
        "tolerations": OmitEmpty(placement.tolerations),
        "rabbitmq": {"additionalConfig": Lines(tuple(_config(rabbitmq)))},
        "tls": when(values.tls.enabled, {"secretName": secret, "caSecretName": secret, "disableNonTLSListeners": True}),
        "terminationGracePeriodSeconds": values.termination_grace_seconds,
        # A container of ours waits until the others can be reached, and no longer.
        "delayStartSeconds": 0,
        "override": {"statefulSet": {"spec": {"template": _template(rabbitmq)}}},
    }


def _config(rabbitmq: Rabbitmq) -> Iterator[Tree]:
    """What comes after the operator's own lines, which it overrides."""
    values = rabbitmq.values
    yield from common_lines(rabbitmq)
    # The operator says of TLS alone where these two listen.
    yield when(values.tls.enabled, f"management.tcp.port = {MANAGEMENT_PORT}")
    yield when(values.tls.enabled, f"prometheus.tcp.port = {METRICS_PORT}")
    # The operator takes a fifth off. The unit is written like this; RabbitMQ 4.0 does not start with KiB.
    limit = Text(KilobytesOf(Lookup(expression_of(values.resources.limits), "memory", optional=True), 100))
    yield f"total_memory_available_override_value = {limit}kiB"
    yield from named_nodes(rabbitmq, name=f"{object_of(rabbitmq.name)}-server", domain=_domain(rabbitmq))
    yield f"cluster_formation.discovery_retry_limit = {_TRIES}"
    yield "cluster_formation.discovery_retry_interval = 1000"
    yield further_lines(rabbitmq)


def _template(rabbitmq: Rabbitmq) -> Manifest:
    """What the pods have beside what the operator gives them, and the restricted Pod Security Standard with it."""
    values, blueprint, placement = rabbitmq.values, rabbitmq.blueprint, rabbitmq.values.placement
    pods = ObjectMeta(blueprint, rabbitmq.name, component="queue", selected=_pods(rabbitmq))
    common: Manifest = {"imagePullPolicy": blueprint.values.images.pull_policy, "securityContext": CONTAINER_SECURITY}
    files = {"name": "config", "configMap": {"name": config_of(rabbitmq.name)}}
    return {
        "metadata": {
            "labels": merged(blueprint.values.common_labels, {PART_OF_LABEL: blueprint.name}),
            "annotations": OmitEmpty(values.pod_annotations),
        },
        "spec": {
            # The nodes are named in their configuration, and ask nobody who there is.
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "securityContext": pod_security(values.security, owns_volumes=True),
            "priorityClassName": OmitEmpty(placement.priority_class),
            "nodeSelector": OmitEmpty(placement.node_selector),
            "topologySpreadConstraints": OmitEmpty(spread_constraints(values.cluster.spread, pods, taints="Honor")),
            "initContainers": [{"name": "setup-container", **common}, {**_preparation(rabbitmq), **common}],
            "containers": [{**_server(rabbitmq), **common}],
            "volumes": [
                scratch_volume(values.scratch),
                empty_dir("log", "64Mi"),
                when(definitions.has_more(rabbitmq), files),
                *definitions.volumes(rabbitmq),
            ],
        },
    }


def _preparation(rabbitmq: Rabbitmq) -> Manifest:
    """The container that writes down the accounts and waits for the others."""
    values, password, domain = rabbitmq.values, rabbitmq.password, _domain(rabbitmq)
    script = Lines((definitions.before_start(rabbitmq), *prepare_operated(data=_DATA).splitlines()))
    return {
        "name": "preparation",
        "image": rabbitmq.blueprint.image(values.image),
        "command": ["sh", "-ec", script],
        "env": [
            POD_NAME,
            {"name": "RABBITMQ_NODENAME", "value": f"rabbit@$(POD_NAME).{domain}"},
            {"name": "MEMBERS", "value": f"{values.cluster.members}"},
            {"name": "NODES", "value": domain},
            {"name": "RABBITMQ_DEFAULT_USER", "value": values.user},
            {"name": "RABBITMQ_DEFAULT_VHOST", "value": values.vhost},
            secret_variable("RABBITMQ_DEFAULT_PASS", secret=password.secret, key=password.key),
        ],
        "resources": resources(rabbitmq.blueprint, values.resources),
        "volumeMounts": [
            {"name": "persistence", "mountPath": _DATA, "readOnly": True},
            SCRATCH_MOUNT,
            *definitions.mounts(rabbitmq),
        ],
    }


def _server(rabbitmq: Rabbitmq) -> Manifest:
    """What the operator's own container gets."""
    return {
        "name": "rabbitmq",
        "env": ports_of_tools(),
        # A node that pauses closes its port. Others take its clients, as soon as it is seen.
        "readinessProbe": tcp_probe(rabbitmq.port, period=2, failures=2),
        "livenessProbe": liveness(),
        "lifecycle": {"preStop": {"exec": {"command": ["sh", "-c", f"{_LEAVING}\n{leave()}"]}}},
        "volumeMounts": [SCRATCH_MOUNT, {"name": "log", "mountPath": "/var/log/rabbitmq"}, definitions.loaded_from()],
    }
