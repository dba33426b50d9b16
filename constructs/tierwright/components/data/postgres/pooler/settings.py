"""The settings of PgBouncer."""

from __future__ import annotations

from pathlib import Path

from tierwright.components.data.postgres.tls.trust import has_tls, is_verified
from tierwright.components.data.postgres.values import Postgres
from tierwright.expressions.tree import Lines, choose, each_entry, when
from tierwright.kit.authority import ca_path

CONFIG_FOLDER = "/etc/pooler"
"""Where the settings and the script are."""

PROBE_DATABASE = "pooler-probe"
"""The name by which a probe asks for the database: it has a connection of its own, so a busy pool does not make the pod unready."""

TAKEN_DATABASES = rf"^(pgbouncer|{PROBE_DATABASE})$"
"""PgBouncer's own name for its console, and that of the probe."""

KEPT = (
    *("listen_addr", "listen_port", "unix_socket_dir", "auth_.*", "pool_mode", "max_prepared_statements", "default_pool_size"),
    *("max_user_connections", "max_db_connections", "max_client_conn", "reserve_pool_size", "min_pool_size", "server_lifetime"),
    *("server_tls_.*", "client_tls_.*", "logfile", "pidfile", "so_reuseport", "peer_id"),
)
"""What the values decide, or on which it depends that the server has room and that no standby is asked."""


def start_script() -> str:
    """The script of the container."""
    return (Path(__file__).with_name("scripts") / "start.sh").read_text(encoding="utf-8")


def settings(postgres: Postgres) -> Lines:
    """The lines of pgbouncer.ini; the script adds those of the database."""
    pooler, verified = postgres.values.pooler, is_verified(postgres)
    mode = choose(verified, "verify-full", choose(has_tls(postgres), "require", "disable"))
    return Lines(
        (
            "%include /tmp/databases.ini",
            "[pgbouncer]",
            "listen_addr = *",
            f"listen_port = {postgres.port}",
            "unix_socket_dir =",
            "auth_type = scram-sha-256",
            "auth_file = /tmp/users",
            "pool_mode = transaction",
            "max_prepared_statements = 200",
            f"default_pool_size = {pooler.pool_size}",
            f"max_user_connections = {pooler.pool_size + 1}",
            # Each login has a pool of its own. One that waits takes over what another does not use.
            when(postgres.has_logins, f"max_db_connections = {pooler.pool_size}"),
            f"max_client_conn = {pooler.max_client_connections + 1}",
            # Connections to a primary that has lost its lock, and hangs, are not kept for long.
            "server_lifetime = 30",
            "server_connect_timeout = 3",
            "server_login_retry = 1",
            "dns_max_ttl = 5",
            "dns_nxdomain_ttl = 1",
            # A node that is lost ends no connection.
            "tcp_keepidle = 10",
            "tcp_keepintvl = 5",
            "tcp_keepcnt = 3",
            "tcp_user_timeout = 15000",
            "query_wait_timeout = 30",
            # Drivers of Java send it; since PostgreSQL 12 it changes nothing.
            "ignore_startup_parameters = extra_float_digits",
            f"server_tls_sslmode = {mode}",
            when(verified, f"server_tls_ca_file = {ca_path(postgres.name)}"),
            "log_connections = 0",
            "log_disconnections = 0",
            "log_stats = 0",
            each_entry(pooler.config, lambda name, value: f"{name} = {value}"),
        )
    )
