"""Every line of configuration that the platform sets itself, or on which its promises depend, is refused of the users."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.shop import errors
from tests.test_data_service_settings import THREE

IMAGE = {"repository": "own/postgres"}
CACHE = THREE.replace("queue: {kind: rabbitmq", "rabbitmq: {kind: rabbitmq").replace("redis: {", "redis: {clients: sentinel, ")

MEMBERS = (
    *("hot_standby", "wal_log_hints", "wal_keep_size", "max_slot_wal_keep_size", "cluster_name", "restore_command"),
    *("synchronous_commit", "synchronous_standby_names", "primary_conninfo", "primary_slot_name", "recovery_target_time"),
)
"""Without these as they are, an acknowledged row can be lost."""

# https://cloudnative-pg.io/docs/1.29/postgresql_conf, "Fixed parameters"
FIXED = (
    *("allow_system_table_mods", "archive_cleanup_command", "archive_command", "archive_mode", "bonjour", "bonjour_name"),
    *("cluster_name", "config_file", "data_directory", "data_sync_retry", "event_source", "external_pid_file", "hba_file"),
    *("hot_standby", "ident_file", "jit_provider", "listen_addresses", "log_destination", "log_directory", "log_file_mode"),
    *("log_filename", "log_rotation_age", "log_rotation_size", "log_truncate_on_rotation", "logging_collector", "port"),
    *("primary_conninfo", "primary_slot_name", "promote_trigger_file", "recovery_target", "restart_after_crash"),
    *("restore_command", "shared_preload_libraries", "ssl", "ssl_ca_file", "ssl_cert_file", "ssl_crl_file", "ssl_dh_params_file"),
    *("ssl_ecdh_curve", "ssl_key_file", "ssl_passphrase_command", "ssl_prefer_server_ciphers", "stats_temp_directory"),
    *("synchronous_standby_names", "syslog_facility", "syslog_ident", "syslog_sequence_numbers", "syslog_split_messages"),
    *("temp_tablespaces", "unix_socket_directories", "unix_socket_group", "unix_socket_permissions"),
)
SERVERS = (
    *("port", "max_connections", "superuser_reserved_connections", "reserved_connections", "shared_buffers"),
    *("effective_cache_size", "listen_addresses", "unix_socket_directories", "unix_socket_group", "unix_socket_permissions"),
    *("data_directory", "config_file", "hba_file", "ident_file", "external_pid_file"),
)
POOLERS = (
    *("listen_addr", "listen_port", "unix_socket_dir", "auth_file", "auth_query", "pool_mode", "max_prepared_statements"),
    *("default_pool_size", "max_user_connections", "max_db_connections", "max_client_conn", "reserve_pool_size"),
    *("min_pool_size", "server_lifetime", "server_tls_sslmode", "client_tls_sslmode", "logfile", "pidfile", "so_reuseport"),
    "peer_id",
)
REDIS = (
    *("port", "tls-port", "bind", "unixsocket", "protected-mode", "requirepass", "user", "aclfile", "rename-command"),
    *("maxmemory", "maxmemory-policy", "dir", "include", "daemonize", "supervised", "pidfile", "logfile"),
    *("cluster-enabled", "replicaof", "slaveof", "masterauth", "masteruser"),
)
SEVERAL = (
    *("appendonly", "replica-priority", "slave-priority", "min-replicas-to-write", "min-slaves-max-lag"),
    *("repl-diskless-sync-delay", "cluster-require-full-coverage"),
)
RABBITMQ = (
    *("listeners.tcp.1", "vm_memory_high_watermark.relative", "vm_memory_high_watermark", "disk_free_limit.absolute"),
    *("management.tcp.port", "prometheus.ssl.port", "default_user", "default_pass", "default_vhost"),
    *("default_user_tags.administrator", "default_permissions.read"),
)

KEPT: dict[str, tuple[str, dict[str, Any], tuple[str, ...]]] = {
    "the start, the probes and the image": ("postgres", {}, SERVERS),
    "members": ("postgres", {"topology": "replicated", "image": IMAGE}, (*SERVERS, *MEMBERS)),
    "members of an operator": ("postgres", {"topology": "cloudnative-pg"}, (*SERVERS, *MEMBERS, *FIXED)),
    "an archive": (
        "postgres",
        {"backup": {"enabled": True}},
        (
            *("max_slot_wal_keep_size", "wal_level", "max_wal_senders"),
            *("archive_mode", "archive_command", "archive_library", "archive_timeout"),
        ),
    ),
    "TLS": (
        "postgres",
        {"tls": {"enabled": True, "secret": "own"}},
        ("ssl", "ssl_cert_file", "ssl_key_file", "ssl_min_protocol_version"),
    ),
    "a Redis": ("redis", {}, REDIS),
    "several of Redis": ("redis", {"topology": "sentinel"}, (*REDIS, *SEVERAL, "appenddirname", "dbfilename")),
    "snapshots of Redis": (
        "redis",
        {"backup": {"enabled": True, "repository": {"claim": "own"}}},
        (*REDIS, "appenddirname", "appendfilename", "dbfilename", "aof-use-rdb-preamble"),
    ),
    "a RabbitMQ": ("rabbitmq", {}, RABBITMQ),
    "several of RabbitMQ": (
        "rabbitmq",
        {"topology": "cluster"},
        (*RABBITMQ, "cluster_formation.peer_discovery_backend", "cluster_partition_handling"),
    ),
}


def refused(folder: Path, name: str, values: dict[str, Any], *, below: tuple[str, ...] = ()) -> set[str]:
    """The settings that are refused because the platform sets them."""
    told = errors(folder, catalogue=CACHE, overlays={"shop.yaml": json.dumps({name: values})})
    wrong = [one.partition(": the platform sets ")[2].partition(" itself; ")[0] for one in told]
    assert all(one.startswith(f"shop.yaml:1: {'.'.join((name, *below))}.config") for one in told if ": the platform sets " in one)
    return {*wrong} - {""}


@pytest.mark.parametrize("of", KEPT)
def test_a_line_that_the_platform_sets_is_refused(tmp_path: Path, of: str) -> None:
    name, values, settings = KEPT[of]
    assert refused(tmp_path, name, {**values, "config": dict.fromkeys(settings, "1")}) == {*settings}


def test_a_line_of_the_pooler_that_the_platform_sets_is_refused(tmp_path: Path) -> None:
    pooler = {"enabled": True, "config": dict.fromkeys(POOLERS, "1")}
    assert refused(tmp_path, "postgres", {"pooler": pooler}, below=("pooler",)) == {*POOLERS}


def test_what_only_some_topologies_set_is_free_in_the_others(tmp_path: Path) -> None:
    free = {"wal_level": "logical", "archive_timeout": "5min", "ssl_ciphers": "HIGH", "log_filename": "a"}
    assert refused(tmp_path, "postgres", {"config": free}) == set()
    assert refused(tmp_path, "redis", {"config": dict.fromkeys(SEVERAL[:-1], "1")}) == set()
