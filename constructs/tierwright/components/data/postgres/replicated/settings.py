"""Patroni's settings of all members together, which it keeps in its store."""

from __future__ import annotations

from pathlib import Path

from tierwright.components.data.postgres.backup.repository import GET, archiving, fetching
from tierwright.components.data.postgres.tls.serving import settings_of_member
from tierwright.components.data.postgres.values import Postgres, PostgresValues
from tierwright.components.data.script_files import scripts_in
from tierwright.expressions.texts import WithoutEnd
from tierwright.expressions.tokens import Text, expression_of
from tierwright.expressions.tree import Lines, Tree, choose, each_entry, when

TTL, LOOP_WAIT, RETRY_TIMEOUT = 20, 5, 7
"""In seconds: how long the lock outlives its holder, between two looks, and until a try counts as failed.

Patroni takes no shorter lock. A look with two tries must fit into it: LOOP_WAIT + 2 x RETRY_TIMEOUT <= TTL.
"""

KEPT = (
    *("hot_standby", "wal_log_hints", "wal_keep_size", "max_slot_wal_keep_size", "cluster_name", "restore_command"),
    *("synchronous_commit", "synchronous_standby_names", "primary_conninfo", "primary_slot_name", "recovery_.*"),
)
"""The settings on which it depends that no row which was acknowledged is lost."""

_SCRIPTS = Path(__file__).with_name("scripts")


def scripts(values: PostgresValues, *, authority: str) -> dict[str, Tree]:
    """The files with which a member starts, by name; `authority` is the path of the CA by which it knows others."""
    return {**scripts_in(_SCRIPTS), "tls.yaml": when(values.tls.enabled, settings_of_member(values, authority=authority))}


def settings(postgres: Postgres) -> Lines:
    """The settings, as YAML."""
    values, replication = postgres.values, postgres.values.replication
    return Lines(
        (
            f"ttl: {TTL}",
            f"loop_wait: {LOOP_WAIT}",
            f"retry_timeout: {RETRY_TIMEOUT}",
            # Without its store, the primary goes on as long as all other members answer it.
            "failsafe_mode: true",
            # Another member takes over at once, however long recovery after a crash would take.
            "primary_start_timeout: 0",
            "synchronous_mode: true",
            f"synchronous_mode_strict: {choose(replication.strict, 'true', 'false')}",
            "postgresql:",
            "  use_pg_rewind: true",
            fetching(postgres, "  recovery_conf:", f"    restore_command: {GET}"),
            "  parameters:",
            f"    max_connections: {values.max_connections}",
            "    wal_log_hints: 'on'",
            f"    wal_keep_size: {in_its_units(replication.wal_keep_size)}",
            f"    max_slot_wal_keep_size: {in_its_units(replication.max_slot_wal_keep_size)}",
            archiving(postgres, lambda name, value: f"    {name}: '{value}'"),
            each_entry(values.config, lambda name, value: f"    {name}: '{value}'"),
        )
    )


def in_its_units(size: str) -> str:
    """A size as PostgreSQL writes it: its MB is Kubernetes' Mi."""
    return f"{Text(WithoutEnd(expression_of(size), 'i'))}B"
