"""Services that run once: a Job for each version of its pod."""

from __future__ import annotations

from functools import partial

from tierwright.components.workloads.jobs.job import job_spec
from tierwright.components.workloads.pod import pod_template, workload_metadata
from tierwright.kit.concern import Concern
from tierwright.kit.named_jobs import declare_named_job
from tierwright.kit.service_meta import ServiceMeta


def declare_job(concern: Concern, meta: ServiceMeta) -> None:
    """Declare the Job of the service that `meta` names.

    It is never cleared away by its age: what applies the manifests again, as Argo CD and Flux do, would make it anew, and it would
    run again.
    """
    template, spec = pod_template(meta, managed=False), partial(job_spec, meta)
    declare_named_job(concern, meta.name, template, metadata=partial(workload_metadata, meta), spec=spec)
