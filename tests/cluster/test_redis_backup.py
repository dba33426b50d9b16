"""Snapshots of a real Redis are taken, kept and restored: no node, and keys that are counted."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.object_store import BUCKET, ID, KEY, ObjectStore
from tests.cluster.redis_snapshots import Snapshots, unpack
from tests.cluster.waiting import wait_for

IN_VOLUME: dict[str, Any] = {"retention": 2, "repository": {"claim": "repository", "passphrase": {"name": "repository"}}}
SLOTS = ("0-5460", "5461-10922", "10923-16383")

Maker = Callable[..., Snapshots]


@pytest.fixture(name="programs", scope="module")
def _programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpack(tmp_path_factory.mktemp("programs"))


@pytest.fixture(name="make")
def _make(tmp_path: Path, programs: Path) -> Iterator[Maker]:
    made: list[Snapshots] = []

    def make(backup: dict[str, Any] = IN_VOLUME, **more: Any) -> Snapshots:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1] % 20_000 + 10_000  # a node of a cluster has another port 10,000 above
        made.append(Snapshots(tmp_path / "redis", programs, port, backup, **more))
        return made[-1]

    yield make
    for snapshots in made:
        snapshots.stop()


def back_up(snapshots: Snapshots) -> str:
    """Take a snapshot; its name."""
    done = snapshots.back_up()
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("complete: "))
    return line.split()[1].rstrip(",")


def restore(snapshots: Snapshots, snapshot: str, number: int = 0) -> str:
    """Restore a server that has been stopped; what the Job says."""
    done = snapshots.restore(snapshot, number)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    return done.stdout


def write(snapshots: Snapshots, value: str, count: int = 100) -> None:
    for number in range(count):
        assert snapshots.ask("set", f"key-{number}", value) == "OK"


def test_the_data_goes_back_to_the_snapshot_and_what_was_there_stays_aside(make: Maker) -> None:
    snapshots = make()
    snapshots.start()
    write(snapshots, "before")
    snapshot = back_up(snapshots)
    write(snapshots, "after", 50)
    snapshots.ask("del", "key-99")
    snapshots.stop()

    assert f"restored to {snapshot}" in restore(snapshots, snapshot)
    (aside,) = snapshots.data().glob("before-*")
    assert (aside / "appendonlydir").is_dir()
    assert "it is restored" in restore(snapshots, snapshot), "what applies the manifests again changes nothing"

    snapshots.start()
    assert snapshots.ask("dbsize") == "100"
    assert {snapshots.ask("get", f"key-{number}") for number in (0, 49, 99)} == {"before"}
    snapshots.ask("set", "key-0", "later")
    snapshots.stop()
    snapshots.start()
    assert snapshots.ask("get", "key-0") == "later", "what is written then is kept"
    snapshots.stop()
    assert f"restored to {snapshot}" in restore(snapshots, snapshot), "a server has run since"


def test_the_server_that_keeps_no_append_only_file_gets_its_data_too(make: Maker) -> None:
    snapshots = make()
    snapshots.start(0, "appendonly no")
    write(snapshots, "before", 3)
    back_up(snapshots)
    snapshots.ask("flushall")
    snapshots.stop()
    restore(snapshots, "latest")
    snapshots.start(0, "appendonly no")
    assert snapshots.ask("dbsize") == "3"


def test_the_oldest_go_and_so_does_what_is_half(make: Maker) -> None:
    snapshots = make()
    snapshots.start()
    half = snapshots.folder / "repository" / "shop" / "redis" / "20200101T000000Z"
    half.mkdir(parents=True)
    (half / "all.rdb").touch()
    (half.parent / "of-somebody").mkdir()
    names: list[str] = []
    for _ in range(3):
        wait_for("the next second", lambda: back_up_name() not in names, timeout=5)
        names.append(back_up(snapshots))
    assert snapshots.stored == [*names[1:], "of-somebody"]


def back_up_name() -> str:
    """The name of a snapshot that is begun now."""

    return datetime.now(tz=UTC).strftime("%Y%m%dT%H%M%SZ")


def test_nobody_reads_it_without_the_passphrase(make: Maker) -> None:
    snapshots = make()
    snapshots.start()
    write(snapshots, "a secret of the shop", 1)
    name = back_up(snapshots)
    files = list((snapshots.folder / "repository" / "shop" / "redis" / name).iterdir())
    assert sorted(path.name for path in files) == ["all.rdb.bin", "complete.bin"]
    assert not any(b"a secret" in path.read_bytes() or b"REDIS" in path.read_bytes() for path in files)
    snapshots.stop()
    snapshots.secrets = {"PASSPHRASE": "another one"}
    assert snapshots.restore(name).returncode != 0
    assert (snapshots.data() / "appendonlydir").exists(), "nothing is changed"


def test_a_restore_that_cannot_be_says_why_and_changes_nothing(make: Maker) -> None:
    snapshots = make({**IN_VOLUME, "repository": {"claim": "repository"}})
    snapshots.start()
    write(snapshots, "mine", 3)
    none = snapshots.restore("latest")
    name = back_up(snapshots)
    snapshots.stop()
    absent = snapshots.restore("20200101T000000Z")
    spoiled = snapshots.folder / "repository" / "shop" / "redis" / name / "all.rdb"
    text = bytearray(spoiled.read_bytes())
    text[len(text) // 2] ^= 1
    spoiled.write_bytes(text)
    wrong = snapshots.restore(name)
    assert [one.returncode for one in (none, absent, wrong)] == [1, 1, 1]
    assert none.stderr.splitlines()[-1] == "error: there is no complete snapshot in the repository"
    assert absent.stderr.splitlines()[-1] == f"error: there is no complete snapshot 20200101T000000Z; there are: {name}"
    assert f"error: the snapshot {name} is spoiled: all.rdb: FAILED" in wrong.stderr
    snapshots.start()
    assert snapshots.ask("dbsize") == "3"


def test_a_server_that_is_not_there_is_an_error_and_stores_nothing(make: Maker) -> None:
    snapshots = make()
    done = snapshots.back_up()
    assert done.returncode == 1
    assert "error: 127.0.0.1: Could not connect to Redis" in done.stderr
    assert snapshots.stored == []


def test_a_bucket_behind_tls_with_an_authority_of_its_own(make: Maker, tmp_path: Path) -> None:
    store = ObjectStore(tmp_path / "store")
    store.start()
    try:
        place = {"host": store.address, "port": store.port, "bucket": BUCKET, "uriStyle": "path"}
        secrets = {"secret": {"name": "bucket", "idKey": "id", "secretKey": "key"}, "ca": {"name": "bucket", "key": "ca.crt"}}
        keys = {"RCLONE_CONFIG_PLACE_ACCESS_KEY_ID": ID, "RCLONE_CONFIG_PLACE_SECRET_ACCESS_KEY": KEY}
        backup = {"retention": 1, "repository": {"s3": {**place, **secrets}, "passphrase": {"name": "repository"}}}
        snapshots = make(backup, secrets=keys, authority=store.authority)
        snapshots.start()
        write(snapshots, "before", 3)
        first = back_up(snapshots)
        wait_for("the next second", lambda: back_up_name() != first, timeout=5)
        write(snapshots, "after", 3)
        second = back_up(snapshots)
        snapshots.stop()
        assert f"there are: {second}" in snapshots.restore(first).stderr, "the first one is cleared away"
        restore(snapshots, "latest")
        snapshots.start()
        assert snapshots.ask("get", "key-2") == "after"
    finally:
        store.stop()


def as_node(number: int) -> list[str]:
    """The lines of the configuration of a node of a cluster; its name is its address here."""
    host = f"127.0.0.{number + 1}"
    return [
        "cluster-enabled yes",
        "cluster-config-file nodes.conf",
        f"cluster-announce-ip {host}",
        f"cluster-announce-hostname {host}",
        "cluster-node-timeout 5000",
    ]


def is_whole(snapshots: Snapshots, number: int) -> bool:
    return "cluster_state:ok" in snapshots.ask("cluster", "info", number=number)


def test_of_a_cluster_each_node_gets_the_parts_of_the_keys_that_it_has(make: Maker) -> None:
    snapshots = make(topology="cluster")
    for number in range(3):
        snapshots.start(number, *as_node(number))
    for number, slots in enumerate(SLOTS):
        snapshots.ask("cluster", "addslotsrange", *slots.split("-"), number=number)
        snapshots.ask("cluster", "meet", "127.0.0.1", str(snapshots.port), number=number)
    for number in range(3):
        wait_for("the cluster", partial(is_whole, snapshots, number), timeout=30)
    for key in range(60):
        snapshots.ask("-c", "set", f"key-{key}", "before")
    sizes = [snapshots.ask("dbsize", number=number) for number in range(3)]
    assert sum(map(int, sizes)) == 60
    name = back_up(snapshots)
    for number in range(3):
        snapshots.ask("flushall", number=number)
    snapshots.stop()
    for number in range(3):
        assert f"restored to {name}" in restore(snapshots, name, number)
    for number in range(3):
        snapshots.start(number, *as_node(number))
    assert [snapshots.ask("dbsize", number=number) for number in range(3)] == sizes


def test_of_a_cluster_that_lacks_a_part_nothing_is_stored(make: Maker) -> None:
    snapshots = make(topology="cluster")
    snapshots.start(0, *as_node(0))
    snapshots.ask("cluster", "addslotsrange", "0", "9999")
    done = snapshots.back_up()
    said = "error: the primaries have 10000 of the 16384 parts of the keys: what the others have would be missing"
    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, said)
    snapshots.stop()
    snapshots.data(1).mkdir()
    new = snapshots.restore("latest", 1)
    assert new.returncode == 1


def test_with_sentinels_the_first_one_gets_the_data_and_the_others_begin_without(make: Maker) -> None:
    snapshots = make(topology="sentinel")
    snapshots.start()
    write(snapshots, "before", 3)
    name = back_up(snapshots)
    snapshots.stop()
    for number in range(3):
        snapshots.data(number).mkdir(exist_ok=True)
        (snapshots.data(number) / "sentinel.conf").touch()
    (snapshots.data(1) / "appendonlydir").mkdir()
    for number in range(3):
        restore(snapshots, name, number)
    left = [
        sorted(path.name for path in snapshots.data(number).iterdir() if not path.name.startswith((".", "before-")))
        for number in range(3)
    ]
    assert left == [["appendonlydir", "dump.rdb"], [], []]
    snapshots.start()
    assert snapshots.ask("dbsize") == "3"
