"""A platform whose RabbitMQ has several nodes, and publishers that note what it confirms while faults happen.

They are outside the pods, so that what hits those spares them. Each reconnects through the Service as soon as something fails.
"""

from __future__ import annotations

import base64
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

import yaml

from tests.cluster.api import Object
from tests.cluster.faults import kill_main_process
from tests.cluster.images.small import standin_program
from tests.cluster.platform import BESIDE_CASTIEL, Castiel, is_ready, main_container
from tests.cluster.waiting import wait_for
from tests.rendering import Rendered, render_platform
from tierwright.pipeline import described

MEMBERS = 3
PUBLISHERS = 3
QUEUE = "letters"

HUNG = timedelta(seconds=60)
"""After that, a node that speaks of `global_name_server` last hangs in its start, and one that has failed to start tries no more;
others have started in 20 seconds.
"""

CATALOGUE: dict[str, Any] = {
    "name": "letters",
    "tiers": [{"name": "data"}, {"name": "app"}],
    "dataServices": {"rabbitmq": {"tier": "data", "port": 5672, "urlVariable": "RABBITMQ_URL"}},
    "services": {"writer": {"tier": "app", "needs": ["rabbitmq"], "health": "none"}},
}


def render_letters(folder: Path, image: str, *, extra: Sequence[Object] = (), **rabbitmq: Any) -> Rendered:
    """The platform with RabbitMQ of this image, and `extra` objects; `rabbitmq` are further values of it."""
    repository, tag = image.rsplit(":", 1)
    own = {"image": {"repository": repository, "tag": tag}, "storage": {"size": "2Gi"}, **BESIDE_CASTIEL["rabbitmq"], **rabbitmq}
    writer = {"image": {"repository": "castiel.test/standin", "tag": "1"}}
    values = {
        "rabbitmq": own,
        "defaults": BESIDE_CASTIEL["defaults"],
        "services": {"writer": writer},
        "extraObjects": [*extra],
    }
    (folder / "catalogue.yaml").write_text(yaml.safe_dump(CATALOGUE, sort_keys=False))
    (folder / "values.yaml").write_text(yaml.safe_dump(values))
    return render_platform(described(catalogue=folder / "catalogue.yaml", values=[folder / "values.yaml"]).platform)


@dataclass
class Brokers:
    """The nodes of the platform's RabbitMQ: their pods have the name `workload` as a label, and `stem` and a number as names.

    Clients connect to `service`. Of a version whose nodes may hang in their start, or fail to come back from a pause, such a node
    gets help as docs/rabbitmq.md says: its pod is deleted, and counted.
    """

    platform: Castiel
    workload: str = "rabbitmq"
    stem: str = "rabbitmq"
    service: str = "rabbitmq"
    may_hang: bool = False
    helped: int = 0

    def pods(self) -> list[Object]:
        """The pods of the nodes that stay, in their order."""
        pods = [pod for pod in self.platform.pods_of(self.workload) if "deletionTimestamp" not in pod["metadata"]]
        return sorted(pods, key=lambda pod: str(pod["metadata"]["name"]))

    def pod(self, number: int) -> Object:
        """The pod of a node, by its number. Raises LookupError while there is none."""
        for pod in self.pods():
            if pod["metadata"]["name"] == f"{self.stem}-{number}":
                return pod
        raise LookupError(f"{self.stem}-{number}")

    def ask(self, *command: str, number: int = 0) -> str:
        """What a program in the container of a node prints."""
        return self.platform.node.exec(self.platform.namespace, f"{self.stem}-{number}", *command)

    def running(self, number: int = 0) -> list[str]:
        """The nodes that run, as one of them knows."""
        listed: dict[str, Any] = yaml.safe_load(
            self.ask("rabbitmqctl", "-q", "cluster_status", "--formatter", "json", number=number)
        )
        return sorted(listed["running_nodes"])

    def wait_until_whole(self, *, members: int = MEMBERS, before: Collection[Object] = (), timeout: float = 150) -> None:
        """Wait until each node is Ready, in another pod than those of `before`, and the first one knows that all run."""
        earlier = {pod["metadata"]["uid"] for pod in before}

        def whole() -> bool:
            self.help_where_stopped()
            pods = self.pods()
            new = not earlier & {pod["metadata"]["uid"] for pod in pods}
            return new and sum(map(is_ready, pods)) == members and len(self.running()) == members

        wait_for("all nodes", whole, timeout=timeout, interval=1, explain=self.explain)

    def help_where_stopped(self) -> None:
        """Delete the pods of nodes that wait for nothing, of a version that may have such."""
        node, where = self.platform.node, ("--namespace", self.platform.namespace)
        for pod in self.pods() if self.may_hang else []:
            name = pod["metadata"]["name"]
            if _is_starting_for_long(pod) and _has_stopped(node.kubectl("logs", *where, name, "--tail=60")):
                node.kubectl("delete", "pod", *where, name, "--wait=false")
                self.helped += 1

    def remove(self) -> None:
        """Delete the platform, and kill the nodes that leave: all at once, each would wait a minute for the others."""
        self.platform.remove(wait=False)
        wait_for("the nodes to leave", lambda: not self.pods(), timeout=30)
        for pod in self.platform.pods_of(self.workload):
            with suppress(LookupError):  # it has ended
                kill_main_process(self.platform.node, pod)
        self.platform.remove()

    def explain(self) -> str:
        """What the nodes have said at last."""
        node, namespace = self.platform.node, self.platform.namespace
        words = [node.explain(namespace)]
        for pod in self.platform.pods_of(self.workload):
            name = pod["metadata"]["name"]
            try:
                words.append(f"{name}: {node.kubectl('logs', '--namespace', namespace, name, '--tail=120')}")
            except RuntimeError as problem:  # it has not begun
                words.append(f"{name}: {problem}")
        return "\n".join(words)

    def address(self) -> str:
        """The URL that services get, with the password, and the Service's address in place of its name, unknown outside pods."""
        api, namespace = self.platform.node.api, self.platform.namespace
        variables = self.platform.rendered.variables("Deployment", "writer")
        url = str(variables["RABBITMQ_URL"]["value"])
        password = url.partition("$(")[2].partition(")")[0]
        reference = variables[password]["valueFrom"]["secretKeyRef"]
        secret = api.request("GET", f"/api/v1/namespaces/{namespace}/secrets/{reference['name']}")
        service = api.request("GET", f"/api/v1/namespaces/{namespace}/services/{self.service}")
        url = url.replace(f"$({password})", base64.b64decode(secret["data"][reference["key"]]).decode())
        return url.replace(f"@{self.service}:", f"@{service['spec']['clusterIP']}:")


def _is_starting_for_long(pod: Object) -> bool:
    running = main_container(pod)["state"].get("running")
    began = datetime.fromisoformat(running["startedAt"]) if running else None
    return began is not None and not is_ready(pod) and datetime.now(UTC) - began > HUNG


def _has_stopped(log: str) -> bool:
    """Whether the last lines of a node's log are of one that waits for nothing."""
    return "global_name_server" in "".join(log.splitlines()[-5:]) or "BOOT FAILED" in log


@dataclass
class Published:
    """What the brokers have confirmed: each message's number, by its publisher, and the moments at which that was known."""

    brokers: Brokers
    words: Path
    numbers: dict[int, list[int]] = field(default_factory=lambda: {publisher: [] for publisher in range(PUBLISHERS)})
    moments: dict[int, list[float]] = field(default_factory=lambda: {publisher: [] for publisher in range(PUBLISHERS)})
    lost: list[int] = field(default_factory=list)
    stored: int = 0

    def read(self, output: IO[str]) -> None:
        """Note every line of the publishers."""
        for line in output:
            publisher, number = map(int, line.split())
            self.numbers[publisher].append(number)
            self.moments[publisher].append(time.monotonic())

    @property
    def confirmed(self) -> list[int]:
        """All messages that were confirmed."""
        return [number for numbers in self.numbers.values() for number in numbers]

    def outage(self, since: float = 0) -> float:
        """The longest time for which a publisher got no confirmation, from a moment on, in seconds."""
        return max(
            later - max(earlier, since)
            for moments in self.moments.values()
            for earlier, later in pairwise(moments)
            if later >= since
        )

    def goes_on(self, *, timeout: float = 60) -> None:
        """Wait until ten more messages of every publisher are confirmed."""
        before = {publisher: len(numbers) for publisher, numbers in self.numbers.items()}

        def all_do() -> bool:
            self.brokers.help_where_stopped()
            return all(len(self.numbers[publisher]) >= count + 10 for publisher, count in before.items())

        wait_for(
            "each publisher to go on",
            all_do,
            timeout=timeout,
            explain=lambda: f"{self.words.read_text()[-2000:]}\n{self.brokers.explain()}",
        )


@contextmanager
def published(brokers: Brokers) -> Iterator[Published]:
    """Publish all the while; at the end of the block, once every publisher goes on, find what is lost."""
    environment = {**os.environ, "RABBITMQ_URL": brokers.address()}
    namespace = brokers.platform.node.namespace
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "words").open("wb") as words:
        found = Published(brokers, Path(folder) / "words")
        command = namespace.command(standin_program(), "publish", QUEUE)
        publishing = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=words, text=True
        )
        assert publishing.stdout is not None
        reader = threading.Thread(target=found.read, args=(publishing.stdout,), daemon=True)
        reader.start()
        try:
            found.goes_on()
            _store_the_queue(brokers)
            yield found
            found.goes_on()
        finally:
            publishing.terminate()
            publishing.wait(timeout=30)
            reader.join(timeout=30)
        stored = wait_for("what is stored", lambda: (_stored(brokers, environment),), timeout=60)[0]
    found.stored = len(stored)
    found.lost = sorted(set(found.confirmed) - stored)


_STORE = """
Nodes = [node() | nodes()],
rpc:multicall(Nodes, mnesia, sync_log, []),
[rpc:call(Node, dets, sync, [Table]) || Node <- Nodes, Table <- rpc:call(Node, dets, all, [])].
"""


def _store_the_queue(brokers: Brokers) -> None:
    """Make the nodes write down that the queue exists, and which of its members is theirs.

    RabbitMQ confirms messages some seconds before that. If all nodes are killed meanwhile, each takes its member for a new one, and
    the queue never gets a leader (rabbitmq-server 15725).
    """
    brokers.ask("rabbitmqctl", "--quiet", "eval", _STORE)


def _stored(brokers: Brokers, environment: dict[str, str]) -> set[int]:
    command = brokers.platform.node.namespace.command(standin_program(), "published", QUEUE)
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return {int(line) for line in done.stdout.splitlines()}
