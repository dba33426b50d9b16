"""Values of the snapshots of a data service."""

from typing import Annotated

from msgspec import Meta

from tierwright.components.data.backups.repository import Repository
from tierwright.components.data.backups.schedule import SCHEDULE
from tierwright.model.composed import Entry
from tierwright.model.names import pattern
from tierwright.model.running_values import PositiveCount
from tierwright.model.workload_values import Image, Resources, Size

SNAPSHOT = pattern(
    "snapshot", r"^(latest|[0-9]{8}T[0-9]{6}Z)?\Z", "the name of a snapshot such as 20261126T023000Z, or latest, or nothing"
)


class SnapshotRestore(Entry, frozen=True):
    """The restore of the data. While `snapshot` is set, no server runs; removing it starts them on what was restored."""

    snapshot: Annotated[str, Meta(pattern=SNAPSHOT)]
    """The snapshot to which the data goes back: its name, a moment in UTC such as 20261126T023000Z, or `latest`. What was
    there stays aside on its volume. Empty: no restore."""


class Copies(Entry, frozen=True, kw_only=True):
    """Copies that are made on a schedule and kept in a repository."""

    enabled: bool
    """Whether they are made; the storage must be persistent."""
    schedule: Annotated[str, Meta(pattern=SCHEDULE)]
    """When they are made, in UTC, as a CronJob writes it."""
    retention: PositiveCount
    """How many of them are kept."""
    image: Image
    """The image with rclone, which writes to the repository and reads it."""
    repository: Repository
    scratch: Size
    """Room on the node's disk for a whole snapshot; a pod that writes more is evicted."""
    deadline_seconds: Annotated[int, Meta(ge=60, le=604_800)]
    """The seconds after which a snapshot has failed."""
    resources: Resources


class Snapshots(Copies, frozen=True, kw_only=True):
    """Copies of all data, made on a schedule and kept in a repository."""

    restore: SnapshotRestore
