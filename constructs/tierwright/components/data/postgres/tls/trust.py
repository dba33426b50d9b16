"""How clients know the server: the CA in their pods, and what libpq is told of it."""

from __future__ import annotations

from tierwright.components.data.postgres.values import Postgres
from tierwright.expressions.conditions import Condition, all_of, any_of, opposite
from tierwright.expressions.tokens import filled
from tierwright.expressions.tree import Tree, choose, when
from tierwright.kit.authority import CA, Authority, ca_path
from tierwright.kit.metadata import Manifest


def has_tls(postgres: Postgres) -> Condition:
    """Whether the server has TLS, here or elsewhere."""
    return all_of(postgres.blueprint.server(postgres.name).tls)


def names_authority(postgres: Postgres) -> Condition:
    """Whether the values name a CA of its own."""
    ca = postgres.values.tls.ca
    return any_of(filled(ca.config_map), filled(ca.secret))


def is_verified(postgres: Postgres) -> Condition:
    """Whether clients have a CA by which they verify the server."""
    return any_of(all_of(postgres.is_here, postgres.values.tls.enabled), all_of(postgres.is_external, names_authority(postgres)))


def authority_of(postgres: Postgres) -> Authority:
    """The CA as pods mount it."""
    tls = postgres.values.tls
    items = [{"key": tls.ca.key, "path": CA}]
    of_secret = {"secretName": choose(filled(tls.ca.secret), tls.ca.secret, tls.secret), "items": items}
    in_config_map = filled(tls.ca.config_map)
    source: Manifest = {
        "configMap": when(in_config_map, {"name": tls.ca.config_map, "items": items}),
        "secret": when(opposite(in_config_map), of_secret),
    }
    return Authority(name=postgres.name, present=is_verified(postgres), source=source)


def sslmode(postgres: Postgres, _client: str = "") -> str:
    """In libpq's words, how clients connect: as to the server or, where a pooler stands before it, as libpq does by itself."""
    return postgres.text("sslmode", lambda: choose(postgres.values.pooler.enabled, "prefer", _sslmode(postgres)))


def _direct_sslmode(postgres: Postgres, _client: str = "") -> str:
    return postgres.text("direct.sslmode", lambda: _sslmode(postgres))


def _sslmode(postgres: Postgres) -> str:
    """Verified, else encrypted where there is TLS, else as libpq does by itself."""
    return choose(is_verified(postgres), "verify-full", choose(has_tls(postgres), "require", "prefer"))


def sslrootcert(postgres: Postgres, _client: str = "") -> str:
    """In libpq's words, the file with the CA by which clients know what they connect to; empty where there is none."""
    return postgres.text("sslrootcert", lambda: choose(postgres.values.pooler.enabled, "", _sslrootcert(postgres)))


def _direct_sslrootcert(postgres: Postgres, _client: str = "") -> str:
    return postgres.text("direct.sslrootcert", lambda: _sslrootcert(postgres))


def _sslrootcert(postgres: Postgres) -> str:
    return choose(is_verified(postgres), ca_path(postgres.name), "")


TLS_FACTS = {"sslmode": _direct_sslmode, "sslrootcert": _direct_sslrootcert}
"""The facts about TLS of those who connect to the server itself."""


def of_client(postgres: Postgres) -> list[Manifest | Tree]:
    """The variables by which libpq verifies the server that runs here."""
    verified = [{"name": "PGSSLMODE", "value": "verify-full"}, {"name": "PGSSLROOTCERT", "value": ca_path(postgres.name)}]
    return [when(postgres.values.tls.enabled, one) for one in verified]
