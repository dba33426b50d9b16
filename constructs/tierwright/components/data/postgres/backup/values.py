"""Values of the backup of PostgreSQL."""

from typing import Annotated, Literal

from msgspec import Meta

from tierwright.model.composed import Entry
from tierwright.model.data_values import Cidrs
from tierwright.model.names import DATA_KEY, HOST_OR_EMPTY, OBJECT_NAME_OR_EMPTY, pattern, sized
from tierwright.model.ports import PortNumber
from tierwright.model.running_values import PositiveCount
from tierwright.model.workload_values import Resources, Size


def _list(number: str) -> str:
    """A list of numbers, ranges and steps, as a field of a schedule is."""
    entry = rf"(\*|{number}(-{number})?)(/[1-9][0-9]?)?"
    return f"{entry}(,{entry})*"


_FIELDS = ("[1-5]?[0-9]", "(1?[0-9]|2[0-3])", "([1-9]|[12][0-9]|3[01])", "([1-9]|1[0-2])", "[0-6]")
_NAMED = r"@(yearly|annually|monthly|weekly|daily|midnight|hourly)"

SCHEDULE = pattern(
    "schedule",
    rf"^({' '.join(map(_list, _FIELDS))}|{_NAMED})\Z",
    "minute, hour, day of the month, month and day of the week, in numbers, such as '0 2 * * 1-5', or such as @daily",
)
WAL_SIZE = pattern("wal-size", r"^[1-9][0-9]{0,4}(Mi|Gi|Ti)\Z", "bytes in Mi, Gi or Ti, such as 512Mi or 5Gi")
MOMENT = pattern(
    "moment",
    r"^(latest|[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?\+00)?\Z",
    "a moment in UTC such as '2026-11-26 10:00:00+00', or latest, or nothing",
)
BUCKET = pattern(
    "bucket",
    sized(0, 63, r"([a-z0-9][-a-z0-9.]*[a-z0-9])?\Z"),
    "the name of a bucket (lower-case letters, digits, hyphens and dots), or ''",
)
REGION = pattern("region", r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\Z", "a region such as eu-central-1")
REPOSITORY_PATH = pattern(
    "repository-path",
    r"^(/[A-Za-z0-9_][-A-Za-z0-9_.]*)+\Z",
    "a path such as /shop, of letters, digits, hyphens, underscores and dots",
)
Method = Annotated[
    Literal["basebackup", "pgbackrest"],
    Meta(
        description="`basebackup`: by what the official image has, onto a volume that is made for it; for one server. "
        "`pgbackrest`: into `repository`, a bucket or a volume of yours; for one server or several. It needs an image with "
        "pgBackRest."
    ),
]


class BackupStorage(Entry, frozen=True):
    """The volume of the archive of basebackup: base backups, not compressed, and WAL. It is kept whatever becomes of the server."""

    size: Annotated[
        Size, Meta(description="The size: room for `retention` + 1 copies of the data, and for the WAL since the oldest.")
    ]
    storage_class: Annotated[
        str, Meta(pattern=OBJECT_NAME_OR_EMPTY, description="The storage class; empty: the cluster's default.")
    ]


class OwnSecret(Entry, frozen=True):
    """A key of a Secret of yours."""

    name: Annotated[str, Meta(pattern=OBJECT_NAME_OR_EMPTY, description="A Secret in the platform's namespace; empty: none.")]
    key: Annotated[str, Meta(pattern=DATA_KEY, description="The key in it.")]


class BucketSecret(Entry, frozen=True):
    """The Secret with what lets pgBackRest into the bucket: to list, read, write and delete below `path`."""

    name: Annotated[str, Meta(pattern=OBJECT_NAME_OR_EMPTY, description="A Secret in the platform's namespace.")]
    id_key: Annotated[str, Meta(pattern=DATA_KEY, description="The key in it that holds the access key's ID.")]
    secret_key: Annotated[str, Meta(pattern=DATA_KEY, description="The key in it that holds the secret access key.")]


class Bucket(Entry, frozen=True, kw_only=True):
    """A bucket of S3, or of what speaks its protocol over TLS."""

    host: Annotated[str, Meta(pattern=HOST_OR_EMPTY, description="The endpoint, such as s3.eu-central-1.amazonaws.com.")]
    port: Annotated[PortNumber, Meta(description="Its port.")]
    bucket: Annotated[str, Meta(pattern=BUCKET, description="The bucket. Empty: the repository is no bucket.")]
    region: Annotated[str, Meta(pattern=REGION, description="The region, by which requests are signed.")]
    uri_style: Annotated[
        Literal["host", "path"],
        Meta(description="Where requests name the bucket: `host` for Amazon's S3, `path` for most others."),
    ]
    secret: BucketSecret
    ca: Annotated[OwnSecret, Meta(description="The certificate authority of the endpoint; empty: one that the image trusts.")]
    cidrs: Annotated[Cidrs, Meta(description="The networks that contain it; empty: policies allow its port anywhere.")]


class Repository(Entry, frozen=True, kw_only=True):
    """Where pgBackRest writes to: a bucket, or a volume of yours. It is kept whatever becomes of the platform."""

    claim: Annotated[
        str,
        Meta(
            pattern=OBJECT_NAME_OR_EMPTY,
            description="A PersistentVolumeClaim in the platform's namespace, which all members mount: on several nodes it must be "
            "ReadWriteMany. Empty: the repository is no volume.",
        ),
    ]
    s3: Bucket
    path: Annotated[
        str, Meta(pattern=REPOSITORY_PATH, description="The path in it. No other platform may have the same one in the same place.")
    ]
    passphrase: Annotated[
        OwnSecret,
        Meta(description="What everything is encrypted with (AES-256). It can never change for a path. Empty: nothing is."),
    ]


class RestoreTest(Entry, frozen=True, kw_only=True):
    """A scheduled test: a second server, on a volume as large as the data's, of the newest base backup and all WAL since."""

    enabled: Annotated[bool, Meta(description="Whether it is made, where there are backups.")]
    schedule: Annotated[str, Meta(pattern=SCHEDULE, description="When it runs, in UTC, as a CronJob writes it.")]
    max_age_hours: Annotated[PositiveCount, Meta(description="It fails where the newest base backup is older.")]
    assertions: Annotated[
        dict[Annotated[str, Meta(pattern=DATA_KEY)], Annotated[str, Meta(min_length=1)]],
        Meta(
            description="SQL by a name of it, each run by the services' role in the restored database, which must give one true: "
            "`users: SELECT count(*) > 0 FROM users`."
        ),
    ]


class Restore(Entry, frozen=True):
    """The restore of the server itself. While `to` is set, the server does not run; removing it starts it on what was restored."""

    to: Annotated[
        str,
        Meta(
            pattern=MOMENT,
            description="The moment to which the data goes back, in UTC: '2026-11-26 10:00:00+00'; or `latest`: all that was "
            "archived. The data that there is stays aside on its volume. Empty: no restore.",
        ),
    ]


class Backup(Entry, frozen=True, kw_only=True):
    """Backups of the server's data: base backups and, between them, all WAL."""

    enabled: Annotated[bool, Meta(description="Whether they are made; the storage must be persistent.")]
    method: Method
    schedule: Annotated[str, Meta(pattern=SCHEDULE, description="When base backups are made, in UTC, as a CronJob writes it.")]
    retention: Annotated[
        PositiveCount,
        Meta(description="How many base backups are kept, and the WAL since the oldest of them: how far back a restore can go."),
    ]
    storage: BackupStorage
    repository: Repository
    archive_timeout_seconds: Annotated[
        int,
        Meta(
            ge=1,
            le=3600,
            description="Of pgbackrest: the seconds after which WAL is archived though its segment is not full. So much is lost at "
            "most when all volumes of the data are.",
        ),
    ]
    max_slot_wal_keep_size: Annotated[
        str,
        Meta(
            pattern=WAL_SIZE,
            description="The most WAL that the server keeps while it cannot be archived; beyond it the archive has a gap, and says "
            "so. It must be less than `storage.size` of the data.",
        ),
    ]
    deadline_seconds: Annotated[
        int, Meta(ge=60, le=604_800, description="The seconds after which a base backup, or a test, has failed.")
    ]
    resources: Resources
    restore_test: RestoreTest
    restore: Restore
