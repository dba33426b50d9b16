"""A login for each service: a role of its name that acts as the one which owns the database, with a password of its own."""

from __future__ import annotations

from pathlib import Path

from tierwright.components.data.postgres.sessions import pools_of
from tierwright.components.data.postgres.values import DatabasePool, Postgres
from tierwright.components.data.script_files import scripts_in
from tierwright.expressions.tree import ABSENT, Lines, OmitEmpty, Tree, choose, pick, splice, when
from tierwright.kit.autoscaling import is_scaled
from tierwright.kit.credentials import login_of
from tierwright.model.workloads import can_scale, ends

RUN = "sh /etc/postgres/logins.sh 9>&- &"
"""Beside a server, before it starts."""

RUN_ONCE = 'sh "$folder/logins.sh" once\n'
"""Where the server is new, and nobody is let in yet."""

_SCRIPTS = Path(__file__).with_name("scripts")
_SERVER, POOLER = "/etc/postgres-logins", "/etc/pooler-logins"
_READABLE = 0o440
_VOLUME = "logins"


def scripts(postgres: Postgres) -> dict[str, Tree]:
    """The scripts, and the list of the logins with the limit of connections of each, as a sum that the shell computes."""
    files: dict[str, Tree] = {**scripts_in(_SCRIPTS)}
    blueprint = postgres.blueprint
    listed = [when(blueprint.presence(one), f"{one} {_limit(postgres, one)}") for one in postgres.logins]
    files["logins"] = Lines(tuple(listed))
    return {name: when(postgres.has_logins, text) for name, text in files.items()}


def volume(postgres: Postgres) -> Tree:
    """The passwords, a file for each service. The kubelet renews them."""
    sources = [splice(postgres.blueprint.part(f"{postgres.name}.logins", lambda: _passwords(postgres)))]
    projected = {"defaultMode": _READABLE, "sources": OmitEmpty(sources)}
    return when(postgres.has_logins, {"name": _VOLUME, "projected": projected}) if postgres.logins else ABSENT


def mount(postgres: Postgres, path: str = _SERVER) -> Tree:
    """Where they are: with the server, or at another path."""
    return when(postgres.has_logins, {"name": _VOLUME, "mountPath": path, "readOnly": True}) if postgres.logins else ABSENT


def _passwords(postgres: Postgres) -> list[Tree]:
    sources = []
    for client in postgres.logins:
        password = login_of(postgres.blueprint, postgres.name, client)
        secret = {"name": password.secret, "items": [{"key": password.key, "path": client}]}
        sources.append(when(postgres.blueprint.presence(client), {"secret": secret}))
    return sources


def _limit(postgres: Postgres, client: str) -> str:
    """Twice what its pods open at their largest, as pods that end keep their connections for a while; and what a pooler opens."""
    blueprint, pooler = postgres.blueprint, postgres.values.pooler
    through, direct = pools_of(blueprint.service(client), postgres.name, pooled=True)
    own = f"(1+{pooler.replicas})*{pooler.pool_size}" if through else ""
    past = _opened(postgres, client, direct) if direct else ""
    _, all_direct = pools_of(blueprint.service(client), postgres.name, pooled=False)
    return choose(pooler.enabled, "+".join(filter(None, (past, own))), _opened(postgres, client, all_direct))


def _opened(postgres: Postgres, client: str, pools: int) -> str:
    service, values = postgres.blueprint.service(client), postgres.blueprint.values_of(client)
    pool: DatabasePool = values.database  # type: ignore[attr-defined] # a field that this kind adds
    pods: int = 1 if ends(service) else pick(is_scaled(values), values.autoscaling.max_replicas, values.replicas)
    if can_scale(service):
        pods = pods + values.rollout.max_surge
    return f"2*{pools}*{pool.pool_size}*{pods}"
