"""Network policies: what is denied everywhere, and what all policies go by. Each workload has one of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tierwright.blueprint import Blueprint
from tierwright.expressions.conditions import opposite
from tierwright.expressions.tokens import filled
from tierwright.kit.component import Component
from tierwright.kit.concern import Concern
from tierwright.kit.kinds import NETWORK_POLICY as KIND
from tierwright.kit.network_boundary import DEFAULT_DENY, default_deny
from tierwright.kit.network_values import NAME, NetworkPolicyValues, network_policy_values
from tierwright.kit.rules import Rule, Rules


def _declare(file: str, *, blueprint: Blueprint) -> None:
    """The default-deny policy, among the objects of the namespace, where people know it."""
    Concern(file, "namespace", blueprint=blueprint).declare("default-deny", KIND, default_deny(blueprint))


def _dns(blueprint: Blueprint) -> Iterator[Rule]:
    """The schema wants a label, but one whose value is null is none."""
    yield Rule(
        path=("networkPolicy", "dns", "podLabels"),
        broken=opposite(filled(network_policy_values(blueprint).dns.pod_labels)),
        wrong="is empty",
        allowed="name the labels of the DNS pods",
    )


NETWORK_POLICY = Component(
    name=NAME,
    values=NetworkPolicyValues,
    defaults=Path(__file__).with_name("defaults.yaml"),
    before="commonLabels",
    rules=Rules(of_platform=(_dns,)),
    declare=_declare,
    file="00-namespace",
    reserved=lambda _catalogue: (DEFAULT_DENY,),
)
