"""The chart's own checks of services without pods; `tierwright.model.waiting_rules` says what is refused."""

from __future__ import annotations

from collections.abc import Mapping

from tierwright.blueprint import Blueprint
from tierwright.expressions.checks import Check
from tierwright.expressions.conditions import all_of, opposite
from tierwright.expressions.expression import AllValues, Field, Operand
from tierwright.expressions.tree import Lines


def of_waiting(blueprint: Blueprint) -> Mapping[str, Check]:
    """The checks that nobody waits for ever for a service without pods."""
    startup, services = blueprint.values.startup, blueprint.catalogue.services
    needing: dict[str, list[str]] = {name: [] for name in services}
    for client, service in services.items():
        for need in service.awaited:
            if need in needing:
                needing[need].append(client)
    after = {tier: _services_after(blueprint, tier) for tier in blueprint.tiers}
    patient = opposite(all_of(blueprint.ordered, startup.tier_patience == 0))
    found = {}
    for name, service in services.items():
        arguments: dict[str, Operand] = {
            "name": name,
            "optional": service.optional,
            "needing": tuple(needing[name]),
            "later": after[service.tier],
            "patient": patient,
            "services": Field(AllValues(), "services"),
        }
        found[name] = Check("waiting", tuple(arguments.items()))
    return found


def _services_after(blueprint: Blueprint, tier: str) -> str:
    """The named template with the services of the later tiers, a line each; empty where there are none.

    One for each tier: a list for each service would grow the chart with the square of their number.
    """
    later = blueprint.tiers[blueprint.tiers.index(tier) + 1 :]
    lines = tuple(name for name, service in blueprint.catalogue.services.items() if service.tier in later)
    return blueprint.call(f"servicesAfter.{tier}", lambda: Lines(lines)).template.name if lines else ""
