"""Rules over the values, each described once: the program evaluates it, with file and line, and the chart has it as a check.

What templates cannot do (compare quantities, sum over all services, look into networks) is checked by the program alone, in
`tierwright.model`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from tierwright.blueprint import Blueprint
from tierwright.config.documents import YamlNode
from tierwright.config.problems import Path, Problem, dotted
from tierwright.config.soundness import numbered, until_unsound, value_at
from tierwright.expressions.conditions import Condition, Truth
from tierwright.expressions.expression import Argument, Expression, Operand, Scope
from tierwright.expressions.tokens import Text, expression_of, traced
from tierwright.expressions.tree import Guard, Include, resolve
from tierwright.model.checks import Checks
from tierwright.model.platform import Platform
from tierwright.model.workload_values import ServiceValues


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule: values that are refused, why, and the way out.

    `broken` holds where the rule is broken; `wrong` and `allowed` say what is wrong and what to do, perhaps with tokens.

    `path` is the path of the error: from the root of the values or, in rules of `of_service`, from that of a service. `also` are
    other values that could be changed instead: the program reports the one that the user has written. `keys` are those of wrong
    entries below `path`, `words` the wrong parts of the text or list there: the rule is broken by each, in its own words `Key()`.
    `places` finds, in the value at `path`, where below it the program reports the error; the chart names `path` alone.
    """

    path: Path
    wrong: str
    allowed: str
    broken: Condition
    also: tuple[Path, ...] = ()
    keys: Expression | None = None
    words: Expression | None = None
    places: Callable[[Any], Iterable[Path]] | None = None


class Subject(msgspec.Struct, frozen=True):
    """The service that a rule is about, whichever it is: its name, its values, and whether it is public.

    `borrows` says whether it runs the image of another workload, so that its own values say nothing about images.
    """

    name: str
    values: ServiceValues
    public: Condition
    borrows: bool


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """Rules, grouped by what they are about. Keep each function small: a function that reads an unsound value ends there.

    `of_platform` are over all values, `of_service` over those of a service, the same for every service, and `of_named`
    over those of the service of this name, by what the catalogue says of it.
    """

    of_platform: tuple[Callable[[Blueprint], Iterator[Rule]], ...] = ()
    of_service: tuple[Callable[[Blueprint, Subject], Iterator[Rule]], ...] = ()
    of_named: tuple[Callable[[Blueprint, str], Iterator[Rule]], ...] = ()

    def __add__(self, other: Rules) -> Rules:
        """These rules, then the others."""
        return Rules(
            of_platform=self.of_platform + other.of_platform,
            of_service=self.of_service + other.of_service,
            of_named=self.of_named + other.of_named,
        )


_SUBJECT = Subject(Text(Argument("name")), traced(ServiceValues, Argument("service")), Truth(Argument("public")), borrows=False)
_BORROWER = msgspec.structs.replace(_SUBJECT, borrows=True)


def broken(rules: Rules, document: YamlNode, platform: Platform) -> Iterator[Problem]:
    """A problem for each rule that the values break; none for rules that read an unsound value.

    `document` is the merged values as the user wrote them; in `platform`, values that are wrong by themselves are UNSOUND.
    """
    yield from until_unsound(lambda: _Broken(document, platform, rules).problems())


class _Broken(Checks):
    """The rules over the values of one platform, evaluated."""

    def __init__(self, document: YamlNode, platform: Platform, rules: Rules) -> None:
        super().__init__(document, platform)
        self._blueprint = Blueprint.of(platform)
        self._rules = rules

    def problems(self) -> Iterator[Problem]:
        """A problem for each broken rule."""
        scope = self._blueprint.scope
        for of_platform in self._rules.of_platform:
            yield from until_unsound(self._of(of_platform(self._blueprint), scope))
        subjects = {one.borrows: list(_rules_of(self._blueprint, self._rules, one)) for one in (_SUBJECT, _BORROWER)}
        for name in until_unsound(lambda: self._platform.catalogue.services):
            rules = subjects[self._platform.service(name).image is not None]
            yield from until_unsound(self._of_subject(rules, name))
            for of_named in self._rules.of_named:
                yield from until_unsound(self._of(of_named(self._blueprint, name), scope))

    def _of_subject(self, rules: Iterable[Rule], name: str) -> Iterator[Problem]:
        public = self._platform.service(name).public
        service = self._blueprint.scope.values["services"][name]
        scope = self._blueprint.scope.called({"name": name, "service": service, "public": public})
        yield from self._of(rules, scope, above=("services", name))

    def _of(self, rules: Iterable[Rule], scope: Scope, above: Path = ()) -> Iterator[Problem]:
        for rule in rules:
            yield from until_unsound(self._broken(rule, scope, above))

    def _broken(self, rule: Rule, scope: Scope, above: Path) -> Iterator[Problem]:
        if not rule.broken.value(scope):
            return
        path = self._written([(*above, *one) for one in (rule.path, *rule.also)])
        for key in rule.keys.value(scope) if rule.keys else ():
            yield self._told(rule, scope.inside(item=None, key=key), self._written([(*above, *rule.path, key)]))
        for word in dict.fromkeys(rule.words.value(scope)) if rule.words else ():
            for below in _items(value_at(self._values, path), word):
                yield self._told(rule, scope.inside(item=None, key=word), (*path, *below))
        if rule.keys or rule.words:
            return
        places = rule.places(value_at(self._values, path)) if rule.places else ()
        for below in list(places) or [()]:
            yield self._told(rule, scope, (*path, *below))

    def _told(self, rule: Rule, scope: Scope, path: Path) -> Problem:
        return self._problem(path, str(resolve(rule.wrong, scope)), str(resolve(rule.allowed, scope)))

    def _written(self, paths: list[Path]) -> Path:
        """The path that the user has written: of a service's values, that may be one of the defaults."""
        if paths[0][0] == "services" and len(paths[0]) > 2:
            return self._of_service(str(paths[0][1]), *(path[2:] for path in paths))
        return next((path for path in paths if self._document.has(path)), paths[0])


def _items(value: Any, word: str) -> list[Path]:
    """Where a word is: the items of a list that are it; of a text, no further."""
    return [(at,) for at, item in numbered(value) if item == word] if isinstance(value, list) else [()]


def checks_of(blueprint: Blueprint, rules: Rules) -> Iterator[Guard | Include]:
    """The same rules as checks of the chart. Those of a service's values are one named template."""
    for of_platform in rules.of_platform:
        yield from map(_check, of_platform(blueprint))
    for name, service in blueprint.catalogue.services.items():
        arguments: dict[str, Operand] = {
            "name": name,
            "service": expression_of(blueprint.values_of(name)),
            "public": service.public,
        }
        if service.image is None:
            yield blueprint.call("checkService", lambda: _checks_of_subject(blueprint, rules, _SUBJECT), **arguments)
        else:
            yield blueprint.call("checkBorrower", lambda: _checks_of_subject(blueprint, rules, _BORROWER), **arguments)
        for of_named in rules.of_named:
            yield from map(_check, of_named(blueprint, name))


def _checks_of_subject(blueprint: Blueprint, rules: Rules, subject: Subject) -> tuple[Guard, ...]:
    return tuple(_check(rule, above=f"services.{subject.name}.") for rule in _rules_of(blueprint, rules, subject))


def _rules_of(blueprint: Blueprint, rules: Rules, subject: Subject) -> Iterator[Rule]:
    for of_service in rules.of_service:
        yield from of_service(blueprint, subject)


def _check(rule: Rule, above: str = "") -> Guard:
    return Guard(rule.broken, f"{above}{dotted(rule.path)}: {rule.wrong}; {rule.allowed}", rule.keys or rule.words)
