"""Rules over the values of PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.components.data.postgres.backup import rules as backup
from tierwright.components.data.postgres.connections import connections
from tierwright.components.data.postgres.server import Postgres
from tierwright.components.data.settings import kept_settings
from tierwright.expressions.conditions import Matches, Truth, all_of, opposite
from tierwright.expressions.expression import Key
from tierwright.expressions.texts import WithNumber, WordsMatching
from tierwright.expressions.tokens import Text, expression_of, filled
from tierwright.kit.references import no_dangling
from tierwright.kit.rules import Rule
from tierwright.kit.walks.references import OneSetting
from tierwright.model.environment import of_every_client

POOL_SIZE = "${poolSize}"
"""The placeholder in the options of DATABASE_URL that is replaced with the size of a service's pool."""

TAKEN_ROLES = r"^(postgres|public|none|pg_.*)$"
"""The administrator's own name, and those that PostgreSQL keeps for itself."""

TEMPLATES = r"^template[01]$"

ASKS_FOR_TLS = r"(^|&)(sslmode|ssl)=[^&]"
"""In the words of libpq and Prisma, and of node-postgres, JDBC and asyncpg. Clients know an option by its exact name."""

LETS_TLS_GO = r"(?i)(^|&)(sslmode|ssl)=(disable|allow|prefer|false|no|off|0)(&|$)"
"""`allow` and `prefer` also connect without TLS."""


def _references(postgres: Postgres) -> Iterator[Rule]:
    """The options become part of a variable of each service that reaches PostgreSQL."""
    known = of_every_client(postgres.blueprint.catalogue, postgres.name)
    yield no_dangling(("urlOptions",), known=known, settings=OneSetting(expression_of(postgres.values.url_options)))


def _placeholders(postgres: Postgres) -> Iterator[Rule]:
    unknown = WordsMatching(WithNumber(expression_of(postgres.values.url_options), POOL_SIZE, 1), r"\$\{[^&}]*\}?")
    yield Rule(
        path=("urlOptions",),
        words=unknown,
        broken=Truth(unknown),
        wrong=f"there is no placeholder `{Text(Key())}`",
        allowed=f"allowed: {POOL_SIZE}",
    )


def _tls(postgres: Postgres) -> Iterator[Rule]:
    values, path = postgres.values, postgres.path
    whole, options = postgres.blueprint.has_whole_url(postgres.name), expression_of(values.url_options)
    secure = all_of(postgres.is_external, opposite(whole), values.external.tls)
    let_go = Matches(options, LETS_TLS_GO)
    yield Rule(
        path=("urlOptions",),
        broken=all_of(secure, let_go),
        wrong=f"{path}.external.tls is on, but this connects without TLS too",
        allowed=f"write sslmode=require, or verify-full, or switch {path}.external.tls off",
    )
    yield Rule(
        path=("topology",),
        broken=all_of(secure, opposite(let_go), opposite(Matches(options, ASKS_FOR_TLS))),
        wrong=f"{postgres.name} is external and {path}.external.tls is on, but {path}.urlOptions does not ask for TLS",
        allowed=f"add sslmode=require, or verify-full, to {path}.urlOptions",
    )


def _reads(postgres: Postgres) -> Iterator[Rule]:
    """Where a URL comes whole, nothing takes the place of its host."""
    path = postgres.path
    yield Rule(
        path=("external", "readsHost"),
        broken=all_of(postgres.blueprint.has_whole_url(postgres.name), filled(postgres.values.external.reads_host)),
        wrong="the URL comes whole from a Secret, so services would read at the host in it",
        allowed=f"leave it empty, or name the key of the password alone in {path}.external.secret.key and leave urlKey empty",
    )


def _names(postgres: Postgres) -> Iterator[Rule]:
    """Names that PostgreSQL, or its administrator, keeps."""
    yield Rule(
        path=("user",),
        broken=all_of(postgres.is_here, Matches(expression_of(postgres.values.user), TAKEN_ROLES)),
        wrong="PostgreSQL, or its administrator, has a role of this name already",
        allowed="choose another name, such as services",
    )
    yield Rule(
        path=("database",),
        broken=all_of(postgres.is_here, Matches(expression_of(postgres.values.database), TEMPLATES)),
        wrong="new databases are copied from it",
        allowed="choose another name",
    )


KEPT = (
    *("port", "max_connections", "shared_buffers", "effective_cache_size"),
    *("listen_addresses", "unix_socket_directories", "unix_socket_group", "unix_socket_permissions"),
    *("data_directory", "config_file", "hba_file", "ident_file", "external_pid_file"),
)
"""The settings that the start, the probes and the image decide."""


def _config(postgres: Postgres) -> Iterator[Rule]:
    path = postgres.path
    by = f"{path}.maxConnections, {path}.sharedBuffersPercent, the limit of memory and the port in the catalogue decide such things"
    yield from kept_settings(postgres.values.config, *KEPT, by=by)


RULES = (_placeholders, _tls, _reads, _names, _references, _config, backup.places, backup.settings)
PROGRAM_RULES = (connections, backup.sizes, backup.schedule, backup.schedule_of_test)
