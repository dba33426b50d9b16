"""What the topologies with several servers have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from tierwright.components.data.redis.values import Redis
from tierwright.components.data.script_files import scripts_in
from tierwright.expressions.conditions import NEVER, Condition
from tierwright.expressions.tree import Tree, when
from tierwright.kit.data_service import POD_NAME, alone
from tierwright.kit.pods import secret_variable
from tierwright.kit.stateful_server import Apart, Budget, Container, Peers, Port, StatefulServer

CONFIG = "/etc/redis"
"""Where the scripts and redis.conf are."""

_COMMON = Path(__file__).with_name("scripts")


def is_chosen(redis: Redis, topology: str) -> Condition:
    """Whether it has the servers of a topology, which it never has where the clients do not speak that."""
    return redis.has_topology(topology) if redis.clients == topology else NEVER


def passwords(redis: Redis) -> list[Tree]:
    """The variables with the passwords of the services and of the administrator, where there are any."""
    named = {"REDISCLI_AUTH": redis.password, "ADMINISTRATOR_PASSWORD": redis.administrator_password}
    return [when(redis.values.auth, secret_variable(name, secret=of.secret, key=of.key)) for name, of in named.items()]


def answers(port: int) -> str:
    """A shell command: whether the server or sentinel of the pod answers. redis-cli exits 0 while data is loaded, without PONG."""
    return f'[ "$(redis-cli -h 127.0.0.1 -p {port} ping)" = PONG ]'


def addresses(redis: Redis, port: int, *, members: int) -> str:
    """HOST:PORT of each pod, with commas between."""
    return ",".join(f"{redis.name}-{number}.{redis.domain_of_nodes}:{port}" for number in range(members))


def with_members(
    single: StatefulServer,
    server: Container,
    redis: Redis,
    *,
    present: Condition,
    members: int,
    between: Port,
    scripts: Path,
    beside: Sequence[Container] = (),
) -> StatefulServer:
    """The description of the single server, made that of both forms.

    `server` is the container of both forms, and `beside` are those of several servers alone. `between` is the port on which these
    talk to one another beside that of the clients; `scripts` is the folder of their scripts.
    """
    client = single.client
    assert client is not None
    files = scripts_in(_COMMON) | scripts_in(scripts)
    return msgspec.structs.replace(
        single,
        containers=(server, *beside),
        scripts={name: when(present, files[name]) for name in sorted(files)},
        peers=Peers(ports=(*client.ports, between), present=present),
        replicas=when(present, members, single.replicas),
        budget=Budget(present=present),
        apart=Apart(spread=redis.values.replication.spread, present=present),
        # BusyBox's `timeout` leaves a child behind, and so does a probe that is ended. Redis takes such orphans only while it has a
        # child of its own, which then ends for it seconds late.
        shared_processes=present,
    )


def of_both_forms(single: Container, *, present: Condition, env: Sequence[Tree], probes: Mapping[str, Tree]) -> Container:
    """The container of the server, alone or one of several. `env` and `probes`, by their fields, are those of the latter."""
    (data,) = single.claims
    command = alone(f"exec sh {CONFIG}/server.sh\n", data=data.path)
    return msgspec.structs.replace(
        single,
        command=[
            one if one == several else when(present, several, one) for one, several in zip(single.command, command, strict=True)
        ],
        env=[*single.env, when(present, [*env])],
        pre_stop=when(present, {"exec": {"command": ["sh", f"{CONFIG}/leave.sh"]}}),
        **{probe: when(present, several, getattr(single, probe)) for probe, several in probes.items()},
    )


def variables(redis: Redis, *, members: int) -> list[Tree]:
    """What the scripts read, beside the passwords."""
    return [
        POD_NAME,
        {"name": "NODES", "value": redis.domain_of_nodes},
        {"name": "MEMBERS", "value": str(members)},
        {"name": "PORT", "value": str(redis.port)},
    ]
