"""Values of the backup of PostgreSQL."""

from typing import Annotated, Literal

from msgspec import Meta

from tierwright.components.data.backups.repository import Repository
from tierwright.components.data.backups.schedule import SCHEDULE
from tierwright.model.composed import Entry
from tierwright.model.names import DATA_KEY, OBJECT_NAME_OR_EMPTY, pattern
from tierwright.model.running_values import PositiveCount
from tierwright.model.workload_values import Resources, Size

WAL_SIZE = pattern("wal-size", r"^[1-9][0-9]{0,4}(Mi|Gi|Ti)\Z", "bytes in Mi, Gi or Ti, such as 512Mi or 5Gi")
MOMENT = pattern(
    "moment",
    r"^(latest|[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?\+00)?\Z",
    "a moment in UTC such as '2026-11-26 10:00:00+00', or latest, or nothing",
)


class BackupStorage(Entry, frozen=True):
    """The volume of the archive of basebackup: base backups, not compressed, and WAL. It is kept whatever becomes of the server."""

    size: Size
    """The size: room for `retention` + 1 copies of the data, and for the WAL since the oldest."""
    storage_class: Annotated[str, Meta(pattern=OBJECT_NAME_OR_EMPTY)]
    """The storage class; empty: the cluster's default."""


class RestoreTest(Entry, frozen=True, kw_only=True):
    """A scheduled test: a second server, on a volume as large as the data's, of the newest base backup and all WAL since."""

    enabled: bool
    """Whether it is made, where there are backups."""
    schedule: Annotated[str, Meta(pattern=SCHEDULE)]
    """When it runs, in UTC, as a CronJob writes it."""
    max_age_hours: PositiveCount
    """It fails where the newest base backup is older."""
    assertions: dict[Annotated[str, Meta(pattern=DATA_KEY)], Annotated[str, Meta(min_length=1)]]
    """SQL by a name of it, each run by the services' role in the restored database, which must give one true: `users: SELECT
    count(*) > 0 FROM users`."""


class Restore(Entry, frozen=True):
    """The restore of the server itself. While `to` is set, the server does not run; removing it starts it on what was restored."""

    to: Annotated[str, Meta(pattern=MOMENT)]
    """The moment to which the data goes back, in UTC: '2026-11-26 10:00:00+00'; or `latest`: all that was archived. The data
    that there is stays aside on its volume. Empty: no restore."""


class Backup(Entry, frozen=True, kw_only=True):
    """Backups of the server's data: base backups and, between them, all WAL."""

    enabled: bool
    """Whether they are made; the storage must be persistent."""
    method: Literal["basebackup", "pgbackrest", "barman-cloud"]
    """`basebackup`: by what the official image has, onto a volume that is made for it; for one server. `pgbackrest`: into
    `repository`, a bucket or a volume of yours; for one server or several. It needs an image with pgBackRest. `barman-cloud`:
    into the bucket of `repository`, by CloudNativePG's plugin of this name, for its members."""
    schedule: Annotated[str, Meta(pattern=SCHEDULE)]
    """When base backups are made, in UTC, as a CronJob writes it."""
    retention: PositiveCount
    """How many base backups are kept, and the WAL since the oldest of them: how far back a restore can go. Of barman-cloud:
    how many days back."""
    storage: BackupStorage
    repository: Repository
    archive_timeout_seconds: Annotated[int, Meta(ge=1, le=3600)]
    """Of pgbackrest and barman-cloud: the seconds after which WAL is archived though its segment is not full. So much is lost
    at most when all volumes of the data are."""
    max_slot_wal_keep_size: Annotated[str, Meta(pattern=WAL_SIZE)]
    """The most WAL that the server keeps while it cannot be archived; beyond it the archive has a gap, and says so. It must be
    less than `storage.size` of the data."""
    deadline_seconds: Annotated[int, Meta(ge=60, le=604_800)]
    """The seconds after which a base backup, or a test, has failed."""
    resources: Resources
    restore_test: RestoreTest
    restore: Restore
