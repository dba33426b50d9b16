"""Services that clients outside of the cluster reach: what they must say so that policies see the client."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.chart.platforms import castiel_by_helm
from tests.rendering import Object, Rendered, render, render_with
from tierwright.model.names import EVERYBODY


def _manifests(overlay: Object) -> Rendered:
    return render_with(overlay)


def _chart(overlay: Object) -> Rendered:
    return castiel_by_helm("development", json.dumps(overlay))


BOTH = pytest.mark.parametrize("made", [_manifests, pytest.param(_chart, marks=pytest.mark.helm)])
NETWORKS = ["198.51.100.0/24", "2001:db8::/32"]


def _overlay(type: str, cidrs: list[str] | None = None, **service: str) -> Object:
    access = {"developerAccess": {"enabled": True, "type": type, "cidrs": ["10.9.0.0/24"]}}
    return {
        "networkPolicy": {"edge": {"cidrs": cidrs or NETWORKS}},
        "services": {"api-gateway": {"service": {"type": type, **service}}},
        "postgres": access,
        "rabbitmq": access,
    }


def _spec(rendered: Rendered, name: str) -> Object:
    spec: Object = rendered.get("Service", name)["spec"]
    return spec


@BOTH
@pytest.mark.parametrize("type", ["NodePort", "LoadBalancer"])
def test_whoever_is_let_in_by_address_arrives_with_the_own_address(made: Callable[[Object], Rendered], type: str) -> None:
    rendered = made(_overlay(type))
    exposed = {name for name, one in rendered.kinds("Service").items() if one["spec"]["type"] != "ClusterIP"}
    assert exposed == {"api-gateway", "postgres-developer", "rabbitmq-developer"}
    for name in exposed:
        assert _spec(rendered, name)["externalTrafficPolicy"] == "Local", name


@BOTH
def test_a_load_balancer_lets_in_the_networks_that_the_policy_lets_in(made: Callable[[Object], Rendered]) -> None:
    rendered = made(_overlay("LoadBalancer"))
    assert _spec(rendered, "api-gateway")["loadBalancerSourceRanges"] == NETWORKS
    for name in ("postgres", "rabbitmq"):
        assert _spec(rendered, f"{name}-developer")["loadBalancerSourceRanges"] == ["10.9.0.0/24"]


@BOTH
@pytest.mark.parametrize(("type", "keys"), [("ClusterIP", set()), ("NodePort", {"externalTrafficPolicy"})])
def test_what_the_api_refuses_for_a_type_is_left_out(made: Callable[[Object], Rendered], type: str, keys: set[str]) -> None:
    rendered = made(_overlay(type))
    for name in ("api-gateway", "postgres-developer", "rabbitmq-developer", "calendar", "postgres", "postgres-nodes"):
        found = {"externalTrafficPolicy", "loadBalancerSourceRanges"} & set(_spec(rendered, name))
        assert found == (keys if name == "api-gateway" or name.endswith("developer") else set()), name


@BOTH
def test_every_node_may_answer_where_everybody_is_let_in(made: Callable[[Object], Rendered]) -> None:
    rendered = made(_overlay("LoadBalancer", ["0.0.0.0/0", "::/0"], externalTrafficPolicy="Cluster"))
    assert _spec(rendered, "api-gateway")["externalTrafficPolicy"] == "Cluster"
    assert _spec(rendered, "postgres-developer")["externalTrafficPolicy"] == "Local"


def test_nothing_is_exposed_by_default() -> None:
    services: dict[str, Any] = render().kinds("Service")
    assert {one["spec"]["type"] for one in services.values()} == {"ClusterIP"}


@pytest.mark.parametrize(
    "network",
    ["0.0.0.0/0", "0.0.0.0/00", "::/0", "0:0:0:0:0:0:0:0/0", "::ffff:0:0/96", "0:0:0:0:0:FFFF:0:0/96", "0::ffff:0.0.0.0/096"],
)
def test_everybody_is_known_in_every_spelling(network: str) -> None:
    assert re.search(EVERYBODY, network)


@pytest.mark.parametrize(
    "network", ["10.0.0.0/8", "0.0.0.0/1", "10.0.0.0/30", "::/10", "2001:db8::/100", "::ffff:a00:0/104", "ffff::/96"]
)
def test_some_are_not_everybody(network: str) -> None:
    assert not re.search(EVERYBODY, network)
