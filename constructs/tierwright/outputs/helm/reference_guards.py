"""The chart's own check of references between variables; `tierwright.model.references` says what is refused."""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.blueprint import Blueprint
from tierwright.expressions.checks import Check, Known, OneSetting
from tierwright.expressions.conditions import Truth, all_of, opposite
from tierwright.expressions.expression import Operand, Picked
from tierwright.expressions.tokens import expression_of
from tierwright.expressions.tree import Guard
from tierwright.model.environment import derived_variables, of_every_client
from tierwright.model.references import references


def of_references(blueprint: Blueprint, name: str) -> Iterator[Guard | Check]:
    """Every reference of a service's variables is to one that comes earlier."""
    service, values = blueprint.service(name), blueprint.values_of(name)
    derived = list(derived_variables(blueprint.catalogue, name))
    perhaps = {one.name: blueprint.presence(one.need) for one in derived if blueprint.catalogue.is_optional(one.need)}
    for one in derived:
        for variable, text in service.environment.items() if one.name in perhaps else ():
            if one.name in references(text):
                overridden = Truth(Picked(expression_of(values.env), (variable,)))
                message = (
                    f"services.{one.need}.enabled: {variable} of {name} refers to its URL; enable it, or set {variable} otherwise"
                )
                yield Guard(all_of(opposite(perhaps[one.name]), opposite(overridden)), message)
    always = tuple(one.name for one in derived if one.name not in perhaps)
    arguments: dict[str, Operand] = {
        "service": name,
        "known": Known(always, tuple(perhaps.items())),
        "own": tuple(service.environment),
        "values": expression_of(values),
    }
    yield Check("referencesOfService", tuple(arguments.items()))


def of_url_options(blueprint: Blueprint) -> Iterator[Check]:
    """They become a part of a variable that each service which needs PostgreSQL has."""
    if "postgres" in blueprint.data_services:
        settings = OneSetting(expression_of(blueprint.values.postgres.url_options), "postgres.urlOptions")
        yield Check("references", (("known", of_every_client("postgres")), ("settings", settings)))
