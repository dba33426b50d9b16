"""Values of PostgreSQL, and what it adds to those of every service."""

from typing import Annotated

from msgspec import Meta

from tierwright.model.composed import Entry
from tierwright.model.data_values import DeveloperAccess, Operation
from tierwright.model.names import PRINTABLE, URL_OPTIONS, pattern
from tierwright.model.workload_values import PositiveCount, Size

NAME_PATTERN = pattern(
    "postgres-name",
    rf"^{PRINTABLE}([ !#%-\[\]-~]{{0,61}}{PRINTABLE})?\Z",
    "up to 63 printable ASCII characters, but no double quote, backslash, dollar sign or outer space",
)
"""Names of managed servers contain dots, hyphens, `@`, capitals and even spaces. Kubernetes would expand `$(...)` in a variable."""


class DatabasePool(Entry, frozen=True):
    """The connections that one pod opens to PostgreSQL."""

    pool_size: Annotated[
        PositiveCount,
        Meta(description="The value of `${poolSize}` in postgres.urlOptions; counted against postgres.maxConnections."),
    ]


class PostgresValues(Operation, frozen=True, kw_only=True):
    """PostgreSQL."""

    user: Annotated[
        str,
        Meta(
            pattern=NAME_PATTERN,
            description="The role that all services share. It owns the database and, where PostgreSQL runs here, is no superuser.",
        ),
    ]
    database: Annotated[str, Meta(pattern=NAME_PATTERN, description="The database; created at the first start.")]
    max_connections: Annotated[PositiveCount, Meta(description="Must be enough for the pools of all services at their largest.")]
    reserved_connections: Annotated[PositiveCount, Meta(description="Connections kept free for administration and backups.")]
    url_options: Annotated[
        str,
        Meta(
            pattern=URL_OPTIONS,
            description="The complete text after the `?` of DATABASE_URL, in the words of the program that reads it. "
            "`${poolSize}` is the service's database.poolSize. With `external.tls` it must ask for TLS. Empty: no `?`.",
        ),
    ]
    shared_buffers_percent: Annotated[int, Meta(ge=1, le=50, description="Percent of the memory limit.")]
    shared_memory: Annotated[Size, Meta(description="The size of /dev/shm, for parallel queries; counts against the memory limit.")]
    developer_access: DeveloperAccess
