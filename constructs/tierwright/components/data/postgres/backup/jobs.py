"""What runs on a schedule: base backups, and the test that restores the newest one."""

from __future__ import annotations

from collections.abc import Sequence

from tierwright.components.data.backups.jobs import cron_job
from tierwright.components.data.postgres.backup.archive import (
    SCRIPTS,
    as_administrator,
    beside,
    by_pgbackrest,
    is_on,
    is_restoring,
    to_server,
)
from tierwright.components.data.postgres.backup.names import ARCHIVE, ASSERTIONS, BACKUP, RESTORE_TEST, name_of
from tierwright.components.data.postgres.backup.pods import job_template, server_config
from tierwright.components.data.postgres.backup.repository import repository_of
from tierwright.components.data.postgres.tls.trust import authority_of
from tierwright.components.data.postgres.topology import is_replicated
from tierwright.components.data.postgres.values import Postgres
from tierwright.expressions.conditions import all_of, opposite
from tierwright.expressions.tokens import filled
from tierwright.expressions.tree import OmitEmpty, Tree, when
from tierwright.kit.concern import Concern
from tierwright.kit.kinds import CONFIG_MAP, CRON_JOB, NETWORK_POLICY
from tierwright.kit.metadata import Manifest, ObjectMeta
from tierwright.kit.network_boundary import boundary, to_dns

_COPY = "/copy"
_ASSERTIONS = "/etc/assertions"


def declare_jobs(file: str, postgres: Postgres) -> None:
    """Declare the CronJobs of base backups and of the restore test, each with its account and its boundary."""
    _declare_base_backups(file, postgres)
    _declare_restore_test(file, postgres)


def _declare_base_backups(file: str, postgres: Postgres) -> None:
    blueprint, backup, placement = postgres.blueprint, postgres.values.backup, postgres.values.placement
    name = name_of(postgres.name, BACKUP)
    concern = Concern(file, name, blueprint=blueprint, present=is_on(postgres))
    meta = ObjectMeta(blueprint, name, component="backup", version=postgres.values.image.tag)
    template = job_template(
        postgres,
        meta,
        command=["sh", f"{SCRIPTS}/base-backup.sh"],
        env=[*as_administrator(postgres), {"name": "RETENTION", "value": str(backup.retention)}],
        mounts=authority_of(postgres).mounts,
        volumes=authority_of(postgres).volumes,
        affinity=when(by_pgbackrest(postgres), OmitEmpty(placement.affinity), beside(name_of(postgres.name, ARCHIVE))),
        reads=False,
    )
    _declare(concern, meta, postgres, schedule=backup.schedule, template=template)


def _declare_restore_test(file: str, postgres: Postgres) -> None:
    blueprint, values = postgres.blueprint, postgres.values
    test, name = values.backup.restore_test, name_of(postgres.name, RESTORE_TEST)
    concern = Concern(file, name, blueprint=blueprint, present=all_of(is_on(postgres), test.enabled))
    meta = ObjectMeta(blueprint, name, component="backup", version=values.image.tag)
    assertions, asserted = name_of(postgres.name, ASSERTIONS), filled(test.assertions)
    concern.declare("assertions", CONFIG_MAP, {"metadata": meta.metadata(assertions), "data": test.assertions}, condition=asserted)
    volume, mount = server_config(postgres)
    template = job_template(
        postgres,
        meta,
        command=["sh", f"{SCRIPTS}/restore-test.sh"],
        env=[
            *as_administrator(postgres),
            {"name": "DATABASE", "value": values.database},
            {"name": "SERVICES_USER", "value": values.user},
            {"name": "MAX_AGE_HOURS", "value": str(test.max_age_hours)},
        ],
        mounts=[
            {"name": "copy", "mountPath": _COPY},
            mount,
            *authority_of(postgres).mounts,
            when(asserted, {"name": "assertions", "mountPath": _ASSERTIONS, "readOnly": True}),
        ],
        volumes=[
            {"name": "copy", "ephemeral": {"volumeClaimTemplate": {"spec": _claim_of_copy(postgres)}}},
            volume,
            *authority_of(postgres).volumes,
            when(asserted, {"name": "assertions", "configMap": {"name": assertions}}),
        ],
        affinity=_where_the_archive_is(postgres),
    )
    _declare(concern, meta, postgres, schedule=test.schedule, template=template, egress=repository_of(postgres).egress)


def _where_the_archive_is(postgres: Postgres) -> Tree:
    """Affinity to who has its volume, which may be one that a single node can mount. Members share one that all nodes can."""
    beside_server = all_of(opposite(is_replicated(postgres)), filled(postgres.values.backup.repository.claim))
    elsewhere = OmitEmpty(postgres.values.placement.affinity)
    own = when(beside_server, beside(postgres.name), elsewhere)
    return when(by_pgbackrest(postgres), own, beside(name_of(postgres.name, ARCHIVE)))


def _claim_of_copy(postgres: Postgres) -> Manifest:
    """A volume as large as the data's, which comes and goes with the pod."""
    storage = postgres.values.storage
    return {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": OmitEmpty(storage.storage_class),
        "resources": {"requests": {"storage": storage.size}},
        "volumeMode": "Filesystem",
    }


def _declare(
    concern: Concern, meta: ObjectMeta, postgres: Postgres, *, schedule: str, template: Tree, egress: Sequence[Tree] = ()
) -> None:
    blueprint, seconds = postgres.blueprint, postgres.values.backup.deadline_seconds
    concern.declare_account(meta.metadata())
    # While the server is restored it does not run.
    restoring = is_restoring(postgres)
    job = cron_job(meta, template, schedule=schedule, deadline_seconds=seconds, suspended=restoring)
    concern.declare("cronjob", CRON_JOB, job)
    concern.declare("boundary", NETWORK_POLICY, boundary(meta, egress=[*to_server(postgres), *egress, to_dns(blueprint)]))
