"""Snapshots: what a program of a data service writes into files, and rclone keeps in a repository."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path as FilePath
from typing import Any

import msgspec

from tierwright.components.data.backups.jobs import cron_job, restore_job_spec, runs_here
from tierwright.components.data.backups.schedule import never
from tierwright.components.data.backups.snapshot_values import Copies, Snapshots
from tierwright.components.data.backups.store import AUTHORITY, FOLDER, Store, place_rules
from tierwright.components.data.script_files import scripts_in
from tierwright.endpoints import Endpoint
from tierwright.expressions.conditions import ALWAYS, NEVER, Condition, all_of
from tierwright.expressions.tokens import filled
from tierwright.expressions.tree import Tree, choose, when
from tierwright.kit.concern import Concern
from tierwright.kit.instance import Instance
from tierwright.kit.kinds import CONFIG_MAP, CRON_JOB, NETWORK_POLICY
from tierwright.kit.metadata import Manifest, ObjectMeta
from tierwright.kit.named_jobs import declare_named_job
from tierwright.kit.network_boundary import boundary, to_dns, to_endpoint
from tierwright.kit.pods import (
    CONTAINER_SECURITY,
    SCRATCH_MOUNT,
    pod_security,
    pod_spec,
    resources,
    scratch_volume,
    secret_variable,
)
from tierwright.kit.rules import Rule
from tierwright.model.checks import ROOM, overflow
from tierwright.model.own_names import config_of, nodes_of
from tierwright.model.part import Complaint
from tierwright.model.platform import Platform
from tierwright.model.schedule import LONGEST_NAME
from tierwright.model.storage import claim_of
from tierwright.model.workload_values import Image

SCRIPTS = "/etc/backup"
"""Where the scripts are, in each pod."""

BACKUP = "backup"
RESTORE = "restore"

_SHARED = FilePath(__file__).with_name("scripts")
_REMOTE = "RCLONE_CONFIG_PLACE"
_SCRIPTS_MOUNT: Manifest = {"name": "scripts", "mountPath": SCRIPTS, "readOnly": True}


class Taking(msgspec.Struct, frozen=True, kw_only=True):
    """How a snapshot of a kind of data service is taken.

    `scripts` is a folder; of its files, take.sh writes the snapshot into a folder of /tmp/snapshot, in the image of the data
    service, with the variables `env` and these further `volumes` and `mounts`. It asks the servers at their `ports`; none are
    that of their clients. `has_domain` says that its pod has a name in the domain of theirs. While `suspended`, none is taken.
    """

    scripts: FilePath
    env: Sequence[Tree]
    volumes: Sequence[Tree] = ()
    mounts: Sequence[Tree] = ()
    ports: tuple[int, ...] = ()
    has_domain: bool = False
    suspended: Condition = NEVER


def is_on(of: Instance[Any], backup: Copies) -> Condition:
    """Whether snapshots are made."""
    return all_of(of.is_here, backup.enabled)


def is_restoring(backup: Snapshots) -> Condition:
    """Whether the servers' place is taken by a restore."""
    return all_of(backup.enabled, filled(backup.restore.snapshot))


def rules(of: Instance[Any], backup: Copies) -> Iterator[Rule]:
    """The rules over the values, whose paths begin at those of the data service."""
    on = all_of(backup.enabled)
    yield from runs_here(of, on, longest=LONGEST_NAME - len(f"-{BACKUP}"))
    yield from place_rules(backup.repository, who="the backup", path=of.path, used=on)


def complaints(platform: Platform, name: str) -> Iterator[Complaint]:
    """What no template can compare of the values of a data service that runs here, with paths as those of the rules."""
    values: Any = platform.data_services[name]
    backup: Copies = values.backup
    if values.topology == "external" or not backup.enabled:
        return
    yield from never(("backup", "schedule"), backup.schedule)
    if wrong := overflow(backup.resources, scratch=backup.scratch):
        yield Complaint(("backup", "scratch"), wrong, ROOM)


def declare_snapshots(file: str, of: Instance[Any], backup: Copies, taking: Taking) -> None:
    """Declare the CronJob that takes and stores snapshots, with its account, its boundary and the scripts of both ways."""
    name, meta = f"{of.name}-{BACKUP}", _meta(of, BACKUP)
    concern = Concern(file, name, blueprint=of.blueprint, present=is_on(of, backup))
    concern.declare_account(meta.metadata())
    data = scripts_in(_SHARED) | scripts_in(taking.scripts)
    concern.declare("scripts", CONFIG_MAP, {"metadata": meta.metadata(config_of(name)), "data": data})
    command = ["sh", f"{SCRIPTS}/take.sh"]
    take = _container(of, backup, "take", image=of.values.image, command=command, env=taking.env, mounts=taking.mounts)
    told = {"RETENTION": backup.retention, "DEADLINE_SECONDS": backup.deadline_seconds}
    store = _rclone(of, backup, "store", env=[{"name": name, "value": str(value)} for name, value in told.items()])
    template = _template(of, backup, meta, first=take, then=store, volumes=taking.volumes, has_domain=taking.has_domain)
    job = cron_job(meta, template, schedule=backup.schedule, deadline_seconds=backup.deadline_seconds, suspended=taking.suspended)
    concern.declare("cronjob", CRON_JOB, job)
    port, *further = taking.ports or (of.port,)
    to_server = to_endpoint(Endpoint(host=of.name, port=port, pods=of.name, further_ports=tuple(further)))
    egress = [to_server, *_store(backup).egress, to_dns(of.blueprint)]
    concern.declare("boundary", NETWORK_POLICY, boundary(meta, egress=egress))


def declare_restore(
    file: str,
    of: Instance[Any],
    backup: Snapshots,
    number: int,
    *,
    claim: str,
    path: str,
    command: Sequence[Tree],
    env: Sequence[Tree],
    present: Condition = ALWAYS,
) -> None:
    """Declare the Job that fetches a snapshot and puts it onto the volume of a server, with its account and its boundary.

    `number` is that of the server, `claim` the name of its claim, which is mounted at `path`. `command` finds the snapshot in
    /tmp/snapshot, and has the variables `env`, SNAPSHOT and NUMBER. `present` says whether there is such a server.
    """
    end = f"{RESTORE}-{number}"
    meta, store = _meta(of, end), _store(backup)
    here = all_of(is_on(of, backup), is_restoring(backup), present)
    concern = Concern(file, f"{of.name}-{end}", blueprint=of.blueprint, present=here)
    concern.declare_account(meta.metadata())
    snapshot = {"name": "SNAPSHOT", "value": backup.restore.snapshot}
    own = [snapshot, {"name": "NUMBER", "value": str(number)}]
    mount = {"name": claim, "mountPath": path}
    put = _container(of, backup, "put", image=of.values.image, command=command, env=[*own, *env], mounts=[mount])
    volume = {"name": claim, "persistentVolumeClaim": {"claimName": claim_of(claim, of.name, number)}}
    fetch = _rclone(of, backup, "fetch", env=[snapshot])
    template = _template(of, backup, meta, first=fetch, then=put, volumes=[volume], managed=False)
    declare_named_job(concern, meta.name, template, metadata=meta.metadata, spec=restore_job_spec)
    egress = [*store.egress, when(store.in_bucket, to_dns(of.blueprint))]
    concern.declare("boundary", NETWORK_POLICY, boundary(meta, egress=egress))


def _meta(of: Instance[Any], end: str) -> ObjectMeta:
    return ObjectMeta(of.blueprint, f"{of.name}-{end}", component="backup", version=of.values.image.tag)


def _store(backup: Copies) -> Store:
    return Store(backup.repository, all_of(backup.enabled))


def _container(
    of: Instance[Any],
    backup: Copies,
    name: str,
    *,
    image: Image,
    command: Sequence[Tree],
    env: Sequence[Tree],
    mounts: Sequence[Tree] = (),
) -> Manifest:
    return {
        "name": name,
        "image": of.blueprint.image(image),
        "imagePullPolicy": of.blueprint.values.images.pull_policy,
        "command": list(command),
        "env": list(env),
        "resources": resources(of.blueprint, backup.resources),
        "securityContext": CONTAINER_SECURITY,
        "volumeMounts": [SCRATCH_MOUNT, _SCRIPTS_MOUNT, *mounts],
    }


def _rclone(of: Instance[Any], backup: Copies, name: str, *, env: Sequence[Tree]) -> Manifest:
    """A container that writes to the repository, or reads it, by the script of its name."""
    command, mounts = ["sh", f"{SCRIPTS}/{name}.sh"], _store(backup).mounts
    return _container(of, backup, name, image=backup.image, command=command, env=[*env, *_remote(of, backup)], mounts=mounts)


def _remote(of: Instance[Any], backup: Copies) -> list[Tree]:
    """The variables by which rclone knows the repository; https://rclone.org/docs/#config-file."""
    repository, store = backup.repository, _store(backup)
    bucket, passphrase = repository.s3, repository.passphrase
    in_bucket = {
        "TYPE": "s3",
        "PROVIDER": "Other",
        "ENDPOINT": f"https://{bucket.host}:{bucket.port}",
        "REGION": bucket.region,
        "FORCE_PATH_STYLE": choose(bucket.uri_style == "path", "true", "false"),
        "NO_CHECK_BUCKET": "true",
    }
    keys = {"ACCESS_KEY_ID": bucket.secret.id_key, "SECRET_ACCESS_KEY": bucket.secret.secret_key}
    place = f"{choose(store.in_bucket, bucket.bucket, FOLDER)}{repository.path}/{of.name}"
    return [
        {"name": "TARGET", "value": f"place:{place}"},
        when(
            store.in_bucket,
            [
                *({"name": f"{_REMOTE}_{name}", "value": value} for name, value in in_bucket.items()),
                *(secret_variable(f"{_REMOTE}_{name}", secret=bucket.secret.name, key=key) for name, key in keys.items()),
            ],
            [{"name": f"{_REMOTE}_TYPE", "value": "local"}],
        ),
        when(store.has_authority, {"name": "RCLONE_CA_CERT", "value": AUTHORITY}),
        when(store.is_encrypted, secret_variable("PASSPHRASE", secret=passphrase.name, key=passphrase.key)),
    ]


def _template(
    of: Instance[Any],
    backup: Copies,
    meta: ObjectMeta,
    *,
    first: Manifest,
    then: Manifest,
    volumes: Sequence[Tree] = (),
    managed: bool = True,
    has_domain: bool = False,
) -> Manifest:
    """The template of a pod that runs two containers, one after the other."""
    values = of.values
    spec = pod_spec(
        of.blueprint,
        service_account=meta.name,
        security=pod_security(values.security, owns_volumes=True),
        placement=values.placement,
        restart_policy="Never",
        init_containers=[first],
        containers=[then],
        volumes=[
            scratch_volume(backup.scratch),
            {"name": "scripts", "configMap": {"name": config_of(f"{of.name}-{BACKUP}")}},
            *_store(backup).volumes,
            *volumes,
        ],
    )
    if has_domain:
        spec["subdomain"] = nodes_of(of.name)
    return {"metadata": meta.pod_metadata(annotations=values.pod_annotations, managed=managed), "spec": spec}
