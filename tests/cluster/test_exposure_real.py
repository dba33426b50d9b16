"""A Service for clients outside of the node: its policy sees them, and its type can change."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.chart.platforms import small
from tests.cluster.api import Object
from tests.cluster.manifests import STANDIN_IMAGE, standin
from tests.cluster.network import GATEWAY_ADDRESS, NODE_ADDRESS, OUTSIDE_ADDRESS
from tests.cluster.node import Node
from tests.cluster.waiting import wait_for


def _web(folder: Path, type: str, cidrs: Sequence[str]) -> list[Object]:
    """The Service and the policy of the small platform's public service."""
    overlay = {"networkPolicy": {"edge": {"cidrs": cidrs}}, "services": {"web": {"service": {"type": type}}}}
    file = folder / "overlay.yaml"
    file.write_text(json.dumps(overlay))
    found = small().objects(small().load([file]))
    wanted = [one for one in found if one["metadata"]["name"] == "web" and one["kind"] in ("Service", "NetworkPolicy")]
    return [one | {"metadata": {"name": "web"}} for one in wanted]


@pytest.fixture
def server(node: Node, namespace: str) -> None:
    """A pod that the Service and the policy are about."""
    node.provide_images([STANDIN_IMAGE])
    (pod, _) = standin("web")
    pod["metadata"]["labels"]["app.kubernetes.io/name"] = "web"
    node.apply([pod], namespace=namespace)
    node.wait_for_pods(namespace, timeout=30)


def _service(node: Node, namespace: str) -> Object:
    return node.api.request("GET", f"/api/v1/namespaces/{namespace}/services/web")


def _reaches(node: Node, port: int, *, timeout: float) -> bool:
    try:
        node.outside.connect((NODE_ADDRESS, port), timeout=timeout).close()
    except OSError:
        return False
    return True


@pytest.mark.usefixtures("server")
def test_the_policy_lets_in_the_client_by_its_own_address_and_nobody_else(node: Node, namespace: str, tmp_path: Path) -> None:
    node.apply(_web(tmp_path, "NodePort", [f"{GATEWAY_ADDRESS}/32"]), namespace=namespace)
    node.enforcer.settle()
    port = _service(node, namespace)["spec"]["ports"][0]["nodePort"]
    wait_for("the client to be let in", lambda: _reaches(node, port, timeout=1), timeout=20)
    node.apply(_web(tmp_path, "NodePort", [f"{OUTSIDE_ADDRESS}/32"]), namespace=namespace)
    node.enforcer.settle()
    wait_for("the client to be kept out", lambda: not _reaches(node, port, timeout=1), timeout=20)


def test_the_type_of_a_service_can_change_by_apply(node: Node, namespace: str, tmp_path: Path) -> None:
    for wanted in ("ClusterIP", "NodePort", "LoadBalancer", "NodePort", "LoadBalancer", "ClusterIP"):
        node.apply(_web(tmp_path, wanted, ["198.51.100.0/24", "2001:db8::/32"]), namespace=namespace)
        spec = _service(node, namespace)["spec"]
        assert (spec["type"], spec.get("externalTrafficPolicy")) == (wanted, None if wanted == "ClusterIP" else "Local")
        assert ("loadBalancerSourceRanges" in spec) == (wanted == "LoadBalancer")


def test_the_node_counts_what_pods_write_to_its_disk(node: Node) -> None:
    capacity = node.api.request("GET", f"/api/v1/nodes/{node.name}")["status"]["allocatable"]
    assert "ephemeral-storage" in capacity
