"""Values of PostgreSQL, and what it adds to those of every service."""

from typing import Annotated, Literal

from msgspec import Meta

from tierwright.components.data.postgres.backup.values import WAL_SIZE, Backup
from tierwright.components.data.postgres.pooler.values import Pooler
from tierwright.components.data.postgres.tls.values import Tls
from tierwright.kit.instance import Instance
from tierwright.model.composed import Entry
from tierwright.model.data_values import DeveloperAccess, ExternalDataService, Operation, Operator
from tierwright.model.names import HOST_OR_EMPTY, PRINTABLE, URL_OPTIONS, pattern, sized
from tierwright.model.platform import Platform
from tierwright.model.running_values import PositiveCount, Spread
from tierwright.model.security_values import SecurityContext
from tierwright.model.workload_values import Image, Size

NAME_PATTERN = pattern(
    "postgres-name",
    sized(1, 63, rf"{PRINTABLE}([ !#%-\[\]-~]*{PRINTABLE})?\Z"),
    "up to 63 printable ASCII characters, but no double quote, backslash, dollar sign or outer space",
)
"""Names of managed servers contain dots, hyphens, `@`, capitals and even spaces. Kubernetes would expand `$(...)` in a variable."""


SETTING_NAME = pattern(
    "postgres-setting-name",
    r"^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?\Z",
    "a setting in small letters such as work_mem or pg_stat_statements.track",
)
"""PostgreSQL takes capitals for small letters. With one way to write a name, rules find it, and it is there once."""

SETTING = pattern(
    "postgres-setting", r"^[ -&(-\[\]-~]*\Z", "printable ASCII characters, but no single quote or backslash; numbers in quotes"
)
EXTENSION = pattern("postgres-extension", sized(1, 63, r"[A-Za-z_][A-Za-z0-9_-]*\Z"), "an extension such as pg_trgm")


class DatabasePool(Entry, frozen=True):
    """The connections that one pod opens to PostgreSQL."""

    pool_size: PositiveCount
    """The value of `${poolSize}` in postgres.urlOptions; counted against postgres.maxConnections."""


class ExternalPostgres(ExternalDataService, frozen=True, kw_only=True):
    """Where a PostgreSQL elsewhere listens; used with `topology: external`."""

    reads_host: Annotated[str, Meta(pattern=HOST_OR_EMPTY)]
    """Where its replicas listen, on the same port, for services that need NAME:reads; empty: at `host` too."""


MOST_MEMBERS = 9
"""Each member has the right to change itself alone, so all of their names are listed."""


class Replication(Entry, frozen=True, kw_only=True):
    """How the members of `topology: replicated` or `cloudnative-pg` copy from one another."""

    members: Annotated[int, Meta(ge=1, le=MOST_MEMBERS)]
    """The number of pods, 3 or more. One is the primary."""
    strict: bool
    """Whether commits wait where there is no standby to copy to. false: the primary goes on alone, and what it acknowledged
    then is lost if its volume is."""
    wal_keep_size: Annotated[str, Meta(pattern=WAL_SIZE)]
    """The write-ahead log kept for members that return, beside what slots keep."""
    max_slot_wal_keep_size: Annotated[str, Meta(pattern=WAL_SIZE)]
    """The most that is kept for one that is away. Must fit into the volume."""
    spread: Spread
    """How the members are spread; DoNotSchedule lets a single node have them all."""


class CloudnativePg(Entry, frozen=True, kw_only=True):
    """What the operator CloudNativePG is told with `topology: cloudnative-pg`, beside all else that is here."""

    image: Image
    """An image with the programs that the operator needs; the tag begins with PostgreSQL's major version."""
    security: SecurityContext
    """The user of PostgreSQL in that image."""
    operator: Operator


class PostgresValues(Operation, frozen=True, kw_only=True):
    """PostgreSQL."""

    topology: Literal["single", "replicated", "cloudnative-pg", "external"]  # type: ignore[assignment] # more than others have
    """`single`: one pod in the cluster. `replicated`: several, of which Patroni makes one the primary; needs an image with it.
    `cloudnative-pg`: the same, run by the operator CloudNativePG, which must be in the cluster. `external`: it runs elsewhere,
    and only policies and gates are made."""
    replication: Replication
    cloudnative_pg: CloudnativePg
    user: Annotated[str, Meta(pattern=NAME_PATTERN)]
    """The role that owns the database and, where PostgreSQL runs here, is no superuser. Services log in as it, unless
    `loginPerService` holds."""
    login_per_service: bool
    """Whether each service has a login of its own, with its name, a password from the Secret NAME-login-SERVICE, and a limit
    of connections. It acts as `user`."""
    database: Annotated[str, Meta(pattern=NAME_PATTERN)]
    """The database; created at the first start."""
    max_connections: PositiveCount
    """Must be enough for the pools of all services at their largest."""
    reserved_connections: PositiveCount
    """Connections kept free for administration and backups."""
    url_options: Annotated[str, Meta(pattern=URL_OPTIONS)]
    """The complete text after the `?` of DATABASE_URL, in the words of the program that reads it. `${poolSize}` is the
    service's database.poolSize. Unless it says `sslmode=` or `ssl=`, and where there is a CA,
    `sslmode=verify-full&sslrootcert=` and its path follow. With `external.tls` and no CA it must ask for TLS."""
    shared_buffers_percent: Annotated[int, Meta(ge=1, le=50)]
    """Percent of the memory limit."""
    config: dict[Annotated[str, Meta(pattern=SETTING_NAME)], Annotated[str, Meta(pattern=SETTING)]]
    """Further settings of the server, as in postgresql.conf but without quotes: `work_mem: 16MB`. A change restarts it."""
    extensions: list[Annotated[str, Meta(pattern=EXTENSION)]]
    """Extensions that the image has, made in the database at the first start only."""
    init_sql: str
    """SQL that the administrator runs in the database at the first start only, after the extensions. `:"user"` in it is the
    services' role."""
    shared_memory: Size
    """The size of /dev/shm, for parallel queries; counts against the memory limit."""
    tls: Tls
    developer_access: DeveloperAccess
    pooler: Pooler
    backup: Backup
    external: ExternalPostgres


Postgres = Instance[PostgresValues]
"""One data service of this kind, as its functions see it."""


def values_of(platform: Platform, name: str) -> PostgresValues:
    """The values of the data service `name` of a platform, which is a PostgreSQL."""
    values: PostgresValues = platform.data_services[name]  # type: ignore[assignment] # those of this kind
    return values
