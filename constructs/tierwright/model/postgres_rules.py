"""What the values of PostgreSQL must not say. The chart checks the same, with the same patterns, in `outputs.helm.guards`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from tierwright.config.problems import Path, shown
from tierwright.model.data_values import Postgres

POOL_SIZE = "${poolSize}"
"""What stands in the options of DATABASE_URL for the size of a service's pool."""

PLACEHOLDER_BEGINS = r"\$\{"

TAKEN_ROLES = r"^(postgres|public|none|pg_.*)$"
"""The administrator's own name, and those that PostgreSQL keeps for itself."""

TEMPLATES = r"^template[01]$"

ASKS_FOR_TLS = r"(^|&)(sslmode|ssl)=[^&]"
"""In the words of libpq and Prisma, and of node-postgres, JDBC and asyncpg. Clients know an option by its exact name."""

LETS_TLS_GO = r"(?i)(^|&)(sslmode|ssl)=(disable|allow|prefer|false|no|off|0)(&|$)"
"""`allow` and `prefer` connect without TLS as well."""

TAKEN_ROLE = ("PostgreSQL, or its administrator, has a role of this name already", "choose another name, such as coder")
TEMPLATE = ("new databases are copied from it", "choose another name")
PLACEHOLDERS = f"allowed: {POOL_SIZE}"
NO_TLS_ASKED_FOR = (
    "postgres is external and postgres.external.tls is on, but postgres.urlOptions does not ask for TLS",
    "add sslmode=require, or verify-full, to postgres.urlOptions",
)
TLS_LET_GO = (
    "postgres.external.tls is on, but this connects without TLS too",
    "write sslmode=require, or verify-full, or switch postgres.external.tls off",
)


Rule = Callable[[Postgres], Iterator[tuple[Path, str, str]]]
"""What is wrong: the path below `postgres`, what is wrong there, and the way out."""


def _placeholders(values: Postgres) -> Iterator[tuple[Path, str, str]]:
    for placeholder in re.findall(PLACEHOLDER_BEGINS + r"[^&}]*}?", values.url_options.replace(POOL_SIZE, "1")):
        yield ("urlOptions",), f"there is no placeholder `{shown(placeholder)}`", PLACEHOLDERS


def _tls(values: Postgres) -> Iterator[tuple[Path, str, str]]:
    if values.topology != "external" or not values.external.tls:
        return
    options = str(values.url_options)
    if re.search(LETS_TLS_GO, options):
        yield (("urlOptions",), *TLS_LET_GO)
    elif not re.search(ASKS_FOR_TLS, options):
        yield (("topology",), *NO_TLS_ASKED_FOR)


def _role(values: Postgres) -> Iterator[tuple[Path, str, str]]:
    if values.topology != "external" and re.search(TAKEN_ROLES, str(values.user)):
        yield (("user",), *TAKEN_ROLE)


def _database(values: Postgres) -> Iterator[tuple[Path, str, str]]:
    if values.topology != "external" and re.search(TEMPLATES, str(values.database)):
        yield (("database",), *TEMPLATE)


POSTGRES_RULES: tuple[Rule, ...] = (_placeholders, _tls, _role, _database)
