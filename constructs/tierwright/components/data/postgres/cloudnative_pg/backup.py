"""What the operator's plugin for Barman Cloud is told of backups: where they go, and when they are made."""

from __future__ import annotations

from tierwright.components.data.backups.store import Store
from tierwright.components.data.postgres.backup.names import BACKUP, name_of
from tierwright.components.data.postgres.values import Postgres
from tierwright.expressions.conditions import Condition, Matches, all_of
from tierwright.expressions.tokens import expression_of, filled
from tierwright.expressions.tree import Tree, choose, when
from tierwright.kit.concern import Concern
from tierwright.kit.kinds import OBJECT_STORE, SCHEDULED_BACKUP
from tierwright.kit.metadata import Manifest, ObjectMeta
from tierwright.kit.pods import resources

PLUGIN = "barman-cloud.cloudnative-pg.io"

_NEEDED = "when_required"
"""Checksums that the protocol does not ask for are refused by much that speaks it."""


def are_backed_up(postgres: Postgres) -> Condition:
    """Whether the operator makes backups."""
    return all_of(postgres.is_operated, postgres.values.backup.enabled)


def declare_backups(file: str, postgres: Postgres) -> None:
    """Declare where backups go and when they are made."""
    blueprint, backup, name = postgres.blueprint, postgres.values.backup, name_of(postgres.name, BACKUP)
    concern = Concern(file, name, blueprint=blueprint, present=are_backed_up(postgres))
    metadata = ObjectMeta(blueprint, name, component="backup", version=postgres.values.cloudnative_pg.image.tag).metadata()
    concern.declare("store", OBJECT_STORE, {"metadata": metadata, "spec": _store(postgres)})
    schedule = {
        # The operator's schedules begin with the second.
        "schedule": choose(Matches(expression_of(backup.schedule), "^@"), backup.schedule, f"0 {backup.schedule}"),
        # Without a base backup, nothing can be restored.
        "immediate": True,
        "cluster": {"name": postgres.name},
        "method": "plugin",
        "pluginConfiguration": {"name": PLUGIN},
        "backupOwnerReference": "self",
    }
    concern.declare("schedule", SCHEDULED_BACKUP, {"metadata": metadata, "spec": schedule})


def plugins(postgres: Postgres) -> Tree:
    """What the Cluster says of the plugin, which archives WAL too."""
    parameters = {"barmanObjectName": name_of(postgres.name, BACKUP)}
    # `enabled` would be filled in, and Argo CD and `kubectl apply` compare such a list as a whole.
    plugin = {"name": PLUGIN, "enabled": True, "isWALArchiver": True, "parameters": parameters}
    return when(are_backed_up(postgres), [plugin])


def to_bucket(postgres: Postgres) -> list[Tree]:
    """Egress of the members to the bucket."""
    return Store(postgres.values.backup.repository, are_backed_up(postgres)).egress


def _store(postgres: Postgres) -> Manifest:
    backup = postgres.values.backup
    bucket = backup.repository.s3
    compressed = {"compression": "gzip"}
    environment = {
        "AWS_DEFAULT_REGION": bucket.region,
        "AWS_REQUEST_CHECKSUM_CALCULATION": _NEEDED,
        "AWS_RESPONSE_CHECKSUM_VALIDATION": _NEEDED,
    }
    return {
        "configuration": {
            "destinationPath": f"s3://{bucket.bucket}{backup.repository.path}",
            "endpointURL": f"https://{bucket.host}:{bucket.port}",
            "endpointCA": when(filled(bucket.ca.name), {"name": bucket.ca.name, "key": bucket.ca.key}),
            "s3Credentials": {
                "accessKeyId": {"name": bucket.secret.name, "key": bucket.secret.id_key},
                "secretAccessKey": {"name": bucket.secret.name, "key": bucket.secret.secret_key},
            },
            "data": compressed,
            "wal": compressed,
        },
        "retentionPolicy": f"{backup.retention}d",
        "instanceSidecarConfiguration": {
            "env": [{"name": name, "value": value} for name, value in environment.items()],
            "resources": resources(postgres.blueprint, backup.resources),
        },
    }
