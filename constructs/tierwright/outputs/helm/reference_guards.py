"""The chart's own check of references between variables; `tierwright.model.references` says what is refused."""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.blueprint import Blueprint
from tierwright.expressions.checks import Check, Known
from tierwright.expressions.conditions import ALWAYS, HasKey, all_of, any_of, opposite
from tierwright.expressions.expression import Operand
from tierwright.expressions.tokens import expression_of
from tierwright.expressions.tree import Guard
from tierwright.model.environment import derived_variables, vanishing_variables
from tierwright.model.references import references


def of_references(blueprint: Blueprint, name: str) -> Iterator[Guard | Check]:
    """The check that every reference in a service's variables is to an earlier variable."""
    service, vanishing = blueprint.service(name), vanishing_variables(blueprint.catalogue, name)
    for variable, text in service.environment.items():
        for other in references(text):
            # Where both have facts of the same service, both are left out.
            for target in (one for one in vanishing.get(other, ()) if one not in vanishing.get(variable, ())):
                yield _to_vanished(blueprint, name, variable, other=other, target=target)
    derived = {one.name: blueprint.presence_of(name, one.name) for one in derived_variables(blueprint.catalogue, name)}
    known = sorted(derived.items(), key=lambda variable: variable[1] != ALWAYS)
    arguments: dict[str, Operand] = {
        "service": name,
        "known": Known(tuple(known)),
        "own": Known(tuple((variable, blueprint.presence_of(name, variable)) for variable in service.environment)),
        "values": expression_of(blueprint.values_of(name)),
    }
    yield Check("referencesOfService", tuple(arguments.items()))


def _to_vanished(blueprint: Blueprint, name: str, variable: str, *, other: str, target: str) -> Guard:
    """The guard that a text of the catalogue refers to no variable that is left out together with a service, the target."""
    env = expression_of(blueprint.values_of(name).env)
    overridden = any_of(*(HasKey(env, one) for one in (variable, other) if one in blueprint.service(name).environment))
    message = (
        f"services.{target}.enabled: {variable} of {name} refers to {other}, which is left out with it; "
        f"enable it, or set {variable} otherwise"
    )
    there = all_of(blueprint.presence(name), blueprint.presence_of(name, variable))
    return Guard(all_of(there, opposite(blueprint.presence(target)), opposite(overridden)), message)
