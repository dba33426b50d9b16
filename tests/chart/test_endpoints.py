"""An endpoint is one value, whatever the topology: its host, port and TLS, and what is made of them in both outputs."""

from __future__ import annotations

import pytest

from tests.chart.law import broken
from tests.chart.platforms import Charted, small, small_with
from tierwright.blueprint import Blueprint
from tierwright.endpoints import Endpoint
from tierwright.expressions.expression import TraceError
from tierwright.expressions.tree import choose
from tierwright.kit.concern import Concern
from tierwright.kit.kinds import CONFIG_MAP
from tierwright.kit.network_boundary import to_endpoint

OUTSIDE = {"topology": "external", "external": {"host": "cache.example", "port": 7000, "tls": True, "cidrs": ["192.0.2.0/24"]}}


def told(blueprint: Blueprint) -> None:
    """A ConfigMap of what the endpoints of the small platform say."""
    data = {}
    for name in ("redis", "store"):
        endpoint = blueprint.endpoint(name)
        data[name] = f"{endpoint.host} {endpoint.port} {endpoint.address} {choose(endpoint.tls, 'tls', 'plain')}"
    manifest = {"metadata": {"name": "told", "namespace": blueprint.namespace}, "data": data}
    Concern("told", "told", blueprint=blueprint).declare("a", CONFIG_MAP, manifest)


def data_of(charted: Charted, overlay: dict[str, object]) -> dict[str, str]:
    (found,) = [one for one in charted.objects(charted.load_with(overlay)) if one["metadata"]["name"] == "told"]
    data: dict[str, str] = found["data"]
    return data


def test_an_endpoint_is_the_one_of_the_topology() -> None:
    charted = small_with(told)
    assert data_of(charted, {}) == {"redis": "redis 6379 redis:6379 plain", "store": "store 3001 store:3001 plain"}
    assert data_of(charted, {"redis": OUTSIDE})["redis"] == "cache.example 7000 cache.example:7000 tls"
    assert broken(charted, []) == ""
    assert broken(charted, ["redis: {topology: external, external: {host: a.example, port: 7, cidrs: [192.0.2.0/24]}}"]) == ""


def test_egress_to_an_endpoint_is_to_its_pods_or_to_its_networks() -> None:
    here = Endpoint(host="ledger-replicas", port=6379, pods="ledger")
    assert to_endpoint(here) == {
        "to": [{"podSelector": {"matchLabels": {"app.kubernetes.io/name": "ledger"}}}],
        "ports": [{"protocol": "TCP", "port": 6379}],
    }


def test_a_topology_without_an_endpoint() -> None:
    topology = small().blueprint.data_services["redis"].topology
    with pytest.raises(TraceError) as error:
        Endpoint.switched(topology, {"single": Endpoint(host="redis", port=6379, pods="redis")})
    assert (
        str(error.value)
        == "redis.topology may be sentinel or cluster or external too; give a case for each of single, sentinel, cluster, external"
    )
