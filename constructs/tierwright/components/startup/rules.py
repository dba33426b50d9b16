"""The rule of services without pods: the gates of others wait for them for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tierwright.blueprint import Blueprint
from tierwright.config.soundness import UNSOUND
from tierwright.expressions.conditions import Ternary, Truth, all_of, any_of, opposite
from tierwright.expressions.expression import AllValues, Argument, Field, Operand
from tierwright.expressions.lists import Has
from tierwright.expressions.tokens import Text, expression_of, operand_of
from tierwright.expressions.tree import Lines
from tierwright.kit.autoscaling import is_scaled
from tierwright.kit.rules import Rule, Rules, Subject
from tierwright.kit.walks.pods import FirstWithPods, Later
from tierwright.model.workloads import is_ordered


def _no_pods(blueprint: Blueprint, service: Subject) -> Iterator[Rule]:
    """A service that others wait for has pods. Nobody waits for one that ends by itself."""
    if service.ends:
        return
    impatient = all_of(blueprint.ordered, blueprint.values.startup.tier_patience == 0)
    needing = Argument("needing")
    client = FirstWithPods(needing, Argument("later"), impatient, Field(AllValues(), "services"))
    needed = all_of(Has(needing, client), opposite(Truth(Argument("optional"))))
    both = operand_of(f"{service.name} and {Text(client)}")
    values = service.values
    has_pods = any_of(is_scaled(values), values.replicas > 0)
    yield Rule(
        path=("replicas",),
        broken=all_of(values.enabled, opposite(has_pods), Truth(client)),
        wrong=f"{service.name} has no pods, but {Text(client)} waits for it for ever",
        allowed=f"raise it, or set enabled: false for {Text(Ternary(needed, both, expression_of(service.name)))}",
    )


def _needing(blueprint: Blueprint) -> Callable[[str], Operand]:
    """The services that need a service, in the catalogue's order."""
    needing: dict[str, list[str]] = {}
    for client, service in blueprint.catalogue.services.items():
        for need in () if service is UNSOUND else service.awaited:
            needing.setdefault(need, []).append(client)
    return lambda name: tuple(needing.get(name, ()))


def _later(blueprint: Blueprint) -> Callable[[str], Operand]:
    """The services of the tiers after that of a service."""
    of_tier: dict[str, Later] = {}

    def later(name: str) -> Operand:
        tier = blueprint.service(name).tier
        if tier not in of_tier:
            of_tier[tier] = _services_after(blueprint, tier)
        return of_tier[tier]

    return later


def _services_after(blueprint: Blueprint, tier: str) -> Later:
    tiers = [each.name for each in blueprint.catalogue.tiers]
    later = tiers[tiers.index(tier) + 1 :]
    services = blueprint.catalogue.services.items()
    names = tuple(name for name, service in services if service.tier in later and is_ordered(service))
    template = blueprint.call(f"servicesAfter.{tier}", lambda: Lines(names)).template.name if names else ""
    return Later(names, template)


RULES = Rules(
    of_service=(_no_pods,),
    arguments={
        "needing": _needing,
        "later": _later,
        "optional": lambda blueprint: lambda name: blueprint.service(name).optional,
    },
    helpers=(FirstWithPods.helper,),
)
