"""Values of services that end by themselves."""

from typing import Annotated, Literal

from msgspec import Meta

from tierwright.model.composed import Entry
from tierwright.model.names import pattern
from tierwright.model.running_values import Count

TIME_ZONE = pattern("time-zone", r"^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*\Z", "the name of a time zone, such as Europe/Vienna")


class JobValues(Entry, frozen=True, kw_only=True):
    """How the runs of a service that ends by itself are made: one that the catalogue gives a `schedule`, or `run: once`."""

    backoff_limit: Count
    """How often a run that fails is tried again, each time in a new pod."""
    active_deadline_seconds: Annotated[int, Meta(ge=1, le=2_592_000)]
    """The seconds after which a run has failed, with its gates and all tries together."""
    suspend: bool
    """With a schedule: true: no run starts any more; one that has started goes on."""
    time_zone: Annotated[str, Meta(pattern=TIME_ZONE)]
    """With a schedule: the time zone of its times."""
    concurrency_policy: Literal["Forbid", "Replace"]
    """With a schedule: what happens when a run is due and the last one goes on. Replace: that one is stopped."""
    starting_deadline_seconds: Annotated[int, Meta(ge=10, le=2_592_000)]
    """With a schedule: for how long a run that could not start in time may still start."""
    successful_jobs_history_limit: Count
    """With a schedule: how many runs that ended well are kept, with their pods and logs."""
    failed_jobs_history_limit: Count
    """With a schedule: how many runs that failed are kept, with their pods and logs."""
