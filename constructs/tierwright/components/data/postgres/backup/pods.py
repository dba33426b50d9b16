"""The pods of Jobs that work on the archive."""

from __future__ import annotations

from collections.abc import Sequence

from tierwright.components.data.postgres.backup.archive import SCRIPTS, archive_claim, archive_volume, by_pgbackrest
from tierwright.components.data.postgres.backup.names import ARCHIVE, BACKUP, name_of
from tierwright.components.data.postgres.backup.repository import repository_of, repository_variables
from tierwright.components.data.postgres.topology import is_replicated
from tierwright.components.data.postgres.values import Postgres
from tierwright.expressions.conditions import opposite
from tierwright.expressions.tree import Tree, choose, when
from tierwright.kit.claims import claim_mounts
from tierwright.kit.metadata import Manifest, ObjectMeta
from tierwright.kit.pods import CONTAINER_SECURITY, SCRATCH_MOUNT, pod_security, pod_spec, resources, scratch_volume
from tierwright.model.own_names import config_of

SERVER_CONFIG = "/etc/postgres"
"""Where the settings of the server are, for those that start one like it."""


def job_template(
    postgres: Postgres,
    meta: ObjectMeta,
    *,
    command: Sequence[Tree],
    env: Sequence[Tree],
    mounts: Sequence[Tree] = (),
    volumes: Sequence[Tree] = (),
    affinity: Tree = None,
    managed: bool = True,
    reads: bool = True,
) -> Manifest:
    """The template of a pod of the server's image with the archive, which runs `command` once as the server's own user.

    `reads` says whether it reads the repository of pgBackRest. An archive on a volume is mounted in any case.
    """
    values, blueprint = postgres.values, postgres.blueprint
    by_repository = by_pgbackrest(postgres)
    scripts = choose(by_repository, *(config_of(name_of(postgres.name, end)) for end in (BACKUP, ARCHIVE)))
    container = {
        "name": meta.name,
        "image": blueprint.image(values.image),
        "imagePullPolicy": blueprint.values.images.pull_policy,
        "command": list(command),
        "env": [*env, when(by_repository, repository_variables(postgres) if reads else [])],
        "resources": resources(blueprint, values.backup.resources),
        "securityContext": CONTAINER_SECURITY,
        "volumeMounts": [
            when(by_repository, repository_of(postgres).mounts if reads else [], claim_mounts([archive_claim(postgres)])),
            SCRATCH_MOUNT,
            {"name": "config", "mountPath": SCRIPTS, "readOnly": True},
            *mounts,
        ],
    }
    spec = pod_spec(
        blueprint,
        service_account=meta.name,
        security=pod_security(values.security, owns_volumes=True),
        placement=values.placement,
        affinity=affinity,
        restart_policy="Never",
        containers=[container],
        volumes=[
            when(by_repository, repository_of(postgres).volumes if reads else [], [archive_volume(postgres)]),
            scratch_volume(values.scratch),
            {"name": "config", "configMap": {"name": scripts}},
            *volumes,
        ],
    )
    return {"metadata": meta.pod_metadata(annotations=values.pod_annotations, managed=managed), "spec": spec}


def server_config(postgres: Postgres) -> tuple[Tree, Tree]:
    """The volume with the server's settings, and where it is mounted. Those of several members are in their data."""
    alone = opposite(is_replicated(postgres))
    volume = {"name": "server-config", "configMap": {"name": config_of(postgres.name)}}
    mount = {"name": "server-config", "mountPath": SERVER_CONFIG, "readOnly": True}
    return when(alone, volume), when(alone, mount)
