"""The chart's own checks of the values: those rules of the program that templates can hold."""

from __future__ import annotations

from tierwright.blueprint import Blueprint
from tierwright.components.rules import rules_of
from tierwright.expressions.checks import Check
from tierwright.expressions.tree import Guard, Include
from tierwright.kit.component import components_of
from tierwright.kit.rules import checks_of
from tierwright.outputs.helm.reference_guards import of_references
from tierwright.outputs.helm.waiting_guards import of_waiting


def guards(blueprint: Blueprint) -> list[Guard | Include | Check]:
    """Every check of a platform."""
    found: list[Guard | Include | Check] = [
        *checks_of(blueprint, rules_of(blueprint.parts)),
        *(check for one in components_of(blueprint.catalogue) for check in one.checks(blueprint)),
    ]
    waiting = of_waiting(blueprint)
    for name in blueprint.catalogue.services:
        found += [*of_references(blueprint, name), waiting[name]]
    return found
