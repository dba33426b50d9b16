"""A rolling update of the gateway, seen by those who use it meanwhile."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest

from tests.cluster.api import Object
from tests.cluster.faults import kill_main_process
from tests.cluster.manifests import STANDIN_IMAGE, standin
from tests.cluster.platform import Castiel
from tests.cluster.waiting import wait_for
from tests.rendering import render_with

RATE = 50  # requests a second
GATEWAY = "api-gateway"


@dataclass(frozen=True)
class Client:
    """A pod behind the edge, which may reach the gateway."""

    castiel: Castiel
    pod: Object

    def requests(self, *, seconds: float) -> Object:
        """Steady requests through the gateway's Service, so long or until `enough`: how many were sent, how each failed, how often
        who answered."""
        url = f"http://{GATEWAY}.{self.castiel.namespace}:3000/"
        query = urlencode({"url": url, "rate": RATE, "seconds": seconds})
        answer = self.castiel.node.ask(self.pod, "POST", f"/requests?{query}", timeout=seconds + 30)
        found: Object = json.loads(answer.text)
        return found

    def enough(self) -> None:
        """End the requests."""
        self.castiel.node.ask(self.pod, "POST", "/enough")


@pytest.fixture
def client(castiel: Castiel, namespace: str) -> Iterator[Client]:
    """In the namespace that `networkPolicy.edge` names, as an ingress controller's would be."""
    node = castiel.node
    castiel.wait_until_ready()
    edge = render_with({"networkPolicy": {"edge": {"namespaces": [namespace]}}})
    node.provide_images([STANDIN_IMAGE])
    node.apply(standin("client"), namespace=namespace)
    node.apply([edge.get("NetworkPolicy", GATEWAY)])
    pod = node.wait_for_pods(namespace, timeout=30)[0]
    node.enforcer.settle()
    try:
        yield Client(castiel, pod)
    finally:
        node.apply([castiel.rendered.get("NetworkPolicy", GATEWAY)])
        castiel.wait_until_ready()


def _counted(castiel: Castiel) -> int:
    """The requests that the gateway has answered."""
    lines = castiel.node.ask(castiel.pod(GATEWAY), "GET", "/metrics").text.splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("standin_requests_total ")))


def _under_way(castiel: Castiel, load: Future[Object], *, before: int) -> None:
    """Wait until the load has reached the gateway."""

    def reached() -> bool:
        assert not load.done(), load.result()
        return _counted(castiel) > before + RATE

    wait_for("the load", reached, timeout=15)


def test_a_rolling_update_under_a_steady_load_drops_no_request(castiel: Castiel, client: Client) -> None:
    """Over connections of their own and kept ones; none is tried again."""
    old = castiel.pod(GATEWAY)["metadata"]["name"]
    where = ("--namespace", castiel.namespace, f"deployment/{GATEWAY}")
    began = time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        load = pool.submit(client.requests, seconds=120)
        try:
            _under_way(castiel, load, before=_counted(castiel))
            castiel.node.kubectl("rollout", "restart", *where)
            castiel.node.kubectl("rollout", "status", *where, "--timeout=60s")
            castiel.wait_until_ready(timeout=60)  # the old pod is gone as well
            new = castiel.pod(GATEWAY)["metadata"]["name"]
            _under_way(castiel, load, before=_counted(castiel))  # by the new one alone
        finally:
            client.enough()
        result = load.result()
    assert result["failed"] == []
    assert result["sent"] >= 0.8 * RATE * (time.monotonic() - began)
    assert {json.loads(text)["pod"] for text in result["answers"]} == {old, new}
    assert result["slowest"] < 3, "requests hang meanwhile"


def test_the_load_would_tell_of_a_dropped_request(castiel: Castiel, client: Client) -> None:
    """The gateway's death is seen by the same client."""
    with ThreadPoolExecutor(1) as pool:
        load = pool.submit(client.requests, seconds=6)
        _under_way(castiel, load, before=_counted(castiel))
        kill_main_process(castiel.node, castiel.pod(GATEWAY))
        assert load.result()["failed"]
