"""The rules as checks of the chart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tierwright.blueprint import Blueprint
from tierwright.config.problems import dotted
from tierwright.expressions.conditions import HasKey
from tierwright.expressions.expression import Key, KeysAmong, Operand
from tierwright.expressions.tokens import Text
from tierwright.expressions.tree import Guard, Include
from tierwright.expressions.walks import seen
from tierwright.kit.rules import SUBJECTS, Rule, Rules, subject_of


def checks_of(blueprint: Blueprint, rules: Rules) -> Iterator[tuple[str, list[Guard | Include]]]:
    """The checks of a platform, then those of each service with its name. What all services have is one named template."""
    yield "", [_check(rule) for of_platform in rules.of_platform for rule in of_platform(blueprint)]
    operands = rules.arguments_of(blueprint)
    for name in blueprint.catalogue.services:
        arguments = {key: operand(name) for key, operand in operands.items()}
        call = _checks_of_service(blueprint, rules, subject_of(blueprint, name), arguments)
        yield name, [call, *(_check(rule) for of_named in rules.of_named for rule in of_named(blueprint, name))]


def _checks_of_service(blueprint: Blueprint, rules: Rules, template: str, arguments: Mapping[str, Operand]) -> Include:
    subject = SUBJECTS[template]

    def body() -> tuple[Guard, ...]:
        return tuple(_check(rule, above=f"services.{subject.name}.") for rule in rules.of_subject(blueprint, subject))

    return blueprint.call(template, body, **arguments)


def _check(rule: Rule, above: str = "") -> Guard:
    told, path = f"{rule.wrong}; {rule.allowed}", f"{above}{dotted(rule.path)}"
    if isinstance(rule.keys, KeysAmong):
        return Guard(rule.broken, f"{path}: {told}", rule.keys, HasKey(rule.keys.of, Key()))
    if rule.each is None:
        return Guard(rule.broken, f"{path}: {told}", rule.keys or rule.words)
    below = "".join(f".{step}" for step in rule.below)
    return Guard(rule.each.begins, f"{path}{Text(seen('path'))}{below}: {told}", rule.each, rule.broken)
