"""Rules over the values of the backup of PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.components.data.postgres.backup.archive import Postgres
from tierwright.components.data.postgres.backup.names import LONGEST_NAME
from tierwright.components.data.postgres.values import PostgresValues, values_of
from tierwright.components.data.settings import kept_settings
from tierwright.config.problems import Path, written
from tierwright.expressions.conditions import all_of, opposite
from tierwright.expressions.tokens import filled
from tierwright.kit.rules import Rule
from tierwright.model.part import Complaint
from tierwright.model.platform import Platform
from tierwright.model.quantities import quantity
from tierwright.model.schedule import fault, is_ever_due


def places(postgres: Postgres) -> Iterator[Rule]:
    """Where there are backups, there is data of ours to back up, and a name for what does it."""
    path, values, on = postgres.path, postgres.values, all_of(postgres.values.backup.enabled)
    yield Rule(
        path=("backup", "enabled"),
        broken=all_of(postgres.is_external, on),
        wrong=f"{postgres.name} is external, so it is backed up where it runs",
        allowed="set it to false",
    )
    yield Rule(
        path=("backup", "enabled"),
        broken=all_of(on, opposite(values.storage.persistent)),
        wrong=f"{path}.storage.persistent is off: the data does not outlast its pod, and nothing can be restored to it",
        allowed=f"set it to false, or switch {path}.storage.persistent on",
    )
    yield Rule(
        path=("backup", "restore", "to"),
        broken=all_of(filled(values.backup.restore.to), opposite(on)),
        wrong=f"{path}.backup.enabled is off, so there is nothing to restore from",
        allowed="remove it, or switch that on",
    )
    if len(postgres.name) > LONGEST_NAME:
        yield Rule(
            path=("backup", "enabled"),
            broken=on,
            wrong=f"a data service with backups has a name of at most {LONGEST_NAME} characters",
            allowed="set it to false, or choose a shorter name in the catalogue",
        )


def settings(postgres: Postgres) -> Iterator[Rule]:
    """The server's settings by which WAL is archived are those of the backup."""
    on, by = postgres.values.backup.enabled, f"{postgres.path}.backup decides how WAL is kept"
    yield from kept_settings(postgres.values.config, "max_slot_wal_keep_size", "wal_level", "max_wal_senders", by=by, where=on)


def sizes(platform: Platform, name: str) -> Iterator[Complaint]:
    """What the server keeps for the archive leaves room on its volume."""
    values = values_of(platform, name)
    kept, size = values.backup.max_slot_wal_keep_size, values.storage.size
    if _is_on(values) and quantity(kept) >= quantity(size):
        wrong = f"WAL that is not archived may take {kept}, all of the volume of {size}, and stop the server"
        yield Complaint(("backup", "maxSlotWalKeepSize"), wrong, "lower it, or raise storage.size")


def schedule(platform: Platform, name: str) -> Iterator[Complaint]:
    """The schedule of base backups comes to a time."""
    yield from _never(("backup", "schedule"), values_of(platform, name).backup.schedule)


def schedule_of_test(platform: Platform, name: str) -> Iterator[Complaint]:
    """The schedule of the restore test comes to a time."""
    yield from _never(("backup", "restoreTest", "schedule"), values_of(platform, name).backup.restore_test.schedule)


def _never(path: Path, schedule: str) -> Iterator[Complaint]:
    if wrong := fault(schedule):
        yield Complaint(path, *wrong)
    elif not is_ever_due(schedule):
        yield Complaint(path, f"{written(schedule)} never comes", "choose days that the months have, and no empty field")


def _is_on(values: PostgresValues) -> bool:
    return values.topology != "external" and values.backup.enabled
