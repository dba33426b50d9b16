"""The chart's own check of references between variables; `tierwright.model.references` says what is refused."""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.blueprint import Blueprint
from tierwright.expressions.checks import Check, Known
from tierwright.expressions.conditions import Truth, all_of, opposite
from tierwright.expressions.expression import Operand, Pick
from tierwright.expressions.tokens import expression_of
from tierwright.expressions.tree import Guard
from tierwright.model.environment import derived_variables
from tierwright.model.references import references


def of_references(blueprint: Blueprint, name: str) -> Iterator[Guard | Check]:
    """The check that every reference in a service's variables is to an earlier variable."""
    service, values = blueprint.service(name), blueprint.values_of(name)
    derived = list(derived_variables(blueprint.catalogue, name))
    perhaps = {one.name: blueprint.presence(one.target) for one in derived if not one.certain}
    for one in derived:
        for variable, text in service.environment.items() if one.name in perhaps else ():
            if one.name in references(text):
                overridden = Truth(Pick(expression_of(values.env), (variable,)))
                message = (
                    f"services.{one.target}.enabled: {variable} of {name} refers to its URL; enable it, or set {variable} otherwise"
                )
                yield Guard(all_of(blueprint.presence(name), opposite(perhaps[one.name]), opposite(overridden)), message)
    always = tuple(one.name for one in derived if one.name not in perhaps)
    arguments: dict[str, Operand] = {
        "service": name,
        "known": Known(always, tuple(perhaps.items())),
        "own": tuple(service.environment),
        "values": expression_of(values),
    }
    yield Check("referencesOfService", tuple(arguments.items()))
