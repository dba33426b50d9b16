"""Rules over autoscalers of the user's own: no two own one number of pods, nor one and the manifests."""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.blueprint import Blueprint
from tierwright.expressions.conditions import ALWAYS, Compares, Condition, Equals, HasKey, Truth, all_of, any_of, opposite
from tierwright.expressions.expression import AllValues, Entry, Field
from tierwright.expressions.lists import Has
from tierwright.expressions.tokens import Text, expression_of, traced
from tierwright.expressions.walks import seen
from tierwright.kit.own_autoscalers import fixed_workloads
from tierwright.kit.rules import Rule, Rules
from tierwright.kit.walks.autoscalers import Autoscalers
from tierwright.model.workload_values import ServiceValues
from tierwright.model.workloads import can_scale

_SERVICES = Field(AllValues(), "services")
_NAME = Text(seen("name"))
_WHERE = f"services.{_NAME}.autoscaling"
_SERVICE = traced(ServiceValues, Entry(_SERVICES, seen("name")))
"""The values of the service that is scaled, if it is one."""


def _two(_: Blueprint) -> Iterator[Rule]:
    yield _rule(Truth(seen("owner")), f"{Text(seen('owner'))} scales {_NAME} already", "keep one of the two")


def _of_services(blueprint: Blueprint) -> Iterator[Rule]:
    """The values leave it the number of pods of a service."""
    scaling, scalable = _SERVICE.autoscaling, _scalable(blueprint)
    yield _rule(
        all_of(scalable, scaling.enabled),
        f"the platform makes an autoscaler of {_NAME} already",
        f"set {_WHERE}.enabled to false and external to true, or remove this one",
    )
    yield _rule(
        all_of(scalable, opposite(scaling.enabled), opposite(scaling.external)),
        f"the platform writes how many pods {_NAME} has, so every apply resets it",
        f"set {_WHERE}.external to true",
    )


def _bounds(blueprint: Blueprint) -> Iterator[Rule]:
    """The values repeat the bounds of an autoscaler of a service."""
    scaling = _SERVICE.autoscaling
    external = all_of(_scalable(blueprint), opposite(scaling.enabled), scaling.external)
    for side, key, ours in (("least", "minReplicas", scaling.min_replicas), ("most", "maxReplicas", scaling.max_replicas)):
        yield Rule(
            path=("extraObjects",),
            each=Autoscalers(),
            below=("spec", Text(seen(f"{side}Key"))),
            broken=all_of(external, Truth(seen(side)), opposite(Compares("eq", seen(f"{side}Pods"), expression_of(ours)))),
            wrong=f"is {Text(seen(side))}, but {_WHERE}.{key} is {ours}",
            allowed="write the same in both",
        )


def _of_fixed(blueprint: Blueprint) -> Iterator[Rule]:
    """Nothing scales what has a fixed number of pods."""
    alone, remedy = opposite(Truth(seen("owner"))), "remove the autoscaler"
    if fixed := tuple(fixed_workloads(blueprint.catalogue)):
        broken = all_of(alone, Has(fixed, seen("target")), _SERVICE.enabled)
        yield _rule(broken, f"the platform writes how many pods {_NAME} has, so every apply resets it", remedy)
    servers = [_is_server(blueprint, name) for name in blueprint.data_services]
    if servers:
        yield _rule(all_of(alone, any_of(*servers)), f"{_NAME} runs as one pod, and every apply restores that", remedy)


def _scalable(blueprint: Blueprint) -> Condition:
    """Whether it is the one autoscaler of a service of the platform that can be scaled, and that is not left out."""
    others = tuple(name for name, service in blueprint.catalogue.services.items() if not can_scale(service))
    is_deployment = all_of(Equals(seen("kind"), "Deployment"), HasKey(_SERVICES, seen("name")))
    is_none_of_others = opposite(Has(others, seen("name"))) if others else ALWAYS
    return all_of(opposite(Truth(seen("owner"))), is_deployment, is_none_of_others, _SERVICE.enabled)


def _is_server(blueprint: Blueprint, name: str) -> Condition:
    return all_of(
        Equals(seen("target"), f"StatefulSet/{name}"), opposite(any_of(blueprint.is_external(name), blueprint.is_operated(name)))
    )


def _rule(broken: Condition, wrong: str, allowed: str) -> Rule:
    path, below = ("extraObjects",), ("spec", "scaleTargetRef")
    return Rule(path=path, each=Autoscalers(), below=below, broken=broken, wrong=wrong, allowed=allowed)


AUTOSCALER_RULES = Rules(of_platform=(_two, _of_services, _bounds, _of_fixed), helpers=(Autoscalers.helper,))
