"""CloudNativePG's real plugin backs up the PostgreSQL that the platform tells it of into a bucket behind TLS; rows are counted.

The platform's policies hold meanwhile. The way back is that of docs/postgres.md, to the letter.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import yaml

from tests.cluster.api import ApiError, Object
from tests.cluster.certificates import self_signed
from tests.cluster.network import OUTSIDE_ADDRESS
from tests.cluster.node import Node
from tests.cluster.object_store import BUCKET, ID, KEY, ObjectStore
from tests.cluster.operated import SYSTEM, Operated, install_operator, install_plugin, start_operated
from tests.cluster.waiting import wait_for
from tests.rendering import ROOT

NAMES = {"server": "barman-cloud", "client": "barman-cloud-client"}
BACKUPS, RESTORED = "backups", "restored"
"""The Secret of the bucket, and the namespace into which is restored."""


@dataclass
class BackedUp:
    """The platform's members, and the bucket."""

    cluster: Operated
    store: ObjectStore

    @property
    def node(self) -> Node:
        return self.cluster.platform.node

    def ask(self, question: str) -> str:
        """The last line that the primary answers to the operator's administrator."""
        return self.cluster.query(self.cluster.primary(), question)[-1]

    def told(self, kind: str, name: str, *, namespace: str = "") -> Object:
        """An object as the API has it. Raises RuntimeError where there is none."""
        where = ("--namespace", namespace or self.cluster.platform.namespace, "--output", "json")
        found: Object = json.loads(self.node.kubectl("get", kind, name, *where))
        return found

    def explain(self) -> str:
        """What all have said at last."""
        plugin = self.node.kubectl("logs", "--namespace", SYSTEM, "deployment/barman-cloud", "--tail=30")
        beside = ("--namespace", self.cluster.platform.namespace, "--container", "plugin-barman-cloud", "--tail=30")
        said = [self.node.kubectl("logs", *beside, pod["metadata"]["name"]) for pod in self.cluster.pods()]
        return "\n".join([self.cluster.explain(), plugin, *said])


@pytest.fixture(name="backed_up", scope="module")
def _backed_up(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BackedUp]:
    """The platform with backups, whose members are whole."""
    folder = tmp_path_factory.mktemp("backed-up")
    install_operator(node)
    install_plugin(node, {f"barman-cloud-{one}-tls": self_signed(folder, name) for one, name in NAMES.items()})
    store = ObjectStore(folder / "store", address=OUTSIDE_ADDRESS, before=("ip", "netns", "exec", node.outside.name))
    try:
        store.start()
        made = [f"--from-literal=id={ID}", f"--from-literal=key={KEY}", f"--from-file=ca.crt={store.authority}"]
        node.kubectl("create", "namespace", "ledger")
        node.kubectl("create", "secret", "generic", BACKUPS, "--namespace", "ledger", *made)
        bucket = {"host": OUTSIDE_ADDRESS, "port": store.port, "bucket": BUCKET, "cidrs": [f"{OUTSIDE_ADDRESS}/32"]}
        bucket |= {"secret": {"name": BACKUPS}, "ca": {"name": BACKUPS}}
        backup = {"enabled": True, "method": "barman-cloud", "restoreTest": {"enabled": False}, "repository": {"s3": bucket}}
        cluster = start_operated(node, folder / "ledger", backup=backup)
        yield BackedUp(cluster, store)
        cluster.platform.remove()
    finally:
        store.stop()


def test_a_base_backup_is_made_at_once_and_all_wal_is_archived(backed_up: BackedUp) -> None:
    def done() -> bool:
        where = ("--namespace", backed_up.cluster.platform.namespace, "--output", "json")
        (backup,) = json.loads(backed_up.node.kubectl("get", "backups.postgresql.cnpg.io", *where))["items"]
        return bool(backup["status"]["phase"] == "completed")

    wait_for("the first base backup", done, timeout=180, explain=backed_up.explain)
    conditions = backed_up.told("clusters.postgresql.cnpg.io", "postgres")["status"]["conditions"]
    assert {one["type"]: one["status"] for one in conditions}["ContinuousArchiving"] == "True"
    stored = backed_up.store.stored()
    assert any("/base/" in key and key.endswith("data.tar.gz") for key in stored), stored
    assert any("/wals/" in key and key.endswith(".gz") for key in stored), stored


def test_what_was_deleted_is_in_a_new_cluster_that_is_restored_to_the_moment_before(backed_up: BackedUp) -> None:
    backed_up.ask("CREATE TABLE orders AS SELECT generate_series(1, 1000) AS x")
    there = int(backed_up.ask("SELECT count(*) FROM orders"))
    moment = backed_up.ask("SELECT replace((clock_timestamp() AT TIME ZONE 'UTC')::text, ' ', 'T') || 'Z' FROM pg_sleep(1)")
    backed_up.ask("DELETE FROM orders")
    last = backed_up.ask("SELECT pg_walfile_name(pg_switch_wal())")
    wait_for("the last WAL", lambda: any(last in key for key in backed_up.store.stored()), timeout=90, explain=backed_up.explain)

    node = backed_up.node
    node.kubectl("create", "namespace", RESTORED)
    try:
        _restore(backed_up, moment)
        assert int(_count(backed_up)) == there
        assert backed_up.ask("SELECT count(*) FROM orders") == "0"
    finally:
        node.kubectl("delete", "namespace", RESTORED, "--wait=false")


def _restore(backed_up: BackedUp, moment: str) -> None:
    """As the page says, in a namespace without the platform's policies."""
    (text,) = re.findall(
        r"^```yaml\n(  bootstrap: .*?)^```$", (ROOT / "docs" / "postgres.md").read_text(), re.DOTALL | re.MULTILINE
    )
    replaced = yaml.safe_load(text)
    recovery = replaced["bootstrap"]["recovery"]
    assert {recovery["database"], recovery["owner"]} == {"castiel"}, "this platform's are others"
    recovery |= {"database": "ledger", "owner": "ledger", "recoveryTarget": {"targetTime": moment}}
    spec = backed_up.told("clusters.postgresql.cnpg.io", "postgres")["spec"]
    for field in ("plugins", "managed"):
        del spec[field]
    cluster = {"apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster", "metadata": {"name": "postgres"}, "spec": spec | replaced}
    copied = [
        _moved(backed_up.told(*what)) for what in (("objectstores.barmancloud.cnpg.io", "postgres-backup"), ("secret", BACKUPS))
    ]
    backed_up.node.apply([*copied, cluster], namespace=RESTORED)

    def healthy() -> bool:
        status = backed_up.told("clusters.postgresql.cnpg.io", "postgres", namespace=RESTORED)["status"]
        return bool(status.get("readyInstances") == spec["instances"])

    wait_for("the restored members", healthy, timeout=400, interval=1, explain=lambda: _explain_restored(backed_up))


def _moved(one: Object) -> Object:
    """An object without what belongs to the namespace that it is read from."""
    left = {key: value for key, value in one.items() if key != "status"}
    return left | {"metadata": {"name": one["metadata"]["name"]}}


def _count(backed_up: BackedUp) -> str:
    primary = backed_up.told("clusters.postgresql.cnpg.io", "postgres", namespace=RESTORED)["status"]["currentPrimary"]
    return backed_up.node.exec(
        RESTORED, primary, "psql", "-XAtd", "ledger", "-c", "SELECT count(*) FROM orders", container="postgres"
    )


def _explain_restored(backed_up: BackedUp) -> str:
    node, words = backed_up.node, [backed_up.node.explain(RESTORED)]
    for pod in node.pods(RESTORED):
        try:
            words.append(node.kubectl("logs", "--namespace", RESTORED, pod["metadata"]["name"], "--all-containers", "--tail=30"))
        except (RuntimeError, ApiError) as problem:  # it has not begun
            words.append(str(problem))
    return "\n".join(words)
