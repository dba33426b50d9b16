"""Rules over the values of `topology: cloudnative-pg`: what the operator would refuse, or do otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from tierwright.components.data.backups.store import place_rules
from tierwright.components.data.postgres.backup.archive import has_method
from tierwright.components.data.postgres.cloudnative_pg.backup import are_backed_up
from tierwright.components.data.postgres.cloudnative_pg.cluster import SECRETS
from tierwright.components.data.postgres.replicated.settings import KEPT as KEPT_BY_MEMBERS
from tierwright.components.data.postgres.values import Postgres, values_of
from tierwright.components.data.settings import kept_settings
from tierwright.config.problems import dotted
from tierwright.expressions.conditions import Matches, all_of, any_of, opposite
from tierwright.expressions.tokens import expression_of, filled
from tierwright.kit.rules import Rule
from tierwright.model.part import Complaint
from tierwright.model.platform import Platform
from tierwright.model.quantities import as_bytes, quantity

USER = r"^[A-Za-z_][A-Za-z0-9_-]*$"
ROLES = r"^(streaming_replica|cnpg_.*)$"
TAG = r"^[1-9][0-9](\.[0-9]+)*([._-].*)?$"
PSQL = r"(?m)^[ \t]*\\"
LONGEST_NAME = 50

KEPT = (
    *KEPT_BY_MEMBERS,
    *("allow_system_table_mods", "archive_.*", "bonjour", "bonjour_name", "data_sync_retry", "event_source", "jit_provider"),
    *("log_destination", "log_directory", "log_file_mode", "log_filename", "log_rotation_.*", "log_truncate_on_rotation"),
    *("logging_collector", "pg_failover_slots\\..*", "promote_trigger_file", "restart_after_crash", "shared_preload_libraries"),
    *("ssl", "ssl_.*", "stats_temp_directory", "synchronized_standby_slots", "syslog_.*", "temp_tablespaces"),
)
"""The settings that the operator refuses, or makes itself.

https://cloudnative-pg.io/docs/1.29/postgresql_conf, "Fixed parameters".
"""


def _rules(postgres: Postgres) -> Iterator[Rule]:
    values, path, operated = postgres.values, postgres.path, postgres.is_operated
    yield Rule(
        path=("user",),
        broken=all_of(operated, opposite(Matches(expression_of(values.user), USER))),
        wrong="the operator reads it from a Secret that is made with it",
        allowed="choose letters, digits, hyphens and underscores, the first a letter or an underscore",
    )
    yield Rule(
        path=("user",),
        broken=all_of(operated, Matches(expression_of(values.user), ROLES)),
        wrong="the operator has a role of this name already",
        allowed="choose another name, such as services",
    )
    yield Rule(
        path=("database",),
        broken=all_of(operated, values.database == "postgres"),
        wrong="the operator keeps this database for itself",
        allowed="choose another name",
    )
    yield Rule(
        path=("initSql",),
        broken=all_of(operated, Matches(expression_of(values.init_sql), PSQL)),
        wrong="a line begins with a backslash, and the operator knows SQL, but no commands of psql",
        allowed="write it in SQL",
    )
    yield Rule(
        path=("cloudnativePg", "image", "tag"),
        broken=all_of(operated, opposite(Matches(expression_of(values.cloudnative_pg.image.tag), TAG))),
        wrong="the operator learns PostgreSQL's major version from the tag",
        allowed="name a tag that begins with it, such as 16.10-standard-trixie",
    )
    yield Rule(
        path=("tls", "secret"),
        broken=all_of(operated, values.tls.enabled, any_of(*(values.tls.secret == f"{postgres.name}{end}" for end in SECRETS))),
        wrong="the operator makes a Secret of this name itself",
        allowed="choose another name",
    )
    yield Rule(
        path=("loginPerService",),
        broken=all_of(operated, values.login_per_service),
        wrong="the operator makes roles without settings, by which a login acts as the owner of the database",
        allowed=f"set it to false, or {path}.topology: replicated",
    )
    if len(postgres.name) > LONGEST_NAME:
        yield Rule(
            path=("topology",),
            broken=operated,
            wrong=f"the operator takes names of at most {LONGEST_NAME} characters",
            allowed="choose a shorter name in the catalogue",
        )
    by = f"{path}.replication and the operator decide such things"
    yield from kept_settings(values.config, *KEPT, by=by, where=operated)


def _memory(platform: Platform, name: str) -> Iterator[Complaint]:
    """The operator refuses shared buffers that are more than the request."""
    values = values_of(platform, name)
    if values.topology != "cloudnative-pg":
        return
    requested, limit = (amounts.get("memory") for amounts in (values.resources.requests, values.resources.limits))
    if not requested or not limit:
        return
    buffers = quantity(limit) * values.shared_buffers_percent / Decimal(100)
    if buffers > quantity(requested):
        wrong = f"shared buffers take {as_bytes(buffers)}, but a pod requests {requested}, and the operator refuses that"
        request = dotted((*platform.catalogue.place(name), "resources", "requests", "memory"))
        yield Complaint(("sharedBuffersPercent",), wrong, f"lower it, or raise {request}", alone=True)


def _backups(postgres: Postgres) -> Iterator[Rule]:
    """What the operator's plugin needs, and what it does not do."""
    path, backup = postgres.path, postgres.values.backup
    repository, on = backup.repository, all_of(are_backed_up(postgres), has_method(postgres, "barman-cloud"))
    also = (("backup", "method"), ("backup", "enabled"))
    yield from place_rules(repository, who="the plugin", path=path, used=on, also=also, in_volumes=False)
    yield Rule(
        path=("backup", "repository", "passphrase", "name"),
        broken=all_of(on, filled(repository.passphrase.name)),
        wrong="the plugin encrypts nothing itself",
        allowed="remove it, and have the bucket encrypt what it holds",
    )
    yield Rule(
        path=("backup", "restoreTest", "enabled"),
        also=also,
        broken=all_of(on, backup.restore_test.enabled),
        wrong="nothing here can test what the operator's plugin has written",
        allowed=f"set {path}.backup.restoreTest.enabled: false, and restore into a second Cluster from time to time",
    )
    yield Rule(
        path=("backup", "restore", "to"),
        broken=all_of(on, filled(backup.restore.to)),
        wrong="the operator restores into a new Cluster, and never into one that is there",
        allowed="remove it, and make such a Cluster",
    )


RULES = (_rules, _backups)
PROGRAM_RULES = (_memory,)
ALONE = ("shared buffers that are more than `PATH.resources.requests.memory`, where an operator runs it",)
