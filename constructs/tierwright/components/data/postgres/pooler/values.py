"""Values of the pooler."""

from typing import Annotated

from msgspec import Meta

from tierwright.components.data.settings import LINE
from tierwright.model.composed import Entry
from tierwright.model.names import URL_OPTIONS, pattern
from tierwright.model.running_values import PositiveCount, PositiveSeconds, Spread
from tierwright.model.security_values import SecurityContext
from tierwright.model.workload_values import Image, Placement, Resources

SETTING_NAME = pattern("pgbouncer-setting-name", r"^[a-z][a-z0-9_]*\Z", "a setting of PgBouncer such as query_timeout")

Connections = Annotated[int, Meta(ge=1, le=100_000)]


class Pooler(Entry, frozen=True, kw_only=True):
    """PgBouncer before the server for writes, in transaction mode. Services connect to it; steps and what runs once do not."""

    enabled: bool
    """Whether services connect to PgBouncer."""
    image: Image
    """An image with PgBouncer 1.21 or newer, psql and sh."""
    replicas: PositiveCount
    """The number of pods."""
    pool_size: PositiveCount
    """The connections to the server that each pod keeps for services; it has one more to ask for its health."""
    max_client_connections: Connections
    """The connections of services that each pod takes; enough for all services, as it may be alone."""
    url_options: Annotated[str, Meta(pattern=URL_OPTIONS)]
    """The text after the `?` of DATABASE_URL, in place of postgres.urlOptions, such as pgbouncer=true. `${poolSize}` is the
    service's database.poolSize."""
    config: dict[Annotated[str, Meta(pattern=SETTING_NAME)], Annotated[str, Meta(pattern=LINE)]]
    """Further settings, as in pgbouncer.ini: `query_timeout: "60"`. A change restarts it."""
    resources: Resources
    spread: Spread
    """How the pods are spread."""
    termination_grace_seconds: PositiveSeconds
    """How long a pod may take to end: five seconds, then the transactions that are open."""
    security: SecurityContext
    placement: Placement
