"""PostgreSQL with several members is changed while it runs, as docs/postgres.md says: no acknowledged row is lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.addons import STORAGE_CLASS
from tests.cluster.api import Object
from tests.cluster.node import Node
from tests.cluster.platform import BESIDE_CASTIEL, castiel_of
from tests.cluster.postgres_server import Maker, begin
from tests.cluster.replicated import (
    CATALOGUE,
    MEMBERS,
    Cluster,
    Record,
    assert_nothing_is_lost,
    record,
    render_ledger,
    render_replicated,
    start_cluster,
)
from tests.cluster.requirement import say
from tests.cluster.waiting import wait_for

OUTAGE = 15
"""The most seconds without an acknowledged row whenever a member hands over. The node is busy with starting pods meanwhile."""

SMALL = BESIDE_CASTIEL["postgres"]["resources"]


@dataclass
class Changing(Cluster):
    """The platform, whose values of PostgreSQL change one after another."""

    values: dict[str, Any] = field(default_factory=dict)

    def apply(self, folder: Path, **postgres: Any) -> None:
        """`kubectl apply` with these values too. Raises RuntimeError with kubectl's words; the values stay as they were then."""
        values = {**self.values, **postgres}
        servers = {"postgres": {"topology": "replicated", **values}}
        rendered = render_ledger(folder / "catalogue", CATALOGUE, servers, namespace=self.platform.namespace)
        changed = castiel_of(self.platform.node, rendered, folder / "manifests")
        changed.provide_images()
        changed.apply()
        self.values = values


Note = Callable[[str, Record], None]


@pytest.fixture(scope="module")
def cluster(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Changing]:
    """The platform; its members are whole, and the writer writes."""
    started = Changing(start_cluster(node, tmp_path_factory.mktemp("ledger"), namespace="ledger-changes").platform)
    yield started
    started.platform.remove(wait=False)


@pytest.fixture(name="note")
def _note(request: pytest.FixtureRequest) -> Note:
    """Asserts that nothing was lost and that no outage was long, and says how long they were."""

    def note(what: str, found: Record) -> None:
        longer = ", ".join(f"{outage:.1f}" for outage in found.outages(1)) or "none"
        say(f"{what}: outages longer than a second: {longer}", request.config)
        assert_nothing_is_lost(found)
        assert found.outage <= OUTAGE

    return note


def test_volumes_grow_while_the_members_run(cluster: Changing, tmp_path: Path, note: Note) -> None:
    """Kubernetes refuses another size in the StatefulSet, so that is made anew around its pods."""
    node, where = cluster.platform.node, ("--namespace", cluster.platform.namespace)
    before = {pod["metadata"]["uid"] for pod in cluster.pods()}
    with pytest.raises(RuntimeError, match="updates to statefulset spec for fields other than"):
        cluster.apply(tmp_path / "refused", storage={"size": "5Gi"})
    node.kubectl("patch", "storageclass", STORAGE_CLASS, "--patch", '{"allowVolumeExpansion": true}')
    with record(cluster) as found:
        for number in range(MEMBERS):
            size = '{"spec": {"resources": {"requests": {"storage": "5Gi"}}}}'
            node.kubectl("patch", "pvc", f"data-postgres-{number}", *where, "--patch", size)
        node.kubectl("delete", "statefulset", "postgres", "--cascade=orphan", *where)
        cluster.apply(tmp_path / "grown", storage={"size": "5Gi"})
        rolled_out(cluster)
    note("larger volumes", found)
    assert found.outages(1) == []
    assert {pod["metadata"]["uid"] for pod in cluster.pods()} == before


def test_the_administrators_password_is_changed_in_the_server_then_in_its_secret(cluster: Changing, note: Note) -> None:
    """Members hold it for one another too, so the primary restarts last."""
    lead_by(cluster, "postgres-0")
    node, where = cluster.platform.node, ("--namespace", cluster.platform.namespace)
    with record(cluster) as found:
        cluster.query(cluster.primary(), "ALTER ROLE postgres PASSWORD 'another'")
        cluster.platform.set_password("postgres-administrator", "another")
        node.kubectl("rollout", "restart", "statefulset/postgres", *where)
        rolled_out(cluster)
    note("the administrator's password", found)
    for pod in cluster.pods():
        assert cluster.query(pod, "SELECT 1") == ["1"]
        assert cluster.run(pod, 'echo "$POSTGRES_PASSWORD"') == "another\n"


def lead_by(cluster: Cluster, *names: str, members: int = MEMBERS) -> None:
    """Switch over until one of these is the primary: each time to the synchronous standby, and then another is that."""
    for _ in range(10):
        cluster.wait_until_whole(members=members)
        if cluster.primary()["metadata"]["name"] in names:
            return
        cluster.patronictl("switchover --force")
        time.sleep(5)  # until Patroni knows the new roles
    raise AssertionError(cluster.members())


def test_the_services_password_is_changed_in_the_server_then_in_its_secret(cluster: Changing) -> None:
    node, where = cluster.platform.node, ("--namespace", cluster.platform.namespace)
    cluster.query(cluster.primary(), "ALTER ROLE ledger PASSWORD 'another'")
    wait_for("the old one to be refused", lambda: 'user "ledger"' in cluster.said("--tail=1")[0], timeout=30, interval=0.5)
    cluster.platform.set_password("postgres-credentials", "another")
    node.kubectl("rollout", "restart", "deployment", *where)
    node.kubectl("rollout", "status", "deployment/writer", *where, "--timeout=120s", timeout=130)
    wait_for("the old pod to go", lambda: len(cluster.platform.pods_of("writer")) == 1, timeout=60, interval=0.5)
    wait_for("rows again", cluster.last_primary, timeout=120, interval=1, explain=cluster.explain)


def test_settings_memory_and_image_change_one_member_after_another(cluster: Changing, tmp_path: Path, note: Note) -> None:
    """Patroni is told the settings anew, which it reads from no file. Another tag stands for another minor version."""
    before = {pod["metadata"]["uid"] for pod in cluster.pods()}
    values = {
        "maxConnections": 300,
        "config": {"work_mem": "5MB"},
        "resources": {**SMALL, "limits": {"memory": "1200Mi"}},
        "image": {"repository": "castiel.test/postgres-patroni", "tag": "16.1"},
    }
    with record(cluster) as found:
        cluster.apply(tmp_path, **values)
        rolled_out(cluster)
    note("a rollout", found)
    assert settings_of(cluster) == {("300", "5MB", "300MB")}
    assert not before & {pod["metadata"]["uid"] for pod in cluster.pods()}
    assert {pod["spec"]["containers"][0]["image"] for pod in cluster.pods()} == {"castiel.test/postgres-patroni:16.1"}
    where = ("--namespace", cluster.platform.namespace)
    assert "FailedPreStopHook" not in cluster.platform.node.kubectl("get", "events", *where)


def settings_of(cluster: Cluster) -> set[tuple[str, ...]]:
    names = ("max_connections", "work_mem", "shared_buffers")
    question = "SELECT concat_ws(' ', " + ", ".join(f"current_setting('{name}')" for name in names) + ")"
    return {tuple(cluster.query(pod, question)[0].split()) for pod in cluster.pods()}


def rolled_out(cluster: Cluster) -> None:
    where = ("--namespace", cluster.platform.namespace, "--timeout=240s")
    cluster.platform.node.kubectl("rollout", "status", "statefulset/postgres", *where, timeout=250)


def test_members_are_added_and_those_with_the_highest_numbers_taken_away(cluster: Changing, tmp_path: Path, note: Note) -> None:
    with record(cluster, members=5) as found:
        cluster.apply(tmp_path / "five", replication={"members": 5})
    note("two members more", found)
    lead_by(cluster, *(f"postgres-{number}" for number in range(MEMBERS)), members=5)
    with record(cluster) as found:
        cluster.apply(tmp_path / "three", replication={"members": MEMBERS})
        wait_for("the others to go", lambda: len(cluster.platform.pods_of("postgres")) == MEMBERS, timeout=120, interval=1)
    note("two members less", found)
    claims = cluster.platform.node.api.items(f"/api/v1/namespaces/{cluster.platform.namespace}/persistentvolumeclaims")
    assert {claim["metadata"]["name"] for claim in claims} == {f"data-postgres-{number}" for number in range(5)}


def test_a_single_server_becomes_the_first_of_several_and_a_single_one_again(node: Node, tmp_path: Path) -> None:
    """As docs/postgres.md says: with its rows."""
    moves = "ledger-moves"
    forms: dict[str, dict[str, Any]] = {
        "single": {"topology": "single"},
        "several": {"topology": "replicated"},
        "again": {"topology": "single", "config": {"synchronous_standby_names": ""}},
    }
    platforms = {
        form: castiel_of(node, render_replicated(tmp_path / f"{form}.in", namespace=moves, **values), tmp_path / form)
        for form, values in forms.items()
    }
    single, several, again = platforms.values()
    single.provide_images()
    single.start()
    try:
        cluster = Cluster(several)
        acknowledged = _acknowledged(cluster)
        node.kubectl("delete", "statefulset", "postgres", "--namespace", moves)
        several.apply()
        cluster.wait_until_whole()
        assert acknowledged <= cluster.stored(cluster.primary())
        acknowledged = _acknowledged(cluster)
        lead_by(cluster, "postgres-0")
        again.apply()
        again.wait_until_ready()
        (alone,) = cluster.pods()
        assert acknowledged <= cluster.stored(alone)
        assert _acknowledged(cluster) <= cluster.stored(alone), "writes go on"
    finally:
        single.remove(wait=False)


def _acknowledged(cluster: Cluster) -> set[int]:
    """The rows that the writer has had acknowledged since it started, 50 of them from now on."""
    now = time.monotonic()

    def enough() -> bool:
        moments = [float(line.split()[3]) for line in cluster.said("--tail=200") if line.startswith("wrote ")]
        return sum(moment > now for moment in moments) > 50

    wait_for("rows", enough, timeout=90, interval=0.5, explain=cluster.explain)  # a writer that is new may be waiting at its gate
    return cluster.acknowledged()


def test_a_platform_moves_to_a_second_server_as_to_one_of_the_next_major_version(node: Node, tmp_path: Path) -> None:
    """As docs/postgres.md says. Both are of one version here; what a dump is restored into may be of a later one."""
    namespace = "ledger-next"
    reaches = [("DATABASE_URL", "NEXT_DATABASE_URL", "postgres"), ("OLD_DATABASE_URL", "DATABASE_URL", "database")]
    before, after = (
        castiel_of(node, render_ledger(tmp_path / f"{needs}.in", catalogue, servers, namespace=namespace), tmp_path / needs)
        for first, second, needs in reaches
        for catalogue in [_with_two(first, second, needs)]
        for servers in [{name: {"topology": "single"} for name in ("postgres", "database")}]
    )
    before.provide_images()
    before.start()
    try:
        old = Cluster(before)
        acknowledged = _acknowledged(old)
        node.kubectl("scale", "deployment", "writer", "--replicas=0", "--namespace", namespace)
        wait_for("the writer to go", lambda: not before.pods_of("writer"), timeout=90, interval=0.5)
        stored = old.stored(before.pod("postgres"))
        assert acknowledged <= stored
        where = ("--namespace", namespace)
        dump = 'PGPASSWORD=$POSTGRES_PASSWORD pg_dump -U postgres "$POSTGRES_DB"'
        restore = 'PGPASSWORD=$POSTGRES_PASSWORD psql -v ON_ERROR_STOP=1 -q -U postgres "$POSTGRES_DB"'
        copy = node.kubectl("exec", *where, "postgres-0", "--", "sh", "-c", dump)
        node.kubectl("exec", "-i", *where, "database-0", "--", "sh", "-c", restore, stdin=copy)
        after.apply()
        after.wait_until_ready()
        moved = Cluster(after)
        assert stored <= moved.stored(before.pod("database"))
        more = _acknowledged(moved)
        assert more <= moved.stored(before.pod("database")), "writes go on there"
        assert not more & old.stored(before.pod("postgres")), "and not in the old one"
    finally:
        before.remove(wait=False)


def _with_two(first: str, second: str, needs: str) -> Object:
    """The catalogue with two servers and the variables of their URLs; the writer needs one of them."""
    kept = {"kind": "postgres", "tier": "data", "port": 5432}
    servers = {"postgres": {**kept, "urlVariable": first}, "database": {**kept, "urlVariable": second}}
    writer = {**CATALOGUE["services"]["writer"], "needs": [needs]}
    return {**CATALOGUE, "dataServices": servers, "services": {"writer": writer}}


def test_an_image_of_another_major_version_ends_and_changes_nothing(make: Maker) -> None:
    server = make()
    assert begin(server)
    server.stop_container()
    version = server.folder / "data" / "PG_VERSION"
    version.write_text("15\n")
    before = len(server.log)
    assert not begin(server)
    assert [line.partition("] ")[2] for line in server.log[before:].splitlines()] == [
        "FATAL:  database files are incompatible with server",
        "DETAIL:  The data directory was initialized by PostgreSQL version 15, which is not compatible with this version 16.2.",
    ]
    version.write_text("16\n")
    assert begin(server), "an image of the old version goes on"
