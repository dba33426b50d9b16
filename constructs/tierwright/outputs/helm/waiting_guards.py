"""The chart's own check of services without pods; `tierwright.model.waiting_rules` says what is refused."""

from __future__ import annotations

from tierwright.blueprint import Blueprint
from tierwright.expressions.checks import Check
from tierwright.expressions.conditions import all_of, opposite
from tierwright.expressions.expression import Entry, Operand, Values


def of_waiting(blueprint: Blueprint, name: str) -> Check:
    """Nobody waits for ever for a service that has no pods."""
    startup, services = blueprint.values.startup, blueprint.catalogue.services
    later = [other for tier in blueprint.tiers_after(name) for other in blueprint.members(tier) if other in services]
    arguments: dict[str, Operand] = {
        "name": name,
        "optional": services[name].optional,
        "needing": tuple(other for other, service in services.items() if name in service.needs),
        "later": tuple(other for other in services if other in later),
        "patient": opposite(all_of(blueprint.ordered, startup.tier_patience == 0)),
        "services": Entry(Values(), "services"),
    }
    return Check("waiting", tuple(arguments.items()))
