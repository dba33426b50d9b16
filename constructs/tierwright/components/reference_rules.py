"""Rules over the references of a service's variables to one another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from tierwright.blueprint import Blueprint
from tierwright.config.soundness import until_unsound
from tierwright.expressions.conditions import ALWAYS, Compares, Condition, HasKey, Ternary, Truth, all_of, any_of, opposite
from tierwright.expressions.expression import Argument, Joined, Operand
from tierwright.expressions.lists import Count, First, Names
from tierwright.expressions.tokens import Text, expression_of
from tierwright.kit.references import HELPERS, no_dangling
from tierwright.kit.rules import Rule, Rules, Subject
from tierwright.kit.walks.references import SettingsOf
from tierwright.kit.walks.wording import Enumerated
from tierwright.model.environment import derived_variables, vanishing_variables
from tierwright.model.references import references, text_of


def _of_values(_: Blueprint, service: Subject) -> Iterator[Rule]:
    settings = SettingsOf(expression_of(service.values), Argument("own"))
    yield no_dangling((), known=Argument("known"), settings=settings)


def _known(blueprint: Blueprint) -> Callable[[str], Operand]:
    """The variables that follow from the catalogue."""

    def known(name: str) -> Names:
        variables = [variable.name for variable in derived_variables(blueprint.catalogue, name)]
        return Names(tuple(sorted(_conditions(blueprint, name, variables), key=lambda condition: condition[1] != ALWAYS)))

    return known


def _own(blueprint: Blueprint) -> Callable[[str], Operand]:
    """The variables that the catalogue sets."""
    return lambda name: Names(tuple(_conditions(blueprint, name, blueprint.service(name).environment)))


def _conditions(blueprint: Blueprint, name: str, variables: Iterable[str]) -> Iterator[tuple[str, Condition]]:
    """Variables of a service, each with the condition under which it is there; each once."""
    return ((variable, blueprint.presence_of(name, variable)) for variable in dict.fromkeys(variables))


def _of_catalogue(blueprint: Blueprint) -> Iterator[Rule]:
    """The catalogue's own texts refer to no variable that is left out together with a service."""
    referring: dict[tuple[str, str, str], list[str]] = {}
    for name in blueprint.catalogue.services:
        for key in until_unsound(_referred(blueprint, name)):
            referring.setdefault(key, []).append(name)
    for (target, variable, other), clients in referring.items():
        affected = Names(tuple((client, _takes(blueprint, client, variable, other, target)) for client in clients))
        single = Compares("eq", Count(affected), 1)
        where = Text(Ternary(single, Joined(("services.", First(affected))), "defaults"))
        yield Rule(
            path=("services", target, "enabled"),
            broken=all_of(opposite(blueprint.presence(target)), Truth(affected)),
            wrong=f"{target} is left out, but {variable} of {Text(Enumerated(affected))} refers to {other}",
            allowed=f"enable it, or set {where}.env.{variable} otherwise",
        )


def _referred(blueprint: Blueprint, name: str) -> Iterator[tuple[str, str, str]]:
    """A service that may be left out, the variable of the service `name` that refers to one of its facts, and the one with that."""
    environment = blueprint.service(name).environment
    vanishing = vanishing_variables(blueprint.catalogue, name) if environment else {}
    for variable, text in environment.items() if vanishing else ():
        for other in dict.fromkeys(references(text_of(text))):
            # Where both have facts of the same service, both are left out.
            for target in (vanished for vanished in vanishing.get(other, ()) if vanished not in vanishing.get(variable, ())):
                yield target, variable, other


def _takes(blueprint: Blueprint, name: str, variable: str, other: str, target: str) -> Condition:
    """Whether a service has a variable as the catalogue says it, and another one, to which it refers, has gone with the target.

    Of the services with which that one may go, the first is named.
    """
    env, targets = expression_of(blueprint.values_of(name).env), vanishing_variables(blueprint.catalogue, name)[other]
    overridden = any_of(*(HasKey(env, own) for own in (variable, other) if own in blueprint.service(name).environment))
    others = map(blueprint.presence, targets[: targets.index(target)])
    return all_of(blueprint.presence(name), blueprint.presence_of(name, variable), opposite(overridden), *others)


REFERENCE_RULES = Rules(
    of_platform=(_of_catalogue,),
    of_service=(_of_values,),
    arguments={"known": _known, "own": _own},
    helpers=(*HELPERS, Enumerated.helper),
)
