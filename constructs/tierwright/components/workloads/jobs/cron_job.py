"""Services that run on a schedule: a CronJob."""

from __future__ import annotations

from tierwright.components.workloads.jobs.job import job_spec, job_values
from tierwright.components.workloads.pod import pod_template, workload_metadata
from tierwright.kit.concern import Concern
from tierwright.kit.kinds import CRON_JOB
from tierwright.kit.metadata import Manifest
from tierwright.kit.service_meta import ServiceMeta


def declare_cron_job(concern: Concern, meta: ServiceMeta) -> None:
    """Declare the CronJob of the service that `meta` names."""
    concern.declare("cronjob", CRON_JOB, {"metadata": workload_metadata(meta), "spec": _spec(meta)})


def _spec(meta: ServiceMeta) -> Manifest:
    values = job_values(meta)
    return {
        "schedule": meta.blueprint.service(meta.name).schedule,
        "timeZone": values.time_zone,
        "concurrencyPolicy": values.concurrency_policy,
        "startingDeadlineSeconds": values.starting_deadline_seconds,
        "suspend": values.suspend,
        # Its Jobs are cleared away by these numbers, and by no time: the last logs stay, however long ago that run was.
        "successfulJobsHistoryLimit": values.successful_jobs_history_limit,
        "failedJobsHistoryLimit": values.failed_jobs_history_limit,
        "jobTemplate": {"metadata": {"labels": meta.labels}, "spec": job_spec(meta, pod_template(meta))},
    }
