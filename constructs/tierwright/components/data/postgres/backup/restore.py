"""The restore of the server itself: a Job in its place."""

from __future__ import annotations

from tierwright.components.data.backups.jobs import restore_job_spec
from tierwright.components.data.postgres.backup.archive import SCRIPTS, is_on, is_restoring
from tierwright.components.data.postgres.backup.names import RESTORE, name_of
from tierwright.components.data.postgres.backup.pods import job_template, server_config
from tierwright.components.data.postgres.backup.repository import repository_of
from tierwright.components.data.postgres.start import DATA, PGDATA
from tierwright.components.data.postgres.topology import PATRONI_STATE, is_replicated
from tierwright.components.data.postgres.values import Postgres
from tierwright.expressions.conditions import all_of
from tierwright.expressions.tree import when
from tierwright.kit.access import IDENTITY_MOUNT, IDENTITY_VOLUME, declare_access
from tierwright.kit.concern import Concern
from tierwright.kit.data_service import alone
from tierwright.kit.kinds import NETWORK_POLICY
from tierwright.kit.metadata import Manifest, ObjectMeta
from tierwright.kit.named_jobs import declare_named_job
from tierwright.kit.network_boundary import boundary, to_api_server, to_dns
from tierwright.kit.pods import secret_variable
from tierwright.model.own_names import patroni_of
from tierwright.model.storage import OF_DATA_SERVICE, claim_of


def declare_restore(file: str, postgres: Postgres) -> None:
    """Declare the Job, with its account and its boundary: it connects to nobody but the repository.

    Where there are several members it restores the volume of the first one, and lets Patroni forget who led before.

    What applies it again when it has been cleared away changes nothing: the volume remembers to which moment it was restored.
    """
    blueprint, name = postgres.blueprint, name_of(postgres.name, RESTORE)
    concern = Concern(file, name, blueprint=blueprint, present=all_of(is_on(postgres), is_restoring(postgres)))
    meta = ObjectMeta(blueprint, name, component="backup", version=postgres.values.image.tag)
    concern.declare_account(meta.metadata())
    declare_named_job(concern, name, _template(postgres, meta), metadata=meta.metadata, spec=restore_job_spec)
    replicated = is_replicated(postgres)
    kept = [f"{patroni_of(postgres.name)}-{end}" for end in PATRONI_STATE]
    rules = [{"apiGroups": [""], "resources": ["configmaps"], "resourceNames": kept, "verbs": ["get", "patch"]}]
    declare_access(concern, name, meta.metadata(), rules, condition=replicated)
    egress = [
        *repository_of(postgres).egress,
        when(repository_of(postgres).in_bucket, to_dns(blueprint)),
        when(replicated, to_api_server(blueprint)),
    ]
    concern.declare("boundary", NETWORK_POLICY, boundary(meta, egress=egress))


def _template(postgres: Postgres, meta: ObjectMeta) -> Manifest:
    values = postgres.values
    password, administrator = postgres.password, postgres.administrator_password
    claim = {"name": OF_DATA_SERVICE, "persistentVolumeClaim": {"claimName": claim_of(OF_DATA_SERVICE, postgres.name)}}
    volume, mount = server_config(postgres)
    replicated = is_replicated(postgres)
    members = {"PATRONI_SCOPE": patroni_of(postgres.name), "FIRST_MEMBER": f"{postgres.name}-0"}
    return job_template(
        postgres,
        meta,
        command=alone(f"exec sh {SCRIPTS}/restore.sh\n", data=DATA),
        env=[
            {"name": "PGDATA", "value": PGDATA},
            {"name": "TARGET", "value": values.backup.restore.to},
            secret_variable("POSTGRES_PASSWORD", secret=administrator.secret, key=administrator.key),
            {"name": "SERVICES_USER", "value": values.user},
            secret_variable("SERVICES_PASSWORD", secret=password.secret, key=password.key),
            when(replicated, [{"name": variable, "value": value} for variable, value in members.items()]),
        ],
        mounts=[{"name": OF_DATA_SERVICE, "mountPath": DATA}, mount, when(replicated, IDENTITY_MOUNT)],
        volumes=[claim, volume, when(replicated, IDENTITY_VOLUME)],
        managed=False,
    )
