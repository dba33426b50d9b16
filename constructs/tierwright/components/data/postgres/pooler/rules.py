"""Rules over the values of the pooler."""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.components.data.postgres.pooler.settings import KEPT, TAKEN_DATABASES
from tierwright.components.data.postgres.rules import option_rules
from tierwright.components.data.postgres.tls.rules import uses_tls
from tierwright.components.data.postgres.values import Postgres
from tierwright.components.data.settings import kept_settings
from tierwright.expressions.conditions import Matches, all_of
from tierwright.expressions.tokens import expression_of
from tierwright.kit.rules import Rule


def _pooler(postgres: Postgres) -> Iterator[Rule]:
    path, pooler, whole = postgres.path, postgres.values.pooler, postgres.blueprint.has_whole_url(postgres.name)
    yield Rule(
        path=("pooler", "enabled"),
        broken=all_of(pooler.enabled, whole),
        wrong="the URL comes whole from a Secret, and PgBouncer needs its parts",
        allowed=f"set it to false, or name the key of the password alone in {path}.external.secret.key and leave urlKey empty",
    )
    yield Rule(
        path=("database",),
        broken=all_of(pooler.enabled, Matches(expression_of(postgres.values.database), TAKEN_DATABASES)),
        wrong="the pooler keeps this name",
        allowed=f"choose another name, or set {path}.pooler.enabled to false",
    )
    yield Rule(
        path=("pooler", "urlOptions"),
        broken=all_of(pooler.enabled, uses_tls(pooler.url_options)),
        wrong="this asks for TLS, which PgBouncer does not speak to services in the cluster",
        allowed=f"leave it out; {path}.tls and {path}.external.tls decide for its own connections to the server",
    )
    yield from option_rules(postgres, ("pooler", "urlOptions"), pooler.url_options)
    by = f"the other values of {path}.pooler, and {path}.external, decide such things"
    yield from kept_settings(pooler.config, *KEPT, by=by, below=("pooler",))


RULES = (_pooler,)
