"""What the programs of the public platforms in `examples/` speak and call, as do their stand-ins. Databases are real servers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Program:
    """What a real program speaks at which port, where HTTP tells its health, and what it calls, in the variables that it reads.

    `process` is the name by which a health command looks for it.
    """

    ports: Mapping[str, str] = field(default_factory=dict)
    ready: str = ""
    live: str = ""
    calls: Sequence[str] = ()
    process: str = ""

    def environment(self, name: str) -> dict[str, str]:
        """What tells the stand-in: standin/listening.go, standin/calls.go and standin/service.go."""
        role = {"ports": self.ports, "ready": self.ready, "live": self.live or self.ready}
        told = {"LISTENING": json.dumps({name: role}), "CALLS": " ".join(self.calls), "START_SECONDS": "1"}
        return told | ({"PROCESS_NAME": self.process} if self.process else {})


def speaks_grpc(*variables: str, others: Sequence[str] = ()) -> Program:
    """A program that speaks gRPC at its port, and calls who does so too at the addresses in these variables, and others."""
    return Program({"$PORT": "grpc"}, calls=[*(f"grpc://${variable}" for variable in variables), *others])


def serves_pages(*calls: str) -> Program:
    """A program that speaks HTTP at its port, and has no path that tells its health: it listens when it is ready."""
    return Program({"$PORT": "http"}, live="/", calls=calls)


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
FLAGS = "grpc://$FLAGD_HOST:$FLAGD_PORT"

BOUTIQUE = {
    "adservice": speaks_grpc(),
    "cartservice": Program({"7070": "grpc"}, calls=["redis://$REDIS_ADDR"]),
    "checkoutservice": speaks_grpc(*OF_CHECKOUT),
    "currencyservice": speaks_grpc(),
    "emailservice": speaks_grpc(),
    "frontend": replace(speaks_grpc(*OF_FRONTEND), ports={"$PORT": "http"}, ready="/_healthz"),
    "loadgenerator": Program(calls=["http://$FRONTEND_ADDR/_healthz"]),
    "paymentservice": speaks_grpc(),
    "productcatalogservice": speaks_grpc(),
    "recommendationservice": speaks_grpc("PRODUCT_CATALOG_SERVICE_ADDR"),
    "shippingservice": speaks_grpc(),
}
LANGFUSE = {
    "clickhouse": Program({"8123": "http", "9000": "tcp"}, ready="/ping"),
    "object-store": Program({"8333": "http"}, ready="/healthz"),
    "web": Program({"$PORT": "http"}, ready="/api/public/ready", live="/api/public/health", calls=STORES),
    "worker": Program({"$PORT": "http"}, ready="/api/ready", live="/api/health", calls=STORES),
}
ASTRONOMY_SHOP = {
    "accounting": Program(calls=["npgsql:$DB_CONNECTION_STRING", "tcp://$KAFKA_ADDR"]),
    "ad": replace(speaks_grpc(others=[FLAGS]), ports={"$PORT": "grpc", "9465": "http"}),
    "agent": serves_pages("http://$MCP_ENDPOINT:$MCP_PORT/", "http://$APPLICATION_ENDPOINT/"),
    "cart": speaks_grpc(others=["redis://$VALKEY_ADDR", FLAGS]),
    "chatbot": serves_pages("http://$AGENT_ENDPOINT:$AGENT_PORT/"),
    "checkout": speaks_grpc(
        "CART_ADDR", "CURRENCY_ADDR", "PAYMENT_ADDR", "PRODUCT_CATALOG_ADDR",
        others=["$EMAIL_ADDR/", "$SHIPPING_ADDR/health", "tcp://$KAFKA_ADDR", FLAGS],
    ),
    "currency": speaks_grpc(),
    "email": serves_pages(FLAGS),
    "firepit": Program({"$PORT": "http", "4317": "grpc", "4318": "http"}, live="/"),
    "flagd": Program(
        {"$PORT": "grpc", "8016": "http", "8014": "http"},
        ready="/readyz",
        live="/healthz",
        calls=["file:/etc/flagd/demo.flagd.json"],
    ),
    "flagd-ui": serves_pages("file:/app/data/demo.flagd.json"),
    "fraud-detection": Program(calls=["tcp://$KAFKA_ADDR", FLAGS]),
    "frontend": serves_pages(
        "grpc://$AD_ADDR", "grpc://$CART_ADDR", "grpc://$CHECKOUT_ADDR", "grpc://$CURRENCY_ADDR", "grpc://$PRODUCT_CATALOG_ADDR",
        "grpc://$RECOMMENDATION_ADDR", "$SHIPPING_ADDR/health", FLAGS,
    ),
    "frontend-proxy": Program(
        {"$PORT": "http", "10000": "http"},
        ready="/ready",
        calls=[
            "http://$FRONTEND_HOST:$FRONTEND_PORT/", "http://$FLAGD_UI_HOST:$FLAGD_UI_PORT/",
            "http://$TELEMETRY_DOCS_HOST:$TELEMETRY_DOCS_PORT/", "http://$IMAGE_PROVIDER_HOST:$IMAGE_PROVIDER_PORT/status",
            "http://$JAEGER_HOST:$JAEGER_UI_PORT/status", "http://$GRAFANA_HOST:$GRAFANA_PORT/api/health",
            "http://$OPAMP_SERVER_HOST:$OPAMP_SERVER_UI_PORT/", "http://$CHATBOT_HOST:$CHATBOT_PORT/", FLAGS,
        ],
    ),
    "grafana": Program({"$PORT": "http"}, ready="/api/health", calls=["http://prometheus:9090/-/ready", "http://jaeger:16686/status"]),
    "image-provider": Program({"$PORT": "http"}, ready="/status"),
    "jaeger": Program(
        {"$PORT": "http", "4317": "grpc", "13133": "http"}, ready="/status", calls=["http://prometheus:9090/-/ready"]
    ),
    "kafka": Program({"$PORT": "tcp"}),
    "load-generator": Program(
        calls=["$K6_TARGET_URL/ready", FLAGS, "http://$FLAGD_HOST:$FLAGD_OFREP_PORT/readyz"], process="k6"
    ),
    "mcp": serves_pages("http://$APPLICATION_ENDPOINT/"),
    "opamp-server": Program({"$PORT": "http", "4320": "http"}, ready="/"),
    "opensearch": Program({"$PORT": "http"}, ready="/_cluster/health", calls=["file:$OPENSEARCH_PATH_CONF/opensearch.yml"]),
    "otel-collector": Program(
        {"$PORT": "grpc", "4318": "http", "13133": "http"},
        ready="/",
        calls=[
            "http://opensearch:9200/_cluster/health", "grpc://jaeger:4317", "http://prometheus:9090/-/ready", "http://opamp-server:4320/",
        ],
    ),
    "payment": speaks_grpc(others=[FLAGS]),
    "product-catalog": speaks_grpc(others=["$DB_CONNECTION_STRING", FLAGS]),
    "prometheus": Program({"$PORT": "http"}, ready="/-/ready", live="/-/healthy"),
    "quote": serves_pages(),
    "recommendation": speaks_grpc("PRODUCT_CATALOG_ADDR", others=[FLAGS]),
    "shipping": Program({"$PORT": "http"}, ready="/health", calls=["$QUOTE_ADDR/", FLAGS]),
    "telemetry-docs": Program({"$PORT": "http"}, ready="/"),
}  # fmt: skip
"""Where a file of its own says where something is, and no variable, the address is written out."""

PROGRAMS = {"online-boutique": BOUTIQUE, "langfuse": LANGFUSE, "opentelemetry-demo": ASTRONOMY_SHOP}
"""The programs that have a stand-in, by platform and workload."""

WITHOUT_CONTRIB = {"astronomy-db": {"config": {"shared_preload_libraries": None}, "extensions": ["vector"]}}
"""Values of databases for the PostgreSQL here, which has an extension of its own, and not those of the official image."""
