"""Rules over the values of the backup of PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.components.data.backups.jobs import persists, restorable, runs_here
from tierwright.components.data.backups.schedule import never
from tierwright.components.data.backups.store import place_rules
from tierwright.components.data.postgres.backup.archive import by_pgbackrest, has_method, is_on
from tierwright.components.data.postgres.backup.names import LONGEST_NAME
from tierwright.components.data.postgres.topology import OFFICIAL_IMAGE, is_replicated
from tierwright.components.data.postgres.values import Postgres, PostgresValues, values_of
from tierwright.components.data.settings import kept_settings
from tierwright.expressions.conditions import Matches, all_of, opposite
from tierwright.expressions.tokens import expression_of, filled
from tierwright.kit.rules import Rule
from tierwright.model.part import Complaint
from tierwright.model.platform import Platform
from tierwright.model.quantities import quantity

KEPT = (
    *("max_slot_wal_keep_size", "wal_level", "max_wal_senders"),
    *("archive_mode", "archive_command", "archive_library", "archive_timeout"),
)
"""The settings on which it depends that the archive has no gap."""


def places(postgres: Postgres) -> Iterator[Rule]:
    """Where there are backups, there is data of ours to back up, and a name for what does it."""
    on, restore = all_of(postgres.values.backup.enabled), postgres.values.backup.restore.to
    yield from runs_here(postgres, on, longest=LONGEST_NAME)
    yield from persists(postgres, on)
    yield from restorable(postgres, on, path=("backup", "restore", "to"), value=restore)


def method(postgres: Postgres) -> Iterator[Rule]:
    """The method fits the topology and the image."""
    path, values, on, by = postgres.path, postgres.values, postgres.values.backup.enabled, by_pgbackrest(postgres)
    replicated, barman = is_replicated(postgres), has_method(postgres, "barman-cloud")
    yield Rule(
        path=("backup", "method"),
        also=(("backup", "enabled"),),
        broken=all_of(on, postgres.is_own, barman),
        wrong="only the members of CloudNativePG are backed up by its plugin",
        allowed=f"choose another method, or set {path}.topology: cloudnative-pg",
    )
    yield Rule(
        path=("backup", "method"),
        also=(("backup", "enabled"),),
        broken=all_of(on, postgres.is_operated, opposite(barman)),
        wrong="CloudNativePG backs its members up itself, by its plugin",
        allowed=f"set {path}.backup.method: barman-cloud, with a bucket in {path}.backup.repository.s3",
    )
    yield Rule(
        path=("backup", "method"),
        also=(("backup", "enabled"),),
        broken=all_of(on, replicated, has_method(postgres, "basebackup")),
        wrong="the archive of basebackup follows one server, and not whichever member is the primary",
        allowed=f"set {path}.backup.method: pgbackrest, with a place in {path}.backup.repository",
    )
    yield Rule(
        path=("image", "repository"),
        also=(("backup", "method"),),
        broken=all_of(
            on,
            by,
            opposite(replicated),
            opposite(postgres.is_operated),
            Matches(expression_of(values.image.repository), OFFICIAL_IMAGE),
        ),
        wrong=f"the official image has no pgBackRest, which {path}.backup.method: pgbackrest needs",
        allowed=f"build one from images/postgres-patroni and name it, or set {path}.backup.method: basebackup",
    )


def repository(postgres: Postgres) -> Iterator[Rule]:
    """The repository of pgBackRest is in one place, and complete; where an archive has its own volume, there is none."""
    path, repository, by = postgres.path, postgres.values.backup.repository, by_pgbackrest(postgres)
    used, also = (
        all_of(postgres.values.backup.enabled, by, opposite(postgres.is_operated)),
        (("backup", "method"), ("backup", "enabled")),
    )
    yield from place_rules(repository, who="pgBackRest", path=path, used=used, also=also)
    claim, bucket, passphrase = repository.claim, repository.s3.bucket, repository.passphrase.name
    for place, named in {("claim",): claim, ("s3", "bucket"): bucket, ("passphrase", "name"): passphrase}.items():
        yield Rule(
            path=("backup", "repository", *place),
            broken=all_of(is_on(postgres), filled(named), has_method(postgres, "basebackup")),
            wrong="only pgBackRest writes to a repository",
            allowed=f"remove it, or set {path}.backup.method: pgbackrest",
        )


def settings(postgres: Postgres) -> Iterator[Rule]:
    """The server's settings by which WAL is archived are those of the backup."""
    on, by = is_on(postgres), f"{postgres.path}.backup decides how WAL is kept"
    yield from kept_settings(postgres.values.config, *KEPT, by=by, where=on)


def sizes(platform: Platform, name: str) -> Iterator[Complaint]:
    """What the server keeps for the archive leaves room on its volume."""
    values = values_of(platform, name)
    kept, size = values.backup.max_slot_wal_keep_size, values.storage.size
    if _is_on(values) and quantity(kept) >= quantity(size):
        wrong = f"WAL that is not archived may take {kept}, all of the volume of {size}, and stop the server"
        yield Complaint(("backup", "maxSlotWalKeepSize"), wrong, "lower it, or raise storage.size")


def schedule(platform: Platform, name: str) -> Iterator[Complaint]:
    """The schedule of base backups comes to a time."""
    yield from never(("backup", "schedule"), values_of(platform, name).backup.schedule)


def schedule_of_test(platform: Platform, name: str) -> Iterator[Complaint]:
    """The schedule of the restore test comes to a time."""
    yield from never(("backup", "restoreTest", "schedule"), values_of(platform, name).backup.restore_test.schedule)


def _is_on(values: PostgresValues) -> bool:
    return values.topology not in ("external", "cloudnative-pg") and values.backup.enabled
