"""Backups by pgBackRest: what the values make, and what is refused. Whether they restore is asked of a real server."""

from __future__ import annotations

import configparser
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.rendering import ROOT, Object, Rendered, render_with
from tests.shop import errors
from tierwright.pipeline import compose, described

CATALOGUE = ROOT / "config" / "catalogue.yaml"
IMAGE = {"repository": "registry.example/postgres-patroni"}
CLAIM = {"claim": "backups"}
BUCKET = {"host": "s3.example", "bucket": "backups", "secret": {"name": "bucket", "idKey": "a", "secretKey": "b"}}
ROLE = ["postgres-patroni-config", "postgres-patroni-failover", "postgres-patroni-leader", "postgres-patroni-sync"]
READERS = (("StatefulSet", "postgres", "postgres"), ("StatefulSet", "postgres", "backup"), ("CronJob", "postgres-restore-test", ""))


def archived(repository: Object, *, postgres: Object | None = None, **backup: Any) -> Rendered:
    return render_with(values_of(repository, postgres=postgres, **backup))


def values_of(repository: Object, *, postgres: Object | None = None, **backup: Any) -> Object:
    """Values with backups to a repository."""
    own = {"enabled": True, "method": "pgbackrest", "repository": repository, **backup}
    return {"postgres": {"image": IMAGE, "backup": own, **(postgres or {})}}


@cache
def in_volume() -> Rendered:
    return archived(CLAIM)


@cache
def in_bucket() -> Rendered:
    return archived({"s3": {**BUCKET, "cidrs": ["192.0.2.0/24"], "ca": {"name": "authority"}}})


@cache
def of_members() -> Rendered:
    return archived({"s3": BUCKET}, postgres={"topology": "replicated"})


@cache
def restored() -> Rendered:
    return archived({"s3": BUCKET}, postgres={"topology": "replicated"}, restore={"to": "latest"})


def settings(rendered: Rendered) -> dict[str, str]:
    """The settings of pgBackRest for all commands."""
    text = rendered.get("ConfigMap", "postgres-backup-config")["data"]["pgbackrest.conf"]
    head, _, rest = text.partition("[global:")
    assert head.startswith("[global]\n"), text
    assert rest
    return dict(line.split("=", 1) for line in head.splitlines()[1:])


def pod(rendered: Rendered, kind: str, name: str) -> Object:
    spec = rendered.get(kind, name)["spec"]
    found: Object = (spec["jobTemplate"]["spec"] if kind == "CronJob" else spec)["template"]["spec"]
    return found


def restore_job(rendered: Rendered) -> str:
    (name,) = (name for kind, name in rendered.objects if kind == "Job" and name.startswith("postgres-restore-"))
    return name


def egress(rendered: Rendered, name: str) -> list[Object]:
    rules: list[Object] = rendered.get("NetworkPolicy", name)["spec"].get("egress", [])
    return rules


def test_no_pod_and_no_claim_of_ours_receives_wal() -> None:
    assert not in_volume().has("StatefulSet", "postgres-archive")
    assert not in_volume().has("ConfigMap", "postgres-archive-config")


def test_the_server_archives_what_it_writes() -> None:
    lines = archived(CLAIM, archiveTimeoutSeconds=30).container("StatefulSet", "postgres")["command"][-1].splitlines()
    assert lines[lines.index("exec docker-entrypoint.sh postgres \\") + 1 :][:3] == [
        "  -c archive_mode='on' \\",
        "  -c archive_timeout='30s' \\",
        "  -c archive_command='sh /etc/backup/pgbackrest-push.sh %p' \\",
    ]


def test_members_archive_and_take_from_the_archive_what_no_other_has_any_more() -> None:
    told = yaml.safe_load(of_members().get("ConfigMap", "postgres-config")["data"]["settings"])["postgresql"]
    assert told["recovery_conf"] == {"restore_command": "timeout 20 sh /etc/backup/pgbackrest-get.sh %f %p"}
    assert {name: value for name, value in told["parameters"].items() if name.startswith("archive")} == {
        "archive_mode": "on",
        "archive_timeout": "60s",
        "archive_command": "sh /etc/backup/pgbackrest-push.sh %p",
    }


def test_where_nothing_is_archived_members_have_no_such_setting() -> None:
    rendered = render_with({"postgres": {"topology": "replicated", "image": IMAGE}})
    assert "archive" not in rendered.get("ConfigMap", "postgres-config")["data"]["settings"]
    assert [one["name"] for one in pod(rendered, "StatefulSet", "postgres")["containers"]] == ["postgres"]


def test_base_backups_are_made_beside_each_server_and_asked_for_on_a_schedule() -> None:
    container = of_members().container("StatefulSet", "postgres", "backup")
    assert container["command"] == ["sh", "/etc/backup/watch.sh"]
    given = of_members().variables("StatefulSet", "postgres", "backup")
    assert {name: given[name]["value"] for name in ("PGHOST", "PGDATA", "PATRONI", "RETENTION", "DATA_SERVICE")} == {
        "PGHOST": "/var/run/postgresql",
        "PGDATA": "/var/lib/postgresql/data/pgdata",
        "PATRONI": "http://127.0.0.1:8008",
        "RETENTION": "7",
        "DATA_SERVICE": "postgres",
    }
    mounts = {one["name"]: one["mountPath"] for one in container["volumeMounts"]}
    assert (mounts["socket"], mounts["data"], mounts["backup"]) == (
        "/var/run/postgresql",
        "/var/lib/postgresql/data",
        "/etc/backup",
    )
    spec = of_members().get("CronJob", "postgres-backup")["spec"]
    assert (spec["schedule"], spec["concurrencyPolicy"]) == ("0 2 * * *", "Forbid")
    assert of_members().container("CronJob", "postgres-backup")["command"] == ["sh", "/etc/backup/base-backup.sh"]


def test_a_single_server_has_no_lock_to_ask_for() -> None:
    assert "PATRONI" not in in_volume().variables("StatefulSet", "postgres", "backup")


def test_settings_of_a_volume() -> None:
    found = settings(archived({**CLAIM, "path": "/a/b"}, retention=3, maxSlotWalKeepSize="2Gi"))
    assert {key: found[key] for key in ("repo1-type", "repo1-path", "repo1-cipher-type", "repo1-retention-full")} == {
        "repo1-type": "posix",
        "repo1-path": "/repository/a/b",
        "repo1-cipher-type": "none",
        "repo1-retention-full": "3",
    }
    assert found["archive-push-queue-max"] == "2GiB"
    assert found["compress-type"] == "zst", "gzip, the default, takes several times as long"
    assert not [key for key in found if key.startswith("repo1-s3")]


def test_what_runs_once_a_segment_says_only_what_is_wrong() -> None:
    """The server's log would have a line for each segment, and the restore one for each that it reads."""
    parsed = configparser.ConfigParser()
    parsed.read_string(in_volume().get("ConfigMap", "postgres-backup-config")["data"]["pgbackrest.conf"])
    told = {name: parsed[name]["log-level-console"] for name in parsed if name != "DEFAULT"}
    assert told == {"global": "info", "global:archive-push": "warn", "global:archive-get": "warn"}


def test_settings_of_a_bucket() -> None:
    found = settings(archived({"s3": {**BUCKET, "port": 8443, "uriStyle": "path", "region": "eu-1"}, "passphrase": {"name": "p"}}))
    assert {key: value for key, value in found.items() if key.startswith("repo1-")} == {
        "repo1-type": "s3",
        "repo1-path": "/castiel",
        "repo1-s3-endpoint": "s3.example",
        "repo1-storage-port": "8443",
        "repo1-s3-bucket": "backups",
        "repo1-s3-region": "eu-1",
        "repo1-s3-uri-style": "path",
        "repo1-cipher-type": "aes-256-cbc",
        "repo1-retention-full": "7",
    }


@pytest.mark.parametrize(("kind", "name", "container"), READERS)
def test_what_opens_the_repository_comes_from_secrets_of_the_user(kind: str, name: str, container: str) -> None:
    rendered = archived({"s3": BUCKET, "passphrase": {"name": "own", "key": "word"}})
    given = rendered.variables(kind, name, container)
    assert {key: given[key]["valueFrom"]["secretKeyRef"] for key in given if key.startswith("PGBACKREST_REPO1")} == {
        "PGBACKREST_REPO1_S3_KEY": {"name": "bucket", "key": "a"},
        "PGBACKREST_REPO1_S3_KEY_SECRET": {"name": "bucket", "key": "b"},
        "PGBACKREST_REPO1_CIPHER_PASS": {"name": "own", "key": "word"},
    }


@pytest.mark.parametrize(("kind", "name", "container"), READERS)
def test_a_volume_is_mounted_by_all_that_read_or_write_it(kind: str, name: str, container: str) -> None:
    volume = {"name": "repository", "persistentVolumeClaim": {"claimName": "backups"}}
    assert volume in pod(in_volume(), kind, name)["volumes"]
    assert {"name": "repository", "mountPath": "/repository"} in in_volume().container(kind, name, container)["volumeMounts"]
    assert not [key for key in in_volume().variables(kind, name, container) if key.startswith("PGBACKREST_REPO1")]


def test_the_authority_of_an_endpoint_is_a_file() -> None:
    assert settings(in_bucket())["repo1-storage-ca-file"] == "/etc/backup-ca/ca.crt"
    volume = {"name": "repository-ca", "secret": {"secretName": "authority", "items": [{"key": "ca.crt", "path": "ca.crt"}]}}
    for kind, name, _ in READERS:
        assert volume in pod(in_bucket(), kind, name)["volumes"]


def test_who_asks_for_base_backups_has_no_part_in_the_repository() -> None:
    assert not [name for name in in_bucket().variables("CronJob", "postgres-backup") if name.startswith("PGBACKREST")]
    assert [one["name"] for one in pod(in_bucket(), "CronJob", "postgres-backup")["volumes"]] == ["tmp", "config"]


def test_only_those_reach_the_bucket_that_read_or_write_it() -> None:
    to = {"to": [{"ipBlock": {"cidr": "192.0.2.0/24"}}], "ports": [{"protocol": "TCP", "port": 443}]}
    assert [name for name in in_bucket().kinds("NetworkPolicy") if to in egress(in_bucket(), name)] == [
        "postgres",
        "postgres-restore-test",
    ]
    anywhere = [{"ipBlock": {"cidr": "0.0.0.0/0"}}, {"ipBlock": {"cidr": "::/0"}}]
    assert {"to": anywhere, "ports": [{"protocol": "TCP", "port": 443}]} in egress(of_members(), "postgres")
    assert egress(in_volume(), "postgres") == []


def test_the_test_runs_beside_a_single_server_whose_volume_it_reads_and_anywhere_else() -> None:
    (term,) = pod(in_volume(), "CronJob", "postgres-restore-test")["affinity"]["podAffinity"][
        "requiredDuringSchedulingIgnoredDuringExecution"
    ]
    assert term["labelSelector"]["matchLabels"] == {"app.kubernetes.io/name": "postgres"}
    for rendered in (in_bucket(), of_members(), archived(CLAIM, postgres={"topology": "replicated"})):
        assert "affinity" not in pod(rendered, "CronJob", "postgres-restore-test")


def test_a_restore_of_several_takes_the_place_of_all_and_lets_patroni_forget_who_led() -> None:
    assert restored().get("StatefulSet", "postgres")["spec"]["replicas"] == 0
    name = restore_job(restored())
    volumes = {one["name"]: one for one in pod(restored(), "Job", name)["volumes"]}
    assert volumes["data"]["persistentVolumeClaim"] == {"claimName": "data-postgres-0"}
    assert "identity" in volumes
    given = restored().variables("Job", name)
    assert (given["PATRONI_SCOPE"]["value"], given["FIRST_MEMBER"]["value"]) == ("postgres-patroni", "postgres-0")
    assert restored().get("Role", "postgres-restore")["rules"] == [
        {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": ROLE, "verbs": ["get", "patch"]}
    ]
    ports = {port["port"] for rule in egress(restored(), "postgres-restore") for port in rule["ports"]}
    assert ports == {53, 443, 6443}


def test_the_restore_of_a_single_server_asks_no_api_server() -> None:
    rendered = archived(CLAIM, restore={"to": "latest"})
    assert not rendered.has("Role", "postgres-restore")
    assert "identity" not in {one["name"] for one in pod(rendered, "Job", restore_job(rendered))["volumes"]}
    assert egress(rendered, "postgres-restore") == []


@pytest.mark.parametrize("topology", ["single", "replicated"])
def test_an_engine_archives_nothing_as_nothing_runs_beside_its_server(tmp_path: Path, topology: str) -> None:
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(values_of(CLAIM, postgres={"topology": topology}, restore={"to": "latest"})))
    text = compose(described(catalogue=CATALOGUE, values=[tmp_path / "mine.yaml"]))["compose/compose.yaml"]
    assert "docker-entrypoint.sh postgres" in text
    for word in ("archive_mode", "pgbackrest", "admit-backups"):
        assert word not in text


REFUSED = [
    (
        "postgres: {backup: {enabled: true, method: pgbackrest, repository: {claim: own}}}",
        (
            "1: postgres.backup.method: the official image has no pgBackRest, which postgres.backup.method: pgbackrest needs; "
            "build one from images/postgres-patroni and name it, or set postgres.backup.method: basebackup"
        ),
    ),
    (
        "postgres: {image: {repository: own/pg}, backup: {enabled: true, method: pgbackrest}}",
        (
            "1: postgres.backup.method: pgBackRest has no place to write to; name a bucket in postgres.backup.repository.s3, or a "
            "volume in postgres.backup.repository.claim"
        ),
    ),
    (
        (
            "postgres: {image: {repository: own/pg}, backup: {enabled: true, method: pgbackrest, "
            "repository: {claim: own, s3: {host: a.example, bucket: own, secret: {name: own}}}}}"
        ),
        (
            "1: postgres.backup.repository.claim: the repository is a volume or a bucket, and not both; remove it, or "
            "postgres.backup.repository.s3.bucket"
        ),
    ),
    (
        (
            "postgres: {image: {repository: own/pg}, backup: {enabled: true, method: pgbackrest, "
            "repository: {s3: {host: a.example, bucket: own}}}}"
        ),
        (
            "1: postgres.backup.repository.s3.bucket: pgBackRest does not get into the bucket without "
            "postgres.backup.repository.s3.secret.name; name the Secret with its keys"
        ),
    ),
    (
        (
            "postgres: {image: {repository: own/pg}, backup: {enabled: true, method: pgbackrest, "
            "repository: {s3: {bucket: own, secret: {name: own}}}}}"
        ),
        (
            "1: postgres.backup.repository.s3.bucket: pgBackRest does not get into the bucket without "
            "postgres.backup.repository.s3.host; name the endpoint"
        ),
    ),
    (
        "postgres: {backup: {enabled: true, repository: {claim: own}}}",
        (
            "1: postgres.backup.repository.claim: only pgBackRest writes to a repository; remove it, or set "
            "postgres.backup.method: pgbackrest"
        ),
    ),
    *(
        (
            f"postgres: {{backup: {{enabled: true, repository: {named}}}}}",
            (
                f"1: postgres.backup.repository.{path}: only pgBackRest writes to a repository; remove it, or set "
                "postgres.backup.method: pgbackrest"
            ),
        )
        for path, named in {
            "passphrase.name": "{passphrase: {name: own}}",
            "s3.bucket": "{s3: {bucket: own}}",
        }.items()
    ),
    (
        (
            "postgres: {image: {repository: own/pg}, config: {archive_mode: 'off'}, backup: {enabled: true, method: pgbackrest, "
            "repository: {claim: own}}}"
        ),
        (
            "1: postgres.config.archive_mode: the platform sets archive_mode itself; remove it; "
            "postgres.backup decides how WAL is kept"
        ),
    ),
    (
        "postgres: {backup: {repository: {path: a/b}}}",
        (
            "1: postgres.backup.repository.path: 'a/b' is not allowed; allowed: a path such as /shop, of letters, digits, hyphens, "
            "underscores and dots"
        ),
    ),
]


@pytest.mark.parametrize(("overlay", "error"), REFUSED)
def test_what_pgbackrest_cannot_do_is_refused(tmp_path: Path, overlay: str, error: str) -> None:
    assert errors(tmp_path, overlays={"mine.yaml": overlay}) == [f"mine.yaml:{error}"]
