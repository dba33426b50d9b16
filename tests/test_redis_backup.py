"""Snapshots of Redis: what the values make, and what is refused. Whether they restore is asked of a real server."""

from __future__ import annotations

import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.policies import Party, Policies
from tests.rendering import Object, Rendered, every_container, render, render_catalogue, render_with
from tests.shop import CATALOGUE, errors

BUCKET = {"host": "s3.example", "bucket": "backups", "region": "eu-central-1", "secret": {"name": "bucket"}}
MEMBERS = {"single": 1, "sentinel": 3, "cluster": 6}


@cache
def backed_up(place: str = "claim", snapshot: str = "", sealed_by: str = "") -> Rendered:
    repository: dict[str, Any] = {"s3": BUCKET} if place == "s3" else {"claim": place}
    repository["passphrase"] = {"name": sealed_by}
    return render_with({"redis": {"backup": {"enabled": True, "repository": repository, "restore": {"snapshot": snapshot}}}})


@cache
def several(topology: str, snapshot: str = "") -> Rendered:
    catalogue = {
        "name": "shop",
        "tiers": [{"name": "data"}, {"name": "app"}],
        "dataServices": {"redis": {"tier": "data", "port": 6379, "urlVariable": "REDIS_URL", "clients": topology}},
        "services": {"web": {"tier": "app", "port": 80, "targetPort": 8080, "needs": ["redis"]}},
    }
    backup = {"enabled": True, "repository": {"claim": "own"}, "restore": {"snapshot": snapshot}}
    return render_catalogue(catalogue, {"redis": {"topology": topology, "backup": backup}})


def pod(rendered: Rendered, owner: str) -> Object:
    spec: Object = next(template for name, template in rendered.pods() if name.startswith(owner))["spec"]
    return spec


def containers(rendered: Rendered, owner: str) -> dict[str, Object]:
    return {one["name"]: one for one in every_container({"spec": pod(rendered, owner)})}


def variables(container: Object) -> dict[str, Any]:
    return {one["name"]: one.get("value", one.get("valueFrom")) for one in container["env"]}


def restores(rendered: Rendered) -> list[str]:
    return sorted(name for kind, name in rendered.objects if kind == "Job" and "restore" in name)


def test_switched_off_it_leaves_no_trace() -> None:
    texts = "".join(text for name, text in render().files.items() if name.endswith(".yaml"))
    assert "redis-backup" not in texts
    assert "redis-restore" not in texts


def test_redis_writes_the_snapshot_and_rclone_stores_it_one_after_the_other() -> None:
    spec = backed_up().get("CronJob", "redis-backup")["spec"]
    assert (spec["schedule"], spec["timeZone"], spec["concurrencyPolicy"], spec["suspend"]) == (
        "30 2 * * *",
        "Etc/UTC",
        "Forbid",
        False,
    )
    assert spec["jobTemplate"]["spec"]["activeDeadlineSeconds"] == 3600
    assert spec["jobTemplate"]["spec"]["backoffLimit"] == 0
    whole = pod(backed_up(), "CronJob/redis-backup")
    assert [one["name"] for one in whole["initContainers"]] == ["take"]
    assert [one["name"] for one in whole["containers"]] == ["store"]
    images = {name: one["image"] for name, one in containers(backed_up(), "CronJob/redis-backup").items()}
    assert images == {"take": "redis:7-alpine", "store": "rclone/rclone:1.69.3"}
    assert {"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}} in whole["volumes"], "where the one leaves it for the other"


def test_the_administrator_alone_copies_all_data_and_only_redis_knows_its_password() -> None:
    take, store = (containers(backed_up(), "CronJob/redis-backup")[name] for name in ("take", "store"))
    reference = {"secretKeyRef": {"name": "redis-administrator", "key": "password"}}
    assert variables(take)["REDISCLI_AUTH"] == reference
    assert "redis-administrator" not in str(store)


def test_a_volume_of_the_users_is_mounted_where_it_is_written_and_read() -> None:
    store = containers(backed_up(), "CronJob/redis-backup")["store"]
    volume = {"name": "repository", "persistentVolumeClaim": {"claimName": "claim"}}
    assert volume in pod(backed_up(), "CronJob/redis-backup")["volumes"]
    assert {"name": "repository", "mountPath": "/repository"} in store["volumeMounts"]
    assert variables(store)["TARGET"] == "place:/repository/castiel/redis"
    assert variables(store)["RCLONE_CONFIG_PLACE_TYPE"] == "local"
    assert "PASSPHRASE" not in variables(store)


def test_rclone_gets_into_a_bucket_by_a_secret_of_the_users() -> None:
    told = variables(containers(backed_up("s3", sealed_by="own"), "CronJob/redis-backup")["store"])
    assert told["TARGET"] == "place:backups/castiel/redis"
    assert told["RCLONE_CONFIG_PLACE_ENDPOINT"] == "https://s3.example:443"
    assert (told["RCLONE_CONFIG_PLACE_TYPE"], told["RCLONE_CONFIG_PLACE_REGION"]) == ("s3", "eu-central-1")
    assert told["RCLONE_CONFIG_PLACE_FORCE_PATH_STYLE"] == "false"
    assert told["RCLONE_CONFIG_PLACE_NO_CHECK_BUCKET"] == "true", "who may write may not make buckets"
    assert told["RCLONE_CONFIG_PLACE_ACCESS_KEY_ID"] == {"secretKeyRef": {"name": "bucket", "key": "id"}}
    assert told["RCLONE_CONFIG_PLACE_SECRET_ACCESS_KEY"] == {"secretKeyRef": {"name": "bucket", "key": "key"}}
    assert told["PASSPHRASE"] == {"secretKeyRef": {"name": "own", "key": "passphrase"}}
    assert not any("persistentVolumeClaim" in one for one in pod(backed_up("s3"), "CronJob/redis-backup")["volumes"])


@pytest.mark.parametrize(("place", "out"), [("claim", False), ("s3", True)])
def test_the_backup_reaches_redis_and_the_bucket_and_a_restore_the_bucket_alone(place: str, out: bool) -> None:
    rendered = backed_up(place, "latest")
    policies = Policies(rendered.kinds("NetworkPolicy").values(), namespaces={"castiel": {}})
    backup, restore, server = (
        Party(name, f"10.244.8.{number}", "castiel", {"app.kubernetes.io/name": name})
        for number, name in enumerate(("redis-backup", "redis-restore-0", "redis"))
    )
    outside = Party("s3", "203.0.113.7")
    assert policies.allows(backup, server, 6379)
    assert not policies.allows(restore, server, 6379)
    assert policies.leaves(backup, outside, 443) is policies.leaves(restore, outside, 443) is out
    assert not policies.leaves(backup, outside, 80)


@pytest.mark.parametrize(("topology", "members"), MEMBERS.items())
def test_while_a_snapshot_is_restored_no_server_runs_and_each_volume_has_a_job(topology: str, members: int) -> None:
    plain, restoring = several(topology), several(topology, "20261126T023000Z")
    assert [rendered.get("StatefulSet", "redis")["spec"]["replicas"] for rendered in (plain, restoring)] == [members, 0]
    assert restores(plain) == []
    assert restoring.get("CronJob", "redis-backup")["spec"]["suspend"] is True
    names = restores(restoring)
    assert [name.rsplit("-", 1)[0] for name in names] == [f"redis-restore-{number}" for number in range(members)]
    for number, name in enumerate(names):
        volume = {"name": "data", "persistentVolumeClaim": {"claimName": f"data-redis-{number}"}}
        assert volume in pod(restoring, f"Job/{name}")["volumes"]
        put = containers(restoring, f"Job/{name}")["put"]
        told = {"SNAPSHOT": "20261126T023000Z", "NUMBER": str(number), "TOPOLOGY": topology}
        assert variables(put) == told
        assert put["command"][-1].splitlines()[0] == "exec 9>> /data/.lock", "no server has the data meanwhile"


def test_another_snapshot_is_another_job() -> None:
    assert restores(backed_up(snapshot="latest")) != restores(backed_up(snapshot="20261126T023000Z"))


REFUSED = [
    ("topology: external", "backup.enabled", "cache is external, so it is backed up where it runs; set it to false"),
    (
        "auth: false",
        "backup.enabled",
        (
            "dataServices.cache.auth is off, so there is no administrator, and nobody else may copy all data; "
            "set it to false, or switch dataServices.cache.auth on"
        ),
    ),
    (
        "storage: {persistent: false}",
        "backup.enabled",
        (
            "dataServices.cache.storage.persistent is off: the data does not outlast its pod, and nothing can be restored to it; "
            "set it to false, or switch dataServices.cache.storage.persistent on"
        ),
    ),
    (
        "config: {dbfilename: other.rdb}",
        "config.dbfilename",
        "the platform sets dbfilename itself; remove it; a restore puts files of these names in place",
    ),
]
OF_THE_BACKUP = [
    (
        "{enabled: true}",
        "enabled",
        (
            "the backup has no place to write to; name a bucket in dataServices.cache.backup.repository.s3, or a volume in "
            "dataServices.cache.backup.repository.claim"
        ),
    ),
    (
        "{enabled: true, repository: {s3: {bucket: backups, host: s3.example}}}",
        "repository.s3.bucket",
        (
            "the backup does not get into the bucket without dataServices.cache.backup.repository.s3.secret.name; "
            "name the Secret with its keys"
        ),
    ),
    (
        "{restore: {snapshot: latest}}",
        "restore.snapshot",
        "dataServices.cache.backup.enabled is off, so there is nothing to restore from; remove it, or switch that on",
    ),
    (
        "{enabled: true, repository: {claim: own}, restore: {snapshot: yesterday}}",
        "restore.snapshot",
        "'yesterday' is not allowed; allowed: the name of a snapshot such as 20261126T023000Z, or latest, or nothing",
    ),
    (
        "{enabled: true, repository: {claim: own}, schedule: '0 2 30 2 *'}",
        "schedule",
        "'0 2 30 2 *' never comes; choose days that the months have, and no empty field",
    ),
    (
        "{enabled: true, repository: {claim: own}, scratch: 3Gi}",
        "scratch",
        "scratch 3Gi does not fit into the limit of ephemeral-storage, 2Gi; raise the limit, or lower the size",
    ),
]
CACHE = "  cache: {kind: redis, tier: data, port: 6379, urlVariable: CACHE_URL}\n"
WITH_CACHE = CATALOGUE.replace("secrets:\n", f"{CACHE}secrets:\n")


@pytest.mark.parametrize(("values", "path", "message"), REFUSED)
def test_what_cannot_be_backed_up_is_refused(values: str, path: str, message: str, tmp_path: Path) -> None:
    backup = "backup: {enabled: true, repository: {claim: own}}"
    outside = ", external: {host: a.example, cidrs: [10.0.0.0/8]}" if "external" in values else ""
    overlay = f"dataServices:\n  cache: {{{values}{outside}, {backup}}}\n"
    assert errors(tmp_path, catalogue=WITH_CACHE, overlays={"own.yaml": overlay}) == [
        f"own.yaml:2: dataServices.cache.{path}: {message}"
    ]


@pytest.mark.parametrize(("backup", "path", "message"), OF_THE_BACKUP)
def test_a_wrong_backup_is_refused(backup: str, path: str, message: str, tmp_path: Path) -> None:
    overlay = f"dataServices:\n  cache: {{backup: {backup}}}\n"
    refused = errors(tmp_path, catalogue=WITH_CACHE, overlays={"own.yaml": overlay})
    assert refused == [f"own.yaml:2: dataServices.cache.backup.{path}: {message}"]


def run(folder: Path, script: str, topology: str, programs: dict[str, str], **told: str) -> None:
    """Run a script, whose folders are those of a test, beside programs that are other scripts."""
    for made in ("bin", "data", "tmp"):
        (folder / made).mkdir(exist_ok=True)
    for program, text in programs.items():
        (folder / "bin" / program).write_text(f"#!/bin/sh\n{text}\n")
        (folder / "bin" / program).chmod(0o755)
    for name, text in several(topology, "latest").get("ConfigMap", "redis-backup-config")["data"].items():
        for path in ("/tmp", "/data", "/etc/backup"):  # noqa: S108 - the pod's
            text = text.replace(path, f"{folder}{path.removeprefix('/etc/backup')}")  # noqa: PLW2901
        (folder / name).write_text(text)
    env = {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "FOLDER": str(folder), "TOPOLOGY": topology, **told}
    subprocess.run(["sh", folder / script], check=True, env=env, capture_output=True, timeout=30)


def test_what_is_restored_onto_a_server_without_data_is_data(tmp_path: Path) -> None:
    """Else it would wait until it has copied another one's."""
    (tmp_path / "tmp" / "snapshot").mkdir(parents=True)
    (tmp_path / "tmp" / "snapshot" / "all.rdb").write_text("all")
    (tmp_path / "data").mkdir()
    for file in (".new", ".led", ".priority", "appendonlydir"):
        (tmp_path / "data" / file).touch()
    run(tmp_path, "put.sh", "sentinel", {"redis-check-rdb": ""}, NUMBER="0", SNAPSHOT="latest")
    assert (tmp_path / "data" / "dump.rdb").read_text() == "all"
    assert not [name for name in (".new", ".led", ".priority") if (tmp_path / "data" / name).exists()]


def test_a_spoiled_snapshot_takes_the_place_of_nothing(tmp_path: Path) -> None:
    snapshot = tmp_path / "tmp" / "snapshot" / "all.rdb"
    snapshot.parent.mkdir(parents=True)
    snapshot.write_text("al")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "dump.rdb").write_text("mine")
    with pytest.raises(subprocess.CalledProcessError) as refusal:
        run(tmp_path, "put.sh", "sentinel", {"redis-check-rdb": "echo Unexpected EOF; exit 1"}, NUMBER="0", SNAPSHOT="latest")
    assert refusal.value.stderr == f"error: {snapshot} is no whole snapshot: Unexpected EOF\n".encode()
    assert (tmp_path / "data" / "dump.rdb").read_text() == "mine"


@pytest.mark.parametrize("domain", ["nodes", "slave-1", "myself"])
def test_a_node_gets_the_file_of_its_primarys_keys_whatever_they_are_called(tmp_path: Path, domain: str) -> None:
    (tmp_path / "tmp" / "snapshot").mkdir(parents=True)
    (tmp_path / "data").mkdir()
    lines = []
    for number, end in enumerate(("slave 1 1 1 2 connected", "myself,master - 0 0 3 connected 0-5460", "slave 1 1 1 2 connected")):
        lines.append(f"{number} 10.0.0.{number}:6379@16379,redis-{number}.{domain} {end}")
    (tmp_path / "data" / "nodes.conf").write_text("\n".join([*lines, "vars currentEpoch 6\n"]))
    (tmp_path / "tmp" / "snapshot" / "0-5460.rdb").write_text("a part")
    run(tmp_path, "put.sh", "cluster", {"redis-check-rdb": ""}, NUMBER="1", SNAPSHOT="latest")
    assert (tmp_path / "data" / "dump.rdb").read_text() == "a part"


ANSWERS = r"""
while [ "$1" != -h ]; do shift; done
host=$2 && shift 4
case $1 in --rdb) echo "$host" >> "$FOLDER/copied"; : > "$2" ;; *) cat "$FOLDER/$host" ;; esac
"""
OF_PRIMARY = (
    "role:master\r\nslave0:ip=redis-1.nodes,port=6379,state=wait_bgsave,offset=0,lag=0\r\n"
    "slave1:ip=redis-2.nodes,port=6379,state=online,offset=9,lag=0\r\n"
)


@pytest.mark.parametrize(
    ("topology", "service", "copied"),
    [
        ("sentinel", OF_PRIMARY, "redis-2.nodes"),
        ("sentinel", "role:slave\r\nmaster_host:redis-0.nodes\r\nmaster_link_status:up\r\n", "redis-2.nodes"),
        ("sentinel", "role:master\r\nconnected_slaves:0\r\n", "redis"),
        ("single", "role:master\r\nconnected_slaves:0\r\n", "redis"),
    ],
)
def test_it_copies_from_a_replica_where_there_are_sentinels(tmp_path: Path, topology: str, service: str, copied: str) -> None:
    """They would look for it for ever, as for a replica, had it copied from the primary. The Service leads to any of them."""
    for host, answer in (("redis", service), ("redis-0.nodes", OF_PRIMARY)):
        (tmp_path / host).write_bytes(answer.encode())
    run(tmp_path, "take.sh", topology, {"redis-cli": ANSWERS, "redis-check-rdb": ""}, HOST="redis", PORT="6379")
    assert (tmp_path / "copied").read_text() == f"{copied}\n"
