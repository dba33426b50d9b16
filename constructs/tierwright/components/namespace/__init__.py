"""The namespace, and what applies to everything in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tierwright.aspects import Aspect, Manifest, PodAdditions
from tierwright.blueprint import Blueprint
from tierwright.components.namespace.values import NamespaceValues
from tierwright.declarations import Declared
from tierwright.expressions.conditions import Matches
from tierwright.expressions.tokens import expression_of
from tierwright.expressions.tree import OmitEmpty
from tierwright.kit.component import Component
from tierwright.kit.concern import Concern
from tierwright.kit.kinds import LIMIT_RANGE, RESOURCE_QUOTA
from tierwright.kit.kinds import NAMESPACE as NAMESPACE_KIND
from tierwright.kit.metadata import ObjectMeta
from tierwright.kit.rules import Rule, Rules
from tierwright.model.labels import POD_SECURITY, tier_label

NAME = "namespace"
QUOTA = "quota"
LIMITS = "limits"


class Namespace(Concern):
    """The namespace; depending on the values, also ResourceQuota and LimitRange."""

    def __init__(self, file: str, *, blueprint: Blueprint) -> None:
        super().__init__(file, NAME, blueprint=blueprint)
        values = blueprint.values_of_part(NAME, NamespaceValues)
        meta = ObjectMeta(blueprint, blueprint.namespace, component="namespace")
        metadata = {key: value for key, value in meta.written().items() if key != "namespace"}  # it is cluster-scoped
        # Helm makes the namespace itself, before it looks at the chart.
        self.declare("namespace", NAMESPACE_KIND, {"metadata": metadata}, condition=values.create, in_chart=False)
        quota = {
            "metadata": ObjectMeta(blueprint, QUOTA, component="namespace").metadata(),
            "spec": {"hard": values.quota.hard},
        }
        self.declare("quota", RESOURCE_QUOTA, quota, condition=values.quota.enabled)
        limits = {
            "type": "Container",
            "defaultRequest": OmitEmpty(values.limit_range.default_requests),
            "default": OmitEmpty(values.limit_range.default_limits),
            "min": OmitEmpty(values.limit_range.min),
        }
        limit_range = {
            "metadata": ObjectMeta(blueprint, LIMITS, component="namespace").metadata(),
            "spec": {"limits": [limits]},
        }
        self.declare("limits", LIMIT_RANGE, limit_range, condition=values.limit_range.enabled)


def _name(blueprint: Blueprint) -> Iterator[Rule]:
    yield Rule(
        path=(NAME, "name"),
        broken=Matches(expression_of(blueprint.namespace), "^kube-"),
        wrong="Kubernetes keeps such names for itself, and what runs there would be under the platform's policies and quota",
        allowed="choose another name",
    )


def _aspects(blueprint: Blueprint) -> tuple[Aspect, ...]:
    """The restricted Pod Security Standard of the namespace, and the tier of each service's and data service's pods."""

    def tier(declared: Declared, _: Manifest) -> PodAdditions:
        workload = declared.concern
        return PodAdditions(labels={tier_label(blueprint.name): blueprint.tier_of(workload)} if blueprint.has(workload) else {})

    return (Aspect(name="pod-security", namespace_labels=POD_SECURITY), Aspect(name="tiers", pods=tier))


NAMESPACE = Component(
    name=NAME,
    values=NamespaceValues,
    defaults=Path(__file__).with_name("defaults.yaml"),
    declare=Namespace,
    aspects=_aspects,
    file="00-namespace",
    reserved=lambda _catalogue: (QUOTA, LIMITS),
    rules=Rules(of_platform=(_name,)),
)
