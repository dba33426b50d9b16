"""Redis on the official image, one server or several."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tierwright.components.data.redis.backup import rules as backup
from tierwright.components.data.redis.backup.server import WORKLOADS
from tierwright.components.data.redis.cluster.server import BUS_PORT, addresses_of_nodes, is_cluster
from tierwright.components.data.redis.rules import RULES
from tierwright.components.data.redis.sentinel.server import SENTINEL_PORT, addresses_of_sentinels, is_sentinel
from tierwright.components.data.redis.server import declare
from tierwright.components.data.redis.values import Redis, RedisValues
from tierwright.components.data.settings import kept_settings
from tierwright.expressions.tree import choose
from tierwright.kit.data_service_kind import DataServiceKind
from tierwright.kit.rules import Rule
from tierwright.kit.urls import server_url
from tierwright.model.part import Clients, ForClusters


def _url(redis: Redis, _client: str) -> str:
    return redis.text("url", lambda: server_url(redis, scheme="redis", protected=redis.values.auth))


def _sentinels(redis: Redis, _client: str) -> str:
    return redis.text("sentinels", lambda: choose(is_sentinel(redis), addresses_of_sentinels(redis), ""))


def _nodes(redis: Redis, _client: str) -> str:
    return redis.text("nodes", lambda: choose(is_cluster(redis), addresses_of_nodes(redis), ""))


def _master_name(redis: Redis, _client: str) -> str:
    return redis.name


KEPT = (
    *("port", "tls-port", "bind", "unixsocket", "protected-mode", "requirepass", "user", "aclfile", "rename-command"),
    *("maxmemory", "maxmemory-policy", "dir", "include", "daemonize", "supervised", "pidfile", "logfile"),
    *("cluster-enabled", "replicaof", "slaveof", "masterauth", "masteruser"),
)
"""The settings that the start, the Secrets and the pod decide. Others of our lines may be laid over."""


def _config(redis: Redis) -> Iterator[Rule]:
    names = ("maxMemoryPercent", "evictionPolicy", "allowedCommands")
    by = f"{', '.join(f'{redis.path}.{name}' for name in names)} and the port in the catalogue decide such things"
    yield from kept_settings(redis.values.config, *KEPT, by=by)


def _for_clusters(values: RedisValues) -> Iterator[ForClusters]:
    if values.backup.enabled:
        yield ForClusters(("backup", "enabled"), value=False, words="is not backed up, and is on a cluster")


REDIS = DataServiceKind(
    name="redis",
    title="Redis",
    password_variable="REDIS_PASSWORD",  # noqa: S106 - a variable's name
    password_switch="auth",  # noqa: S106 - a field's name
    values=RedisValues,
    defaults=Path(__file__).with_name("defaults.yaml"),
    facts={"url": _url, "sentinels": _sentinels, "masterName": _master_name, "nodes": _nodes},
    apart=("sentinels", "masterName", "nodes"),
    secrets={"credentials": ("password",), "administrator": ("password",)},
    other_ports=(SENTINEL_PORT, BUS_PORT),
    clients={
        "sentinel": Clients(variables={"SENTINELS": "sentinels", "MASTER_NAME": "masterName"}, ports=(SENTINEL_PORT,)),
        "cluster": Clients(variables={"CLUSTER_NODES": "nodes"}),
    },
    rules=(_config, *RULES, *backup.RULES),
    program_rules=backup.PROGRAM_RULES,
    alone=("schedules in `PATH.backup` that never come, and a `PATH.backup.scratch` beyond the limit of ephemeral-storage there",),
    for_clusters=_for_clusters,
    further_workloads=WORKLOADS,
    declare=declare,
)
