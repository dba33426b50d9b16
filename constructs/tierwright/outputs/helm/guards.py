"""What the values must not say, as the chart's own checks: rules across values, which a schema cannot hold.

`tierwright.model.values_rules` refuses the same, with file and line, before any manifest is made. Some of its rules need more than
templates can do and stay there alone: the comparison of quantities, sums, and what a network is. Components bring their own.
"""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.blueprint import Blueprint, SecretSource
from tierwright.components.rules import RULES
from tierwright.expressions.checks import Check
from tierwright.expressions.conditions import (
    Condition,
    Equals,
    Holds,
    Measurable,
    all_of,
    any_of,
    opposite,
)
from tierwright.expressions.expression import Lookup
from tierwright.expressions.tokens import expression_of, filled, operand_of
from tierwright.expressions.tree import Call, Guard
from tierwright.kit.component import components_of
from tierwright.kit.rules import checks_of
from tierwright.model.data_values import ExternalSecretKey
from tierwright.model.names import EVERYBODY
from tierwright.outputs.helm.reference_guards import of_references
from tierwright.outputs.helm.waiting_guards import of_waiting


def guards(blueprint: Blueprint) -> list[Guard | Call | Check]:
    """Every check of a platform."""
    found: list[Guard | Call | Check] = [
        *_of_data_services(blueprint),
        *_of_secret_keys(blueprint),
        *(guard for one in components_of(blueprint.catalogue) for guard in one.guards(blueprint)),
        *checks_of(blueprint, RULES),
    ]
    for name in blueprint.catalogue.services:
        found += [*of_references(blueprint, name), of_waiting(blueprint, name)]
    return found


def _of_data_services(blueprint: Blueprint) -> Iterator[Guard]:
    for name, operation in blueprint.data_services.items():
        outside = blueprint.is_external(name)
        for what, value in (("host", operation.external.host), ("cidrs", operation.external.cidrs)):
            message = f"{name}.topology: it is external, but {name}.external.{what} is empty; set it"
            yield _guard(outside, opposite(filled(value)), message=message)
        limited = Measurable(Lookup(expression_of(operation.resources.limits), "memory", optional=True))
        message = f"{name}.resources.limits.memory: {name} computes its memory settings from it; set it"
        yield _guard(opposite(outside), opposite(limited), message=message)
        access = getattr(operation, "developer_access", None)
        if access is not None:
            message = f"{name}.developerAccess.cidrs: the access is on, but lets nobody in; name the developers' networks"
            yield _guard(opposite(outside), access.enabled, opposite(filled(access.cidrs)), message=message)
            message = f"{name}.developerAccess.cidrs: they let everybody in; name the developers' networks"
            yield _guard(opposite(outside), access.enabled, Holds(expression_of(access.cidrs), EVERYBODY), message=message)


def _of_secret_keys(blueprint: Blueprint) -> Iterator[Guard]:
    for name, operation in blueprint.data_services.items():
        named = operation.external.secret
        missed = [all_of(_is_made(blueprint, one), _lacks_key(blueprint, one, named)) for one in blueprint.secrets]
        message = f"{name}.external.secret.key: the platform makes that Secret itself, without this key; name another"
        yield _guard(blueprint.is_external(name), any_of(*missed), message=message)


def _is_made(blueprint: Blueprint, secret: SecretSource) -> Condition:
    """Whether a Job or External Secrets makes it."""
    mode = blueprint.values.secrets.mode
    return all_of(secret.condition, any_of(mode == "external", mode == "generate") if secret.generated else mode == "external")


def _lacks_key(blueprint: Blueprint, secret: SecretSource, named: ExternalSecretKey) -> Condition:
    """Whether this Secret is the one that is named, but has not the key that is."""
    is_it = Equals(expression_of(named.name), operand_of(blueprint.secret_name(secret.name)))
    return all_of(is_it, *(opposite(Equals(expression_of(named.key), operand_of(key))) for key in secret.keys))


def _guard(*conditions: Condition | bool, message: str) -> Guard:
    return Guard(all_of(*conditions), message)
