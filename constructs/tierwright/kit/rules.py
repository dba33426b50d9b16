"""Rules over the values, each described once: the program evaluates it, with file and line, and the chart has it as a check.

`tierwright.kit.broken_rules` does the one, `tierwright.kit.rule_checks` the other. What templates cannot do (compare quantities,
sum over all services, look into networks) is checked by the program alone, in `tierwright.model`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial
from typing import Any

import msgspec

from tierwright.blueprint import Blueprint
from tierwright.config.problems import Path
from tierwright.config.soundness import until_unsound
from tierwright.expressions.conditions import Condition, Truth
from tierwright.expressions.expression import Argument, Expression, Operand
from tierwright.expressions.tokens import Text, expression_of, traced
from tierwright.expressions.walks import Walk
from tierwright.model.workload_values import ServiceValues
from tierwright.model.workloads import ends


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule: values that are refused, why, and the way out.

    `broken` holds where the rule is broken; `wrong` and `allowed` say what is wrong and what to do, perhaps with tokens.

    `path` is the path of the error: from the root of the values or, in rules of `of_service`, from that of a service. `also` are
    other values that could be changed instead: the program reports the one that the user has written. `keys` are those of wrong
    entries below `path`, `words` the wrong parts of the text or list there: the rule is broken by each, in its own words `Key()`.
    `places` finds, in the value at `path`, where below it the program reports the error; the chart names `path` alone.

    `each` is a walk: the rule is about each map of it, which is `Key()` in `broken` and the texts. The path of the error is then
    `path`, the map's own `path`, and `below`.
    """

    path: Path
    wrong: str
    allowed: str
    broken: Condition
    also: tuple[Path, ...] = ()
    keys: Expression | None = None
    words: Expression | None = None
    places: Callable[[Any], Iterable[Path]] | None = None
    each: Walk | None = None
    below: Path = ()


class Subject(msgspec.Struct, frozen=True):
    """The service that a rule is about, whichever it is: its name, its values, and whether it is public.

    `borrows` says whether it runs the image of another workload, so that its own values say nothing about images; `ends`, whether
    its pods end by themselves, so that nobody connects to it and nothing scales it.
    """

    name: str
    values: ServiceValues
    public: Condition
    borrows: bool = False
    ends: bool = False


OfService = Callable[[Blueprint], Callable[[str], Operand]]
"""What is known of a service, by its name; the outer call is made once for all services, if a rule needs it."""


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """Rules, grouped by what they are about. Keep each function small: a function that reads an unsound value ends there.

    `of_platform` are over all values, `of_service` over those of a service, the same for every service, and `of_named`
    over those of the service of this name, by what the catalogue says of it. `arguments` are what those of `of_service` read of a
    service beside its values, as an `Argument` of that name. `helpers` are the helpers of the chart that their expressions need.
    """

    of_platform: tuple[Callable[[Blueprint], Iterator[Rule]], ...] = ()
    of_service: tuple[Callable[[Blueprint, Subject], Iterator[Rule]], ...] = ()
    of_named: tuple[Callable[[Blueprint, str], Iterator[Rule]], ...] = ()
    arguments: Mapping[str, OfService] = {}
    helpers: tuple[str, ...] = ()

    def __add__(self, other: Rules) -> Rules:
        """These rules, then the others."""
        return Rules(
            of_platform=self.of_platform + other.of_platform,
            of_service=self.of_service + other.of_service,
            of_named=self.of_named + other.of_named,
            arguments={**self.arguments, **other.arguments},
            helpers=tuple(dict.fromkeys(self.helpers + other.helpers)),
        )

    def of_subject(self, blueprint: Blueprint, subject: Subject) -> Iterator[Rule]:
        """Those that are the same for every service; each function ends where the catalogue is wrong about what it reads."""
        for of_service in self.of_service:
            yield from until_unsound(of_service(blueprint, subject))

    def arguments_of(self, blueprint: Blueprint) -> Mapping[str, Callable[[str], Operand]]:
        """The arguments that those read, as functions of the service."""
        arguments = {**_OF_EVERY_SERVICE, **self.arguments}
        return {key: _when_needed(partial(of_service, blueprint)) for key, of_service in arguments.items()}


_SUBJECT = Subject(Text(Argument("name")), traced(ServiceValues, Argument("service")), Truth(Argument("public")))

SUBJECTS: Mapping[str, Subject] = {
    "checkService": _SUBJECT,
    "checkBorrower": msgspec.structs.replace(_SUBJECT, borrows=True),
    "checkJob": msgspec.structs.replace(_SUBJECT, ends=True),
    "checkBorrowingJob": msgspec.structs.replace(_SUBJECT, borrows=True, ends=True),
}
"""What stands for a service in rules that are the same for every service of its kind, by the named template of their checks."""

_OF_EVERY_SERVICE: Mapping[str, OfService] = {
    "name": lambda _blueprint: lambda name: name,
    "service": lambda blueprint: lambda name: expression_of(blueprint.values_of(name)),
    "public": lambda blueprint: lambda name: blueprint.service(name).public_address is not None,
}


def _when_needed(make: Callable[[], Callable[[str], Operand]]) -> Callable[[str], Operand]:
    """The function that `make` gives, which is called when a service is asked for the first time."""
    made = cache(make)

    def of_service(name: str) -> Operand:
        return made()(name)

    return of_service


def subject_of(blueprint: Blueprint, name: str) -> str:
    """The key in `SUBJECTS` of what stands for the service `name`."""
    service = blueprint.service(name)
    kind = (service.image is not None, ends(service))
    return next(key for key, subject in SUBJECTS.items() if (subject.borrows, subject.ends) == kind)
