"""Two public platforms start as `examples/` describes them, with stand-ins that speak and call what the real programs do."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

import pytest

from tests.cluster.node import Node
from tests.cluster.platform import BESIDE_CASTIEL, Castiel, castiel_of, is_ready, restarts_of, workload_of
from tests.cluster.starting import overtaken, too_early
from tests.guests import charted_guest, guest_with


@dataclass(frozen=True)
class Program:
    """What a real program speaks at which port, where HTTP tells its health, and what it calls, in the variables that it reads."""

    ports: Mapping[str, str] = field(default_factory=dict)
    ready: str = ""
    live: str = ""
    calls: Sequence[str] = ()

    def environment(self, name: str) -> dict[str, str]:
        """What tells the stand-in: standin/listening.go and standin/calls.go."""
        role = {"ports": self.ports, "ready": self.ready, "live": self.live or self.ready}
        return {"LISTENING": json.dumps({name: role}), "CALLS": " ".join(self.calls), "START_SECONDS": "1"}


def speaks_grpc(port: str, *variables: str) -> Program:
    """A program that speaks gRPC at a port, and calls others at the addresses in these variables."""
    return Program({port: "grpc"}, calls=[f"grpc://${variable}" for variable in variables])


STORES = [
    "$DATABASE_URL", "redis://:$REDIS_AUTH@$REDIS_HOST:$REDIS_PORT", "$CLICKHOUSE_URL/ping", "$CLICKHOUSE_MIGRATION_URL",
    "$LANGFUSE_S3_EVENT_UPLOAD_ENDPOINT/healthz",
]  # fmt: skip
OF_FRONTEND = [
    "PRODUCT_CATALOG_SERVICE_ADDR", "CURRENCY_SERVICE_ADDR", "CART_SERVICE_ADDR", "RECOMMENDATION_SERVICE_ADDR",
    "SHIPPING_SERVICE_ADDR", "CHECKOUT_SERVICE_ADDR", "AD_SERVICE_ADDR",
]  # fmt: skip
OF_CHECKOUT = [
    "PRODUCT_CATALOG_SERVICE_ADDR", "SHIPPING_SERVICE_ADDR", "PAYMENT_SERVICE_ADDR", "EMAIL_SERVICE_ADDR", "CURRENCY_SERVICE_ADDR",
    "CART_SERVICE_ADDR",
]  # fmt: skip
PROGRAMS = {
    "online-boutique": {
        "adservice": speaks_grpc("$PORT"),
        "cartservice": Program({"7070": "grpc"}, calls=["redis://$REDIS_ADDR"]),
        "checkoutservice": speaks_grpc("$PORT", *OF_CHECKOUT),
        "currencyservice": speaks_grpc("$PORT"),
        "emailservice": speaks_grpc("$PORT"),
        "frontend": replace(speaks_grpc("$PORT", *OF_FRONTEND), ports={"$PORT": "http"}, ready="/_healthz"),
        "loadgenerator": Program(calls=["http://$FRONTEND_ADDR/_healthz"]),
        "paymentservice": speaks_grpc("$PORT"),
        "productcatalogservice": speaks_grpc("$PORT"),
        "recommendationservice": speaks_grpc("$PORT", "PRODUCT_CATALOG_SERVICE_ADDR"),
        "shippingservice": speaks_grpc("$PORT"),
    },
    "langfuse": {
        "clickhouse": Program({"8123": "http", "9000": "tcp"}, ready="/ping"),
        "object-store": Program({"8333": "http"}, ready="/healthz"),
        "web": Program({"$PORT": "http"}, ready="/api/public/ready", live="/api/public/health", calls=STORES),
        "worker": Program({"$PORT": "http"}, ready="/api/ready", live="/api/health", calls=STORES),
    },
}
"""The programs that have a stand-in. Databases are real servers."""


def beside_castiel(name: str) -> dict[str, Any]:
    """Values by which a guest fits on a node of which Castiel has reserved most."""
    catalogue = charted_guest(name).blueprint.catalogue
    small, server = BESIDE_CASTIEL["defaults"]["resources"], BESIDE_CASTIEL["postgres"]["resources"]
    services = {service: {"resources": small} for service in catalogue.services}
    values: dict[str, Any] = {"defaults": {"resources": small}, "services": services}
    for data_service in catalogue.data_services:
        *above, last = map(str, catalogue.place(data_service))
        reduce(lambda tree, key: tree.setdefault(key, {}), above, values)[last] = {"resources": server}
    return values


@pytest.fixture(scope="module")
def started(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Castiel]]:
    """Both platforms, applied one after the other; all their pods are Ready."""
    platforms = {}
    for name, programs in PROGRAMS.items():
        platform = castiel_of(node, guest_with(name, beside_castiel(name)), tmp_path_factory.mktemp(name))
        platform.provide_images({workload: program.environment(workload) for workload, program in programs.items()})
        platform.applied = platform.apply()
        platforms[name] = platform
    for platform in platforms.values():
        platform.wait_until_ready()
        platform.pods = node.pods(platform.namespace)
    yield platforms
    for platform in platforms.values():
        platform.remove(wait=False)


@pytest.fixture(params=PROGRAMS)
def platform(request: pytest.FixtureRequest, started: Mapping[str, Castiel]) -> Castiel:
    return started[request.param]


def test_every_workload_is_ready_and_none_has_restarted(platform: Castiel) -> None:
    """Each stand-in calls what the real program calls, and exits when something does not answer."""
    workloads = platform.rendered.kinds("Deployment", "StatefulSet")
    assert {workload_of(pod) for pod in platform.pods if is_ready(pod)} == set(workloads)
    assert restarts_of(platform.pods) == {}, platform.drawn()


def test_no_workload_starts_before_what_it_waits_for(platform: Castiel) -> None:
    assert not too_early(platform), platform.drawn()
    assert not overtaken(platform), platform.drawn()


def test_the_restricted_pod_security_standard_gives_no_warning(platform: Castiel) -> None:
    assert platform.applied is not None
    assert platform.applied.warnings == ""
