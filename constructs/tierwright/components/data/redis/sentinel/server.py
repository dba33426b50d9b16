"""The servers with sentinels beside them."""

from __future__ import annotations

from pathlib import Path

from tierwright.components.data.redis.members import (
    CONFIG,
    addresses,
    answers,
    is_chosen,
    of_both_forms,
    passwords,
    variables,
    with_members,
)
from tierwright.components.data.redis.values import Redis
from tierwright.expressions.conditions import Condition
from tierwright.expressions.tree import Lines, Tree, when
from tierwright.kit.data_service import alone, shell_probe, tcp_probe
from tierwright.kit.stateful_server import Container, Port, StatefulServer

SENTINEL_PORT = 26379

MEMBERS = 3
"""The fewest of which a majority is left when one of them is away."""


def is_sentinel(redis: Redis) -> Condition:
    """Whether it has several servers and sentinels."""
    return is_chosen(redis, "sentinel")


def addresses_of_sentinels(redis: Redis) -> str:
    """HOST:PORT of each sentinel, with commas between."""
    return addresses(redis, SENTINEL_PORT, members=MEMBERS)


def formation(redis: Redis) -> Tree:
    """The lines of redis.conf that several servers have."""
    return when(
        is_sentinel(redis),
        Lines(
            (
                # A primary that has lost its replicas takes no writes: another one may be the primary by now.
                "min-replicas-to-write 1",
                "min-replicas-max-lag 3",
                "repl-diskless-sync-delay 0",
            )
        ),
    )


def with_sentinels(single: StatefulServer, redis: Redis) -> StatefulServer:
    """The description of the single server, made that of both forms."""
    present, (container,) = is_sentinel(redis), single.containers
    asked = Port("sentinel", SENTINEL_PORT, present=present)
    ready = f"sh {CONFIG}/ready.sh"
    # Until sentinels say who is the primary, and an earlier server has left the data, there is no server.
    probes = {
        "startup_probe": shell_probe(f"{ready} && sh {CONFIG}/seen.sh", period=1, failures=1800, timeout=10),
        "readiness_probe": shell_probe(ready, period=5, failures=3),
    }
    return with_members(
        single,
        of_both_forms(container, present=present, env=_variables(redis), probes=probes),
        redis,
        present=present,
        members=MEMBERS,
        between=asked,
        scripts=Path(__file__).with_name("scripts"),
        beside=(_sentinel(container, redis, asked),),
    )


def _sentinel(server: Container, redis: Redis, asked: Port) -> Container:
    """The sentinel beside a server. It has the server's volume, and a lock of its own there."""
    values, (data,) = redis.values, server.claims
    pong = answers(SENTINEL_PORT)
    return Container(
        name="sentinel",
        resources=values.sentinel.resources,
        ports=(asked,),
        command=alone(f"exec sh {CONFIG}/sentinel.sh\n", data=data.path, lock=".sentinel-lock"),
        env=[
            *passwords(redis),
            *_variables(redis),
        ],
        startup_probe=shell_probe(f"sh {CONFIG}/looked-round.sh", period=1, failures=1800),
        readiness_probe=shell_probe(pong, period=10, failures=3),
        liveness_probe=tcp_probe(SENTINEL_PORT, period=30, failures=3),
        claims=(data,),
        mounts=[{"name": "config", "mountPath": CONFIG, "readOnly": True}],
        present=asked.present,
    )


def _variables(redis: Redis) -> list[Tree]:
    return [
        *variables(redis, members=MEMBERS),
        {"name": "SENTINEL_PORT", "value": str(SENTINEL_PORT)},
        {"name": "MASTER_NAME", "value": redis.name},
    ]
