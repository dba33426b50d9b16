"""Services whose pods are alike: a Deployment, and depending on the values its autoscaler and its disruption budget.

A singleton has neither: its one pod is stopped before another one starts.
"""

from __future__ import annotations

from tierwright.components.workloads.pod import min_ready_seconds, pod_template, workload_metadata
from tierwright.expressions.conditions import opposite
from tierwright.expressions.tree import when
from tierwright.kit.autoscaling import autoscaler, disruption_budget, has_budget, is_scaled
from tierwright.kit.concern import Concern
from tierwright.kit.kinds import AUTOSCALER, DEPLOYMENT, DISRUPTION_BUDGET
from tierwright.kit.metadata import Manifest, ObjectMeta
from tierwright.kit.pods import spread_constraints
from tierwright.kit.startup_values import startup_values
from tierwright.model.workload_values import ServiceValues
from tierwright.model.workloads import can_scale


def declare_deployment(concern: Concern, meta: ObjectMeta) -> None:
    """Declare the Deployment of the service that `meta` names."""
    concern.declare("deployment", DEPLOYMENT, {"metadata": workload_metadata(meta), "spec": _spec(meta)})


def declare_scaling(concern: Concern, meta: ObjectMeta) -> None:
    """Declare the autoscaler and the disruption budget of the service that `meta` names, each under its condition."""
    service, values = meta.blueprint.service(meta.name), meta.blueprint.values_of(meta.name)
    if can_scale(service):
        scaling = values.autoscaling
        concern.declare("autoscaler", AUTOSCALER, autoscaler(meta, scaling), condition=scaling.enabled)
    if not service.singleton:
        budget = disruption_budget(meta, values.disruption_budget.max_unavailable)
        concern.declare("disruption-budget", DISRUPTION_BUDGET, budget, condition=has_budget(values))


def _spec(meta: ObjectMeta) -> Manifest:
    blueprint = meta.blueprint
    values, is_singleton = blueprint.values_of(meta.name), blueprint.service(meta.name).singleton
    spread = [] if is_singleton else spread_constraints(values.spread, meta, by_revision="pod-template-hash")
    return {
        # An autoscaler owns the count: a number here would reset it at every apply.
        "replicas": values.replicas if is_singleton else when(opposite(is_scaled(values)), values.replicas),
        "minReadySeconds": min_ready_seconds(values),
        "revisionHistoryLimit": values.rollout.revision_history,
        "progressDeadlineSeconds": startup_values(blueprint).progress_deadline_seconds,
        "selector": {"matchLabels": meta.selector},
        "strategy": {"type": "Recreate"} if is_singleton else _rolling_update(values),
        "template": pod_template(meta, spread=spread),
    }


def _rolling_update(values: ServiceValues) -> Manifest:
    surge, unavailable = values.rollout.max_surge, values.rollout.max_unavailable
    return {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
