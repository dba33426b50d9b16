"""Backups of PostgreSQL, the test that restores them, and the restore: a real server, no node, and rows that are counted."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cluster.postgres_backups import ON, Backups
from tests.cluster.postgres_server import Begun, Maker, Server, begin
from tests.cluster.waiting import wait_for
from tests.rendering import render_with

Breaker = Callable[[Backups], str]
"""Breaks what the test is about, and gives the words for it."""

RESULT = "SELECT succeeded, failure FROM backup.restore_tests ORDER BY id DESC LIMIT 1"


@pytest.fixture(name="backups")
def _backups(make: Maker, place: Path, begun: Begun) -> Iterator[Backups]:
    """A server with a table `orders` of one row, and its archive, into which WAL is received."""
    server = make()
    backups = Backups(server, Path(tempfile.mkdtemp(dir=place)) / "b")
    backups.folder.parent.chmod(0o755)
    server.configure(backups.rendered)
    server.copied_from(begun(backups.rendered))
    server.hurry()
    assert begin(server), server.log
    server.ask("CREATE TABLE orders (x int); INSERT INTO orders VALUES (1)")
    backups.receive()
    yield backups
    backups.end()
    shutil.rmtree(backups.folder.parent)


def add(server: Server, rows: int) -> None:
    """More rows, each its own transaction's."""
    server.ask(f"INSERT INTO orders SELECT generate_series(1, {rows})")


def count(server: Server) -> int:
    return int(server.ask("SELECT count(*) FROM orders"))


def now(server: Server) -> str:
    """A moment after all that is committed and before all that will be."""
    time.sleep(0.1)
    moment = server.administer("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00'")
    time.sleep(0.1)
    return moment


def shut_down(backups: Backups) -> None:
    """What the value does: no server, no receiver."""
    shut_down_server(backups.server)
    assert backups.stop_receiver() == 0, backups.log


def shut_down_server(server: Server) -> None:
    server.run("pg_ctl", "-w", "-m", "fast", "stop")
    server.stop_container()


def placed(backups: Backups, text: str) -> str:
    """What a pod would say, in which the server has a name."""
    return text.replace(str(backups.server.folder), "postgres")


def test_the_data_goes_back_to_the_moment_and_what_was_there_stays_aside(backups: Backups) -> None:
    server = backups.server
    assert backups.back_up().returncode == 0
    time.sleep(1)
    add(server, 100)
    moment = now(server)
    server.ask("DELETE FROM orders")
    server.administer("ALTER ROLE coder PASSWORD 'changed'")
    shut_down(backups)
    done = backups.restore(moment)
    assert done.returncode == 0, done.stderr
    assert begin(server), server.log
    assert count(server) == 101
    assert len(list(server.folder.glob("data.before-*"))) == 1
    assert backups.archive("0001", "closed").exists()
    backups.receive()
    assert backups.archives == ["0001", "0002"]


def test_the_latest_is_all_that_was_archived_also_of_the_last_segment(backups: Backups) -> None:
    server = backups.server
    assert backups.back_up().returncode == 0
    add(server, 100)
    server.switch_wal()
    add(server, 1000)
    shut_down(backups)
    shutil.rmtree(server.folder / "data")  # the volume is lost, and a new server begins on an empty one
    assert begin(server), server.log
    backups.start_receiver()
    wait_for("the receiver to fail", lambda: "postgres is another server" in placed(backups, backups.log), timeout=30)
    shut_down_server(server)
    done = backups.restore("latest")
    assert done.returncode == 0, done.stderr
    assert begin(server), server.log
    assert count(server) == 1101


def test_a_restore_that_is_done_is_not_done_again_until_a_server_has_run(backups: Backups) -> None:
    server = backups.server
    assert backups.back_up().returncode == 0
    shut_down(backups)
    assert backups.restore("latest").returncode == 0
    again = backups.restore("latest")
    assert (again.returncode, again.stdout) == (0, "it is restored to latest already, and no server has run since\n")
    assert len(list(server.folder.glob("data.before-*"))) == 1
    assert begin(server), server.log
    add(server, 10)
    backups.receive()
    shut_down(backups)
    refused = backups.restore("latest")
    assert refused.returncode == 1
    assert "error: the archive 0002 has no base backup: what was written since it began cannot be restored." in refused.stderr


def test_moments_that_no_archive_has_are_refused_and_the_data_stays(backups: Backups) -> None:
    server = backups.server
    early = now(server)
    shut_down(backups)
    refused = backups.restore("latest")
    assert (refused.returncode, refused.stderr) == (1, "error: there is no base backup\n")
    assert begin(server), server.log
    backups.receive()
    time.sleep(1)
    assert backups.back_up().returncode == 0
    add(server, 10)
    shut_down(backups)
    (base,) = backups.bases()
    refused = backups.restore(early)
    assert refused.stderr == f"error: {early} is before the first base backup was complete: {base.name}\n"
    refused = backups.restore("2100-01-01 00:00:00+00")
    assert refused.returncode == 1
    assert "error: the archive ends before 2100-01-01 00:00:00+00: the last transaction in it is of 2" in refused.stderr
    assert begin(server), server.log
    assert count(server) == 11
    assert not list(server.folder.glob("data.before-*"))


def test_a_restore_says_where_wal_is_missing(backups: Backups) -> None:
    server = backups.server
    assert backups.back_up().returncode == 0
    for _ in range(3):
        add(server, 10)
        server.switch_wal()
    add(server, 10)
    shut_down(backups)
    segments = sorted(path for path in backups.archive("0001", "wal").iterdir() if path.suffix == "")
    segments[-2].unlink()
    refused = backups.restore("latest")
    assert refused.returncode == 1
    assert "error: WAL is missing or spoiled: the last transaction that can be restored is of 2" in refused.stderr


def test_the_test_restores_all_that_was_written_and_tells_the_server(backups: Backups) -> None:
    server = backups.server
    assert backups.back_up().returncode == 0
    add(server, 10)
    done = backups.test()
    assert done.returncode == 0, done.stderr
    (base,) = backups.bases()
    assert done.stdout.endswith(f"restored: the base backup {base.name} and all WAL since; assertions that are true: 1\n")
    assert server.administer(RESULT, "postgres") == "t|"
    told = (
        "SELECT to_char(backup_at AT TIME ZONE 'UTC', 'YYYYMMDD\"T\"HH24MISS\"Z\"'), finished_at > started_at "
        "FROM backup.restore_tests"
    )
    assert server.administer(told, "postgres") == f"{base.name}|t"
    assert count(server) == 11


def spoil(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def without_base(_backups: Backups) -> str:
    return "the archive 0001 has no base backup"


def old_base(backups: Backups) -> str:
    assert backups.back_up().returncode == 0
    (base,) = backups.bases()
    base.rename(base.with_name("20200101T000000Z"))
    return "the newest base backup is 20200101T000000Z, older than 26 hours"


def spoiled_base(backups: Backups) -> str:
    assert backups.back_up().returncode == 0
    (base,) = backups.bases()
    spoil(base / "global" / "pg_filenode.map")
    return f"the base backup {base.name} is spoiled"


def spoiled_wal(backups: Backups) -> str:
    assert backups.back_up().returncode == 0
    for _ in range(3):
        add(backups.server, 10)
        segment = backups.archive("0001", "wal") / backups.server.switch_wal()
    wait_for("the WAL", segment.exists, timeout=20)
    segment.write_bytes(bytes(2**24))
    return "WAL is missing or spoiled: the copy ends with a transaction of 2"


def wrong_data(backups: Backups) -> str:
    backups.server.ask("DELETE FROM orders")
    assert backups.back_up().returncode == 0
    return "not true: orders: f"


def wrong_assertion(backups: Backups) -> str:
    backups.server.ask("DROP TABLE orders")
    assert backups.back_up().returncode == 0
    return "not true: orders: an error"


def nobody_receives(backups: Backups) -> str:
    assert backups.back_up().returncode == 0
    backups.stop_receiver()
    return "what the server writes is not archived; the log of the pod postgres-archive-0 says why"


@pytest.mark.parametrize(
    "break_it", [without_base, old_base, spoiled_base, spoiled_wal, wrong_data, wrong_assertion, nobody_receives]
)
def test_the_test_fails_and_tells_the_server_why(backups: Backups, break_it: Breaker) -> None:
    why = break_it(backups)
    done = backups.test()
    assert done.returncode == 1
    assert f"error: {why}" in placed(backups, done.stderr)
    succeeded, _, failure = placed(backups, backups.server.administer(RESULT, "postgres")).partition("|")
    assert succeeded == "f"
    assert failure.startswith(why)


def test_assertions_do_not_run_as_the_administrator(backups: Backups) -> None:
    """The services own their database, and could have put anything into it; the pod has the administrator's password."""
    (backups.folder / "assertions" / "orders").write_text("SELECT NOT rolsuper FROM pg_roles WHERE rolname = current_user")
    assert backups.back_up().returncode == 0
    assert backups.test().returncode == 0


def test_where_wal_was_lost_the_receiver_fails_until_a_base_backup_begins_a_new_archive(backups: Backups) -> None:
    server = backups.server
    assert backups.back_up().returncode == 0
    assert backups.stop_receiver() == 0
    server.administer("ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'")
    server.administer("SELECT pg_reload_conf()")
    for _ in range(3):
        add(server, 10)
        server.switch_wal()
    server.administer("CHECKPOINT")
    assert server.administer("SELECT wal_status FROM pg_replication_slots") == "lost"
    for _ in range(2):
        assert backups.start_receiver().wait(timeout=30) == 1
        assert "error: the archive 0001 ends with 0000000100000000000000" in backups.log
        assert "kubectl create job --from=cronjob/postgres-backup postgres-backup-now" in placed(backups, backups.log)
    assert backups.archives == ["0001"]
    failed = backups.test()
    assert "error: the archive 0001 ends with 0000000100000000000000" in failed.stderr
    assert backups.back_up().returncode == 0
    assert backups.archives == ["0001", "0002"]
    backups.receive()
    assert server.administer("SHOW max_slot_wal_keep_size") == "4GB"
    assert backups.test().returncode == 0


def test_another_server_gets_an_archive_of_its_own_only_by_its_slot(backups: Backups) -> None:
    server = backups.server
    backups.archive("0001", "system").write_text("1\n")
    backups.stop_receiver()
    server.administer("SELECT pg_drop_replication_slot('archive')")
    assert backups.start_receiver().wait(timeout=30) == 1
    assert "error: postgres is another server than that of the archive 0001" in placed(backups, backups.log)
    refused = backups.back_up()
    assert refused.returncode == 1
    assert "error: postgres is another server than that of the archive 0001; " in placed(backups, refused.stderr)
    server.administer("SELECT pg_create_physical_replication_slot('archive', true)")
    backups.receive()
    assert backups.archives == ["0001", "0002"]
    assert backups.back_up().returncode == 0


def test_as_many_base_backups_are_kept_as_the_values_say_and_the_wal_that_they_need(backups: Backups) -> None:
    server = backups.server
    firsts = []
    for _ in range(3):
        server.switch_wal()
        assert backups.back_up().returncode == 0
        firsts.append(backups.bases()[-1])
        time.sleep(1)
    assert backups.bases() == firsts[1:]
    label = (firsts[1] / "backup_label").read_text()
    first = label.split("(file ")[1].split(")")[0]
    assert min(path.name for path in backups.archive("0001", "wal").iterdir()) == first
    assert not [path.name for path in backups.archive("0001", "base").iterdir() if path.name.startswith(".")]


def test_a_base_backup_that_was_broken_off_counts_as_none(backups: Backups) -> None:
    backups.archive("0001", "base", ".unfinished").mkdir()
    shutil.chown(backups.archive("0001", "base", ".unfinished"), backups.archive("0001", "base").stat().st_uid)
    assert backups.test().returncode == 1
    assert backups.back_up().returncode == 0
    assert len(list(backups.archive("0001", "base").iterdir())) == 1


def test_the_receiver_goes_on_when_the_server_has_restarted(backups: Backups) -> None:
    server = backups.server
    server.run("pg_ctl", "-w", "-m", "fast", "stop")
    wait_for("the receiver to notice", lambda: "waiting for postgres: " in placed(backups, backups.log), timeout=30)
    server.stop_container()
    assert begin(server), server.log
    assert backups.back_up().returncode == 0
    assert backups.test().returncode == 0


def test_the_server_lets_replication_in_once_however_often_it_starts(backups: Backups) -> None:
    server = backups.server
    server.stop_container()
    assert begin(server), server.log
    rules = (server.folder / "data" / "pg_hba.conf").read_text().splitlines()
    assert rules.count("host replication postgres all scram-sha-256") == 1


def test_a_volume_of_before_there_were_backups_lets_replication_in_at_the_next_start(make: Maker) -> None:
    server = make()
    assert begin(server), server.log
    rules = server.folder / "data" / "pg_hba.conf"
    assert "host replication postgres all" not in rules.read_text()
    server.stop_container()
    server.configure(render_with(ON))
    assert begin(server), server.log
    assert rules.read_text().splitlines().count("host replication postgres all scram-sha-256") == 1
