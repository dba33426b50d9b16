"""Public platforms as examples: every workload, what each calls on which port, by which variables it learns where that is."""

from __future__ import annotations

import pytest

from scripts.snapshots import GUESTS
from tests.connectivity import pods, policies
from tests.guests import guest

FRONTEND_OF_THE_BOUTIQUE = [
    "adservice:9555", "cartservice:7070", "checkoutservice:5050", "currencyservice:7000", "productcatalogservice:3550",
    "recommendationservice:8080", "shippingservice:50051",
]  # fmt: skip
STORES = ["clickhouse:8123", "clickhouse:9000", "object-store:8333", "postgres:5432", "redis:6379"]
TELEMETRY = ["otel-collector:4317", "otel-collector:4318"]

CALLS: dict[str, dict[str, list[str]]] = {
    "online-boutique": {
        "adservice": [],
        "cartservice": ["redis-cart:6379"],
        "checkoutservice": [
            "cartservice:7070", "currencyservice:7000", "emailservice:8080", "paymentservice:50051", "productcatalogservice:3550",
            "shippingservice:50051",
        ],
        "currencyservice": [],
        "emailservice": [],
        "frontend": FRONTEND_OF_THE_BOUTIQUE,
        "loadgenerator": ["frontend:8080"],
        "paymentservice": [],
        "productcatalogservice": [],
        "recommendationservice": ["productcatalogservice:3550"],
        "redis-cart": [],
        "shippingservice": [],
    },
    "langfuse": {"clickhouse": [], "object-store": [], "postgres": [], "redis": [], "web": STORES, "worker": STORES},
    "opentelemetry-demo": {
        "accounting": ["astronomy-db:5432", "kafka:9092", *TELEMETRY],
        "ad": ["flagd:8013", *TELEMETRY],
        "agent": ["frontend:8080", "mcp:8011", *TELEMETRY],
        "astronomy-db": [],
        "cart": ["flagd:8013", "valkey-cart:6379", *TELEMETRY],
        "chatbot": ["agent:8010", *TELEMETRY],
        "checkout": [
            "cart:7070", "currency:7001", "email:6060", "flagd:8013", "kafka:9092", "payment:50051", "product-catalog:3550",
            "shipping:50050", *TELEMETRY,
        ],
        "currency": TELEMETRY,
        "email": ["flagd:8013", *TELEMETRY],
        "firepit": [],
        "flagd": ["flagd-ui:4000", *TELEMETRY],
        "flagd-ui": TELEMETRY,
        "fraud-detection": ["flagd:8013", "kafka:9092", *TELEMETRY],
        "frontend": [
            "ad:9555", "cart:7070", "checkout:5050", "currency:7001", "flagd:8013", "product-catalog:3550", "recommendation:9001",
            "shipping:50050", *TELEMETRY,
        ],
        "frontend-proxy": [
            "chatbot:7860", "firepit:8080", "flagd:8013", "flagd-ui:4000", "frontend:8080", "grafana:3000", "image-provider:8081",
            "jaeger:16686", "opamp-server:4321", "telemetry-docs:8000", *TELEMETRY,
        ],
        "grafana": ["jaeger:16686", "opensearch:9200", "prometheus:9090"],
        "image-provider": TELEMETRY,
        "jaeger": ["prometheus:9090", *TELEMETRY],
        "kafka": TELEMETRY,
        "load-generator": ["flagd:8013", "flagd:8016", "frontend-proxy:8080", *TELEMETRY],
        "mcp": ["frontend:8080", *TELEMETRY],
        "opamp-server": [],
        "opensearch": [],
        "otel-collector": [
            "ad:9465", "astronomy-db:5432", "firepit:4317", "frontend-proxy:8080", "image-provider:8081", "jaeger:4317",
            "kafka:9092", "opamp-server:4320", "opensearch:9200", "prometheus:9090", "valkey-cart:6379",
        ],
        "payment": ["flagd:8013", *TELEMETRY],
        "product-catalog": ["astronomy-db:5432", "flagd:8013", *TELEMETRY],
        "prometheus": [],
        "quote": TELEMETRY,
        "recommendation": ["flagd:8013", "product-catalog:3550", *TELEMETRY],
        "shipping": ["flagd:8013", "quote:8090", *TELEMETRY],
        "telemetry-docs": TELEMETRY,
        "valkey-cart": [],
    },
}  # fmt: skip
"""Each workload of a platform, and the ports of the pods that it calls."""


@pytest.mark.parametrize("name", GUESTS)
def test_every_workload_of_the_platform_is_there_without_an_object_written_by_hand(name: str) -> None:
    rendered = guest(name)
    assert set(rendered.kinds("Deployment", "StatefulSet")) == set(CALLS[name])
    assert not rendered.platform.values.extra_objects


@pytest.mark.parametrize("name", GUESTS)
def test_each_workload_reaches_what_it_calls_and_nothing_else(name: str) -> None:
    rendered = guest(name)
    in_force, parties = policies(rendered), pods(rendered)
    listeners = [(party, port) for party in parties for _, port in party.ports.values()]
    reached = {
        source.name: sorted(
            f"{target.name}:{port}" for target, port in listeners if target is not source and in_force.allows(source, target, port)
        )
        for source in parties
        if source.name in CALLS[name]
    }
    assert reached == {source: sorted(targets) for source, targets in CALLS[name].items()}
