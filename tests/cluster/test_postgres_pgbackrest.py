"""pgBackRest archives, backs up, tests and restores a real PostgreSQL: no node, and rows that are counted."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.object_store import KEY, ObjectStore
from tests.cluster.postgres_repository import PASSPHRASE, WITH_PGBACKREST, Archives, in_bucket, pgbackrest
from tests.cluster.postgres_server import Begun, Maker, begin
from tests.cluster.test_postgres_backup import RESULT, add, count, now, shut_down_server, spoil
from tests.cluster.waiting import wait_for

Breaker = Callable[[Archives], str]
ASKED = "SELECT succeeded, coalesce(failure, base_backup) FROM backup.base_backups ORDER BY id DESC LIMIT 1"


@pytest.fixture(name="program", scope="session")
def _program(place: Path) -> Path:
    """The folder with pgBackRest."""
    folder = place / "pgbackrest"
    folder.mkdir()
    pgbackrest(folder)
    return folder


Starter = Callable[..., Archives]


@pytest.fixture(name="start")
def _start(make: Maker, place: Path, program: Path, begun: Begun) -> Iterator[Starter]:
    """Starts a server with a table `orders` of one row, and opens its archive."""
    started: list[Archives] = []

    def start(values: dict[str, dict[str, Any]], authority: Path = Path()) -> Archives:
        server = make()
        folder = Path(tempfile.mkdtemp(dir=place))
        folder.chmod(0o755)
        archives = Archives(server, folder / "b", values, "postgres-backup-config", program=program, authority=authority)
        started.append(archives)
        server.configure(archives.rendered)
        server.copied_from(begun(archives.rendered))
        server.hurry()
        assert begin(server), server.log
        server.ask("CREATE TABLE orders (x int); INSERT INTO orders VALUES (1)")
        archives.watch()
        return archives

    yield start
    for archives in started:
        archives.end()
        shutil.rmtree(archives.folder.parent)


@pytest.fixture(name="archives")
def _archives(start: Starter) -> Archives:
    """That with a volume."""
    return start(WITH_PGBACKREST)


def back_up(archives: Archives) -> str:
    """Make a base backup; its name."""
    done = archives.back_up()
    assert done.returncode == 0, f"{done.stderr}{archives.log}"
    return done.stdout.split()[1].rstrip(",")


def test_the_data_goes_back_to_the_moment_and_what_was_there_stays_aside(archives: Archives) -> None:
    server = archives.server
    back_up(archives)
    time.sleep(1)
    add(server, 100)
    moment = now(server)
    server.ask("DELETE FROM orders")
    server.switch_wal()
    server.administer("ALTER ROLE coder PASSWORD 'changed'")
    shut_down_server(server)
    archives.stop_receiver()
    done = archives.restore(moment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert begin(server), server.log
    assert count(server) == 101
    assert len(list(server.folder.glob("data.before-*"))) == 1
    archives.watch()
    assert archives.stored("archive") == ["postgres-0001", "postgres-0002"]


def shut(archives: Archives) -> None:
    """What the value does: no server, and nothing beside it."""
    shut_down_server(archives.server)
    archives.stop_receiver()


def test_the_latest_is_all_that_was_archived_and_what_follows_is_another_archive(archives: Archives) -> None:
    server = archives.server
    back_up(archives)
    add(server, 100)
    server.switch_wal()
    add(server, 1000)
    shut(archives)  # a server that ends in order has archived all
    shutil.rmtree(server.folder / "data")
    assert begin(server), server.log
    archives.start_beside("StatefulSet", "postgres", "backup")
    wait_for("another server to be refused", lambda: "error: the archive 0001 cannot be opened" in archives.log, timeout=60)
    assert "restore that one, or give this one another backup.repository.path" in archives.log
    shut(archives)
    done = archives.restore("latest")
    assert done.returncode == 0, done.stdout + done.stderr
    again = archives.restore("latest")
    assert (again.returncode, again.stdout) == (0, "it is restored to latest already, and no server has run since\n")
    assert begin(server), server.log
    assert count(server) == 1101
    settings = server.administer("SELECT count(*) FROM pg_settings WHERE sourcefile LIKE '%auto.conf'")
    assert settings == "0", "the restore has left nothing in the settings"
    archives.watch()
    name = back_up(archives)
    assert archives.stored("backup", "postgres-0002")[0] == name
    done = archives.test()
    assert done.returncode == 0, done.stdout + done.stderr


def test_moments_that_no_archive_has_are_refused_and_the_data_stays(archives: Archives) -> None:
    server = archives.server
    early = now(server)
    shut(archives)
    refused = archives.restore("latest")
    assert refused.returncode == 1
    assert "error: the archive 0001 has no base backup: what was written since it began cannot be restored." in refused.stderr
    assert begin(server), server.log
    archives.watch()
    time.sleep(1)
    back_up(archives)
    add(server, 10)
    shut(archives)
    refused = archives.restore(early)
    assert refused.stderr == f"error: {early} is before the first base backup was complete\n"
    refused = archives.restore("2030-01-01 00:00:00+00")
    assert refused.returncode == 1
    assert "error: the archive ends before 2030-01-01 00:00:00+00: the last transaction in it is of 2" in refused.stderr
    assert begin(server), server.log
    assert count(server) == 11
    assert not list(server.folder.glob("data.before-*"))


def test_a_moment_of_before_a_restore_is_in_the_older_archive_until_that_is_cleared_away(archives: Archives) -> None:
    server = archives.server
    back_up(archives)
    time.sleep(1)
    add(server, 10)
    first = now(server)
    add(server, 100)
    shut(archives)
    assert archives.restore(first).returncode == 0
    assert begin(server), server.log
    archives.watch()
    time.sleep(1)
    back_up(archives)
    assert archives.stored("backup") == ["postgres-0001", "postgres-0002"]
    add(server, 1000)
    shut(archives)
    done = archives.restore(first)
    assert done.returncode == 0, done.stdout + done.stderr
    assert begin(server), server.log
    assert count(server) == 11
    archives.watch()
    assert archives.stored("archive") == ["postgres-0001", "postgres-0002", "postgres-0003"]
    for _ in range(2):  # as many as are kept
        time.sleep(1)
        back_up(archives)
    assert archives.stored("archive") == archives.stored("backup") == ["postgres-0003"]
    time.sleep(1)
    newest = back_up(archives)
    kept = [name for name in archives.stored("backup", "postgres-0003") if name.endswith("F")]
    assert len(kept) == 2
    assert kept[-1] == newest


def test_the_test_restores_all_that_was_written_and_tells_the_server(archives: Archives) -> None:
    server = archives.server
    name = back_up(archives)
    assert server.administer(ASKED, "postgres") == f"t|{name}"
    add(server, 10)
    done = archives.test()
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith(f"restored: the base backup {name} and all WAL since; assertions that are true: 1\n")
    assert server.administer(RESULT, "postgres") == "t|"
    assert server.administer("SELECT finished_at - backup_at < interval '1 hour' FROM backup.restore_tests", "postgres") == "t"
    assert count(server) == 11


def without_base(_archives: Archives) -> str:
    return "the archive 0001 has no base backup"


def old_base(archives: Archives) -> str:
    name = back_up(archives)
    script = archives.folder / "backup" / "restore-test.sh"
    script.write_text(script.read_text().replace("clock_timestamp() -", "clock_timestamp() + interval '27 hours' -"))
    return f"the newest base backup is {name}, older than 26 hours"


def spoiled_base(archives: Archives) -> str:
    name = back_up(archives)
    config = archives.folder / "backup" / "pgbackrest.conf"
    config.write_text(f"{config.read_text()}[global:restore]\njob-retry-interval=1s\n")  # it waits 15 before it reads a third time
    folder = archives.repository / "castiel" / "backup" / "postgres-0001" / name
    spoil(max(folder.rglob("*.zst"), key=lambda path: path.stat().st_size))
    return f"the base backup {name} is spoiled, or cannot be read; pgBackRest says why above"


def spoiled_wal(archives: Archives) -> str:
    server = archives.server
    back_up(archives)
    add(server, 10)
    server.switch_wal()
    add(server, 10)
    archives.lose_wal(server.switch_wal())
    return "WAL is missing or spoiled: the copy ends with a transaction of "


def without_wal_of_the_base(archives: Archives) -> str:
    name = back_up(archives)
    wait_for("the backup's note", lambda: archives.wal(".*.backup*"), timeout=30)
    (note,) = archives.wal(".*.backup*")
    archives.lose_wal(note.name.partition(".")[0])
    return f"WAL is missing or spoiled: not even the base backup {name} comes up, which needs what was written meanwhile"


def wrong_data(archives: Archives) -> str:
    archives.server.ask("DELETE FROM orders")
    back_up(archives)
    return "not true: orders: f"


def nobody_archives(archives: Archives) -> str:
    back_up(archives)
    script = archives.folder / "backup" / "pgbackrest-push.sh"
    script.write_text("exit 1\n")
    wait = archives.folder / "backup" / "restore-test.sh"
    wait.write_text(wait.read_text().replace("-lt 60", "-lt 2"))
    return "what the server writes is not archived; the log of the primary says why"


def no_repository(archives: Archives) -> str:
    back_up(archives)
    config = archives.folder / "backup" / "pgbackrest.conf"
    config.write_text(config.read_text().replace("aes-256-cbc", "none"))
    return "the repository cannot be read: "


@pytest.mark.parametrize(
    "break_it",
    [without_base, old_base, spoiled_base, spoiled_wal, without_wal_of_the_base, wrong_data, nobody_archives, no_repository],
)
def test_the_test_fails_and_tells_the_server_why(archives: Archives, break_it: Breaker) -> None:
    why = break_it(archives)
    done = archives.test()
    assert done.returncode == 1
    assert f"error: {why}" in done.stderr, done.stdout + done.stderr
    succeeded, _, failure = archives.server.administer(RESULT, "postgres").partition("|")
    assert succeeded == "f"
    assert failure.startswith(why)


def test_a_base_backup_that_fails_says_why_and_one_that_nobody_makes_is_given_up(archives: Archives) -> None:
    server = archives.server
    script = archives.folder / "backup" / "pgbackrest-push.sh"
    script.write_text(f"{script.read_text()}exit 1\n")
    config = archives.folder / "backup" / "pgbackrest.conf"
    config.write_text(f"{config.read_text()}[global:backup]\narchive-timeout=2s\n")
    failed = archives.back_up()
    assert failed.returncode == 1
    assert failed.stderr.startswith("error: [082]: WAL segment 0000000100000000000000"), failed.stderr
    assert server.administer(ASKED, "postgres").startswith("f|[082]: WAL segment")
    archives.stop_receiver()
    asks = archives.folder / "backup" / "base-backup.sh"
    asks.write_text(asks.read_text().replace("-lt 120", "-lt 4"))
    failed = archives.back_up()
    assert failed.returncode == 1
    assert failed.stderr.startswith("error: nobody begins; the log of the container `backup` of the primary says why")
    assert server.administer(ASKED, "postgres") == "f|whoever asked for it has ended"


def test_a_base_backup_that_was_broken_off_is_made_by_whoever_is_the_primary_next(archives: Archives) -> None:
    server = archives.server
    back_up(archives)
    server.administer("INSERT INTO backup.base_backups (started_at) VALUES (clock_timestamp())", "postgres")
    wait_for("an answer", lambda: server.administer(ASKED, "postgres").startswith("t|"), timeout=60, interval=0.5)


def test_nothing_secret_is_in_the_repository_or_in_a_log(archives: Archives) -> None:
    server = archives.server
    server.ask("CREATE TABLE notes (x text); INSERT INTO notes VALUES ('a word that nobody may read')")
    done = archives.back_up()
    tested = archives.test()
    assert (done.returncode, tested.returncode) == (0, 0)
    content = b"".join(path.read_bytes() for path in archives.repository.rglob("*") if path.is_file())
    assert b"Salted__" in content
    for log in (done.stdout, done.stderr, tested.stdout, tested.stderr, archives.log, server.log):
        assert PASSPHRASE not in log


def test_a_bucket_behind_tls_holds_all_of_it(start: Starter, place: Path) -> None:
    store = ObjectStore(place / "store")
    try:
        store.start()
        store.authority.chmod(0o644)
        store.folder.chmod(0o755)
        archives = start(in_bucket(store), store.authority)
        server = archives.server
        name = back_up(archives)
        time.sleep(1)
        add(server, 100)
        moment = now(server)
        server.ask("DELETE FROM orders")
        server.switch_wal()
        assert f"castiel/backup/postgres-0001/{name}/backup.manifest" in store.stored()
        shut(archives)
        done = archives.restore(moment)
        assert done.returncode == 0, done.stdout + done.stderr
        assert KEY not in done.stdout + done.stderr + archives.log + server.log
        assert begin(server), server.log
        assert count(server) == 101
        archives.watch()
        back_up(archives)
        tested = archives.test()
        assert tested.returncode == 0, tested.stdout + tested.stderr
    finally:
        store.stop()


PATRONIS = """
recovery_target = ''
recovery_target_lsn = ''
recovery_target_name = ''
recovery_target_time = ''
recovery_target_xid = ''
recovery_target_timeline = 'latest'
restore_command = 'false'
synchronous_standby_names = 'nobody'
"""
"""What Patroni writes into postgresql.conf."""


def test_what_patroni_has_written_into_the_settings_does_not_count_in_the_copy(archives: Archives) -> None:
    server = archives.server
    settings = server.folder / "data" / "postgresql.conf"
    own = settings.read_text()
    settings.write_text(own + PATRONIS)
    back_up(archives)
    settings.write_text(own)
    time.sleep(1)
    add(server, 100)
    moment = now(server)
    add(server, 1000)
    server.switch_wal()
    tested = archives.test()
    assert tested.returncode == 0, tested.stdout + tested.stderr
    shut(archives)
    done = archives.restore(moment)
    assert done.returncode == 0, done.stdout + done.stderr
    settings.write_text(own)  # as Patroni does at each start
    assert begin(server), server.log
    assert count(server) == 101
