"""Services with and without ports: what they listen on, how their health is asked, and who reaches which port."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.connectivity import pods, policies
from tests.listening import CATALOGUE, shop
from tests.rendering import ROOT, Rendered, render_catalogue
from tierwright.kit.gate_script import SCRIPT, script

RHYTHM = {"periodSeconds": 30, "timeoutSeconds": 10, "failureThreshold": 3}


def shop_with(name: str, overlay: dict[str, Any] | None = None, **entry: Any) -> Rendered:
    """The platform with one more service."""
    return render_catalogue({**CATALOGUE, "services": {**CATALOGUE["services"], name: entry}}, overlay)


def service_ports(name: str) -> list[Any]:
    """The ports of a Service."""
    ports: list[Any] = shop().get("Service", name)["spec"]["ports"]
    return ports


def test_the_main_port_is_named_after_what_is_spoken_there() -> None:
    common = {"protocol": "TCP"}
    assert service_ports("web") == [{"name": "http", "port": 80, "targetPort": "http", "appProtocol": "http", **common}]
    grpc = {"name": "grpc", "port": 7070, "targetPort": "grpc", "appProtocol": "kubernetes.io/h2c", **common}
    assert service_ports("cart") == [grpc, {"name": "metrics", "port": 9464, "targetPort": "metrics", **common}]
    assert service_ports("kafka")[0] == {"name": "tcp-9092", "port": 9092, "targetPort": "tcp-9092", **common}


def test_pods_listen_on_target_ports_with_the_names_that_the_service_refers_to() -> None:
    assert shop().container("Deployment", "web")["ports"] == [{"name": "http", "containerPort": 3000, "protocol": "TCP"}]
    assert shop().container("Deployment", "kafka")["ports"] == [
        {"name": "tcp-9092", "containerPort": 9092, "protocol": "TCP"},
        {"name": "stats", "containerPort": 9125, "protocol": "UDP"},
    ]
    assert service_ports("kafka")[1] == {"name": "stats", "port": 8125, "targetPort": "stats", "protocol": "UDP"}


def test_a_program_is_told_the_port_that_it_listens_on_and_clients_that_of_the_service() -> None:
    assert shop().variables("Deployment", "web")["PORT"]["value"] == "3000"
    variables = shop().variables("Deployment", "web")
    assert variables["ADMIN_SERVICE_URL"]["value"] == "http://admin:80"


def test_clients_of_grpc_and_tcp_get_host_and_port_without_a_scheme() -> None:
    variables = shop().variables("Deployment", "web")
    assert variables["CART_SERVICE_URL"]["value"] == "cart:7070"
    assert variables["KAFKA_SERVICE_URL"]["value"] == "kafka:9092"


def test_a_service_without_a_port_has_no_service_and_no_variable_tells_of_it() -> None:
    assert not shop().has("Service", "worker")
    assert "ports" not in shop().container("Deployment", "worker")
    assert "PORT" not in shop().variables("Deployment", "worker")
    assert "WORKER_SERVICE_URL" not in shop().variables("Deployment", "web")


def test_a_service_without_a_port_ends_at_once_as_nothing_routes_to_it() -> None:
    assert "lifecycle" not in shop().container("Deployment", "worker")
    assert shop().get("Deployment", "worker")["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] == 35
    assert shop().get("Deployment", "web")["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] == 40


@pytest.mark.parametrize(
    ("name", "handler"),
    [
        ("kafka", {"tcpSocket": {"port": "tcp-9092"}}),
        ("cart", {"grpc": {"port": 7070}}),
        ("worker", {"exec": {"command": ["celery", "inspect", "ping"]}}),
        ("admin", {"httpGet": {"path": "/up", "port": "manage"}}),
        ("web", {"httpGet": {"path": "/ready", "port": "http"}}),
    ],
)
def test_probes_ask_as_the_catalogue_says_or_as_the_protocol_does(name: str, handler: dict[str, Any]) -> None:
    container = shop().container("Deployment", name)
    assert container["startupProbe"] == {**handler, "periodSeconds": 1, "timeoutSeconds": 10, "failureThreshold": 150}
    assert container["readinessProbe"] == {**handler, **RHYTHM}
    path = {"httpGet": {"path": "/alive", "port": "http"}} if name == "web" else handler
    assert container["livenessProbe"] == {**path, **RHYTHM}


def test_a_service_that_nothing_can_ask_has_no_probe() -> None:
    assert not [key for key in shop().container("Deployment", "idle") if key.endswith("Probe")]


def test_gates_ask_as_the_kubelet_does_where_they_can() -> None:
    targets = shop().lines("startup-gate", "targets")
    assert targets == [
        "data kafka tcp://kafka:9092 dns://kafka-ready",
        "app cart tcp://cart:7070 dns://cart-ready",
        "app worker dns://worker-ready dns://worker-ready",
        "app idle dns://idle-ready dns://idle-ready",
        "app admin tcp://admin:80 dns://admin-ready",
        "front web http://web:80/ready dns://web-ready",
    ]


@pytest.mark.parametrize("order", ["tiers", "graph"])
def test_a_service_without_a_port_that_is_needed_is_listed_under_every_order(order: str) -> None:
    rendered = render_catalogue(CATALOGUE, {"startup": {"order": order}})
    assert rendered.get("Service", "worker-ready")["spec"] == {
        "type": "ClusterIP",
        "clusterIP": "None",
        "selector": {"app.kubernetes.io/name": "worker"},
    }
    assert rendered.has("Service", "idle-ready") == (order == "tiers")


def test_policies_open_the_target_port_of_a_need_and_no_other() -> None:
    def pods(*names: str) -> dict[str, Any]:
        return {"podSelector": {"matchExpressions": [{"key": "app.kubernetes.io/name", "operator": "In", "values": list(names)}]}}

    into_admin = shop().get("NetworkPolicy", "admin")["spec"]["ingress"]
    assert into_admin == [{"from": [pods("web")], "ports": [{"protocol": "TCP", "port": 8080}]}]
    out = shop().get("NetworkPolicy", "web")["spec"]["egress"]
    reached = {rule["to"][0]["podSelector"]["matchLabels"]["app.kubernetes.io/name"]: rule["ports"] for rule in out[:-1]}
    assert reached == {
        name: [{"protocol": "TCP", "port": port}] for name, port in (("cart", 7070), ("kafka", 9092), ("admin", 8080))
    }


def test_nobody_reaches_a_service_without_a_port() -> None:
    assert "ingress" not in shop().get("NetworkPolicy", "worker")["spec"]


def test_the_policies_let_through_what_is_needed_and_nothing_else() -> None:
    own, in_force = pods(shop()), policies(shop())
    numbers = {(port, protocol) for pod in own for protocol, port in pod.ports.values()} | {(80, "TCP"), (8125, "UDP")}
    found = {
        (source.name, target.name, *port)
        for source in own
        for target in own
        for port in numbers
        if source is not target and in_force.allows(source, target, *port)
    }
    assert found == {
        ("cart", "kafka", 9092, "TCP"),
        ("worker", "kafka", 9092, "TCP"),
        ("web", "cart", 7070, "TCP"),
        ("web", "kafka", 9092, "TCP"),
        ("web", "admin", 8080, "TCP"),
    }


def test_the_edge_reaches_the_target_port_of_a_public_service() -> None:
    edge = {"networkPolicy": {"edge": {"cidrs": ["192.0.2.0/24"]}}}
    rendered = shop_with("entry", edge, tier="app", port=443, targetPort=8443, protocol="tcp", public=True, ports={"metrics": 9090})
    rule = {"from": [{"ipBlock": {"cidr": "192.0.2.0/24"}}], "ports": [{"protocol": "TCP", "port": 8443}]}
    assert rendered.get("NetworkPolicy", "entry")["spec"]["ingress"] == [rule]


def test_a_service_of_a_public_grpc_service_may_be_a_load_balancer() -> None:
    overlay = {
        "networkPolicy": {"edge": {"cidrs": ["0.0.0.0/0"]}},
        "services": {"entry": {"service": {"type": "LoadBalancer"}}},
    }
    spec = shop_with("entry", overlay, tier="app", port=443, protocol="grpc", public=True).get("Service", "entry")["spec"]
    assert spec["type"] == "LoadBalancer"
    assert [port["name"] for port in spec["ports"]] == ["grpc"]


def test_the_gates_connect_to_any_server_where_one_of_them_must() -> None:
    def script_of(rendered: Rendered) -> str:
        text: str = rendered.get("ConfigMap", "startup-gate")["data"]["wait.sh"]
        return text

    assert script_of(shop()) == script(of_any_server=True) != SCRIPT
    pages = {"name": "shop", "tiers": [{"name": "app"}], "services": {"web": {"tier": "app", "port": 80}, "idle": {"tier": "app"}}}
    assert script_of(render_catalogue(pages)) == SCRIPT


@pytest.mark.parametrize(
    ("entry", "handler"),
    [
        ({"port": 80, "health": "tcp"}, {"tcpSocket": {"port": "http"}}),
        ({"port": 80, "health": "grpc"}, {"grpc": {"port": 80}}),
        (
            {"port": 80, "targetPort": 81, "protocol": "grpc", "health": {"grpc": "shop.Cart"}},
            {"grpc": {"port": 81, "service": "shop.Cart"}},
        ),
        ({"port": 80, "protocol": "tcp", "health": "http"}, {"httpGet": {"path": "/health/ready", "port": "tcp-80"}}),
        ({"port": 80, "ports": {"admin": 81}, "health": {"port": "admin"}}, {"tcpSocket": {"port": "admin"}}),
        ({"ports": {"admin": {"port": 81, "protocol": "grpc"}}, "health": {"port": "admin"}}, {"grpc": {"port": 81}}),
        ({"ports": {"admin": 81}, "health": {"http": "/x", "port": "admin"}}, {"httpGet": {"path": "/x", "port": "admin"}}),
        ({"port": 80, "health": "none"}, None),
        ({"port": 80, "health": {}}, {"httpGet": {"path": "/health/ready", "port": "http"}}),
    ],
)
def test_health_may_be_asked_otherwise_and_at_another_port(entry: dict[str, Any], handler: dict[str, Any] | None) -> None:
    probe = shop_with("more", tier="app", **entry).container("Deployment", "more").get("readinessProbe")
    assert probe == (None if handler is None else {**handler, **RHYTHM})


def test_the_example_of_the_documentation_is_sound() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text().partition("### Ports and health\n\n```yaml\n")[2].partition("```")[0]
    rendered = render_catalogue({"name": "shop", "tiers": [{"name": "data"}, {"name": "app"}], **yaml.safe_load(text)})
    assert {"worker", "cart", "kafka", "web", "statsd"} == rendered.kinds("Deployment").keys()
    assert {name for name in rendered.kinds("Service") if not name.endswith("-ready")} == {"cart", "kafka", "web", "statsd"}
