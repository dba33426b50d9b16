"""PostgreSQL with several members and TLS on the node: who gets in, and how it is archived, tested and restored.

The way back is that of docs/backup.md, and rows are counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.certificates import Authority
from tests.cluster.node import Node
from tests.cluster.platform import BESIDE_CASTIEL, Castiel, castiel_of
from tests.cluster.replicated import Cluster, render_replicated
from tests.cluster.waiting import wait_for

CLAIM = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "backups", "namespace": "archived"},
    "spec": {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "4Gi"}}},
}
BACKUP = {
    "enabled": True,
    "method": "pgbackrest",
    "retention": 2,
    "maxSlotWalKeepSize": "1Gi",
    "repository": {"claim": "backups", "passphrase": {"name": "backups"}},
    "resources": BESIDE_CASTIEL["postgres"]["resources"],
    "restoreTest": {"assertions": {"orders": "SELECT count(*) > 0 FROM orders"}},
}
IMAGE = {"repository": "castiel.test/postgres-tls", "tag": "15"}
"""PostgreSQL 15 of Debian: that of the other tests was built without TLS."""

LAST_TEST = "SELECT succeeded, failure FROM backup.restore_tests ORDER BY id DESC LIMIT 1"


_CONNECT = """
import os, sys, psycopg2
url = os.environ["DATABASE_URL"].split("?")[0]
try:
    psycopg2.connect(f"{url}?{sys.argv[1]}")
except psycopg2.OperationalError as error:
    print(error)
"""
"""A connection with other options than those of the URL, and why there is none."""


@dataclass
class Archived:
    """The platform of several members, with backups; `folder` is for its manifests."""

    node: Node
    folder: Path

    def platform(self, **backup: Any) -> Castiel:
        """The platform with these values of `backup` beside those of all."""
        tls, backup = {"enabled": True, "secret": "postgres-tls"}, {**BACKUP, **backup}
        rendered = render_replicated(self.folder / "catalogue", namespace="archived", image=IMAGE, tls=tls, backup=backup)
        return castiel_of(self.node, rendered, self.folder / "manifests")

    @property
    def cluster(self) -> Cluster:
        return Cluster(self.platform())

    def ask(self, query: str, database: str = "ledger") -> str:
        """What the primary answers to the administrator."""
        ask = f'PGPASSWORD=$POSTGRES_PASSWORD exec psql -XAtq -v ON_ERROR_STOP=1 -U postgres -d {database} -c "{query}"'
        return self.cluster.run(self.cluster.primary(), ask).strip()

    def count(self) -> int:
        return int(self.ask("SELECT count(*) FROM orders"))

    def now(self) -> str:
        """A moment after all that is committed."""
        return self.ask(
            "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00' FROM pg_sleep(0.5)"
        )

    def run(self, cron_job: str) -> tuple[bool, str]:
        """Run a Job of a CronJob, as the runbook does: whether it succeeded, and its log."""
        return self.platform().run_cron_job(cron_job)

    def back_up(self) -> None:
        succeeded, log = self.run("postgres-backup")
        assert succeeded, f"{log}{self.explain()}"

    def restore(self, to: str) -> str:
        """Set the value and apply, take it away and apply; what the Job has said."""
        platform = self.platform(restore={"to": to})
        platform.start()
        (job,) = (name for kind, name in platform.rendered.objects if kind == "Job" and name.startswith("postgres-restore-"))
        log = self.kubectl("logs", f"job/{job}")
        self.platform().apply()
        self.cluster.wait_until_whole(timeout=180)
        return log

    def explain(self) -> str:
        """What all have said at last."""
        containers = [
            (pod["metadata"]["name"], container["name"])
            for pod in self.node.pods("archived")
            for container in pod["spec"]["containers"]
            if container["name"].startswith(("backup", "postgres-"))
        ]
        logs = (f"{pod}/{name}: {self.kubectl('logs', pod, '--container', name, '--tail=30')}" for pod, name in containers)
        return "\n".join([self.cluster.explain(), *logs])

    def kubectl(self, *arguments: str) -> str:
        return self.node.kubectl(*arguments, "--namespace", "archived")


@pytest.fixture(scope="module")
def archived(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archived]:
    """The platform with all members, and a table `orders` of one row."""
    archived = Archived(node, tmp_path_factory.mktemp("archived"))
    platform = archived.platform()
    platform.provide_images()
    node.kubectl("create", "namespace", "archived")
    (archived.folder / "claim.yaml").write_text(yaml.safe_dump(CLAIM))
    node.kubectl("apply", "--filename", str(archived.folder / "claim.yaml"))
    archived.kubectl("create", "secret", "generic", "backups", "--from-literal=passphrase=of the test")
    issued = Authority(archived.folder / "authority").issue("postgres", "postgres.archived", "postgres-replicas")
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "postgres-tls"}, "stringData": issued}
    node.apply([secret], namespace="archived")
    platform.apply()
    archived.cluster.wait_until_whole(timeout=180)
    archived.ask('CREATE TABLE orders (x int); ALTER TABLE orders OWNER TO \\"ledger\\"; INSERT INTO orders VALUES (1)')
    yield archived
    platform.remove(wait=False)


def test_standbys_archive_nothing(archived: Archived) -> None:
    standbys = [pod for pod in archived.cluster.pods() if pod["metadata"]["labels"]["role"] != "primary"]
    tried = "SELECT archived_count + failed_count FROM pg_stat_archiver"
    assert [archived.cluster.query(pod, tried) for pod in standbys] == [["0"], ["0"]]


def test_services_and_members_verify_the_server_and_nobody_else_gets_in(archived: Archived) -> None:
    cluster = archived.cluster
    wait_for("rows", lambda: len(cluster.acknowledged()) > 2, timeout=60, explain=cluster.explain)
    assert any(line.startswith("read ") for line in cluster.said())
    secured = (
        "SELECT DISTINCT usename, ssl, version FROM pg_stat_activity JOIN pg_stat_ssl USING (pid) WHERE client_addr IS NOT NULL"
    )
    wait_for(
        "connections of the writer and of the standbys",
        lambda: cluster.query(cluster.primary(), f"{secured} ORDER BY usename") == ["ledger|t|TLSv1.3", "postgres|t|TLSv1.3"],
        timeout=30,
        explain=lambda: f"{cluster.query(cluster.primary(), secured)}\n{cluster.explain()}",
    )
    (writer,) = cluster.platform.pods_of("writer")
    for options, told in (
        ("sslmode=disable", "no encryption"),
        (
            "sslmode=verify-full&sslrootcert=/etc/ssl/certs/none.pem",
            'root certificate file "/etc/ssl/certs/none.pem" does not exist',
        ),
        ("host=postgres.archived.svc&sslmode=verify-full&sslrootcert=/etc/postgres-ca/ca.crt", "does not match host name"),
    ):
        said = cluster.run(writer, f"python3.11 -c '{_CONNECT}' '{options}'")
        assert told in said
    assert cluster.run(writer, "ls /etc/postgres-ca").split() == ["ca.crt"]


def test_a_switchover_goes_on_with_tls(archived: Archived) -> None:
    cluster = archived.cluster
    before = len(cluster.acknowledged())
    cluster.patronictl("switchover --force")
    cluster.wait_until_whole()
    wait_for("further rows", lambda: len(cluster.acknowledged()) > before + 5, timeout=60, explain=cluster.explain)


def test_rows_that_were_deleted_come_back_on_all_members_whoever_led_before(archived: Archived) -> None:
    if archived.cluster.primary()["metadata"]["name"] == "postgres-0":
        archived.cluster.patronictl("switchover --force")
        archived.cluster.wait_until_whole()
    archived.back_up()
    archived.ask("INSERT INTO orders SELECT generate_series(1, 1000)")
    there, moment = archived.count(), archived.now()
    archived.ask("DELETE FROM orders")
    archived.ask("SELECT pg_switch_wal()")
    log = archived.restore(moment)
    assert f"restored to {moment}; the last transaction is of 2" in log
    assert archived.cluster.primary()["metadata"]["name"] == "postgres-0"
    numbers = {archived.cluster.run(pod, 'cat "$PGDATA/archive.number"').strip() for pod in archived.cluster.pods()}
    counts = {archived.cluster.query(pod, "SELECT count(*) FROM orders")[0] for pod in archived.cluster.pods()}
    assert (counts, numbers) == ({str(there)}, {"0002"})


def test_what_follows_a_restore_is_archived_and_the_test_restores_it_until_the_repository_is_spoiled(archived: Archived) -> None:
    archived.back_up()
    archived.ask("INSERT INTO orders VALUES (2)")
    succeeded, log = archived.run("postgres-restore-test")
    assert succeeded, log
    assert log.splitlines()[-1].endswith(" and all WAL since; assertions that are true: 1")
    assert archived.ask(LAST_TEST, "postgres") == "t|"
    spoil = 'for one in $(find /repository -path "*/base/1/*.zst"); do echo x > "$one"; done'  # in each base backup
    archived.cluster.run(archived.cluster.primary(), spoil)
    succeeded, log = archived.run("postgres-restore-test")
    assert not succeeded
    assert log.splitlines()[-1].endswith("is spoiled, or cannot be read; pgBackRest says why above")
    answer, _, failure = archived.ask(LAST_TEST, "postgres").partition("|")
    assert (answer, failure.endswith("pgBackRest says why above")) == ("f", True)
