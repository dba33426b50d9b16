"""What the values of PostgreSQL must not say: as rules of the program, and as checks of the chart with the same patterns."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tierwright.blueprint import Blueprint
from tierwright.components.data.postgres.values import DatabasePool, PostgresValues
from tierwright.config.problems import shown
from tierwright.config.soundness import numbered
from tierwright.expressions.checks import Check, OneSetting
from tierwright.expressions.conditions import Matches, all_of, opposite
from tierwright.expressions.texts import WithNumber
from tierwright.expressions.tokens import expression_of
from tierwright.expressions.tree import Guard
from tierwright.model.environment import of_every_client
from tierwright.model.part import Complaint, Connection, Rule
from tierwright.model.platform import Platform
from tierwright.model.references import Setting, dangling, text_of

NAME = "postgres"
CONNECTION = Connection(title="PostgreSQL", password_variable="DB_PASSWORD")  # noqa: S106 - a variable's name

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


def _placeholders(platform: Platform) -> Iterator[Complaint]:
    options = _values(platform).url_options
    for placeholder in re.findall(PLACEHOLDER_BEGINS + r"[^&}]*}?", options.replace(POOL_SIZE, "1")):
        yield Complaint((NAME, "urlOptions"), f"there is no placeholder `{shown(placeholder)}`", PLACEHOLDERS)


def _references(platform: Platform) -> Iterator[Complaint]:
    """The options become a part of a variable that each service which needs PostgreSQL has."""
    setting = Setting("", text_of(_values(platform).url_options), (NAME, "urlOptions"))
    for one, wrong, allowed in dangling(of_every_client(CONNECTION), [setting]):
        yield Complaint(one.path, wrong, allowed)


def _tls(platform: Platform) -> Iterator[Complaint]:
    values = _values(platform)
    if values.topology != "external" or not values.external.tls:
        return
    options = str(values.url_options)
    if re.search(LETS_TLS_GO, options):
        yield Complaint((NAME, "urlOptions"), *TLS_LET_GO)
    elif not re.search(ASKS_FOR_TLS, options):
        yield Complaint((NAME, "topology"), *NO_TLS_ASKED_FOR)


def _role(platform: Platform) -> Iterator[Complaint]:
    values = _values(platform)
    if values.topology != "external" and re.search(TAKEN_ROLES, str(values.user)):
        yield Complaint((NAME, "user"), *TAKEN_ROLE)


def _database(platform: Platform) -> Iterator[Complaint]:
    values = _values(platform)
    if values.topology != "external" and re.search(TEMPLATES, str(values.database)):
        yield Complaint((NAME, "database"), *TEMPLATE)


def _connections(platform: Platform) -> Iterator[Complaint]:
    """The pools of all services fit into what the server offers; a sum, which the chart cannot check."""
    postgres = _values(platform)
    if postgres.topology == "external":
        return
    pools = 0
    for name, service in platform.catalogue.services.items():
        values = platform.values_of(name)
        if NAME in [need for _, need in numbered(service.needs)] and values.enabled:
            pool: DatabasePool = values.database  # type: ignore[attr-defined] # a field that this component adds
            pools += (values.largest + values.rollout.max_surge) * pool.pool_size
    usable = postgres.max_connections - postgres.reserved_connections
    if pools > usable:
        wrong = f"all services at their largest, rollouts counted, open {pools} connections, but {usable} are there for them"
        yield Complaint((NAME, "maxConnections"), wrong, "raise it, or lower database.poolSize or autoscaling.maxReplicas")


def _values(platform: Platform) -> PostgresValues:
    return platform.values_of_part(NAME, PostgresValues)


RULES: tuple[Rule, ...] = (_connections, _placeholders, _references, _tls, _role, _database)


def guards(blueprint: Blueprint) -> Iterator[Guard | Check]:
    """The same as checks of the chart, but for the sum of all connections."""
    values, outside = blueprint.values_of_part(NAME, PostgresValues), blueprint.is_external(NAME)
    options, user, database = map(expression_of, (values.url_options, values.user, values.database))
    unknown = Matches(WithNumber(options, POOL_SIZE, 1), PLACEHOLDER_BEGINS)
    yield Guard(unknown, f"postgres.urlOptions: there is an unknown placeholder; {PLACEHOLDERS}")
    secure, let_go = all_of(outside, values.external.tls), Matches(options, LETS_TLS_GO)
    asked = Matches(options, ASKS_FOR_TLS)
    here = opposite(outside)
    for path, (wrong, allowed), *conditions in (
        ("urlOptions", TLS_LET_GO, secure, let_go),
        ("topology", NO_TLS_ASKED_FOR, secure, opposite(asked)),
        ("user", TAKEN_ROLE, here, Matches(user, TAKEN_ROLES)),
        ("database", TEMPLATE, here, Matches(database, TEMPLATES)),
    ):
        yield Guard(all_of(*conditions), f"postgres.{path}: {wrong}; {allowed}")
    settings = OneSetting(options, "postgres.urlOptions")
    yield Check("references", (("known", of_every_client(CONNECTION)), ("settings", settings)))
