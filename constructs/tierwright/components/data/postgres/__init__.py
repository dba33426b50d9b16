"""PostgreSQL, on the official image."""

from __future__ import annotations

from pathlib import Path

from tierwright.blueprint import Blueprint
from tierwright.components.data.postgres.rules import CONNECTION, NAME, POOL_SIZE, PROGRAM_RULES, RULES, checks
from tierwright.components.data.postgres.server import declare
from tierwright.components.data.postgres.values import DatabasePool, PostgresValues
from tierwright.expressions.expression import Argument
from tierwright.expressions.texts import WithNumber
from tierwright.expressions.tokens import Text, expression_of, filled
from tierwright.expressions.tree import choose
from tierwright.kit.component import Component
from tierwright.kit.urls import encoded
from tierwright.model.platform import administrator_of, credentials_of

_NOTES = """\
{{- if ne .Values.postgres.topology "external" }}

PostgreSQL: on a volume filled by an earlier version, the services' role is a superuser until you run

  kubectl exec -n {{ .Release.Namespace }} postgres-0 -- sh /etc/postgres/roles.sh
{{- end }}
"""


def _user(blueprint: Blueprint, _client: str) -> str:
    return blueprint.values_of_part(NAME, PostgresValues).user


def _database(blueprint: Blueprint, _client: str) -> str:
    return blueprint.values_of_part(NAME, PostgresValues).database


def _url(blueprint: Blueprint, client: str) -> str:
    pool: DatabasePool = blueprint.values_of(client).database  # type: ignore[attr-defined] # a field that this component adds
    return blueprint.text("postgres.url", lambda: _whole_url(blueprint), poolSize=expression_of(pool.pool_size))


def _whole_url(blueprint: Blueprint) -> str:
    values = blueprint.values_of_part(NAME, PostgresValues)
    options = Text(WithNumber(expression_of(values.url_options), POOL_SIZE, Argument("poolSize")))
    query = choose(filled(values.url_options), f"?{options}", "")
    address = f"{encoded(values.user)}:$({CONNECTION.password_variable})@{blueprint.endpoint(NAME).address}"
    return f"postgresql://{address}/{encoded(values.database)}{query}"


POSTGRES = Component(
    name=NAME,
    values=PostgresValues,
    defaults=Path(__file__).with_name("defaults.yaml"),
    service_values={"database": DatabasePool},
    connection=CONNECTION,
    facts={"url": _url, "user": _user, "database": _database},
    secrets={credentials_of(NAME): ("password",), administrator_of(NAME): ("password",)},
    program_rules=PROGRAM_RULES,
    alone=("connection pools of all services that are more together than `postgres.maxConnections` leaves",),
    rules=RULES,
    declare=declare,
    checks=checks,
    notes=_NOTES,
)
