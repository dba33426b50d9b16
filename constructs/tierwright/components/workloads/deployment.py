"""Services whose pods are alike: a Deployment, and depending on the values its autoscaler and its disruption budget.

A singleton has neither: its one pod is stopped before another one starts.
"""

from __future__ import annotations

from tierwright.components.workloads.pod import min_ready_seconds, pod_template, workload_metadata
from tierwright.expressions.conditions import opposite
from tierwright.expressions.tree import Tree, when
from tierwright.kit.autoscaling import autoscaler, disruption_budget, has_budget, is_scaled
from tierwright.kit.concern import Concern
from tierwright.kit.kinds import AUTOSCALER, DEPLOYMENT, DISRUPTION_BUDGET
from tierwright.kit.metadata import Manifest
from tierwright.kit.service_meta import ServiceMeta
from tierwright.kit.startup_values import startup_values
from tierwright.model.workload_values import ServiceValues
from tierwright.model.workloads import can_scale


def declare_deployment(concern: Concern, meta: ServiceMeta) -> None:
    """Declare the Deployment of the service that `meta` names."""
    head = meta.entries("deployment.singleton", _of_one) if _is_singleton(meta) else meta.entries("deployment", _of_several)
    spec = {**head, "template": pod_template(meta)}
    concern.declare("deployment", DEPLOYMENT, {"metadata": workload_metadata(meta), "spec": spec})


def declare_scaling(concern: Concern, meta: ServiceMeta) -> None:
    """Declare the autoscaler and the disruption budget of the service that `meta` names, each under its condition."""
    values = meta.values
    if can_scale(meta.blueprint.service(meta.name)):
        scaler = {"metadata": meta.metadata(), "spec": meta.shared("autoscaler", _autoscaler)}
        concern.declare("autoscaler", AUTOSCALER, scaler, condition=values.autoscaling.enabled)
    if not _is_singleton(meta):
        budget = {"metadata": meta.metadata(), "spec": meta.shared("disruptionBudget", _budget)}
        concern.declare("disruption-budget", DISRUPTION_BUDGET, budget, condition=has_budget(values))


def _is_singleton(meta: ServiceMeta) -> bool:
    return meta.blueprint.service(meta.name).singleton


def _of_several(meta: ServiceMeta) -> Manifest:
    # An autoscaler owns the count: a number here would reset it at every apply.
    return _head(meta, when(opposite(is_scaled(meta.values)), meta.values.replicas), _rolling_update(meta.values))


def _of_one(meta: ServiceMeta) -> Manifest:
    return _head(meta, meta.values.replicas, {"type": "Recreate"})


def _head(meta: ServiceMeta, replicas: Tree, strategy: Manifest) -> Manifest:
    """What the spec of the Deployment says beside the pods."""
    return {
        "replicas": replicas,
        "minReadySeconds": min_ready_seconds(meta.values),
        "revisionHistoryLimit": meta.values.rollout.revision_history,
        "progressDeadlineSeconds": startup_values(meta.blueprint).progress_deadline_seconds,
        "selector": {"matchLabels": meta.selector},
        "strategy": strategy,
    }


def _autoscaler(meta: ServiceMeta) -> Manifest:
    return autoscaler(meta.name, meta.values.autoscaling)


def _budget(meta: ServiceMeta) -> Manifest:
    return disruption_budget(meta, meta.values.disruption_budget.max_unavailable)


def _rolling_update(values: ServiceValues) -> Manifest:
    surge, unavailable = values.rollout.max_surge, values.rollout.max_unavailable
    return {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
