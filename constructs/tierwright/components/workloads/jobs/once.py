"""Services that run once: a Job for each version of its pod.

The template of a Job can never change, so the Job is named after a fingerprint of it: another template is another Job, which runs;
the same one is the same Job, which has run.
"""

from __future__ import annotations

from tierwright.components.workloads.jobs.job import job_spec
from tierwright.components.workloads.pod import pod_template, workload_metadata
from tierwright.expressions.fingerprints import Fingerprint
from tierwright.expressions.tokens import Text
from tierwright.kit.concern import Concern
from tierwright.kit.kinds import JOB
from tierwright.kit.service_meta import ServiceMeta


def declare_job(concern: Concern, meta: ServiceMeta) -> None:
    """Declare the Job of the service that `meta` names.

    It is never cleared away by its age: what applies the manifests again, as Argo CD and Flux do, would make it anew, and it would
    run again.
    """
    plain = {"metadata": meta.metadata(), "spec": job_spec(meta, pod_template(meta, managed=False))}
    template = concern.with_aspects("job", JOB, plain)["spec"]["template"]
    named = meta.blueprint.call(f"templateOfJob.{meta.name}", lambda: template)
    name = f"{meta.name}-{Text(Fingerprint(named))}"
    concern.declare("job", JOB, {"metadata": workload_metadata(meta, name), "spec": job_spec(meta, named)})
