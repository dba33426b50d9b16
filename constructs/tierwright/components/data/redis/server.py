"""The server on the official image: one pod, and what several have in common with it."""

from __future__ import annotations

from tierwright.components.data.backups.snapshots import BACKUP, is_on
from tierwright.components.data.redis.backup.server import declare_backup, stopped_while_restored
from tierwright.components.data.redis.cluster import server as cluster
from tierwright.components.data.redis.members import answers, passwords
from tierwright.components.data.redis.sentinel import server as sentinel
from tierwright.components.data.redis.values import Redis, RedisValues
from tierwright.expressions.texts import EachPrefixed
from tierwright.expressions.tokens import Text, expression_of
from tierwright.expressions.tree import Lines, each_entry, when
from tierwright.kit.claims import Claim
from tierwright.kit.data_service import MEMORY_LIMIT, alone, as_lines, shell_probe, tcp_probe
from tierwright.kit.network_boundary import from_pods
from tierwright.kit.pods import empty_dir
from tierwright.kit.stateful_server import Container, ServerService, StatefulServer, declare_server, tcp

_DATA = "/data"

_BEGINNING = """\
umask 077
hash() { printf %s "$1" | sha256sum | cut -d ' ' -f 1; }
{
  cat /etc/redis/redis.conf
  echo "maxmemory $((MEMORY_LIMIT / 100 * MAX_MEMORY_PERCENT))"
"""

# No password may be on a command line or in a ConfigMap; its hash needs no quotes, whatever the password contains.
_PROTECTED = """\
  echo "user default on #$(hash "$REDISCLI_AUTH") ~* &* $SERVICES_COMMANDS"
  echo "user administrator on #$(hash "$ADMINISTRATOR_PASSWORD") ~* &* +@all"
"""

# Without a password Redis lets nobody in from outside its pod, unless it is told to.
_OPEN = """\
  echo "user default on nopass ~* &* $SERVICES_COMMANDS"
  echo "protected-mode no"
"""

_END = """\
} > /run/redis/redis.conf
exec redis-server /run/redis/redis.conf
"""


def _start(values: RedisValues) -> Lines:
    return Lines((as_lines(_BEGINNING), when(values.auth, as_lines(_PROTECTED), as_lines(_OPEN)), as_lines(_END)))


def declare(file: str, redis: Redis) -> None:
    """Declare Redis, one server or several."""
    server = _single(redis)
    if redis.clients == "sentinel":
        server = sentinel.with_sentinels(server, redis)
    elif redis.clients == "cluster":
        server = cluster.with_nodes(server, redis)
    declare_server(file, stopped_while_restored(server, redis), blueprint=redis.blueprint)
    declare_backup(file, redis)


def _single(redis: Redis) -> StatefulServer:
    values, port = redis.values, redis.port
    allowed = Text(EachPrefixed(expression_of(values.allowed_commands), " +"))
    asked = answers(port)
    data = Claim(name="data", path=_DATA, storage=values.storage)
    container = Container(
        name=redis.name,
        ports=(tcp(port),),
        command=alone(_start(values), data=_DATA),
        env=[
            *passwords(redis),
            {"name": "SERVICES_COMMANDS", "value": f"+@all -@dangerous{allowed}"},
            {"name": "MAX_MEMORY_PERCENT", "value": str(values.max_memory_percent)},
            MEMORY_LIMIT,
        ],
        startup_probe=shell_probe(asked, period=1, failures=600),
        readiness_probe=shell_probe(asked, period=10, failures=3),
        liveness_probe=tcp_probe(port, period=30, failures=3),
        claims=(data,),
        mounts=[
            {"name": "config", "mountPath": "/etc/redis", "readOnly": True},
            {"name": "run", "mountPath": "/run/redis"},
        ],
    )
    return StatefulServer(
        name=redis.name,
        component="cache",
        operation=values,
        containers=(container,),
        client=ServerService(id="service", name=redis.name, ports=(tcp(port),)),
        claims=(data,),
        volumes=[empty_dir("run", "1Mi", in_memory=True)],
        config=("redis.conf", _config(redis)),
        ingress=[*redis.from_clients, when(is_on(redis, values.backup), from_pods([f"{redis.name}-{BACKUP}"], port))],
        present=redis.is_here,
    )


def _config(redis: Redis) -> Lines:
    return Lines(
        (
            f"port {redis.port}",
            f"dir {_DATA}",
            "appendonly yes",
            "appendfsync everysec",
            f"maxmemory-policy {redis.values.eviction_policy}",
            sentinel.formation(redis),
            cluster.formation(redis),
            each_entry(redis.values.config, lambda name, value: f"{name} {value}"),
        )
    )
