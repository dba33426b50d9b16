"""The repository of pgBackRest: its settings, and what the pods have that read and write it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from tierwright.components.data.backups.store import AUTHORITY, FOLDER, Store
from tierwright.components.data.postgres.backup.archive import (
    SCRIPTS,
    by_pgbackrest,
    is_on,
    login,
    scripts_of,
)
from tierwright.components.data.postgres.backup.names import BACKUP, name_of
from tierwright.components.data.postgres.start import PGDATA
from tierwright.components.data.postgres.topology import REST_PORT, STATE_SCRIPT, is_replicated
from tierwright.components.data.postgres.values import Postgres
from tierwright.expressions.conditions import Condition, all_of
from tierwright.expressions.tokens import filled
from tierwright.expressions.tree import Lines, Tree, choose, when
from tierwright.kit.claims import Claim
from tierwright.kit.concern import Concern
from tierwright.kit.kinds import CONFIG_MAP
from tierwright.kit.metadata import Manifest, ObjectMeta
from tierwright.kit.pods import secret_variable
from tierwright.kit.stateful_server import Container, StatefulServer
from tierwright.model.own_names import config_of

_SOCKET = "/var/run/postgresql"

GET = f"timeout 20 sh {SCRIPTS}/pgbackrest-get.sh %f %p"
"""A member's restore_command. A repository that does not answer must not keep a standby from becoming the primary."""


def archiving(postgres: Postgres, line: Callable[[str, str], str]) -> Tree:
    """The settings of the server by which WAL is archived: a line of each, which `line` makes of name and value."""
    settings = {
        "archive_mode": "on",
        "archive_timeout": f"{postgres.values.backup.archive_timeout_seconds}s",
        "archive_command": f"sh {SCRIPTS}/pgbackrest-push.sh %p",
    }
    return when(_is_there(postgres), Lines(tuple(line(name, value) for name, value in settings.items())))


def fetching(postgres: Postgres, *lines: str) -> Tree:
    """These lines, where there is an archive from which members take what the others no longer have."""
    return when(_is_there(postgres), Lines(lines))


def declare_scripts(file: str, postgres: Postgres) -> None:
    """Declare the ConfigMap with pgBackRest's settings and the scripts."""
    blueprint, name = postgres.blueprint, name_of(postgres.name, BACKUP)
    concern = Concern(file, f"{name}-config", blueprint=blueprint, present=_is_there(postgres))
    meta = ObjectMeta(blueprint, name, component="backup", version=postgres.values.image.tag)
    state = {STATE_SCRIPT.name: STATE_SCRIPT.read_text(encoding="utf-8")}
    data = {**scripts_of("pgbackrest"), **state, "pgbackrest.conf": _settings(postgres)}
    concern.declare("config", CONFIG_MAP, {"metadata": meta.metadata(config_of(name)), "data": data})


def scripts_volume(postgres: Postgres) -> Manifest:
    """The volume with the scripts of this method."""
    return {"name": "backup", "configMap": {"name": config_of(name_of(postgres.name, BACKUP))}}


def repository_of(postgres: Postgres) -> Store:
    """The repository, to which nothing is written but by pgBackRest."""
    return Store(postgres.values.backup.repository, by_pgbackrest(postgres))


def repository_variables(postgres: Postgres) -> list[Tree]:
    """The variables by which pgBackRest finds its settings, and what no ConfigMap may have."""
    repository = postgres.values.backup.repository
    secret, passphrase = repository.s3.secret, repository.passphrase
    store, option = repository_of(postgres), "PGBACKREST_REPO1"
    in_bucket = [
        secret_variable(f"{option}_S3_KEY", secret=secret.name, key=secret.id_key),
        secret_variable(f"{option}_S3_KEY_SECRET", secret=secret.name, key=secret.secret_key),
    ]
    patroni = f"{choose(postgres.values.tls.enabled, 'https', 'http')}://127.0.0.1:{REST_PORT}"
    encrypted = secret_variable(f"{option}_CIPHER_PASS", secret=passphrase.name, key=passphrase.key)
    return [
        {"name": "DATA_SERVICE", "value": postgres.name},
        {"name": "PGBACKREST_CONFIG", "value": f"{SCRIPTS}/pgbackrest.conf"},
        when(is_replicated(postgres), {"name": "PATRONI", "value": patroni}),
        *(when(store.in_bucket, one) for one in in_bucket),
        when(store.is_encrypted, encrypted),
    ]


def with_repository(server: StatefulServer, postgres: Postgres) -> StatefulServer:
    """The description of the server, with the container beside it that makes base backups, where pgBackRest does."""
    here, store, (container,) = _is_there(postgres), repository_of(postgres), server.containers
    scripts = {"name": "backup", "mountPath": SCRIPTS, "readOnly": True}
    archiving = msgspec.structs.replace(
        container,
        env=[*container.env, when(here, repository_variables(postgres))],
        mounts=[*container.mounts, when(here, [scripts, *store.mounts])],
    )
    return msgspec.structs.replace(
        server,
        containers=(archiving, _watcher(postgres, container.claims, [scripts, *store.mounts])),
        volumes=[*server.volumes, when(here, [scripts_volume(postgres), *store.volumes])],
        egress=[*server.egress, *(when(here, rule) for rule in store.egress)],
        leaves=all_of(here, store.in_bucket),
    )


def _watcher(postgres: Postgres, claims: Sequence[Claim], mounts: list[Tree]) -> Container:
    """Makes base backups that are asked for, beside each server: they need its files."""
    own = {"PGHOST": _SOCKET, "PGDATA": PGDATA}
    pgbackrest = {"PORT": str(postgres.port), "USER": "postgres", "SOCKET_PATH": _SOCKET}
    env = [
        *login(postgres),
        *({"name": name, "value": value} for name, value in own.items()),
        *({"name": f"PGBACKREST_PG1_{name}", "value": value} for name, value in pgbackrest.items()),
        {"name": "RETENTION", "value": str(postgres.values.backup.retention)},
        *repository_variables(postgres),
    ]
    return Container(
        name="backup",
        resources=postgres.values.backup.resources,
        command=["sh", f"{SCRIPTS}/watch.sh"],
        env=env,
        claims=claims,
        mounts=[{"name": "socket", "mountPath": _SOCKET}, *mounts],
        present=_is_there(postgres),
    )


def _is_there(postgres: Postgres) -> Condition:
    return all_of(is_on(postgres), by_pgbackrest(postgres))


def _settings(postgres: Postgres) -> Lines:
    """The settings, as a file; https://pgbackrest.org/configuration.html."""
    backup = postgres.values.backup
    store, repository, bucket = repository_of(postgres), backup.repository, backup.repository.s3
    in_bucket = (
        "repo1-type=s3",
        f"repo1-path={repository.path}",
        f"repo1-s3-endpoint={bucket.host}",
        f"repo1-storage-port={bucket.port}",
        f"repo1-s3-bucket={bucket.bucket}",
        f"repo1-s3-region={bucket.region}",
        f"repo1-s3-uri-style={bucket.uri_style}",
        when(store.has_authority, f"repo1-storage-ca-file={AUTHORITY}"),
    )
    in_volume = ("repo1-type=posix", f"repo1-path={FOLDER}{repository.path}")
    return Lines(
        (
            "[global]",
            when(store.in_bucket, Lines(in_bucket), Lines(in_volume)),
            f"repo1-cipher-type={choose(filled(repository.passphrase.name), 'aes-256-cbc', 'none')}",
            f"repo1-retention-full={backup.retention}",
            # What cannot be archived for so long is given up, before the server stops with a full volume.
            f"archive-push-queue-max={backup.max_slot_wal_keep_size}B",
            "start-fast=y",
            "compress-type=zst",
            "lock-path=/tmp/pgbackrest",
            "log-level-console=info",
            "log-level-file=off",
            "log-level-stderr=off",
            "[global:archive-push]",
            "log-level-console=warn",
            "[global:archive-get]",
            "log-level-console=warn",
        )
    )
