"""Rules over the hosts at which users see services."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from tierwright.blueprint import Blueprint
from tierwright.blueprint.facts import named_host, public_host
from tierwright.expressions.conditions import Equals, HasKey, Matches, all_of, any_of, opposite
from tierwright.expressions.texts import Lower
from tierwright.expressions.tokens import expression_of
from tierwright.kit.rules import Rule, Rules
from tierwright.model.names import PUBLIC_HOST, parts, portable
from tierwright.model.public import PublicAddress


def _hosts(blueprint: Blueprint) -> Iterator[Rule]:
    """A host that is not given is one below the main host, where there can be one: not below an IP address."""
    for name in blueprint.catalogue.public_hosts:
        given = expression_of(blueprint.values.public.hosts)  # type: ignore[attr-defined] # a field that a component adds
        host = expression_of(named_host(blueprint, name))
        broken = [opposite(Matches(host, portable(part))) for part in parts(PUBLIC_HOST)]
        yield Rule(
            path=("public", "host"),
            broken=all_of(opposite(HasKey(given, name)), any_of(*broken)),
            wrong=f"{name} is not given, and {named_host(blueprint, name)} is no host",
            allowed=f"name one in public.hosts.{name}",
        )


def _addresses(blueprint: Blueprint) -> Iterator[Rule]:
    """Each address leads to one service."""
    for (name, address), (other, its) in combinations(_named(blueprint), 2):
        if address.path != its.path or address.host == its.host:
            continue
        paths = [("public", "hosts", given.host) if given.host else ("public", "host") for given in (its, address)]
        mine, its_own = (Lower(expression_of(public_host(blueprint, one))) for one in (name, other))
        yield Rule(
            path=paths[0],
            also=(paths[1],),
            broken=all_of(
                blueprint.presence(name),
                blueprint.presence(other),
                Equals(mine, its_own),
            ),
            wrong=f"{name} and {other} both have the path {address.path} of {public_host(blueprint, name)}",
            allowed="give each a host of its own",
        )


def _named(blueprint: Blueprint) -> list[tuple[str, PublicAddress]]:
    """The public services with their addresses."""
    services = blueprint.catalogue.services.items()
    return [(name, service.public_address) for name, service in services if service.public_address is not None]


PUBLIC_RULES = Rules(of_platform=(_hosts, _addresses))
