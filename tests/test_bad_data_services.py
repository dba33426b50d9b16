"""Wrong values of the data services: every rule, with the whole message."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shop import errors

NO_TLS = (
    "postgres is external and postgres.external.tls is on, but postgres.urlOptions does not ask for TLS; "
    "add sslmode=require, or verify-full, to postgres.urlOptions"
)
# (an overlay, its errors)
IN_A_DATA_SERVICE = [
    (
        "postgres: {image: {tag: 16}}",
        (
            "1: postgres.image.tag: 16 is not allowed; allowed: a tag of up to 128 letters, digits, hyphens, underscores and dots, "
            "in quotes where it looks like a number: '16'"
        ),
    ),
    (
        "postgres: {maxConnections: 250}\nservices: {web: {autoscaling: {external: true, maxReplicas: 100}}}",
        (
            "1: postgres.maxConnections: all services at their largest, rollouts counted, open 515 connections, "
            "but there is room for 235; raise it, or lower database.poolSize or autoscaling.maxReplicas"
        ),
    ),
    (
        "postgres: {resources: {requests: {memory: 2Gi}}}",
        "1: postgres.resources.requests.memory: the request 2Gi is above the limit 1Gi; lower the request, or raise the limit",
    ),
    (
        "\npostgres: {scratch: 13Gi}",
        (
            "2: postgres.scratch: scratch 13Gi does not fit into the limit of ephemeral-storage, 12Gi; "
            "raise the limit, or lower the size"
        ),
    ),
    (
        "postgres:\n  storage: {persistent: false, size: 20Gi}",
        (
            "2: postgres.storage.size: scratch 1Gi and storage.size 20Gi do not fit into the limit of ephemeral-storage, 12Gi; "
            "raise the limit, or lower the size"
        ),
    ),
    (
        "postgres:\n  storage: {persistent: false}\n  resources: {limits: {ephemeral-storage: 10Gi}}",
        (
            "3: postgres.resources.limits.ephemeral-storage: scratch 1Gi and storage.size 10Gi do not fit into the limit of "
            "ephemeral-storage, 10Gi; raise the limit, or lower the size"
        ),
    ),
    *(
        (
            f"postgres: {{developerAccess: {{enabled: true, cidrs: [10.0.0.0/8, '{everybody}']}}}}",
            (
                f"1: postgres.developerAccess.cidrs[1]: '{everybody}' lets everybody in; "
                "name the developers' networks, such as [10.0.0.0/8]"
            ),
        )
        for everybody in ("0.0.0.0/0", "::/0", "0:0:0:0:0:0:0:0/0", "0::0/0")
    ),
    *(
        (
            f"postgres: {{developerAccess: {{enabled: true, cidrs: [{halves}]}}}}",
            (
                "1: postgres.developerAccess.cidrs: the networks together let everybody in; "
                "name the developers' networks, such as [10.0.0.0/8]"
            ),
        )
        for halves in ("0.0.0.0/1, 128.0.0.0/1", "'8000::/1', 10.0.0.0/8, '::/1'", "0.0.0.0/2, 64.0.0.0/2, 128.0.0.0/1")
    ),
    (
        "postgres: {topology: external, urlOptions: sslmode=require, external: {cidrs: [10.1.0.0/24]}}",
        "1: postgres.topology: postgres is external, but postgres.external.host is empty; give a DNS name or an IPv4 address there",
    ),
    (
        "postgres: {topology: external, external: {host: db.example, tls: false}}",
        (
            "1: postgres.topology: postgres is external, but postgres.external.cidrs is empty, so no policy lets anybody reach it; "
            "give the networks that it is in there, such as [10.20.0.0/24]"
        ),
    ),
    (
        "postgres: {topology: external, external: {host: db.example, cidrs: [10.1.0.0/24]}}",
        f"1: postgres.topology: {NO_TLS}",
    ),
    (
        "postgres: {topology: external, urlOptions: '', external: {host: db.example, cidrs: [10.1.0.0/24]}}",
        f"1: postgres.topology: {NO_TLS}",
    ),
    (
        "postgres: {topology: external, urlOptions: 'sslmode=', external: {host: db.example, cidrs: [10.1.0.0/24]}}",
        f"1: postgres.topology: {NO_TLS}",
    ),
    (
        "postgres: {topology: external, urlOptions: 'SSLMODE=require', external: {host: db.example, cidrs: [10.1.0.0/24]}}",
        f"1: postgres.topology: {NO_TLS}",
    ),
    (
        "postgres: {topology: external, urlOptions: 'sslaccept=strict', external: {host: db.example, cidrs: [10.1.0.0/24]}}",
        f"1: postgres.topology: {NO_TLS}",
    ),
    *(
        (
            f"postgres: {{topology: external, urlOptions: '{options}', external: {{host: db.example, cidrs: [10.1.0.0/24]}}}}",
            (
                "1: postgres.urlOptions: postgres.external.tls is on, but this connects without TLS too; "
                "write sslmode=require, or verify-full, or switch postgres.external.tls off"
            ),
        )
        for options in ("sslmode=disable", "a=b&SSLMode=Prefer&c=d", "ssl=false", "sslmode=require&sslmode=disable")
    ),
    *(
        (
            f"postgres: {{urlOptions: 'a={placeholder}'}}",
            f"1: postgres.urlOptions: there is no placeholder `{placeholder}`; allowed: ${{poolSize}}",
        )
        for placeholder in ("${poolsize}", "${poolSize", "${}")
    ),
    *(
        (
            f"postgres: {{user: {name}}}",
            (
                "1: postgres.user: PostgreSQL, or its administrator, has a role of this name already; "
                "choose another name, such as services"
            ),
        )
        for name in ("postgres", "pg_monitor", "public", "none")
    ),
    (
        "postgres: {database: template1}",
        "1: postgres.database: new databases are copied from it; choose another name",
    ),
    (
        "postgres: {user: 'a$b'}",
        (
            "1: postgres.user: 'a$b' is not allowed; allowed: up to 63 printable ASCII characters, "
            "but no double quote, backslash, dollar sign or outer space"
        ),
    ),
    (
        "postgres: {resources: {limits: {memory: ~}}}",
        "1: postgres.resources.limits.memory: postgres computes its memory settings from the limit; set it",
    ),
    *(
        (
            f"postgres: {{topology: replicated, image: {{repository: {image}}}}}",
            (
                "1: postgres.image.repository: the official image has no Patroni, which topology: replicated needs; build one from "
                "images/postgres-patroni and name it, or a ready-made one that docs/postgres.md lists"
            ),
        )
        for image in ("postgres", "library/postgres", "docker.io/library/postgres", "public.ecr.aws/docker/library/postgres")
    ),
    (
        "postgres: {topology: replicated, image: {repository: own/postgres}, replication: {members: 2}}",
        (
            "1: postgres.replication.members: when one of so few members is away, none is left to copy to and commits wait; "
            "set 3 or more, or postgres.topology: single"
        ),
    ),
    (
        "postgres: {topology: replicated, image: {repository: own/postgres}, replication: {members: 10}}",
        "1: postgres.replication.members: 10 is not allowed; allowed: a whole number from 1 to 9",
    ),
    (
        "postgres: {topology: replicated, image: {repository: own/postgres}, storage: {persistent: false}}",
        (
            "1: postgres.storage.persistent: a member that comes back without its data could be taken for a new database; "
            "set it to true, or postgres.topology: single"
        ),
    ),
    (
        "postgres: {topology: replicated, image: {repository: own/postgres}, backup: {enabled: true}}",
        (
            "1: postgres.backup.enabled: the archive of basebackup follows one server, and not whichever member is the primary; "
            "set postgres.backup.method: pgbackrest, with a place in postgres.backup.repository"
        ),
    ),
    *(
        (
            f"postgres: {{topology: replicated, image: {{repository: own/postgres}}, config: {{{setting}: x}}}}",
            (
                f"1: postgres.config.{setting}: the platform sets {setting} itself; remove it; postgres.replication and "
                "postgres.topology decide such things"
            ),
        )
        for setting in ("synchronous_commit", "synchronous_standby_names", "recovery_target_time", "wal_log_hints")
    ),
    *(
        (
            f"postgres: {{topology: {form}, image: {{repository: own/postgres}}, config: {{wal_level: minimal}}}}",
            ("1: postgres.config.wal_level: other members cannot copy what is written at this level; remove it, or set logical"),
        )
        for form in ("replicated", "cloudnative-pg")
    ),
    *(
        (
            f"postgres: {{topology: replicated, image: {{repository: own/postgres}}, config: {{{name}: '{value}'}}}}",
            (
                f"1: postgres.config.{name}: Patroni takes no {name} so small, and would put another one in its place; "
                f"remove it, or set {least} or more"
            ),
        )
        for name, value, least in (
            ("max_wal_senders", "2", 3),
            ("max_replication_slots", "+03", 4),
            ("max_worker_processes", " 1 ", 2),
            ("max_locks_per_transaction", "31", 32),
        )
    ),
    (
        "postgres: {topology: replicated, image: {repository: own/postgres}, maxConnections: 24, reservedConnections: 3}",
        (
            "1: postgres.maxConnections: Patroni takes no max_connections so small, and would put another one in its place; "
            "set 25 or more"
        ),
    ),
    (
        "postgres: {topology: replicated, image: {repository: own/postgres}, replication: {walKeepSize: 15Mi}}",
        (
            "1: postgres.replication.walKeepSize: Patroni takes no wal_keep_size so small, and would put another one in its place; "
            "set 16Mi or more"
        ),
    ),
    (
        "postgres: {config: {password_encryption: md5}}",
        (
            "1: postgres.config.password_encryption: the server takes passwords by SCRAM alone, and none could log in whose "
            "password is kept in another way; remove it"
        ),
    ),
    (  # the server would take it as the same setting
        "postgres: {config: {Password_Encryption: md5}}",
        (
            "1: postgres.config.Password_Encryption: the key is not allowed; allowed: a setting in small letters such as work_mem "
            "or pg_stat_statements.track"
        ),
    ),
    (
        "postgres: {terminationGraceSeconds: 0}",
        "1: postgres.terminationGraceSeconds: 0 is not allowed; allowed: a whole number from 1 to 86400",
    ),
    *(
        (
            f"postgres: {{topology: {form}, image: {{repository: own/postgres}}, config: {{max_wal_size: {size!r}}}}}",
            (
                "1: postgres.config.max_wal_size: so much may be written between two checkpoints, all of the volume of 10Gi, and "
                "stop the server; lower it, or raise postgres.storage.size"
            ),
        )
        for form in ("single", "replicated")
        for size in ("10GB", "1 TB", "10240", "10485760kB")
    ),
    (
        "postgres: {topology: replicated, image: {repository: own/postgres}, replication: {maxSlotWalKeepSize: 10Gi}}",
        (
            "1: postgres.replication.maxSlotWalKeepSize: 10Gi of it may be kept on a volume of 10Gi, and the server stops when "
            "that is full; lower it, or raise postgres.storage.size"
        ),
    ),
    (
        "postgres: {topology: replicated, image: {repository: own/postgres}, replication: {walKeepSize: 20480Mi}}",
        (
            "1: postgres.replication.walKeepSize: 20480Mi of it may be kept on a volume of 10Gi, and the server stops when "
            "that is full; lower it, or raise postgres.storage.size"
        ),
    ),
    (
        "postgres: {topology: cloudnative-pg, replication: {members: 2}}",
        (
            "1: postgres.replication.members: when one of so few members is away, none is left to copy to and commits wait; "
            "set 3 or more, or postgres.topology: single"
        ),
    ),
    (
        "postgres: {topology: cloudnative-pg, replication: {maxSlotWalKeepSize: 10Gi}}",
        (
            "1: postgres.replication.maxSlotWalKeepSize: 10Gi of it may be kept on a volume of 10Gi, and the server stops when "
            "that is full; lower it, or raise postgres.storage.size"
        ),
    ),
    (
        "postgres: {topology: cloudnative-pg, storage: {persistent: false}}",
        (
            "1: postgres.storage.persistent: a member that comes back without its data could be taken for a new database; "
            "set it to true, or postgres.topology: single"
        ),
    ),
    (
        "postgres: {topology: cloudnative-pg, user: it's me}",
        (
            "1: postgres.user: the operator reads it from a Secret that is made with it; choose letters, digits, hyphens and "
            "underscores, the first a letter or an underscore"
        ),
    ),
    *(
        (
            f"postgres: {{topology: cloudnative-pg, user: {user}}}",
            "1: postgres.user: the operator has a role of this name already; choose another name, such as services",
        )
        for user in ("streaming_replica", "cnpg_pooler_pgbouncer")
    ),
    (
        "postgres: {topology: cloudnative-pg, database: postgres}",
        "1: postgres.database: the operator keeps this database for itself; choose another name",
    ),
    (
        'postgres: {topology: cloudnative-pg, initSql: "SELECT 1\\n  \\\\gexec"}',
        (
            "1: postgres.initSql: a line begins with a backslash, and the operator knows SQL, but no commands of psql; "
            "write it in SQL"
        ),
    ),
    *(
        (
            f"postgres: {{topology: cloudnative-pg, cloudnativePg: {{image: {{tag: {tag}}}}}}}",
            (
                "1: postgres.cloudnativePg.image.tag: the operator learns PostgreSQL's major version from the tag; name a tag that "
                "begins with it, such as 16.10-standard-trixie"
            ),
        )
        for tag in ("latest", "standard-16", "'9'")
    ),
    *(
        (
            f"postgres: {{topology: cloudnative-pg, config: {{{setting}: x}}}}",
            (
                f"1: postgres.config.{setting}: the platform sets {setting} itself; remove it; postgres.replication and "
                "the operator decide such things"
            ),
        )
        for setting in ("ssl", "archive_mode", "synchronous_commit", "shared_preload_libraries", "log_rotation_age")
    ),
    (
        "postgres: {topology: cloudnative-pg, sharedBuffersPercent: 26}",
        (
            "1: postgres.sharedBuffersPercent: shared buffers take 267Mi, but a pod requests 256Mi, and the operator refuses "
            "that; lower it, or raise postgres.resources.requests.memory"
        ),
    ),
    (
        "postgres: {replication: {walKeepSize: 1GB}}",
        ("1: postgres.replication.walKeepSize: '1GB' is not allowed; allowed: bytes in Mi, Gi or Ti, such as 512Mi or 5Gi"),
    ),
    (
        "postgres: {developerAccess: {enabled: true, cidrs: []}}",
        (
            "1: postgres.developerAccess.cidrs: the developers' access to postgres is on, but lets nobody in; "
            "name their networks, such as [10.0.0.0/8]"
        ),
    ),
    (
        "postgres: {maxConnections: 20}",
        (
            "1: postgres.maxConnections: all services at their largest, rollouts counted, open 20 connections, "
            "but there is room for 5; raise it, or lower database.poolSize or autoscaling.maxReplicas"
        ),
    ),
    (
        (
            "secrets: {mode: external, store: {name: vault}}\n"
            "postgres: {topology: external, external: {host: db, tls: false, cidrs: [10.1.0.0/24], "
            "secret: {name: api-keys, key: password}}}"
        ),
        (
            "2: postgres.external.secret.name: the platform makes the Secret api-keys itself, without a key password; "
            "name another Secret, or one of its keys: API_KEY"
        ),
    ),
]


@pytest.mark.parametrize(("overlay", "error"), IN_A_DATA_SERVICE)
def test_a_wrong_data_service_is_told_with_its_line_and_what_is_allowed(tmp_path: Path, overlay: str, error: str) -> None:
    assert errors(tmp_path, overlays={"shop.yaml": overlay}) == [f"shop.yaml:{error}"]


@pytest.mark.parametrize("size", ["9GB", "10239", "much"])
def test_a_log_that_fits_into_the_volume_is_taken_and_what_is_no_size_left_to_the_server(tmp_path: Path, size: str) -> None:
    assert not errors(tmp_path, overlays={"shop.yaml": f"postgres: {{config: {{max_wal_size: {size!r}}}}}"})


def test_what_only_several_members_need_is_free_on_a_single_server(tmp_path: Path) -> None:
    free = "config: {synchronous_commit: local}, storage: {persistent: false}, replication: {members: 1, maxSlotWalKeepSize: 1Ti}"
    assert not errors(tmp_path, overlays={"shop.yaml": f"postgres: {{{free}}}"})


def test_the_connections_of_a_service_that_is_switched_off_are_not_counted(tmp_path: Path) -> None:
    """25 less the 15 that are reserved are enough for one of the two, not for both."""
    both = "postgres: {maxConnections: 25}\n"
    wrong = (
        "shop.yaml:1: postgres.maxConnections: all services at their largest, rollouts counted, open 20 connections, "
        "but there is room for 10; raise it, or lower database.poolSize or autoscaling.maxReplicas"
    )
    assert errors(tmp_path, overlays={"shop.yaml": both}) == [wrong]
    assert not errors(tmp_path, overlays={"shop.yaml": f"{both}services: {{web: {{enabled: false}}}}"})
