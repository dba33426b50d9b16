"""Snapshots of Redis: all that its servers have, taken through the network, and the way back onto their volumes."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tierwright.components.data.backups.snapshots import (
    BACKUP,
    RESTORE,
    SCRIPTS,
    Taking,
    declare_restore,
    declare_snapshots,
    is_restoring,
)
from tierwright.components.data.redis.cluster.server import MEMBERS as NODES
from tierwright.components.data.redis.cluster.server import is_cluster
from tierwright.components.data.redis.sentinel.server import MEMBERS, is_sentinel
from tierwright.components.data.redis.values import Redis
from tierwright.expressions.conditions import ALWAYS, NEVER, Condition, any_of
from tierwright.expressions.tree import Tree, when
from tierwright.kit.data_service import alone
from tierwright.kit.pods import secret_variable
from tierwright.kit.stateful_server import StatefulServer
from tierwright.model.storage import OF_DATA_SERVICE

WORKLOADS = (BACKUP, *(f"{RESTORE}-{number}" for number in range(NODES)))
"""The ends of the names of all that backs up and restores."""

_SCRIPTS = Path(__file__).with_name("scripts")
_DATA = "/data"


def stopped_while_restored(server: StatefulServer, redis: Redis) -> StatefulServer:
    """The description of the servers, none of which runs while their volumes are restored."""
    return msgspec.structs.replace(server, replicas=when(is_restoring(redis.values.backup), 0, server.replicas))


def declare_backup(file: str, redis: Redis) -> None:
    """Declare what takes snapshots, and what puts one of them back: a Job for the volume of each server."""
    password, topology = redis.administrator_password, {"name": "TOPOLOGY", "value": redis.values.topology}
    env: list[Tree] = [
        topology,
        {"name": "HOST", "value": redis.name},
        {"name": "PORT", "value": str(redis.port)},
        secret_variable("REDISCLI_AUTH", secret=password.secret, key=password.key),
    ]
    # While the data is restored no server runs.
    taking = Taking(scripts=_SCRIPTS, env=env, suspended=is_restoring(redis.values.backup))
    declare_snapshots(file, redis, redis.values.backup, taking)
    for number, present in _members(redis).items():
        declare_restore(
            file,
            redis,
            redis.values.backup,
            number,
            command=alone(f"exec sh {SCRIPTS}/put.sh\n", data=_DATA),
            env=[topology],
            claim=OF_DATA_SERVICE,
            path=_DATA,
            present=present,
        )


def _members(redis: Redis) -> dict[int, Condition]:
    """The number of each server that there may be, and the condition under which there is."""
    several, six = any_of(is_sentinel(redis), is_cluster(redis)), is_cluster(redis)
    members = {number: ALWAYS if number == 0 else several if number < MEMBERS else six for number in range(NODES)}
    return {number: present for number, present in members.items() if present != NEVER}
