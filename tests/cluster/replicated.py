"""A platform whose PostgreSQL has several members, and a program that writes rows into it while faults happen.

The writer connects anew for each row, through the Service, and notes each row that was acknowledged, by which primary and when. Its
clock is the machine's, so the tests' moments can be compared with its own.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.api import Object
from tests.cluster.node import Node
from tests.cluster.platform import BESIDE_CASTIEL, Castiel, castiel_of, is_ready, main_container
from tests.cluster.waiting import wait_for
from tests.rendering import Rendered, render_platform
from tierwright.pipeline import described

MEMBERS = 3
_PROGRAM = "/etc/ledger/write.py"
IMAGE = {"repository": "castiel.test/postgres-patroni", "tag": "16"}

WRITER = """\
import os
import signal
import threading
import time

import psycopg2

POOLED = os.environ["DATABASE_URL"]
URL = os.environ.get("DATABASE_DIRECT_URL", POOLED)
OPTIONS = "-c statement_timeout=3000 -c client_min_messages=warning"  # it is no warning that the table is there already
PRIMARY = "left(pg_walfile_name(pg_current_wal_lsn()), 8) || '@' || host(inet_server_addr())"  # its timeline and its address


def connected(url):
    given = {"options": OPTIONS} if url != POOLED or url == URL else {}  # a pooler takes no options
    connection = psycopg2.connect(url, connect_timeout=2, tcp_user_timeout=2000, **given)
    connection.autocommit = True
    return connection


def attempt(kind, url, ask):
    # A commit whose wait for a standby was cancelled succeeds with a warning: it is not acknowledged.
    try:
        connection = connected(url)
        try:
            with connection.cursor() as cursor:
                cursor.execute(ask)
                answer = cursor.fetchone() if cursor.description else ("", "")
            done = not connection.notices
        finally:
            connection.close()
    except psycopg2.Error as problem:
        print(f"failed {kind} {time.monotonic()} {' '.join(str(problem).split())}", flush=True)
        return False
    if done:
        print(f"{kind} {answer[0]} {answer[1]} {time.monotonic()}", flush=True)
    return done


def write(kind, url, number):
    while True:
        attempt(kind, url, f"INSERT INTO written VALUES ({number}) RETURNING number, {PRIMARY}")
        number += 1
        time.sleep(0.02)


def read():
    others = os.environ.get("DATABASE_REPLICA_URL", URL.replace("@postgres:", "@postgres-replicas:"))
    while True:
        attempt("read", others, "SELECT max(number), host(inet_server_addr()) FROM written")
        time.sleep(0.05)


signal.signal(signal.SIGTERM, lambda *_: os._exit(0))  # nothing ends the first process of a container that has not asked for it
while not attempt("made", URL, "CREATE TABLE IF NOT EXISTS written (number bigint PRIMARY KEY)"):
    time.sleep(0.5)
first = int(time.monotonic() * 1000)  # of a writer that has started anew too: it writes fewer rows than milliseconds pass
writers = [("wrote", URL, first), ("wrote", URL, 10**12 + first)]
if POOLED != URL:
    writers.append(("pooled", POOLED, 2 * 10**12 + first))
for arguments in writers:
    threading.Thread(target=write, args=arguments).start()
read()
"""

CATALOGUE: dict[str, Any] = {
    "name": "ledger",
    "tiers": [{"name": "data"}, {"name": "app"}],
    "dataServices": {"postgres": {"tier": "data", "port": 5432, "urlVariable": "DATABASE_URL"}},
    "services": {
        "writer": {
            "tier": "app",
            "needs": ["postgres", "postgres:reads", "postgres:direct"],
            "files": {_PROGRAM: "write.py"},
            "health": "none",
            "command": ["python3.11", _PROGRAM],
        },
    },
}


def render_replicated(folder: Path, *, namespace: str = "ledger", image: Mapping[str, str] = IMAGE, **postgres: Any) -> Rendered:
    """The platform in a namespace, with further values of PostgreSQL."""
    servers = {"postgres": {"topology": "replicated", "image": image, **postgres}}
    return render_ledger(folder, CATALOGUE, servers, namespace=namespace, image=image)


def render_ledger(
    folder: Path, catalogue: Object, servers: Mapping[str, Object], *, namespace: str, image: Mapping[str, str] = IMAGE
) -> Rendered:
    """A platform with the writer, which has this image, and PostgreSQLs with these values beside those that all have."""
    folder.mkdir(exist_ok=True, parents=True)
    small = {"image": image, "storage": {"size": "4Gi"}, **BESIDE_CASTIEL["postgres"]}
    own = {name: {**small, **values} for name, values in servers.items()}
    values = {
        "namespace": {"name": namespace},
        "defaults": BESIDE_CASTIEL["defaults"],
        "services": {"writer": {"image": image}},
        "postgres": own.pop("postgres"),
        **({"dataServices": own} if own else {}),
    }
    files = {
        "catalogue.yaml": yaml.safe_dump(catalogue, sort_keys=False),
        "write.py": WRITER,
        "values.yaml": yaml.safe_dump(values),
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    return render_platform(described(catalogue=folder / "catalogue.yaml", values=[folder / "values.yaml"]).platform)


@dataclass(frozen=True)
class Row:
    """A row that was acknowledged: its number, the primary as TIMELINE@ADDRESS, and the moment."""

    number: int
    primary: str
    moment: float


@dataclass
class Cluster:
    """The members of the platform's PostgreSQL."""

    platform: Castiel

    def pods(self) -> list[Object]:
        """The pods of the members that stay."""
        return [pod for pod in self.platform.pods_of("postgres") if "deletionTimestamp" not in pod["metadata"]]

    def primary(self) -> Object:
        """The pod with the primary. Raises ValueError where not exactly one has its label."""
        (found,) = [pod for pod in self.pods() if pod["metadata"]["labels"].get("role") == "primary"]
        return found

    def pod(self, name: str) -> Object:
        """The pod of a member, as it is now. Raises LookupError."""
        for pod in self.pods():
            if pod["metadata"]["name"] == name:
                return pod
        raise LookupError(f"{name} is not there")

    def started_late(self, name: str) -> float:
        """The seconds from the creation of a member's present pod to the start of its container. Raises LookupError."""
        pod = self.pod(name)
        started = datetime.fromisoformat(main_container(pod)["state"]["running"]["startedAt"])
        return (started - datetime.fromisoformat(pod["metadata"]["creationTimestamp"])).total_seconds()

    def run(self, pod: Object, script: str) -> str:
        """What a shell script in the container of a member prints."""
        return self.platform.node.exec(self.platform.namespace, pod["metadata"]["name"], "sh", "-c", script)

    def query(self, pod: Object, question: str) -> list[str]:
        """The lines that the server of a member answers to its administrator."""
        ask = 'PGPASSWORD=$POSTGRES_PASSWORD exec psql -XAt -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -c'
        return self.run(pod, f'{ask} "{question}"').splitlines()

    def patronictl(self, arguments: str) -> str:
        """What Patroni's own program answers in the pod of one member."""
        return self.run(self.pods()[0], f"patronictl -c /tmp/patroni {arguments}")  # the pod's folder

    def members(self) -> dict[str, tuple[str, str]]:
        """The role and the state of each member, by its name, in the words of `patronictl list`, which is a slow program."""
        leader, synchronous = self._kept("leader").get("leader"), self._kept("sync").get("sync_standby", "")
        found = {}
        for pod in self.pods():
            name = pod["metadata"]["name"]
            state = json.loads(pod["metadata"].get("annotations", {}).get("status", '{"state": "unknown"}'))
            role = "Leader" if name == leader else "Sync Standby" if name in synchronous.split(",") else "Replica"
            found[name] = (role, state.get("replication_state", state["state"]))
        return found

    def _kept(self, what: str) -> dict[str, str]:
        """What Patroni keeps in one of its ConfigMaps."""
        name = f"postgres-patroni-{what}"
        path = f"/api/v1/namespaces/{self.platform.namespace}/configmaps/{name}"
        annotations: dict[str, str] = self.platform.node.api.request("GET", path)["metadata"].get("annotations", {})
        return annotations

    def wait_until_whole(self, *, members: int = MEMBERS, timeout: float = 240) -> None:
        """Wait until one member is the primary, the others stream from it, one synchronously, and all are Ready."""

        replicas = [("Replica", "streaming")] * (members - 2)
        wanted = [("Leader", "running"), *replicas, ("Sync Standby", "streaming")]

        def whole() -> bool:
            states = sorted(self.members().values())
            return states == wanted and sum(map(is_ready, self.pods())) == members and bool(self.primary())

        wait_for("all members", whole, timeout=timeout, interval=0.5, explain=self.explain)

    def explain(self) -> str:
        """What the members have said at last."""
        words = [self.platform.node.explain(self.platform.namespace)]
        for pod in self.platform.pods_of("postgres"):
            name = pod["metadata"]["name"]
            words.append(f"{name}: {self.platform.node.kubectl('logs', '--namespace', self.platform.namespace, name, '--tail=25')}")
        return "\n".join(words)

    def rewound(self, but: str, *, since: float) -> list[str]:
        """The members other than that one whose data were rewound to those of a new primary; `since` is a moment."""
        age, names = f"--since={time.monotonic() - since:.0f}s", {pod["metadata"]["name"] for pod in self.pods()} - {but}
        where = ("--namespace", self.platform.namespace)
        return [name for name in sorted(names) if "running pg_rewind" in self.platform.node.kubectl("logs", *where, name, age)]

    def said(self, *options: str) -> list[str]:
        """The lines of the writer; `options` are of `kubectl logs`."""
        (writer,) = self.platform.pods_of("writer")
        where = ("--namespace", self.platform.namespace, writer["metadata"]["name"])
        return self.platform.node.kubectl("logs", *where, *options).splitlines()

    def last_primary(self) -> str:
        """Who has acknowledged the last row. Raises LookupError where no row has been of late."""
        primaries = [line.split()[2] for line in self.said("--tail=30") if line.startswith("wrote ")]
        if not primaries:
            raise LookupError("no row has been acknowledged of late")
        return primaries[-1]

    def acknowledged(self) -> set[int]:
        """The rows that the writer has had acknowledged."""
        return {int(line.split()[1]) for line in self.said() if line.startswith("wrote ")}

    def goes_on(self) -> None:
        """Wait until the writer has had twenty more rows acknowledged, and as many through the pooler if there is one."""
        made = Record(time.monotonic())

        def each() -> bool:
            lines = self.said("--since=60s")
            made.read(lines)
            pooler = any(line.startswith(("pooled ", "failed pooled ")) for line in lines)
            return len(made.rows) >= 20 and (len(made.pooled) >= 20 or not pooler)

        wait_for("the writer to go on", each, timeout=60, interval=0.5, explain=self.explain)

    def stored(self, pod: Object) -> set[int]:
        """The rows that the server of a member has."""
        return {int(number) for number in self.query(pod, "SELECT number FROM written")}


def start_cluster(node: Node, folder: Path, *, namespace: str = "ledger", **postgres: Any) -> Cluster:
    """Start the platform with further values of PostgreSQL: its members are whole, and the writer writes."""
    rendered = render_replicated(folder / "catalogue", namespace=namespace, **postgres)
    platform = castiel_of(node, rendered, folder / "manifests")
    platform.provide_images()
    platform.start()
    cluster = Cluster(platform)
    cluster.wait_until_whole()
    wait_for("the first rows", cluster.acknowledged, timeout=60, explain=cluster.explain)
    return cluster


@dataclass
class Record:
    """What was acknowledged from a moment on: rows written, by the server itself and through its pooler, and reads answered."""

    began: float
    rows: list[Row] = field(default_factory=list)
    pooled: list[Row] = field(default_factory=list)
    reads: list[float] = field(default_factory=list)
    stored: set[int] = field(default_factory=set)

    def read(self, lines: Sequence[str]) -> None:
        """Take what these lines of the writer say, in place of what earlier ones did."""
        written: dict[str, list[Row]] = {"wrote": [], "pooled": []}
        self.reads = []
        for line in lines:
            kind, *words = line.split()
            if kind in written and float(words[2]) >= self.began:
                written[kind].append(Row(int(words[0]), words[1], float(words[2])))
            elif kind == "read" and float(words[2]) >= self.began:
                self.reads.append(float(words[2]))
        self.rows, self.pooled = (sorted(rows, key=lambda row: row.moment) for rows in written.values())
        self.reads.sort()

    @property
    def through_pooler(self) -> Record:
        """The same, of the rows that went through the pooler before the server."""
        return replace(self, rows=self.pooled)

    @property
    def outage(self) -> float:
        """The longest time without an acknowledged row, in seconds."""
        return _longest_gap([row.moment for row in self.rows])

    def outages(self, seconds: float) -> list[float]:
        """The times without an acknowledged row that were longer than this, in seconds."""
        return [gap for gap in _gaps([row.moment for row in self.rows]) if gap > seconds]

    @property
    def outage_of_reads(self) -> float:
        """The longest time without an answer of a member that is not the primary, in seconds."""
        return _longest_gap(self.reads)

    @property
    def lost(self) -> list[int]:
        """The rows that were acknowledged and are not there."""
        return sorted({row.number for row in self.rows} - self.stored)

    @property
    def primaries(self) -> list[str]:
        """Who acknowledged rows, one after another, as TIMELINE@ADDRESS. Each begins a timeline with a higher number."""
        return [primary for primary, _ in groupby(row.primary for row in self.rows)]


@contextmanager
def record(cluster: Cluster, *, members: int = MEMBERS) -> Iterator[Record]:
    """Note what is acknowledged in the block and until the cluster is whole again and the writer goes on, and what is stored then.

    `members` is how many there are after the block.
    """
    made = Record(time.monotonic())
    cluster.goes_on()
    yield made
    cluster.wait_until_whole(members=members)
    cluster.goes_on()
    made.read(cluster.said())
    made.stored = cluster.stored(cluster.primary())


def _longest_gap(moments: list[float]) -> float:
    return max(_gaps(moments), default=float("inf"))


def _gaps(moments: list[float]) -> list[float]:
    return [later - earlier for earlier, later in pairwise(moments)]


def assert_nothing_is_lost(found: Record) -> None:
    """Every acknowledged row is there, each came from one primary, and no primary was followed by an earlier one."""
    assert len(found.rows) > 30, f"{len(found.rows)} rows are too few to say so"
    assert found.lost == [], f"lost: {found.lost}"
    assert len({row.number for row in found.rows}) == len(found.rows), "a row has been acknowledged twice"
    timelines = [primary.split("@")[0] for primary in found.primaries]
    assert timelines == sorted(set(timelines)), f"primaries took turns: {found.primaries}"
