"""The server on the official image: one node, and what several have in common with it."""

from __future__ import annotations

from tierwright.components.data.rabbitmq import definitions, tls, upgrade
from tierwright.components.data.rabbitmq.backup.server import declare_backup, from_backup
from tierwright.components.data.rabbitmq.cluster.server import formation, preparation, with_nodes
from tierwright.components.data.rabbitmq.lines import MANAGEMENT_PORT, METRICS_PORT, common_lines, further_lines
from tierwright.components.data.rabbitmq.operated.server import declare_cluster
from tierwright.components.data.rabbitmq.values import Rabbitmq
from tierwright.expressions.conditions import opposite
from tierwright.expressions.tokens import filled
from tierwright.expressions.tree import Lines, Tree, when
from tierwright.kit.claims import Claim
from tierwright.kit.data_service import MEMORY_LIMIT, POD_NAME, alone, developers_service, shell_probe, tcp_probe
from tierwright.kit.metadata import Manifest
from tierwright.kit.network_boundary import from_developers, from_scrapers_of
from tierwright.kit.pods import empty_dir, secret_variable
from tierwright.kit.stateful_server import Container, Port, ServerService, StatefulServer, declare_server, tcp
from tierwright.model.platform import credentials_of

COOKIE_KEY = "erlang-cookie"
DEFAULT_VHOST = "/"
"""The one that clients take where a URL names none."""

_HOME = "/var/lib/rabbitmq"
_CONFIG = "/etc/rabbitmq/conf.d"
_COOKIE = "/run/erlang-cookie"
_COOKIE_MOUNT: Manifest = {"name": "erlang-cookie", "mountPath": _COOKIE, "readOnly": True}
_SERVER = "exec docker-entrypoint.sh rabbitmq-server"

# fsGroup widens the mode of what it finds on the volume, and Erlang refuses a cookie that others can read.
_COPY_COOKIE = f"umask 077 && cp {_COOKIE}/erlang-cookie {_HOME}/.cookie && mv -f {_HOME}/.cookie {_HOME}/.erlang.cookie"


def declare(file: str, rabbitmq: Rabbitmq) -> None:
    """Declare RabbitMQ: one node or several, or what an operator is told of them."""
    domain = rabbitmq.domain_of_nodes
    server = with_nodes(_single(rabbitmq, domain), rabbitmq, domain=domain)
    declare_server(file, server, blueprint=rabbitmq.blueprint)
    declare_cluster(file, rabbitmq)
    declare_backup(file, rabbitmq, volume=_cookie_volume(rabbitmq), mount=_COOKIE_MOUNT)


def _single(rabbitmq: Rabbitmq, domain: str) -> StatefulServer:
    values, port, blueprint = rabbitmq.values, rabbitmq.port, rabbitmq.blueprint
    password, file = rabbitmq.password, f"{blueprint.name}.conf"
    data = Claim(name="data", path=_HOME, storage=values.storage)
    copy_cookie = Container(
        name="erlang-cookie",
        command=["sh", "-ec", _COPY_COOKIE],
        claims=(data,),
        mounts=[_COOKIE_MOUNT],
    )
    container = Container(
        name=rabbitmq.name,
        ports=(tcp(port), Port("metrics", METRICS_PORT, present=filled(values.metrics.namespaces))),
        command=alone(Lines(_start(rabbitmq)), data=_HOME),
        env=[
            POD_NAME,
            # Part of the node's data: long, and stable, from the first start.
            {"name": "RABBITMQ_NODENAME", "value": f"rabbit@$(POD_NAME).{domain}"},
            {"name": "RABBITMQ_USE_LONGNAME", "value": "true"},
            {"name": "RABBITMQ_DEFAULT_USER", "value": values.user},
            when(opposite(values.vhost == DEFAULT_VHOST), {"name": "RABBITMQ_DEFAULT_VHOST", "value": values.vhost}),
            secret_variable("RABBITMQ_DEFAULT_PASS", secret=password.secret, key=password.key),
            MEMORY_LIMIT,
            {
                "name": "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
                "value": "-rabbit total_memory_available_override_value $(MEMORY_LIMIT)",
            },
        ],
        startup_probe=tcp_probe(port, period=1, failures=600),
        readiness_probe=tcp_probe(port, period=10, failures=3),
        # Each ping starts an Erlang machine of its own, so it comes seldom.
        liveness_probe=shell_probe("rabbitmq-diagnostics -q ping", period=60, failures=5, timeout=30),
        claims=(data,),
        mounts=[
            {
                "name": "config",
                "mountPath": f"{_CONFIG}/50-{file}",
                "subPath": file,
                "readOnly": True,
            },
            {"name": "log", "mountPath": "/var/log/rabbitmq"},
            *definitions.mounts(rabbitmq),
            *tls.mounts(rabbitmq),
        ],
    )
    return StatefulServer(
        name=rabbitmq.name,
        component="queue",
        operation=values,
        init_containers=(copy_cookie,),
        containers=(container,),
        client=ServerService(id="service", name=rabbitmq.name, ports=(tcp(port),)),
        claims=(data,),
        # The log goes to stdout, but older versions do not start where they cannot write that of their upgrades.
        volumes=[_cookie_volume(rabbitmq), empty_dir("log", "64Mi"), *definitions.volumes(rabbitmq), *tls.volumes(rabbitmq)],
        config=(file, _config(rabbitmq, domain)),
        files=definitions.files(rabbitmq),
        services=(developers_service(rabbitmq.name, values.developer_access, MANAGEMENT_PORT),),
        ingress=[
            *rabbitmq.from_clients,
            from_developers(values.developer_access, MANAGEMENT_PORT),
            from_scrapers_of(values.metrics, METRICS_PORT),
            from_backup(rabbitmq),
        ],
        present=rabbitmq.is_own,
    )


def _start(rabbitmq: Rabbitmq) -> tuple[Tree, ...]:
    """What a node does before it becomes the server, and that."""
    refusal, nodes = upgrade.refusal(rabbitmq, home=_HOME), preparation(rabbitmq, home=_HOME)
    return (refusal, nodes, definitions.before_start(rabbitmq), _SERVER)


def _config(rabbitmq: Rabbitmq, domain: str) -> Lines:
    return Lines((*common_lines(rabbitmq), formation(rabbitmq, domain), further_lines(rabbitmq)))


def _cookie_volume(rabbitmq: Rabbitmq) -> Manifest:
    secret = rabbitmq.blueprint.secret_name(credentials_of(rabbitmq.name))
    items = [{"key": COOKIE_KEY, "path": "erlang-cookie"}]
    return {"name": "erlang-cookie", "secret": {"secretName": secret, "items": items}}
