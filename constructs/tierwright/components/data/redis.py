"""Redis on the official image."""

from __future__ import annotations

from tierwright.blueprint import Blueprint
from tierwright.expressions.texts import EachPrefixed
from tierwright.expressions.tokens import Text, expression_of
from tierwright.expressions.tree import Lines
from tierwright.kit.data_service import MEMORY_LIMIT, DataService, Server, shell_probe, tcp_probe
from tierwright.kit.pods import empty_dir, secret_variable
from tierwright.model.workload_values import SecurityContext

NAME = "redis"
SECURITY = SecurityContext(user=999, group=1000)

# A password must stand neither on a command line nor in a ConfigMap; its hash needs no quotes, whatever is in it.
_START = """\
umask 077
hash() { printf %s "$1" | sha256sum | cut -d ' ' -f 1; }
{
  cat /etc/redis/redis.conf
  echo "maxmemory $((MEMORY_LIMIT / 100 * MAX_MEMORY_PERCENT))"
  echo "user default on #$(hash "$REDISCLI_AUTH") ~* &* $SERVICES_COMMANDS"
  echo "user administrator on #$(hash "$ADMINISTRATOR_PASSWORD") ~* &* +@all"
} > /run/redis/redis.conf
exec redis-server /run/redis/redis.conf
"""


class Redis(DataService):
    """Redis, one pod."""

    def __init__(self, file: str, *, blueprint: Blueprint) -> None:
        super().__init__(file, NAME, blueprint=blueprint, server=_server(blueprint))


def _server(blueprint: Blueprint) -> Server:
    values, port = blueprint.values.redis, blueprint.own_port(NAME)
    password, administrator = blueprint.password_of(NAME), blueprint.administrator_password_of(NAME)
    allowed = Text(EachPrefixed(expression_of(values.allowed_commands), " +"))
    # redis-cli exits 0 while the server is loading its data: only PONG means ready.
    asked = f'[ "$(redis-cli -h 127.0.0.1 -p {port} ping)" = PONG ]'
    return Server(
        component="cache",
        security=SECURITY,
        start=_START,
        data_path="/data",
        config=("redis.conf", _config(blueprint)),
        container={
            "env": [
                secret_variable("REDISCLI_AUTH", secret=password.secret, key=password.key),
                secret_variable("ADMINISTRATOR_PASSWORD", secret=administrator.secret, key=administrator.key),
                {"name": "SERVICES_COMMANDS", "value": f"+@all -@dangerous{allowed}"},
                {"name": "MAX_MEMORY_PERCENT", "value": str(values.max_memory_percent)},
                MEMORY_LIMIT,
            ],
            "startupProbe": shell_probe(asked, period=1, failures=600),
            "readinessProbe": shell_probe(asked, period=10, failures=3),
            "livenessProbe": tcp_probe(port, period=30, failures=3),
            "volume_mounts": [
                {"name": "config", "mountPath": "/etc/redis", "readOnly": True},
                {"name": "run", "mountPath": "/run/redis"},
            ],
        },
        volumes=[empty_dir("run", "1Mi", in_memory=True)],
    )


def _config(blueprint: Blueprint) -> Lines:
    return Lines(
        (
            f"port {blueprint.own_port(NAME)}",
            "dir /data",
            "appendonly yes",
            "appendfsync everysec",
            f"maxmemory-policy {blueprint.values.redis.eviction_policy}",
        )
    )
