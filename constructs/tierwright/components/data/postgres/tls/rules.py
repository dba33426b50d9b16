"""Rules over the values of TLS, and over what the options of DATABASE_URL say of it."""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.components.data.postgres.tls.serving import KEPT
from tierwright.components.data.postgres.tls.trust import has_tls, is_verified
from tierwright.components.data.postgres.values import Postgres
from tierwright.components.data.settings import kept_settings
from tierwright.expressions.conditions import Condition, Matches, all_of, opposite
from tierwright.expressions.tokens import expression_of, filled
from tierwright.kit.authority import certificate_rules
from tierwright.kit.rules import Rule

_ASKS_FOR_TLS = r"(^|&)(sslmode|ssl)=[^&]"
"""In the words of libpq and Prisma, and of node-postgres, JDBC and asyncpg. Clients know an option by its exact name."""

_LETS_TLS_GO = r"(?i)(^|&)(sslmode|ssl)=(disable|allow|prefer|false|no|off|0)(&|$)"
"""`allow` and `prefer` also connect without TLS."""

_VERIFIES = r"(^|&)sslmode=verify-(ca|full)(&|$)"
_NAMES_ROOT = r"(^|&)sslrootcert=[^&]"


def asks_for_tls(postgres: Postgres) -> Condition:
    """Whether the options of the URL say by themselves whether clients use TLS."""
    return Matches(expression_of(postgres.values.url_options), _ASKS_FOR_TLS)


def uses_tls(options: str) -> Condition:
    """Whether these options of a URL want a connection with TLS."""
    text = expression_of(options)
    return all_of(Matches(text, _ASKS_FOR_TLS), opposite(Matches(text, _LETS_TLS_GO)))


def of_server(postgres: Postgres) -> Iterator[Rule]:
    """The server's certificate, and the CA."""
    values, path = postgres.values, postgres.path
    tls = values.tls
    elsewhere = f"{path}.external.tls says whether to connect with TLS, {path}.tls.ca by which CA"
    yield from certificate_rules(postgres, elsewhere=elsewhere)
    yield Rule(
        path=("tls", "ca", "secret"),
        broken=all_of(filled(tls.ca.config_map), filled(tls.ca.secret)),
        wrong=f"the CA comes from the ConfigMap that {path}.tls.ca.configMap names already",
        allowed="name one of the two",
    )
    for key, name in (("configMap", tls.ca.config_map), ("secret", tls.ca.secret)):
        yield Rule(
            path=("tls", "ca", key),
            broken=all_of(filled(name), opposite(has_tls(postgres))),
            wrong="a CA is named, but clients connect without TLS",
            allowed=f"remove it, or switch on {path}.tls.enabled, or for an external server {path}.external.tls",
        )
    by = f"{path}.tls decides how the server speaks TLS"
    yield from kept_settings(values.config, *KEPT, by=by, where=tls.enabled)


def of_clients(postgres: Postgres) -> Iterator[Rule]:
    """What the URL says of TLS is what the server has."""
    values, path = postgres.values, postgres.path
    options, tls = expression_of(values.url_options), values.tls
    outside = all_of(postgres.is_external, opposite(postgres.blueprint.has_whole_url(postgres.name)))
    secure = all_of(outside, values.external.tls)
    asks, let_go = asks_for_tls(postgres), Matches(options, _LETS_TLS_GO)
    yield Rule(
        path=("urlOptions",),
        broken=all_of(secure, let_go),
        wrong=f"{path}.external.tls is on, but this connects without TLS too",
        allowed=f"write sslmode=require, or verify-full, or switch {path}.external.tls off",
    )
    yield Rule(
        path=("topology",),
        broken=all_of(secure, opposite(asks), opposite(let_go), opposite(is_verified(postgres))),
        wrong=f"{postgres.name} is external and {path}.external.tls is on, but {path}.urlOptions does not ask for TLS",
        allowed=f"add sslmode=require, or verify-full, to {path}.urlOptions",
    )
    yield Rule(
        path=("urlOptions",),
        broken=all_of(
            secure, Matches(options, _VERIFIES), opposite(Matches(options, _NAMES_ROOT)), opposite(is_verified(postgres))
        ),
        wrong="this verifies the server, but by no CA",
        allowed=f"name the CA in {path}.tls.ca, or add sslrootcert= and what the program takes, such as system",
    )
    yield Rule(
        path=("urlOptions",),
        broken=all_of(postgres.is_here, tls.enabled, tls.required, let_go),
        wrong=f"{path}.tls.required is on, but this connects without TLS too",
        allowed=f"remove it, or write sslmode=verify-full, or switch {path}.tls.required off",
    )
    yield Rule(
        path=("urlOptions",),
        broken=all_of(postgres.is_here, opposite(tls.enabled), asks, opposite(let_go)),
        wrong="this asks for TLS, which the server does not have",
        allowed=f"remove it, or switch {path}.tls.enabled on",
    )
