"""Where services reach PostgreSQL, and the URLs that they get."""

from __future__ import annotations

import msgspec

from tierwright.components.data.postgres.cloudnative_pg.cluster import OPERATED
from tierwright.components.data.postgres.rules import POOL_SIZE
from tierwright.components.data.postgres.tls.rules import asks_for_tls
from tierwright.components.data.postgres.tls.trust import TLS_FACTS, is_verified
from tierwright.components.data.postgres.values import DatabasePool, Postgres
from tierwright.endpoints import Endpoint
from tierwright.expressions.conditions import NEVER, Condition, Ternary, all_of, opposite
from tierwright.expressions.expression import Argument
from tierwright.expressions.texts import WithNumber
from tierwright.expressions.tokens import Text, expression_of, filled
from tierwright.expressions.tree import choose
from tierwright.kit.authority import ca_path
from tierwright.kit.urls import encoded
from tierwright.model.own_names import replicas_of
from tierwright.model.part import DIRECT, READS, FurtherEndpoint


def user(postgres: Postgres, client: str) -> str:
    """The role by which the service `client` logs in."""
    return Text(Ternary(postgres.has_logins, client, expression_of(postgres.values.user)))


def url(postgres: Postgres, client: str) -> str:
    """The URL that the service `client` gets, with the size of its pool."""
    return _url(postgres, "url", postgres.endpoint, client=client, pooled=postgres.values.pooler.enabled)


def _reads(postgres: Postgres) -> Endpoint:
    """All members but the primary; where there are none, the server for writes too."""
    tls = postgres.values.tls.enabled
    single = Endpoint(host=postgres.name, port=postgres.port, tls=tls, pods=postgres.name)
    replicas = Endpoint(host=replicas_of(postgres.name), port=postgres.port, tls=tls, pods=postgres.name)
    external, outside = postgres.values.external, postgres.blueprint.outside(postgres.name)
    host = choose(filled(external.reads_host), external.reads_host, outside.host)
    elsewhere = Endpoint(host=host, port=outside.port, tls=outside.tls, networks=outside.networks)
    operated = {form: msgspec.structs.replace(replicas, target_port=of.port, label=of.label) for form, of in OPERATED.items()}
    cases = {"single": single, "replicated": replicas, **operated, "external": elsewhere}
    return Endpoint.switched(postgres.values.topology, cases)


def _url_of_reads(postgres: Postgres, client: str) -> str:
    return _url(postgres, f"{READS}.url", _reads(postgres), client=client)


def _direct(postgres: Postgres) -> Endpoint:
    return postgres.blueprint.server(postgres.name)


def _url_past_pooler(postgres: Postgres, client: str) -> str:
    return _url(postgres, f"{DIRECT}.url", _direct(postgres), client=client)


FURTHER = {
    READS: FurtherEndpoint(word="REPLICA", endpoint=_reads, facts={"url": _url_of_reads, **TLS_FACTS}),
    DIRECT: FurtherEndpoint(word="DIRECT", endpoint=_direct, facts={"url": _url_past_pooler, **TLS_FACTS}),
}
"""The endpoints beside the main one."""


def _url(postgres: Postgres, template: str, endpoint: Endpoint, *, client: str, pooled: Condition | bool = NEVER) -> str:
    pool: DatabasePool = postgres.blueprint.values_of(client).database  # type: ignore[attr-defined] # a field that this kind adds
    return postgres.text(template, lambda: _whole(postgres, endpoint, pooled), login=client, poolSize=expression_of(pool.pool_size))


def _whole(postgres: Postgres, endpoint: Endpoint, pooled: Condition | bool) -> str:
    values = postgres.values
    login = choose(postgres.has_logins, Text(Argument("login")), encoded(values.user))
    address = f"{login}:{postgres.password_reference}@{endpoint.address}"
    verified = f"sslmode=verify-full&sslrootcert={ca_path(postgres.name)}"
    added = all_of(is_verified(postgres), opposite(asks_for_tls(postgres)))
    options = values.url_options
    direct = choose(filled(options), f"?{_sized(options)}{choose(added, f'&{verified}', '')}", choose(added, f"?{verified}", ""))
    # To its clients, the pooler speaks no TLS.
    through = choose(filled(values.pooler.url_options), f"?{_sized(values.pooler.url_options)}", "")
    query = choose(pooled, through, direct)
    return f"postgresql://{address}/{encoded(values.database)}{query}"


def _sized(options: str) -> str:
    """The options of a URL with the size of the pool."""
    return Text(WithNumber(expression_of(options), POOL_SIZE, Argument("poolSize")))
