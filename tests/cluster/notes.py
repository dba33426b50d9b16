"""A platform whose Redis has several servers, and writers that note what it acknowledges while faults happen.

The writers are in a pod, as services are: they find the primary by the variables that services get, through DNS and policies.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.api import Object
from tests.cluster.platform import BESIDE_CASTIEL, Castiel, is_ready
from tests.cluster.waiting import wait_for
from tests.rendering import Rendered, render_platform
from tierwright.pipeline import described

KINDS = ("plain", "waited")
"""The kinds of writers: one takes Redis' word, the other one waits until a replica has it too (WAIT).

In a cluster there is one of each kind for each primary, and numbers of writers differ by their remainder.
"""

IMAGE = "redis:7-alpine"
"""Redis 7.0, of Debian 12."""

_PROGRAM = "/etc/notes/write.py"
_IMAGE = {"repository": "castiel.test/postgres-patroni", "tag": "16"}  # for its Python

CATALOGUE: dict[str, Any] = {
    "name": "notes",
    "tiers": [{"name": "data"}, {"name": "app"}],
    "dataServices": {"redis": {"tier": "data", "port": 6379, "urlVariable": "REDIS_URL"}},
    "services": {
        "writer": {
            "tier": "app",
            "needs": ["redis"],
            "files": {_PROGRAM: "write.py"},
            "health": "none",
            "command": ["python3.11", _PROGRAM],
        }
    },
}


def render_notes(folder: Path, image: str, topology: str, *, clients: str = "", **redis: Any) -> Rendered:
    """The platform with Redis of this image and topology; `redis` are further values of it.

    Its clients speak that topology, or what `clients` says.
    """
    repository, tag = image.rsplit(":", 1)
    own = {"topology": topology, "image": {"repository": repository, "tag": tag}, **BESIDE_CASTIEL["redis"], **redis}
    values = {"redis": own, "defaults": BESIDE_CASTIEL["defaults"], "services": {"writer": {"image": _IMAGE}}}
    catalogue = {**CATALOGUE, "dataServices": {"redis": {**CATALOGUE["dataServices"]["redis"], "clients": clients or topology}}}
    (folder / "catalogue.yaml").write_text(yaml.safe_dump(catalogue, sort_keys=False))
    (folder / "values.yaml").write_text(yaml.safe_dump(values))
    (folder / "write.py").write_text(Path(__file__).with_name("notes_writer.py").read_text())
    return render_platform(described(catalogue=folder / "catalogue.yaml", values=[folder / "values.yaml"]).platform)


@dataclass
class Servers:
    """The servers of the platform's Redis."""

    platform: Castiel
    members: int
    primaries_wanted: int = 1

    def pods(self) -> list[Object]:
        """The pods that stay, in their order."""
        pods = [pod for pod in self.platform.pods_of("redis") if "deletionTimestamp" not in pod["metadata"]]
        return sorted(pods, key=lambda pod: str(pod["metadata"]["name"]))

    def ask(self, pod: Object, *command: str) -> list[str]:
        """The lines that redis-cli prints in the pod of a server, as a service."""
        name = pod["metadata"]["name"]
        return self.platform.node.exec(self.platform.namespace, name, "redis-cli", *command, container="redis").splitlines()

    def primaries(self) -> list[Object]:
        """The pods of the servers that take writes."""
        return [pod for pod in self.pods() if self.ask(pod, "info", "replication")[1].strip() == "role:master"]

    def wait_until_whole(self, *, timeout: float = 150) -> None:
        """Wait until all servers are Ready, as many of them as there should be are primaries, and all know of their replicas."""

        def whole() -> bool:
            ready = sum(map(is_ready, self.pods())) == self.members and len(self.primaries()) == self.primaries_wanted
            return ready and (self.primaries_wanted > 1 or all(map(self._knows_replicas, self.pods())))

        wait_for("all servers", whole, timeout=timeout, interval=1, explain=self.explain)

    def _knows_replicas(self, pod: Object) -> bool:
        """Whether the sentinel of a pod knows all replicas: it asks the primary for them every ten seconds."""
        return any(f"slaves={self.members - 1}," in line for line in self.ask(pod, "-p", "26379", "info", "sentinel"))

    def left_behind(self) -> list[str]:
        """The processes in the pods that have ended, and that nobody has taken."""
        ended = "cat /proc/[0-9]*/stat 2> /dev/null | grep -F ') Z '"
        said = ""
        for pod in self.pods():
            said += self.platform.node.exec(self.platform.namespace, pod["metadata"]["name"], "sh", "-c", f"{ended} || true")
        return said.splitlines()

    def explain(self) -> str:
        """What the servers have said at last."""
        node, namespace = self.platform.node, self.platform.namespace
        words = [node.explain(namespace)]
        for pod in self.platform.pods_of("redis"):
            name = pod["metadata"]["name"]
            where = ("--namespace", namespace, name, "--all-containers", "--prefix", "--tail=30")
            try:
                words.append(node.kubectl("logs", *where))
            except RuntimeError as problem:  # it has not begun
                words.append(f"{name}: {problem}")
        return "\n".join(words)

    def said(self) -> list[str]:
        """The lines of the writers."""
        writer = self.platform.pod("writer")
        return self.platform.node.kubectl("logs", "--namespace", self.platform.namespace, writer["metadata"]["name"]).splitlines()

    def goes_on(self, *, timeout: float = 90) -> None:
        """Wait until each writer has had ten more writes acknowledged."""
        began = time.monotonic()

        def each() -> bool:
            record = Record(began)
            record.read(self.said())
            return all(len(moments) >= 10 for moments in record.by_writer(self.primaries_wanted))

        wait_for("each writer to go on", each, timeout=timeout, interval=1, explain=self.explain)

    @contextmanager
    def apart(self, one: Sequence[Object], others: Sequence[Object]) -> Iterator[None]:
        """Cut some pods off from others, both ways; all still reach everybody else."""
        namespace = self.platform.node.namespace
        with ExitStack() as cuts:
            for first, second in product(one, others):
                for source, target in ((first, second), (second, first)):
                    rule = ("--source", source["status"]["podIP"], "--destination", target["status"]["podIP"], "--jump", "DROP")
                    namespace.run("iptables", "--insert", "FORWARD", *rule)
                    cuts.callback(namespace.run, "iptables", "--delete", "FORWARD", *rule)
            yield


@dataclass
class Record:
    """What was acknowledged from a moment on: by the kind of writer, each number with its moment."""

    began: float
    moments: dict[str, dict[int, float]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    stored: dict[str, set[int]] = field(default_factory=dict)

    def read(self, lines: Sequence[str]) -> None:
        """Note what of these lines of the writers is of this record."""
        for line in lines:
            kind, *words = line.split()
            if kind in KINDS and float(words[1]) >= self.began:
                self.moments[kind][int(words[0])] = float(words[1])

    def lost(self, kind: str) -> dict[int, float]:
        """The writes that were acknowledged and are not there, each with its moment."""
        return {number: moment for number, moment in self.moments[kind].items() if number not in self.stored[kind]}

    def by_writer(self, writers: int) -> list[list[float]]:
        """The moments of each writer, where there are so many of each kind."""
        return [
            sorted(moment for number, moment in self.moments[kind].items() if number % writers == writer)
            for kind in KINDS
            for writer in range(writers)
        ]

    def outage(self, writers: int = 1) -> float:
        """The longest time for which a writer had nothing acknowledged, in seconds."""
        return max(later - earlier for moments in self.by_writer(writers) for earlier, later in pairwise(moments))


@contextmanager
def recorded(servers: Servers) -> Iterator[Record]:
    """Note what is acknowledged in the block, and until all servers are there and the writers go on; and what is stored then."""
    servers.wait_until_whole()
    made = Record(time.monotonic())
    servers.goes_on()
    yield made
    servers.wait_until_whole()
    servers.goes_on()
    made.read(servers.said())
    for kind in KINDS:
        lines = [line for pod in servers.primaries() for line in servers.ask(pod, "--scan", "--pattern", f"{kind}:*")]
        made.stored[kind] = {int(line.rpartition(":")[2]) for line in lines}
