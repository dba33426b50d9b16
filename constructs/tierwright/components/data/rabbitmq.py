"""RabbitMQ on the official image."""

from __future__ import annotations

from tierwright.blueprint import Blueprint
from tierwright.expressions.conditions import opposite
from tierwright.expressions.expression import Hundredths
from tierwright.expressions.tokens import Text, expression_of
from tierwright.expressions.tree import Lines, when
from tierwright.kit.data_service import MEMORY_LIMIT, DataService, Server, shell_probe, tcp_probe
from tierwright.kit.metadata import Manifest
from tierwright.kit.pods import empty_dir, secret_variable
from tierwright.model.own_names import nodes_of
from tierwright.model.workload_values import SecurityContext

NAME = "rabbitmq"
MANAGEMENT_PORT = 15672
SECURITY = SecurityContext(user=999, group=999)
_HOME = "/var/lib/rabbitmq"
_CONFIG = "/etc/rabbitmq/conf.d"
_FILE = "castiel.conf"
_COOKIE = "/run/erlang-cookie"
_LOOPBACK = "127.0.0.1"

# fsGroup widens the mode of what it finds on the volume, and Erlang refuses a cookie that others can read.
_COPY_COOKIE = f"umask 077 && cp {_COOKIE}/erlang-cookie {_HOME}/.cookie && mv -f {_HOME}/.cookie {_HOME}/.erlang.cookie"


class Rabbitmq(DataService):
    """RabbitMQ, one node."""

    def __init__(self, file: str, *, blueprint: Blueprint) -> None:
        access = (blueprint.values.rabbitmq.developer_access, MANAGEMENT_PORT)
        super().__init__(file, NAME, blueprint=blueprint, server=_server(blueprint), developer_access=access)


def _server(blueprint: Blueprint) -> Server:
    values, port = blueprint.values.rabbitmq, blueprint.own_port(NAME)
    password = blueprint.password_of(NAME)
    # The node's name is part of its data: long, and stable, from the first start.
    node = f"rabbit@$(POD_NAME).{nodes_of(NAME)}.{blueprint.namespace}.svc.{blueprint.values.cluster_domain}"
    return Server(
        component="queue",
        security=SECURITY,
        start="exec docker-entrypoint.sh rabbitmq-server\n",
        data_path=_HOME,
        config=(_FILE, _config(blueprint)),
        init_containers=[
            {
                "name": "erlang-cookie",
                "command": ["sh", "-ec", _COPY_COOKIE],
                "volume_mounts": [{"name": "erlang-cookie", "mountPath": _COOKIE, "readOnly": True}],
            }
        ],
        container={
            "env": [
                {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                {"name": "RABBITMQ_NODENAME", "value": node},
                {"name": "RABBITMQ_USE_LONGNAME", "value": "true"},
                {"name": "RABBITMQ_DEFAULT_USER", "value": values.user},
                secret_variable("RABBITMQ_DEFAULT_PASS", secret=password.secret, key=password.key),
                MEMORY_LIMIT,
                {
                    "name": "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
                    "value": "-rabbit total_memory_available_override_value $(MEMORY_LIMIT)",
                },
            ],
            "startupProbe": tcp_probe(port, period=1, failures=600),
            "readinessProbe": tcp_probe(port, period=10, failures=3),
            # Asks the Erlang node, not the listener: a node that pauses in a partition closes its port and must live.
            # Each ping starts an Erlang machine of its own, so it comes seldom.
            "livenessProbe": shell_probe("rabbitmq-diagnostics -q ping", period=60, failures=5, timeout=30),
            "volume_mounts": [
                {
                    "name": "config",
                    "mountPath": f"{_CONFIG}/50-{_FILE}",
                    "subPath": _FILE,
                    "readOnly": True,
                },
                {"name": "log", "mountPath": "/var/log/rabbitmq"},
            ],
        },
        # The log goes to stdout, but older versions do not start where they cannot write that of their upgrades.
        volumes=[_cookie_volume(blueprint), empty_dir("log", "64Mi")],
    )


def _config(blueprint: Blueprint) -> Lines:
    values = blueprint.values.rabbitmq
    watermark = Text(Hundredths(expression_of(values.memory_watermark_percent)))
    return Lines(
        (
            f"listeners.tcp.default = {blueprint.own_port(NAME)}",
            f"vm_memory_high_watermark.relative = {watermark}",
            f"disk_free_limit.absolute = {values.disk_free_limit}",
            # The services' user, which the first boot makes, gets its permissions alone.
            "default_user_tags.administrator = false",
            when(opposite(values.developer_access.enabled), f"management.tcp.ip = {_LOOPBACK}"),
            f"prometheus.tcp.ip = {_LOOPBACK}",
        )
    )


def _cookie_volume(blueprint: Blueprint) -> Manifest:
    secret = blueprint.secret_name("rabbitmq-credentials")
    items = [{"key": "erlang-cookie", "path": "erlang-cookie"}]
    return {"name": "erlang-cookie", "secret": {"secretName": secret, "items": items}}
