"""The rules that values break, found by the program."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from tierwright.blueprint import Blueprint
from tierwright.config.documents import YamlNode
from tierwright.config.problems import Path, Problem
from tierwright.config.soundness import numbered, until_unsound, value_at
from tierwright.expressions.expression import Operand, Scope, evaluated
from tierwright.expressions.tree import resolve
from tierwright.kit.rules import SUBJECTS, Rule, Rules, subject_of
from tierwright.model.checks import Checks
from tierwright.model.platform import Platform


def broken(rules: Rules, document: YamlNode, platform: Platform, blueprint: Blueprint | None = None) -> Iterator[Problem]:
    """A problem for each rule that the values break; none for rules that read an unsound value.

    `document` is the merged values as the user wrote them; in `platform`, values that are wrong by themselves are UNSOUND. Rules
    that go by the declared objects need the `blueprint` that has them.
    """
    return until_unsound(lambda: _Broken(document, platform, rules, blueprint or Blueprint.of(platform)).problems())


class _Broken(Checks):
    """The rules over the values of one platform, evaluated."""

    def __init__(self, document: YamlNode, platform: Platform, rules: Rules, blueprint: Blueprint) -> None:
        super().__init__(document, platform)
        self._blueprint = blueprint
        self._rules = rules
        self._arguments = rules.arguments_of(blueprint)
        self._rules_like = cache(lambda key: list(rules.of_subject(blueprint, SUBJECTS[key])))  # few platforms have all kinds
        self._reported: set[tuple[object, Path]] = set()

    def problems(self) -> Iterator[Problem]:
        """A problem for each broken rule."""
        scope = self._blueprint.scope
        for of_platform in self._rules.of_platform:
            yield from until_unsound(self._of(of_platform(self._blueprint), scope))
        for name in until_unsound(lambda: self._platform.catalogue.services):
            yield from until_unsound(self._of_subject(name))
            for of_named in self._rules.of_named:
                for problem in until_unsound(self._of(of_named(self._blueprint, name), scope)):
                    if problem.at[0] != "defaults" or (of_named, problem.at) not in self._reported:
                        yield problem
                    self._reported.add((of_named, problem.at))

    def _of_subject(self, name: str) -> Iterator[Problem]:
        """Each rule, once for each path: a value of `defaults` may be wrong for many services."""
        scope = self._blueprint.scope.called(_Arguments(self._arguments, name, self._blueprint.scope))
        for number, rule in enumerate(self._rules_like(subject_of(self._blueprint, name))):
            for problem in until_unsound(self._broken(rule, scope, ("services", name))):
                if (number, problem.at) not in self._reported:
                    yield problem
                self._reported.add((number, problem.at))

    def _of(self, rules: Iterable[Rule], scope: Scope) -> Iterator[Problem]:
        for rule in rules:
            yield from until_unsound(self._broken(rule, scope, ()))

    def _broken(self, rule: Rule, scope: Scope, above: Path) -> Iterator[Problem]:
        if rule.each is not None:
            yield from self._walked(rule, rule.each.value(scope), scope, (*above, *rule.path))
            return
        if not rule.broken.value(scope):
            return
        path = self._written([(*above, *path) for path in (rule.path, *rule.also)])
        for key in rule.keys.value(scope) if rule.keys else ():
            yield self._worded(rule, scope.inside(item=None, key=key), self._written([(*above, *rule.path, key)]))
        for word in dict.fromkeys(rule.words.value(scope)) if rule.words else ():
            for below in _items(value_at(self._values, path), word):
                yield self._worded(rule, scope.inside(item=None, key=word), (*path, *below))
        if rule.keys or rule.words:
            return
        places = rule.places(value_at(self._values, path)) if rule.places else ()
        for below in list(places) or [()]:
            yield self._worded(rule, scope, (*path, *below))

    def _walked(self, rule: Rule, walk: Iterable[Mapping[str, Any]], scope: Scope, path: Path) -> Iterator[Problem]:
        for step in walk:
            place = scope.inside(item=None, key=step)
            if rule.broken.value(place):
                below = [str(resolve(part, place)) for part in rule.below]
                yield self._worded(rule, place, self._written([(*path, *step["path"], *below)]))

    def _worded(self, rule: Rule, scope: Scope, path: Path) -> Problem:
        return self._problem(path, str(resolve(rule.wrong, scope)), str(resolve(rule.allowed, scope)))

    def _written(self, paths: list[Path]) -> Path:
        """The path that the user has written: of a service's values, that may be one of the defaults."""
        if paths[0][0] == "services" and len(paths[0]) > 2:
            return self._of_service(str(paths[0][1]), *(path[2:] for path in paths))
        return self._where_written(paths)


class _Arguments(Mapping[str, Any]):
    """The values of the arguments for a service. Those that no rule reads are not computed."""

    def __init__(self, operands: Mapping[str, Callable[[str], Operand]], name: str, scope: Scope) -> None:
        self._operands = operands
        self._name = name
        self._scope = scope
        self._known: dict[str, Any] = {}

    def __getitem__(self, key: str) -> Any:
        """The value of one of them."""
        if key not in self._known:
            self._known[key] = evaluated(self._operands[key](self._name), self._scope)
        return self._known[key]

    def __iter__(self) -> Iterator[str]:
        """Their names."""
        return iter(self._operands)

    def __len__(self) -> int:
        """Their number."""
        return len(self._operands)


def _items(value: Any, word: str) -> list[Path]:
    """Where a word is: the items of a list that are it; of a text, no further."""
    return [(index,) for index, item in numbered(value) if item == word] if isinstance(value, list) else [()]
