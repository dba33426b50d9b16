"""Rules over the values of PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tierwright.components.data.postgres import wal
from tierwright.components.data.postgres.backup import rules as backup
from tierwright.components.data.postgres.connections import connections
from tierwright.components.data.postgres.tls import rules as tls
from tierwright.components.data.postgres.values import Postgres
from tierwright.components.data.settings import kept_settings, unfit_setting
from tierwright.config.problems import Path
from tierwright.expressions.conditions import Matches, Truth, all_of
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


def option_rules(postgres: Postgres, path: Path, options: str) -> Iterator[Rule]:
    """The rules of the options of a URL, which become part of a variable of each service that reaches PostgreSQL."""
    known = of_every_client(postgres.blueprint.catalogue, postgres.name)
    yield no_dangling(path, known=known, settings=OneSetting(expression_of(options)))
    unknown = WordsMatching(WithNumber(expression_of(options), POOL_SIZE, 1), r"\$\{[^&}]*\}?")
    yield Rule(
        path=path,
        words=unknown,
        broken=Truth(unknown),
        wrong=f"there is no placeholder `{Text(Key())}`",
        allowed=f"allowed: {POOL_SIZE}",
    )


def _options(postgres: Postgres) -> Iterator[Rule]:
    yield from option_rules(postgres, ("urlOptions",), postgres.values.url_options)


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


def _logins(postgres: Postgres) -> Iterator[Rule]:
    """Each login can have the name of its service, and its password is known."""
    path, values = postgres.path, postgres.values
    yield Rule(
        path=("loginPerService",),
        broken=all_of(postgres.has_logins, postgres.blueprint.has_whole_url(postgres.name)),
        wrong="the URL comes whole from a Secret, with one login for all services",
        allowed=f"set it to false, or leave {path}.external.secret.urlKey empty",
    )
    if postgres.logins:
        yield Rule(
            path=("user",),
            broken=all_of(postgres.has_logins, Matches(expression_of(values.user), f"^({'|'.join(postgres.logins)})$")),
            wrong="a service of this name would have the login of this name, and it is the owner's",
            allowed=f"choose another name, or set {path}.loginPerService to false",
        )
    for client in filter(re.compile(TAKEN_ROLES).match, postgres.logins):
        yield Rule(
            path=("loginPerService",),
            broken=all_of(postgres.has_logins),
            wrong=f"the service {client} can have no login of its name: PostgreSQL, or its administrator, has such a role already",
            allowed="set it to false, or give the service another name",
        )


KEPT = (
    *("port", "max_connections", "superuser_reserved_connections", "reserved_connections"),
    *("shared_buffers", "effective_cache_size"),
    *("listen_addresses", "unix_socket_directories", "unix_socket_group", "unix_socket_permissions"),
    *("data_directory", "config_file", "hba_file", "ident_file", "external_pid_file"),
)
"""The settings that the start, the probes and the image decide."""


def _config(postgres: Postgres) -> Iterator[Rule]:
    path = postgres.path
    by = f"{path}.maxConnections, {path}.sharedBuffersPercent, the limit of memory and the port in the catalogue decide such things"
    yield from kept_settings(postgres.values.config, *KEPT, by=by)
    yield unfit_setting(
        postgres.values.config,
        "password_encryption",
        r"(?i)md5",
        wrong="the server takes passwords by SCRAM alone, and none could log in whose password is kept in another way",
        allowed="remove it",
    )


_OF_BACKUPS = (backup.places, backup.method, backup.repository, backup.settings)
RULES = (_options, tls.of_server, tls.of_clients, _reads, _names, _logins, _config, *_OF_BACKUPS)
PROGRAM_RULES = (connections, wal.between_checkpoints, backup.sizes, backup.schedule, backup.schedule_of_test)
