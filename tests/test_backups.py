"""Backups of PostgreSQL: what the values make, and what is refused. Whether they restore is asked of a real server."""

from __future__ import annotations

import json
import os
import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests.rendering import Object, Rendered, render, render_catalogue, render_with
from tests.shop import errors

ASSERTIONS = {"orders": "SELECT count(*) > 0\nFROM orders"}
MOMENT = "2026-11-26 10:00:00+00"


@cache
def backed_up() -> Rendered:
    return render_with({"postgres": {"backup": {"enabled": True}}})


@cache
def restored(to: str = MOMENT) -> Rendered:
    return render_with({"postgres": {"backup": {"enabled": True, "restore": {"to": to}}}})


@cache
def asserted() -> Rendered:
    return render_with({"postgres": {"backup": {"enabled": True, "restoreTest": {"assertions": ASSERTIONS}}}})


def pod(rendered: Rendered, name: str) -> Object:
    spec: Object = rendered.get("CronJob", name)["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    return spec


def restore_job(rendered: Rendered) -> Object:
    (job,) = (one for (kind, name), one in rendered.objects.items() if kind == "Job" and name.startswith("postgres-restore-"))
    return job


def test_switched_off_it_leaves_no_trace() -> None:
    texts = "".join(text for name, text in render().files.items() if name.endswith(".yaml"))
    for word in ("postgres-archive", "postgres-backup", "postgres-restore", "host replication", ".restored"):
        assert word not in texts


def test_wal_is_received_by_one_pod_onto_a_claim_that_outlasts_it() -> None:
    spec = backed_up().get("StatefulSet", "postgres-archive")["spec"]
    assert spec["replicas"] == 1
    (claim,) = spec["volumeClaimTemplates"]
    assert claim["metadata"]["name"] == "archive"
    assert claim["spec"]["resources"]["requests"]["storage"] == "40Gi"
    container = backed_up().container("StatefulSet", "postgres-archive")
    assert container["image"] == "postgres:16"
    assert container["command"][-1].splitlines()[0] == "exec 9>> /archive/.lock"
    assert container["command"][-1].endswith("exec sh /etc/backup/receive.sh\n")
    assert container["readinessProbe"]["exec"]["command"] == ["sh", "-c", "[ -e /tmp/receiving ]"]


@pytest.mark.parametrize(
    ("kind", "name"), [("StatefulSet", "postgres-archive"), ("CronJob", "postgres-backup"), ("CronJob", "postgres-restore-test")]
)
def test_all_connect_as_the_administrator(kind: str, name: str) -> None:
    variables = backed_up().variables(kind, name)
    assert {key: variables[key].get("value") for key in ("PGHOST", "PGPORT", "PGUSER", "PGDATABASE")} == {
        "PGHOST": "postgres",
        "PGPORT": "5432",
        "PGUSER": "postgres",
        "PGDATABASE": "postgres",
    }
    reference = variables["PGPASSWORD"]["valueFrom"]["secretKeyRef"]
    assert reference == {"name": "postgres-administrator", "key": "password"}


@pytest.mark.parametrize(("name", "schedule"), [("postgres-backup", "0 2 * * *"), ("postgres-restore-test", "0 4 * * 0")])
def test_jobs_run_on_their_schedule_one_at_a_time_beside_the_archive_and_for_so_long(name: str, schedule: str) -> None:
    spec = backed_up().get("CronJob", name)["spec"]
    assert (spec["schedule"], spec["timeZone"], spec["concurrencyPolicy"]) == (schedule, "Etc/UTC", "Forbid")
    assert spec["startingDeadlineSeconds"] == 3600, "what could not start for an hour waits for its next time"
    assert (spec["suspend"], spec["successfulJobsHistoryLimit"], spec["failedJobsHistoryLimit"]) == (False, 1, 3)
    assert spec["jobTemplate"]["spec"]["activeDeadlineSeconds"] == 21600
    assert spec["jobTemplate"]["spec"]["backoffLimit"] == 0
    (term,) = pod(backed_up(), name)["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert term["labelSelector"]["matchLabels"] == {"app.kubernetes.io/name": "postgres-archive"}
    assert term["topologyKey"] == "kubernetes.io/hostname"
    volume = {"name": "archive", "persistentVolumeClaim": {"claimName": "archive-postgres-archive-0"}}
    assert volume in pod(backed_up(), name)["volumes"]


def test_the_test_restores_onto_a_volume_as_large_as_the_datas_that_goes_with_its_pod() -> None:
    rendered = render_with({"postgres": {"storage": {"size": "20Gi", "storageClass": "fast"}, "backup": {"enabled": True}}})
    (claim,) = (
        one["ephemeral"]["volumeClaimTemplate"] for one in pod(rendered, "postgres-restore-test")["volumes"] if "ephemeral" in one
    )
    assert claim["spec"] == {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "fast",
        "resources": {"requests": {"storage": "20Gi"}},
        "volumeMode": "Filesystem",
    }


def test_assertions_are_files_of_the_test() -> None:
    assert asserted().get("ConfigMap", "postgres-restore-test-assertions")["data"] == ASSERTIONS
    mounts = {one["name"]: one["mountPath"] for one in asserted().container("CronJob", "postgres-restore-test")["volumeMounts"]}
    assert mounts["assertions"] == "/etc/assertions"
    assert not backed_up().has("ConfigMap", "postgres-restore-test-assertions")
    assert "assertions" not in {one["name"] for one in pod(backed_up(), "postgres-restore-test")["volumes"]}


def test_without_the_test_there_are_backups_alone() -> None:
    rendered = render_with({"postgres": {"backup": {"enabled": True, "restoreTest": {"enabled": False}}}})
    assert rendered.has("CronJob", "postgres-backup")
    for kind in ("CronJob", "ServiceAccount", "NetworkPolicy"):
        assert not rendered.has(kind, "postgres-restore-test")


def test_the_server_lets_replication_in_before_each_start_and_at_the_end_of_the_first() -> None:
    scripts = backed_up().get("ConfigMap", "postgres-config")["data"]
    assert 'rule="host replication $POSTGRES_USER all scram-sha-256"' in scripts["admit-backups.sh"]
    lines = scripts["roles.sh"].splitlines()
    assert lines.index('sh "$folder/admit-backups.sh"') < lines.index('rm -f "$PGDATA.unfinished"')
    start = backed_up().container("StatefulSet", "postgres")["command"][-1].splitlines()
    assert start.index("sh /etc/postgres/admit-backups.sh") < start.index("exec docker-entrypoint.sh postgres \\")


def test_those_pods_reach_the_server_and_nothing_else_and_nobody_reaches_them() -> None:
    names = ["postgres-archive", "postgres-backup", "postgres-restore-test"]
    pods = {"matchExpressions": [{"key": "app.kubernetes.io/name", "operator": "In", "values": names}]}
    rule = {"from": [{"podSelector": pods}], "ports": [{"protocol": "TCP", "port": 5432}]}
    assert rule in backed_up().get("NetworkPolicy", "postgres")["spec"]["ingress"]
    assert restored().get("NetworkPolicy", "postgres-restore")["spec"] == {
        "podSelector": {"matchLabels": {"app.kubernetes.io/name": "postgres-restore"}},
        "policyTypes": ["Ingress", "Egress"],
    }


def test_a_restore_takes_the_place_of_the_server() -> None:
    assert restored().get("StatefulSet", "postgres")["spec"]["replicas"] == 0
    assert restored().get("StatefulSet", "postgres-archive")["spec"]["replicas"] == 0
    for name in ("postgres-backup", "postgres-restore-test"):
        assert restored().get("CronJob", name)["spec"]["suspend"] is True
    job = restore_job(restored())
    assert job["spec"]["ttlSecondsAfterFinished"] == 86400
    template = job["spec"]["template"]["spec"]
    volumes = {
        one["name"]: one["persistentVolumeClaim"]["claimName"] for one in template["volumes"] if "persistentVolumeClaim" in one
    }
    assert volumes == {"archive": "archive-postgres-archive-0", "data": "data-postgres-0"}
    (container,) = template["containers"]
    assert {"name": "TARGET", "value": MOMENT} in container["env"]
    lines = container["command"][-1].splitlines()
    assert lines[0] == "exec 9>> /var/lib/postgresql/data/.lock"  # which each server holds
    assert lines[-1] == "exec sh /etc/backup/restore.sh"


def test_once_a_server_has_run_the_same_restore_is_done_again(tmp_path: Path) -> None:
    """A mark on the volume keeps a Job that is made again from restoring twice. It is not true of what a server has written to."""
    container = backed_up().container("StatefulSet", "postgres")
    script = container["command"][-1].replace("/var/lib/postgresql/data", str(tmp_path)).replace("/etc/postgres/", f"{tmp_path}/")
    (tmp_path / "admit-backups.sh").touch()
    server = tmp_path / "docker-entrypoint.sh"
    server.write_text("#!/bin/sh\n")
    server.chmod(0o755)
    (tmp_path / "pgdata").mkdir()
    (tmp_path / "pgdata" / "PG_VERSION").write_text("16\n")
    (tmp_path / "pgdata.restored").write_text(MOMENT)
    plain = {one["name"]: one["value"] for one in container["env"] if "value" in one}
    given = {**plain, "MEMORY_LIMIT": "1", "PGDATA": f"{tmp_path}/pgdata", "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    subprocess.run(["sh", "-ec", script], env=given, check=True, timeout=30)
    assert not (tmp_path / "pgdata.restored").exists()


def test_another_moment_is_another_job() -> None:
    assert restore_job(restored())["metadata"]["name"] != restore_job(restored("latest"))["metadata"]["name"]


def test_nodes_that_the_values_name_count_for_all_pods() -> None:
    term = {"matchExpressions": [{"key": "a", "operator": "Exists"}]}
    nodes = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
    placement = {"affinity": {"nodeAffinity": nodes}, "tolerations": [{"key": "data", "operator": "Exists"}]}
    rendered = render_with({"postgres": {"placement": placement, "backup": {"enabled": True}}})
    receiver = rendered.get("StatefulSet", "postgres-archive")["spec"]["template"]["spec"]
    assert receiver["affinity"]["nodeAffinity"] == nodes
    for spec in (receiver, pod(rendered, "postgres-backup"), pod(rendered, "postgres-restore-test")):
        assert spec["tolerations"] == placement["tolerations"]


def test_each_postgres_has_backups_of_its_own() -> None:
    catalogue = {
        "name": "two",
        "tiers": [{"name": "data"}],
        "dataServices": {
            "postgres": {"tier": "data", "port": 5432, "urlVariable": "DATABASE_URL"},
            "orders": {"kind": "postgres", "tier": "data", "port": 5433, "urlVariable": "ORDERS_URL"},
        },
        "services": {"web": {"tier": "data", "port": 3000}},
    }
    rendered = render_catalogue(catalogue, {"dataServices": {"orders": {"backup": {"enabled": True}}}})
    assert rendered.has("StatefulSet", "orders-archive")
    assert not rendered.has("StatefulSet", "postgres-archive")
    assert rendered.variables("CronJob", "orders-backup")["PGPORT"]["value"] == "5433"


REFUSED = [
    (
        "postgres: {topology: external, external: {host: a.example, tls: false, cidrs: [192.0.2.0/24]}, backup: {enabled: true}}",
        "1: postgres.backup.enabled: postgres is external, so it is backed up where it runs; set it to false",
    ),
    (
        "postgres:\n  storage: {persistent: false}\n  backup: {enabled: true}",
        (
            "3: postgres.backup.enabled: postgres.storage.persistent is off: the data does not outlast its pod, and nothing can be "
            "restored to it; set it to false, or switch postgres.storage.persistent on"
        ),
    ),
    (
        "postgres: {backup: {restore: {to: latest}}}",
        (
            "1: postgres.backup.restore.to: postgres.backup.enabled is off, so there is nothing to restore from; "
            "remove it, or switch that on"
        ),
    ),
    (
        "postgres: {backup: {restore: {to: yesterday}}}",
        (
            "1: postgres.backup.restore.to: 'yesterday' is not allowed; "
            "allowed: a moment in UTC such as '2026-11-26 10:00:00+00', or latest, or nothing"
        ),
    ),
    (
        "postgres: {backup: {enabled: true, retention: 0}}",
        "1: postgres.backup.retention: 0 is not allowed; allowed: a whole number from 1 to 10000",
    ),
    (
        "postgres: {backup: {schedule: daily}}",
        (
            "1: postgres.backup.schedule: 'daily' is not allowed; allowed: minute, hour, day of the month, month and day of the "
            "week, in numbers, such as '0 2 * * 1-5', or such as @daily"
        ),
    ),
    (
        "postgres: {backup: {enabled: true, schedule: 0 2 30 2 *}}",
        "1: postgres.backup.schedule: '0 2 30 2 *' never comes; choose days that the months have, and no empty field",
    ),
    (
        "postgres: {backup: {enabled: true, restoreTest: {schedule: 9-2 * * * *}}}",
        "1: postgres.backup.restoreTest.schedule: '9-2' is no minute; allowed: 0 to 59, or such as *, */2, 1-3, 1,2",
    ),
    (
        "postgres: {backup: {enabled: true, restoreTest: {assertions: {users: ''}}}}",
        "1: postgres.backup.restoreTest.assertions.users: is empty; allowed: text that is not empty",
    ),
    (
        "postgres: {storage: {size: 4Gi}, backup: {enabled: true}}",
        (
            "1: postgres.backup.maxSlotWalKeepSize: WAL that is not archived may take 4Gi, all of the volume of 4Gi, and stop the "
            "server; lower it, or raise storage.size"
        ),
    ),
    (
        "postgres: {config: {wal_level: minimal}, backup: {enabled: true}}",
        "1: postgres.config.wal_level: the platform sets wal_level itself; remove it; postgres.backup decides how WAL is kept",
    ),
]


@pytest.mark.parametrize(("overlay", "error"), REFUSED)
def test_what_cannot_be_backed_up_or_restored_is_refused(tmp_path: Path, overlay: str, error: str) -> None:
    assert errors(tmp_path, overlays={"mine.yaml": overlay}) == [f"mine.yaml:{error}"]


def test_a_long_name_has_no_backups(tmp_path: Path) -> None:
    catalogue = {
        "name": "two",
        "tiers": [{"name": "data"}],
        "dataServices": {"o" * 40: {"kind": "postgres", "tier": "data", "port": 5432, "urlVariable": "DATABASE_URL"}},
        "services": {"web": {"tier": "data", "port": 3000}},
    }
    overlay = f"dataServices: {{{'o' * 40}: {{backup: {{enabled: true}}}}}}"
    assert errors(tmp_path, catalogue=json.dumps(catalogue), overlays={"mine.yaml": overlay}) == [
        (
            f"mine.yaml:1: dataServices.{'o' * 40}.backup.enabled: a data service with backups has a name of at most 39 "
            "characters; set it to false, or choose a shorter name in the catalogue"
        )
    ]


@pytest.mark.parametrize("end", ["archive", "backup", "restore", "restore-test", "archive-config"])
@pytest.mark.parametrize("name", ["postgres", "orders"])
def test_the_names_of_what_backs_up_are_taken(tmp_path: Path, name: str, end: str) -> None:
    database = f"{name}: {{kind: postgres, tier: data, port: 5432, urlVariable: DATABASE_URL}}"
    catalogue = (
        f"name: shop\ntiers: [{{name: data}}]\ndataServices: {{{database}}}\n"
        f"services: {{{name}-{end}: {{tier: data, port: 3000}}}}\n"
    )
    (error,) = errors(tmp_path, catalogue=catalogue)
    assert error.endswith(f"services.{name}-{end}: the name `{name}-{end}` is reserved; choose another name")
