"""A platform whose PostgreSQL has several members, and a program that writes rows into it while faults happen.

The writer connects anew for each row, through the Service, and notes each row that was acknowledged, by which server and when. Its
clock is the machine's, so the tests' moments can be compared with its own.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.api import Object
from tests.cluster.platform import BESIDE_CASTIEL, Castiel, is_ready
from tests.cluster.waiting import wait_for
from tests.rendering import Rendered, render_platform
from tierwright.pipeline import described

MEMBERS = 3
_PROGRAM = "/etc/ledger/write.py"
IMAGE = {"repository": "castiel.test/postgres-patroni", "tag": "16"}

WRITER = """\
import os
import threading
import time

import psycopg2

URL = os.environ["DATABASE_URL"]


def connected(url):
    connection = psycopg2.connect(url, connect_timeout=2, tcp_user_timeout=2000, options="-c statement_timeout=3000")
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


def write(number):
    while True:
        attempt("wrote", URL, f"INSERT INTO written VALUES ({number}) RETURNING number, host(inet_server_addr())")
        number += 1
        time.sleep(0.02)


def read():
    others = URL.replace("@postgres:", "@postgres-replicas:")
    while True:
        attempt("read", others, "SELECT max(number), host(inet_server_addr()) FROM written")
        time.sleep(0.05)


while not attempt("made", URL, "CREATE TABLE IF NOT EXISTS written (number bigint PRIMARY KEY)"):
    time.sleep(0.5)
for target, arguments in ((write, (1,)), (write, (10**9,)), (read, ())):
    threading.Thread(target=target, args=arguments).start()
"""

CATALOGUE: dict[str, Any] = {
    "name": "ledger",
    "tiers": [{"name": "data"}, {"name": "app"}],
    "dataServices": {"postgres": {"tier": "data", "port": 5432, "urlVariable": "DATABASE_URL"}},
    "services": {
        "writer": {
            "tier": "app",
            "needs": ["postgres"],
            "files": {_PROGRAM: "write.py"},
            "health": "none",
            "command": ["python3.11", _PROGRAM],
        },
    },
}


def render_replicated(folder: Path, *, namespace: str = "ledger", image: Mapping[str, str] = IMAGE, **postgres: Any) -> Rendered:
    """The platform in a namespace, with further values of PostgreSQL."""
    folder.mkdir(exist_ok=True)
    own = {"topology": "replicated", "image": image, "storage": {"size": "4Gi"}, **BESIDE_CASTIEL["postgres"], **postgres}
    values = {
        "namespace": {"name": namespace},
        "postgres": own,
        "defaults": BESIDE_CASTIEL["defaults"],
        "services": {"writer": {"image": image}},
    }
    files = {
        "catalogue.yaml": yaml.safe_dump(CATALOGUE, sort_keys=False),
        "write.py": WRITER,
        "values.yaml": yaml.safe_dump(values),
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    return render_platform(described(catalogue=folder / "catalogue.yaml", values=[folder / "values.yaml"]).platform)


@dataclass(frozen=True)
class Row:
    """A row that was acknowledged: its number, the address of the server, and the moment."""

    number: int
    server: str
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

    def wait_until_whole(self, *, timeout: float = 120) -> None:
        """Wait until one member is the primary, the others stream from it, one synchronously, and all are Ready."""

        def whole() -> bool:
            listed = json.loads(self.patronictl("list --format json"))
            states = sorted((one["Role"], one["State"]) for one in listed)
            wanted = [("Leader", "running"), ("Replica", "streaming"), ("Sync Standby", "streaming")]
            return states == wanted and sum(map(is_ready, self.pods())) == MEMBERS and bool(self.primary())

        wait_for("all members", whole, timeout=timeout, interval=1, explain=self.explain)

    def explain(self) -> str:
        """What the members have said at last."""
        words = [self.platform.node.explain(self.platform.namespace)]
        for pod in self.platform.pods_of("postgres"):
            name = pod["metadata"]["name"]
            words.append(f"{name}: {self.platform.node.kubectl('logs', '--namespace', self.platform.namespace, name, '--tail=25')}")
        return "\n".join(words)

    def said(self) -> list[str]:
        """The lines of the writer."""
        (writer,) = self.platform.pods_of("writer")
        where = ("--namespace", self.platform.namespace, writer["metadata"]["name"])
        return self.platform.node.kubectl("logs", *where).splitlines()

    def acknowledged(self) -> set[int]:
        """The rows that the writer has had acknowledged."""
        return {int(line.split()[1]) for line in self.said() if line.startswith("wrote ")}

    def stored(self, pod: Object) -> set[int]:
        """The rows that the server of a member has."""
        return {int(number) for number in self.query(pod, "SELECT number FROM written")}


@dataclass
class Record:
    """What was acknowledged from a moment on: rows written, and reads answered."""

    began: float
    rows: list[Row] = field(default_factory=list)
    reads: list[float] = field(default_factory=list)
    stored: set[int] = field(default_factory=set)

    @property
    def outage(self) -> float:
        """The longest time without an acknowledged row, in seconds."""
        return _longest_gap([row.moment for row in self.rows])

    @property
    def outage_of_reads(self) -> float:
        """The longest time without an answer of a member that is not the primary, in seconds."""
        return _longest_gap(self.reads)

    @property
    def lost(self) -> list[int]:
        """The rows that were acknowledged and are not there."""
        return sorted({row.number for row in self.rows} - self.stored)

    @property
    def servers(self) -> list[str]:
        """The servers that acknowledged rows, one after another: one that comes twice took turns with another."""
        return [server for server, _ in groupby(row.server for row in self.rows)]


@contextmanager
def record(cluster: Cluster) -> Iterator[Record]:
    """Note what is acknowledged in the block and until the cluster is whole again, and what is stored then."""
    made = Record(time.monotonic())
    time.sleep(2)  # with rows from before the fault
    yield made
    cluster.wait_until_whole()
    time.sleep(2)
    for line in cluster.said():
        kind, *words = line.split()
        if kind == "wrote" and float(words[2]) >= made.began:
            made.rows.append(Row(int(words[0]), words[1], float(words[2])))
        elif kind == "read" and float(words[2]) >= made.began:
            made.reads.append(float(words[2]))
    made.rows.sort(key=lambda row: row.moment)
    made.reads.sort()
    made.stored = cluster.stored(cluster.primary())


def _longest_gap(moments: list[float]) -> float:
    return max((later - earlier for earlier, later in pairwise(moments)), default=float("inf"))
