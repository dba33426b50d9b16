"""The server with several members."""

from __future__ import annotations

import msgspec

from tierwright.components.data.postgres.backup.archive import is_restoring
from tierwright.components.data.postgres.replicated.settings import TTL, scripts, settings
from tierwright.components.data.postgres.start import FOLDER
from tierwright.components.data.postgres.tls.trust import authority_of
from tierwright.components.data.postgres.topology import PATRONI_STATE, REST_PORT, is_replicated
from tierwright.components.data.postgres.values import MOST_MEMBERS, Postgres
from tierwright.expressions.conditions import all_of, any_of
from tierwright.expressions.tree import Lines, Tree, choose, when
from tierwright.kit.access import IDENTITY_MOUNT
from tierwright.kit.authority import ca_path
from tierwright.kit.data_service import alone
from tierwright.kit.metadata import Manifest
from tierwright.kit.stateful_server import (
    Access,
    Apart,
    Budget,
    Container,
    Peers,
    Port,
    ServerService,
    StatefulServer,
)
from tierwright.model.labels import NAME_LABEL
from tierwright.model.own_names import patroni_of, replicas_of

_READY = "/readiness?lag=16MB"
"""The primary is ready, and so is who is no further behind it than this, of the write-ahead log."""

_PERIOD, _FAILURES, _TIMEOUT = 3, 4, 3
"""Of the readiness probe: one that hangs is unready after 15 seconds, and its lock goes to another member after TTL."""

assert _PERIOD * _FAILURES + _TIMEOUT < TTL


def with_members(single: StatefulServer, postgres: Postgres) -> StatefulServer:
    """The description of the server with one pod, made that of both forms."""
    replicated = is_replicated(postgres)
    (container,), client, values = single.containers, single.client, postgres.values
    assert client is not None
    assert single.config is not None
    rest = Port("patroni", REST_PORT, present=replicated)
    # Patroni labels the pods. A Service that selects them stays the same object when a single server becomes the first of several,
    # and asks for no rights over where connections go, as Endpoints that Patroni writes itself do.
    primary = {"role": when(replicated, "primary")}
    reads = ServerService(
        id="replicas",
        name=replicas_of(postgres.name),
        ports=client.ports,
        selector={"role": "replica"},
        present=replicated,
    )
    read, lines = single.config
    return msgspec.structs.replace(
        single,
        containers=(_member(container, postgres, rest),),
        config=(read, Lines((when(replicated, settings(postgres), lines),))),
        configured=any_of(replicated, single.configured),
        scripts={
            **single.scripts,
            **{file: when(replicated, text) for file, text in scripts(values, authority=ca_path(postgres.name)).items()},
        },
        client=msgspec.structs.replace(client, selector=primary),
        services=(*(msgspec.structs.replace(service, selector=primary) for service in single.services), reads),
        peers=Peers(ports=(*client.ports, rest), present=replicated),
        replicas=when(is_restoring(postgres), 0, when(replicated, values.replication.members, 1)),
        volumes=[*single.volumes, when(all_of(replicated, values.tls.enabled), authority_of(postgres).volume)],
        budget=Budget(present=replicated),
        apart=Apart(spread=values.replication.spread, present=replicated),
        access=Access(rules=_rules(postgres), present=replicated),
        pod_labels={"cluster-name": when(replicated, patroni_of(postgres.name))},
    )


def _rules(postgres: Postgres) -> list[Tree]:
    """Patroni's store are ConfigMaps, and each member writes its state to its own pod. Nobody can `list` some of them alone."""
    name, members = postgres.name, postgres.values.replication.members
    kept = [f"{patroni_of(name)}-{end}" for end in PATRONI_STATE]
    pods = [f"{name}-{number}" if number == 0 else when(members > number, f"{name}-{number}") for number in range(MOST_MEMBERS)]
    return [
        {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["create", "list", "watch"]},
        {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": kept, "verbs": ["get", "patch", "update"]},
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "watch"]},
        {"apiGroups": [""], "resources": ["pods"], "resourceNames": pods, "verbs": ["get", "patch"]},
    ]


def _member(single: Container, postgres: Postgres, rest: Port) -> Container:
    """The container of both forms."""
    replicated = rest.present
    (data,) = single.claims
    values, authority = postgres.values, authority_of(postgres)
    verified = all_of(replicated, values.tls.enabled)
    verifying = [{"name": name, "value": value} for name, value in _variables_of_tls(postgres).items()]
    start = alone(f"exec sh {FOLDER}/member.sh\n", data=data.path)
    scheme = when(values.tls.enabled, "HTTPS")  # the kubelet verifies nobody
    env = [
        {"name": "POD_NAME", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}},
        {"name": "POD_IP", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "status.podIP"}}},
        *({"name": name, "value": value} for name, value in _variables(postgres).items()),
    ]
    return msgspec.structs.replace(
        single,
        ports=(*single.ports, rest),
        command=[one if one == other else when(replicated, other, one) for one, other in zip(single.command, start, strict=True)],
        env=[*single.env, when(replicated, env), when(verified, verifying)],
        # Until an earlier server has left the data, nobody answers.
        startup_probe=when(replicated, _probe("/liveness", scheme, period=1, failures=1800), single.startup_probe),
        # A member whose Patroni hangs keeps its label as the primary: it must be unready before another one gets that.
        readiness_probe=when(replicated, _probe(_READY, scheme, period=_PERIOD, failures=_FAILURES), single.readiness_probe),
        liveness_probe=when(replicated, _liveness(scheme), single.liveness_probe),
        pre_stop=when(replicated, {"exec": {"command": ["sh", f"{FOLDER}/leave.sh"]}}),
        mounts=[*single.mounts, when(replicated, IDENTITY_MOUNT), when(verified, authority.mount)],
    )


def _variables(postgres: Postgres) -> dict[str, str]:
    """The settings of a member that scripts and other objects know too."""
    return {
        "REST_PORT": str(REST_PORT),
        "PATRONI_NAME": "$(POD_NAME)",
        "PATRONI_SCOPE": patroni_of(postgres.name),
        "PATRONI_KUBERNETES_NAMESPACE": postgres.blueprint.namespace,
        "PATRONI_KUBERNETES_LABELS": f'{{"{NAME_LABEL}": "{postgres.name}"}}',
        "PATRONI_POSTGRESQL_DATA_DIR": "$(PGDATA)",
        "PATRONI_POSTGRESQL_LISTEN": "*:$(PGPORT)",
        "PATRONI_RESTAPI_LISTEN": "*:$(REST_PORT)",
        # Every member has the administrator's password anyway: roles of their own would take nothing from anybody.
        "PATRONI_SUPERUSER_USERNAME": "$(POSTGRES_USER)",
        "PATRONI_SUPERUSER_PASSWORD": "$(POSTGRES_PASSWORD)",
        "PATRONI_REPLICATION_USERNAME": "$(POSTGRES_USER)",
        "PATRONI_REPLICATION_PASSWORD": "$(POSTGRES_PASSWORD)",
        # Everybody who gets there may ask for the state; to change it takes the password.
        "PATRONI_RESTAPI_USERNAME": "$(POSTGRES_USER)",
        "PATRONI_RESTAPI_PASSWORD": "$(POSTGRES_PASSWORD)",
    }


def _variables_of_tls(postgres: Postgres) -> dict[str, str]:
    """How members verify one another: by the CA alone, because they connect to addresses and not to names.

    As long as TLS is not required, the others may have none yet: a rollout takes one member at a time.
    """
    mode, authority = choose(postgres.values.tls.required, "verify-ca", "prefer"), ca_path(postgres.name)
    roles = ("SUPERUSER", "REPLICATION")
    return {
        **{f"PATRONI_{role}_SSLMODE": mode for role in roles},
        **{f"PATRONI_{role}_SSLROOTCERT": authority for role in roles},
    }


def _probe(path: str, scheme: Tree, *, period: int, failures: int) -> Manifest:
    asked = {"httpGet": {"path": path, "port": REST_PORT, "scheme": scheme}}
    return {**asked, "periodSeconds": period, "timeoutSeconds": _TIMEOUT, "failureThreshold": failures}


def _liveness(scheme: Tree) -> Manifest:
    """Patroni that hangs ends nothing in order, and the server below it may not stay the primary of nobody."""
    return {**_probe("/liveness", scheme, period=10, failures=3), "terminationGracePeriodSeconds": 10}
