"""Services that run once: a Job. Of those that run on a schedule, this is the Job of a run."""

from __future__ import annotations

from tierwright.components.workloads.jobs.values import JobValues
from tierwright.expressions.expression import Field
from tierwright.expressions.tokens import expression_of, traced
from tierwright.expressions.tree import Tree
from tierwright.kit.metadata import Manifest
from tierwright.kit.service_meta import ServiceMeta


def job_values(meta: ServiceMeta) -> JobValues:
    """Tokens for how the runs of the service that `meta` names are made."""
    return traced(JobValues, Field(expression_of(meta.values), "job"))


def job_spec(meta: ServiceMeta, template: Tree) -> Manifest:
    """The specification of a Job of the service that `meta` names; `template` is that of its pods."""
    values = job_values(meta)
    return {
        "backoffLimit": values.backoff_limit,
        "activeDeadlineSeconds": values.active_deadline_seconds,
        "template": template,
    }
