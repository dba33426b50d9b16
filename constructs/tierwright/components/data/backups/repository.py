"""Where backups are kept: a bucket, or a volume."""

from typing import Annotated, Literal

from msgspec import Meta

from tierwright.model.composed import Entry
from tierwright.model.data_values import Cidrs
from tierwright.model.names import DATA_KEY, HOST_OR_EMPTY, OBJECT_NAME_OR_EMPTY, pattern, sized
from tierwright.model.ports import PortNumber

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


class OwnSecret(Entry, frozen=True):
    """A key of a Secret of yours."""

    name: Annotated[str, Meta(pattern=OBJECT_NAME_OR_EMPTY)]
    """A Secret in the platform's namespace; empty: none."""
    key: Annotated[str, Meta(pattern=DATA_KEY)]
    """The key in it."""


class BucketSecret(Entry, frozen=True):
    """The Secret with what lets the backup into the bucket: to list, read, write and delete below `path`."""

    name: Annotated[str, Meta(pattern=OBJECT_NAME_OR_EMPTY)]
    """A Secret in the platform's namespace."""
    id_key: Annotated[str, Meta(pattern=DATA_KEY)]
    """The key in it that holds the access key's ID."""
    secret_key: Annotated[str, Meta(pattern=DATA_KEY)]
    """The key in it that holds the secret access key."""


class Bucket(Entry, frozen=True, kw_only=True):
    """A bucket of S3, or of what speaks its protocol over TLS."""

    host: Annotated[str, Meta(pattern=HOST_OR_EMPTY)]
    """The endpoint, such as s3.eu-central-1.amazonaws.com."""
    port: PortNumber
    """Its port."""
    bucket: Annotated[str, Meta(pattern=BUCKET)]
    """The bucket. Empty: the repository is no bucket."""
    region: Annotated[str, Meta(pattern=REGION)]
    """The region, by which requests are signed."""
    uri_style: Literal["host", "path"]
    """Where requests name the bucket: `host` for Amazon's S3, `path` for most others."""
    secret: BucketSecret
    ca: OwnSecret
    """The certificate authority of the endpoint; empty: one that the image trusts."""
    cidrs: Cidrs
    """The networks that contain it; empty: policies allow its port anywhere."""


class Repository(Entry, frozen=True, kw_only=True):
    """Where backups are written to: a bucket, or a volume of yours. It is kept whatever becomes of the platform."""

    claim: Annotated[str, Meta(pattern=OBJECT_NAME_OR_EMPTY)]
    """A PersistentVolumeClaim in the platform's namespace. If the pods that mount it are on several nodes, it must be
    ReadWriteMany. Empty: the repository is no volume."""
    s3: Bucket
    path: Annotated[str, Meta(pattern=REPOSITORY_PATH)]
    """The path in it. No other platform may have the same one in the same place."""
    passphrase: OwnSecret
    """What everything is encrypted with. It can never change for a path. Empty: nothing is."""
