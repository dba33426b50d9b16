"""PostgreSQL on the node is backed up, tested and restored as docs/backup.md says: the rows that come back are counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.api import Object
from tests.cluster.node import Node
from tests.cluster.platform import BESIDE_CASTIEL, Castiel, castiel_of
from tests.cluster.waiting import wait_for
from tests.rendering import render_catalogue

CATALOGUE = {
    "name": "orders",
    "tiers": [{"name": "data"}],
    "dataServices": {"postgres": {"tier": "data", "port": 5432, "urlVariable": "DATABASE_URL"}},
    "services": {"web": {"tier": "data", "port": 3000, "needs": ["postgres"]}},
}
SMALL = BESIDE_CASTIEL["postgres"]["resources"]
BACKUP = {
    "enabled": True,
    "retention": 2,
    "storage": {"size": "10Gi"},
    "maxSlotWalKeepSize": "1Gi",
    "resources": SMALL,
    "restoreTest": {"assertions": {"orders": "SELECT count(*) > 0 FROM orders"}},
}
IN_POSTGRES = 'PGPASSWORD=$POSTGRES_PASSWORD psql -XAtq -v ON_ERROR_STOP=1 -U postgres -d "$1" -c "$2"'
LAST_TEST = "SELECT succeeded, failure FROM backup.restore_tests ORDER BY id DESC LIMIT 1"


@dataclass
class Orders:
    """A platform of a database alone, with backups; `folder` is for its manifests."""

    node: Node
    folder: Path

    @property
    def namespace(self) -> str:
        return "orders"

    def platform(self, **backup: Any) -> Castiel:
        """The platform with these values of `backup` beside those of all."""
        values = {
            "postgres": {"resources": SMALL, "storage": {"size": "2Gi"}, "backup": {**BACKUP, **backup}},
            "services": {"web": {"enabled": False}},
        }
        return castiel_of(self.node, render_catalogue(CATALOGUE, values), self.folder)

    def apply(self, **backup: Any) -> Castiel:
        """Apply that, and wait until all is as it says."""
        platform = self.platform(**backup)
        platform.provide_images()
        platform.start()
        return platform

    def ask(self, query: str, database: str = "orders") -> str:
        """What the database answers to the administrator."""
        return self.node.exec(self.namespace, "postgres-0", "sh", "-c", IN_POSTGRES, "sh", database, query).strip()

    def add(self, rows: int) -> None:
        self.ask(f"INSERT INTO orders SELECT generate_series(1, {rows})")

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
        assert succeeded, log

    def restore(self, to: str) -> str:
        """Set the value and apply, take it away and apply; what the Job has said."""
        platform = self.apply(restore={"to": to})
        (job,) = (name for kind, name in platform.rendered.objects if kind == "Job" and name.startswith("postgres-restore-"))
        log = self.kubectl("logs", f"job/{job}")
        self.apply()
        return log

    def in_archive(self, script: str) -> str:
        """Run a script where the archive is."""
        return self.node.exec(self.namespace, "postgres-archive-0", "sh", "-ec", script).strip()

    def kubectl(self, *arguments: str) -> str:
        return self.node.kubectl(*arguments, "--namespace", self.namespace)

    def claims(self) -> dict[str, Object]:
        found = self.node.api.items(f"/api/v1/namespaces/{self.namespace}/persistentvolumeclaims")
        return {one["metadata"]["name"]: one for one in found}


@pytest.fixture(scope="module")
def orders(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orders]:
    """The platform, with one order and one base backup."""
    orders = Orders(node, tmp_path_factory.mktemp("orders"))
    platform = orders.apply()
    orders.ask('CREATE TABLE orders (x int); ALTER TABLE orders OWNER TO "orders"; INSERT INTO orders VALUES (1)')
    orders.back_up()
    yield orders
    platform.remove(wait=False)


def test_rows_that_were_deleted_come_back_and_nothing_that_was_there_is_lost(orders: Orders) -> None:
    orders.add(100)
    orders.back_up()
    orders.add(1000)
    there = orders.count()
    moment = orders.now()
    orders.ask("DELETE FROM orders")
    log = orders.restore(moment)
    assert f"restored to {moment}; the last transaction is of 2" in log
    assert orders.count() == there
    aside = orders.node.exec(orders.namespace, "postgres-0", "sh", "-c", 'ls -d "$PGDATA".before-*')
    assert len(aside.splitlines()) == 1


def test_the_test_restores_what_was_written_to_the_last_row_and_goes_with_its_volume(orders: Orders) -> None:
    """After a restore, too, once there is a base backup of what follows it."""
    orders.back_up()
    orders.add(10)
    there = orders.count()
    succeeded, log = orders.run("postgres-restore-test")
    assert succeeded, log
    assert log.splitlines()[-1].endswith(" and all WAL since; assertions that are true: 1")
    assert orders.ask(LAST_TEST, "postgres") == "t|"
    assert orders.count() == there
    orders.kubectl("delete", "job", "-l", "app.kubernetes.io/name=postgres-restore-test", "--wait=true")
    wait_for("its volume to go", lambda: {*orders.claims()} == {"data-postgres-0", "archive-postgres-archive-0"}, timeout=60)


@pytest.mark.parametrize(
    ("break_it", "why"),
    [
        ('for one in /archive/*/base/[0-9]*; do mv "$one" "${one%/*}/.$(basename "$one")"; done', "has no base backup"),
        ('mv "$base" "${base%/*}/20200101T000000Z"; rm -rf $(ls -d /archive/*/base/2* | grep -v 20200101)', "older than 26 hours"),
        ('printf x | dd of="$base/global/pg_control" bs=1 seek=100 conv=notrunc 2> /dev/null', "is spoiled"),
    ],
    ids=["missing", "old", "spoiled"],
)
def test_the_test_fails_and_says_why(orders: Orders, break_it: str, why: str) -> None:
    orders.in_archive(f"base=$(ls -d /archive/*/base/2* | tail -n 1)\n{break_it}")
    succeeded, log = orders.run("postgres-restore-test")
    assert not succeeded
    assert f"{why}\n" in log
    answer, _, failure = orders.ask(LAST_TEST, "postgres").partition("|")
    assert (answer, failure.endswith(why)) == ("f", True)
    orders.back_up()


def test_the_test_succeeds_again_after_the_next_base_backup(orders: Orders) -> None:
    succeeded, log = orders.run("postgres-restore-test")
    assert succeeded, log


def test_a_lost_volume_comes_back_to_the_last_row(orders: Orders) -> None:
    orders.add(500)
    there = orders.count()
    orders.ask("SELECT pg_sleep(2)")  # what is lost with a volume is what was not sent yet
    orders.kubectl("delete", "job", "-l", "app.kubernetes.io/name=postgres-restore")  # a finished pod holds the claim, too
    orders.kubectl("delete", "pvc", "data-postgres-0", "--wait=false")
    orders.kubectl("delete", "pod", "postgres-0", "--grace-period=0", "--force")

    def is_new() -> bool:
        return orders.ask("SELECT count(*) FROM pg_class WHERE relname = 'orders'") == "0"

    wait_for("an empty server", is_new, timeout=120, interval=1, explain=lambda: orders.node.explain(orders.namespace))

    def says_so() -> bool:
        logs = [orders.kubectl("logs", "postgres-archive-0", *which) for which in ((), ("--previous",))]
        return any("postgres is another server than that of the archive" in log for log in logs)

    wait_for("the archive's pod to refuse the other server", says_so, timeout=120, interval=1)
    orders.restore("latest")
    assert orders.count() == there


def test_the_archive_outlasts_its_pod_and_the_values(orders: Orders) -> None:
    before = orders.claims()["archive-postgres-archive-0"]["metadata"]["uid"]
    orders.kubectl("delete", "statefulset", "postgres-archive")
    orders.apply()
    assert orders.claims()["archive-postgres-archive-0"]["metadata"]["uid"] == before
    orders.back_up()
    assert orders.run("postgres-restore-test")[0]
