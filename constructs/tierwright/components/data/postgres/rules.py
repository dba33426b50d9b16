"""Rules over the values of PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.blueprint import Blueprint
from tierwright.components.data.postgres.values import DatabasePool, PostgresValues
from tierwright.expressions.checks import Check, OneSetting
from tierwright.expressions.conditions import Matches, Truth, all_of, opposite
from tierwright.expressions.expression import Key
from tierwright.expressions.texts import WithNumber, WordsMatching
from tierwright.expressions.tokens import Text, expression_of
from tierwright.kit.rules import Rule, Rules
from tierwright.model.environment import of_every_client
from tierwright.model.part import Complaint, Connection
from tierwright.model.part import Rule as ProgramRule
from tierwright.model.platform import Platform
from tierwright.model.references import Setting, dangling, text_of
from tierwright.model.workloads import most_pods

NAME = "postgres"
CONNECTION = Connection(title="PostgreSQL", password_variable="DB_PASSWORD")  # noqa: S106 - a variable's name

POOL_SIZE = "${poolSize}"
"""The placeholder in the options of DATABASE_URL that is replaced with the size of a service's pool."""

TAKEN_ROLES = r"^(postgres|public|none|pg_.*)$"
"""The administrator's own name, and those that PostgreSQL keeps for itself."""

TEMPLATES = r"^template[01]$"

ASKS_FOR_TLS = r"(^|&)(sslmode|ssl)=[^&]"
"""In the words of libpq and Prisma, and of node-postgres, JDBC and asyncpg. Clients know an option by its exact name."""

LETS_TLS_GO = r"(?i)(^|&)(sslmode|ssl)=(disable|allow|prefer|false|no|off|0)(&|$)"
"""`allow` and `prefer` also connect without TLS."""


def _references(platform: Platform) -> Iterator[Complaint]:
    """The options become part of a variable of each service that reaches PostgreSQL."""
    setting = Setting("", text_of(_values(platform).url_options), (NAME, "urlOptions"))
    for one, wrong, allowed in dangling(of_every_client(platform.catalogue, NAME), [setting]):
        yield Complaint(one.path, wrong, allowed)


def _connections(platform: Platform) -> Iterator[Complaint]:
    """The pools of all services fit into what the server offers; a sum, which the chart cannot check."""
    postgres = _values(platform)
    if postgres.topology == "external":
        return
    pools = 0
    for name, service in platform.catalogue.services.items():
        values = platform.values_of(name)
        if values.enabled and any(reach.target == NAME for reach in service.reaches):
            pool: DatabasePool = values.database  # type: ignore[attr-defined] # a field that this component adds
            pools += most_pods(service, values) * pool.pool_size
    usable = postgres.max_connections - postgres.reserved_connections
    if pools > usable:
        wrong = f"all services at their largest, rollouts counted, open {pools} connections, but {usable} are there for them"
        yield Complaint((NAME, "maxConnections"), wrong, "raise it, or lower database.poolSize or autoscaling.maxReplicas")


def _values(platform: Platform) -> PostgresValues:
    return platform.values_of_part(NAME, PostgresValues)


def checks(blueprint: Blueprint) -> Iterator[Check]:
    """The references of `urlOptions`, in the chart."""
    settings = OneSetting(expression_of(blueprint.values_of_part(NAME, PostgresValues).url_options), "postgres.urlOptions")
    yield Check("references", (("known", of_every_client(blueprint.catalogue, NAME)), ("settings", settings)))


def _tokens(blueprint: Blueprint) -> Iterator[PostgresValues]:
    """Its values, where the platform has it."""
    if NAME in blueprint.data_services:
        yield blueprint.values_of_part(NAME, PostgresValues)


def _placeholders(blueprint: Blueprint) -> Iterator[Rule]:
    for values in _tokens(blueprint):
        unknown = WordsMatching(WithNumber(expression_of(values.url_options), POOL_SIZE, 1), r"\$\{[^&}]*\}?")
        yield Rule(
            path=(NAME, "urlOptions"),
            words=unknown,
            broken=Truth(unknown),
            wrong=f"there is no placeholder `{Text(Key())}`",
            allowed=f"allowed: {POOL_SIZE}",
        )


def _tls(blueprint: Blueprint) -> Iterator[Rule]:
    for values in _tokens(blueprint):
        secure, options = all_of(blueprint.is_external(NAME), values.external.tls), expression_of(values.url_options)
        let_go = Matches(options, LETS_TLS_GO)
        yield Rule(
            path=(NAME, "urlOptions"),
            broken=all_of(secure, let_go),
            wrong="postgres.external.tls is on, but this connects without TLS too",
            allowed="write sslmode=require, or verify-full, or switch postgres.external.tls off",
        )
        yield Rule(
            path=(NAME, "topology"),
            broken=all_of(secure, opposite(let_go), opposite(Matches(options, ASKS_FOR_TLS))),
            wrong="postgres is external and postgres.external.tls is on, but postgres.urlOptions does not ask for TLS",
            allowed="add sslmode=require, or verify-full, to postgres.urlOptions",
        )


def _names(blueprint: Blueprint) -> Iterator[Rule]:
    """Names that PostgreSQL, or its administrator, keeps."""
    for values in _tokens(blueprint):
        here = opposite(blueprint.is_external(NAME))
        yield Rule(
            path=(NAME, "user"),
            broken=all_of(here, Matches(expression_of(values.user), TAKEN_ROLES)),
            wrong="PostgreSQL, or its administrator, has a role of this name already",
            allowed="choose another name, such as services",
        )
        yield Rule(
            path=(NAME, "database"),
            broken=all_of(here, Matches(expression_of(values.database), TEMPLATES)),
            wrong="new databases are copied from it",
            allowed="choose another name",
        )


RULES = Rules(of_platform=(_placeholders, _tls, _names))
PROGRAM_RULES: tuple[ProgramRule, ...] = (_connections, _references)
