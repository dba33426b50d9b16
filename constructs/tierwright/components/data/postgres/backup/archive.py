"""The archive: a pod that receives WAL as the server writes it, and the volume that it keeps it on."""

from __future__ import annotations

from pathlib import Path

from tierwright.components.data.postgres.backup.names import ARCHIVE, name_of
from tierwright.components.data.postgres.tls.trust import authority_of, of_client
from tierwright.components.data.postgres.values import Postgres
from tierwright.components.data.script_files import scripts_in
from tierwright.endpoints import Endpoint
from tierwright.expressions.conditions import ALWAYS, Condition, Truth, all_of, opposite
from tierwright.expressions.expression import Lookup
from tierwright.expressions.tokens import Map, expression_of, filled
from tierwright.expressions.tree import Tree, when
from tierwright.kit.claims import Claim
from tierwright.kit.data_service import alone, shell_probe
from tierwright.kit.metadata import Manifest, selector
from tierwright.kit.network_boundary import to_endpoint
from tierwright.kit.pods import secret_variable
from tierwright.kit.stateful_server import Container, StatefulServer, declare_server
from tierwright.model.data_values import Storage
from tierwright.model.storage import claim_of

SCRIPTS = "/etc/backup"
"""Where the scripts are, in each pod."""

_FOLDER = "/archive"
_FILES = Path(__file__).with_name("scripts")
_ADMINISTRATOR = "postgres"


def is_on(postgres: Postgres) -> Condition:
    """Whether the platform makes backups itself."""
    return all_of(postgres.is_own, postgres.values.backup.enabled)


def is_restoring(postgres: Postgres) -> Condition:
    """Whether the server's place is taken by a restore."""
    return all_of(postgres.values.backup.enabled, filled(postgres.values.backup.restore.to))


def by_pgbackrest(postgres: Postgres) -> Condition:
    """Whether pgBackRest makes them, beside each server; otherwise a pod of its own receives WAL."""
    return has_method(postgres, "pgbackrest")


def has_method(postgres: Postgres, word: str) -> Condition:
    """Whether the method of backups is the one of this word."""
    method: Condition = postgres.values.backup.method == word  # type: ignore[assignment] # a condition, as the value is open
    return method


def scripts_of(method: str) -> dict[str, str]:
    """The scripts of a method of backup, by name: its own, and those of both."""
    return dict(sorted((scripts_in(_FILES) | scripts_in(_FILES / method)).items()))


def declare_archive(file: str, postgres: Postgres) -> None:
    """Declare the pod that receives WAL, with its volume and the scripts of all that backs up and restores."""
    declare_server(file, _receiver(postgres), blueprint=postgres.blueprint)


def archive_claim(postgres: Postgres) -> Claim:
    """The volume of the archive."""
    storage = postgres.values.backup.storage
    kept = Storage(persistent=ALWAYS, size=storage.size, storage_class=storage.storage_class)  # type: ignore[arg-type]
    return Claim(name=ARCHIVE, path=_FOLDER, storage=kept)


def archive_volume(postgres: Postgres) -> Manifest:
    """The volume of the archive in the pods of others."""
    return {"name": ARCHIVE, "persistentVolumeClaim": {"claimName": claim_of(ARCHIVE, name_of(postgres.name, ARCHIVE))}}


def as_administrator(postgres: Postgres) -> list[Tree]:
    """The variables by which a program connects to the server."""
    return [{"name": "PGHOST", "value": postgres.name}, *login(postgres), *of_client(postgres)]


def login(postgres: Postgres) -> list[Tree]:
    """The same without the host."""
    password = postgres.administrator_password
    return [
        {"name": "PGPORT", "value": str(postgres.port)},
        {"name": "PGUSER", "value": _ADMINISTRATOR},
        secret_variable("PGPASSWORD", secret=password.secret, key=password.key),
        {"name": "PGDATABASE", "value": "postgres"},
        {"name": "PGCONNECT_TIMEOUT", "value": "10"},
        {"name": "PGTZ", "value": "UTC"},
    ]


def to_server(postgres: Postgres) -> list[Tree]:
    """Egress to the server."""
    return [to_endpoint(Endpoint(host=postgres.name, port=postgres.port, pods=postgres.name))]


def beside(name: str) -> Manifest:
    """Affinity to the node of another workload, whose volume can be mounted on no other."""
    return {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [_on_node_of(name)]}}


def _on_node_of(name: str) -> Manifest:
    return {"labelSelector": {"matchLabels": selector(name)}, "topologyKey": "kubernetes.io/hostname"}


def _receiver(postgres: Postgres) -> StatefulServer:
    values, name = postgres.values, name_of(postgres.name, ARCHIVE)
    backup, claim = values.backup, archive_claim(postgres)
    container = Container(
        name=name,
        resources=backup.resources,
        command=alone(f"exec sh {SCRIPTS}/receive.sh\n", data=_FOLDER),
        env=[*as_administrator(postgres), {"name": "MAX_SLOT_WAL_KEEP_SIZE", "value": backup.max_slot_wal_keep_size}],
        readiness_probe=shell_probe("[ -e /tmp/receiving ]", period=5, failures=3),
        claims=(claim,),
        mounts=[{"name": "config", "mountPath": SCRIPTS, "readOnly": True}, *authority_of(postgres).mounts],
    )
    return StatefulServer(
        name=name,
        component="backup",
        operation=values,
        containers=(container,),
        claims=(claim,),
        volumes=authority_of(postgres).volumes,
        scripts=scripts_of("basebackup"),
        egress=to_server(postgres),
        replicas=when(is_restoring(postgres), 0, 1),
        affinity=_near_server(postgres),
        present=all_of(is_on(postgres), opposite(by_pgbackrest(postgres))),
    )


def _near_server(postgres: Postgres) -> Tree:
    """Affinity to the server's node and zone, where that is possible: a restore mounts both volumes in one pod."""
    node = _on_node_of(postgres.name)
    terms = [
        {"weight": 100, "podAffinityTerm": {**node, "topologyKey": "topology.kubernetes.io/zone"}},
        {"weight": 50, "podAffinityTerm": node},
    ]
    of_node = Lookup(expression_of(postgres.values.placement.affinity), "nodeAffinity", optional=True)
    return {
        "nodeAffinity": when(Truth(of_node), Map(of_node)),
        "podAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": terms},
    }
