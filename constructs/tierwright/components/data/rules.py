"""Rules over the values of every data service."""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.blueprint import Blueprint
from tierwright.components.data.unknown_facts import UNKNOWN_FACTS
from tierwright.components.secrets.values import secrets_values
from tierwright.config.problems import Path, dotted
from tierwright.expressions.conditions import Condition, Equals, Measurable, Truth, all_of, any_of, exclude_each_other, opposite
from tierwright.expressions.expression import Key, Lookup
from tierwright.expressions.texts import ItemsMatching
from tierwright.expressions.tokens import Text, expression_of, filled, operand_of
from tierwright.kit.credentials import SecretSource, outside_key, secret_sources
from tierwright.kit.rules import Rule, Rules
from tierwright.model.data_values import Operation
from tierwright.model.names import EVERYBODY


def _data_services(blueprint: Blueprint) -> Iterator[tuple[str, Path, Operation]]:
    """Each data service: its name, the path of its values, and a token for each that all have."""
    for name, operation in blueprint.data_services.items():
        yield name, blueprint.catalogue.place(name), operation


def _outside(blueprint: Blueprint) -> Iterator[Rule]:
    """Where it runs elsewhere, it is known where, and the policies let services reach it."""
    for name, place, operation in _data_services(blueprint):
        outside, external = blueprint.is_external(name), operation.external
        yield Rule(
            path=(*place, "topology"),
            broken=all_of(outside, opposite(filled(external.host))),
            wrong=f"{name} is external, but {dotted(place)}.external.host is empty",
            allowed="give a DNS name or an IPv4 address there",
        )
        yield Rule(
            path=(*place, "topology"),
            broken=all_of(outside, opposite(filled(external.cidrs))),
            wrong=f"{name} is external, but {dotted(place)}.external.cidrs is empty, so no policy lets anybody reach it",
            allowed="give the networks that it is in there, such as [10.20.0.0/24]",
        )


def _no_password(blueprint: Blueprint) -> Iterator[Rule]:
    """Nobody takes a Secret for the password of a data service whose clients give none."""
    for name, place, operation in _data_services(blueprint):
        connection, secret = blueprint.connected[name].connection, operation.external.secret
        if connection is not None and connection.password_switch:
            switch = f"{dotted(place)}.{connection.password_switch}"
            yield Rule(
                path=(*place, "external", "secret", "name"),
                broken=all_of(blueprint.is_external(name), opposite(blueprint.reads_secret(name)), filled(secret.name)),
                wrong=f"{switch} is off, so nobody reads a password",
                allowed=f"leave it empty, or switch {switch} on",
            )


def _secret_key(blueprint: Blueprint) -> Iterator[Rule]:
    """A Secret that the platform makes itself has the key that is named."""
    for name, place, operation in _data_services(blueprint):
        named, key = operation.external.secret.name, outside_key(blueprint, name)
        reads = all_of(blueprint.is_external(name), blueprint.reads_secret(name))
        for secret in secret_sources(blueprint, logins=False):
            if exclude_each_other(reads, secret.condition):
                continue
            yield Rule(
                path=(*place, "external", "secret", "name"),
                broken=all_of(reads, _is_made(blueprint, secret), _lacks_key(blueprint, secret, named, key)),
                wrong=f"the platform makes the Secret {named} itself, without a key {key}",
                allowed=f"name another Secret, or one of its keys: {', '.join(secret.keys)}",
            )


def _is_made(blueprint: Blueprint, secret: SecretSource) -> Condition:
    """Whether a Job or External Secrets makes it."""
    mode = secrets_values(blueprint).mode
    return all_of(secret.condition, any_of(mode == "external", mode == "generate") if secret.generated else mode == "external")


def _lacks_key(blueprint: Blueprint, secret: SecretSource, named: str, key: str) -> Condition:
    """Whether this Secret is the one that is named, but has not the key that is."""
    is_it = Equals(expression_of(named), operand_of(blueprint.secret_name(secret.name)))
    return all_of(is_it, *(opposite(Equals(expression_of(key), operand_of(has))) for has in secret.keys))


def _memory_limit(blueprint: Blueprint) -> Iterator[Rule]:
    for name, place, operation in _data_services(blueprint):
        limit = Lookup(expression_of(operation.resources.limits), "memory", optional=True)
        yield Rule(
            path=(*place, "resources", "limits", "memory"),
            broken=all_of(opposite(blueprint.is_external(name)), opposite(Measurable(limit))),
            wrong=f"{name} computes its memory settings from the limit",
            allowed="set it",
        )


def _developer_access(blueprint: Blueprint) -> Iterator[Rule]:
    """Who is let into a data service from outside is named, and it is one that runs here."""
    for name, place, operation in _data_services(blueprint):
        access = getattr(operation, "developer_access", None)
        if access is None:
            continue
        outside = blueprint.is_external(name)
        yield Rule(
            path=(*place, "developerAccess", "enabled"),
            broken=all_of(outside, access.enabled),
            wrong=f"{name} is external, so developers are let in where it runs",
            allowed="set it to false",
        )
        let_in = all_of(opposite(outside), access.enabled)
        path = (*place, "developerAccess", "cidrs")
        yield Rule(
            path=path,
            broken=all_of(let_in, opposite(filled(access.cidrs))),
            wrong=f"the developers' access to {name} is on, but lets nobody in",
            allowed="name their networks, such as [10.0.0.0/8]",
        )
        everybody = ItemsMatching(expression_of(access.cidrs), EVERYBODY)
        yield Rule(
            path=path,
            words=everybody,
            broken=all_of(let_in, Truth(everybody)),
            wrong=f"'{Text(Key())}' lets everybody in",
            allowed="name the developers' networks, such as [10.0.0.0/8]",
        )


def _spoken(blueprint: Blueprint) -> Iterator[Rule]:
    """A topology of several members is one that the clients speak."""
    for name, place, operation in _data_services(blueprint):
        connection, spoken = blueprint.connected[name].connection, blueprint.catalogue.data_services[name].clients
        for topology in () if connection is None else connection.clients:
            if topology != spoken:
                yield Rule(
                    path=(*place, "topology"),
                    broken=all_of(operation.topology == topology),
                    wrong=f"clients of {name} speak {spoken} by the catalogue, and would not find the servers of a {topology}",
                    allowed=f"choose single; or write clients: {topology} at dataServices.{name} there, once all speak it",
                )


DATA_RULES = Rules(of_platform=(_spoken, _outside, _no_password, _secret_key, _memory_limit, _developer_access)) + UNKNOWN_FACTS
