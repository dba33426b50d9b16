"""The node itself: what every other test of this folder takes for granted."""

from __future__ import annotations

import pytest

from tests.cluster.manifests import STANDIN_IMAGE, claim, container, pod, policy, restricted, service, standin
from tests.cluster.node import Node
from tests.cluster.waiting import wait_for

BUSYBOX = "busybox:1.36"


@pytest.fixture(scope="module", autouse=True)
def images(node: Node) -> None:
    """The images of this module's pods."""
    node.provide_images([BUSYBOX, STANDIN_IMAGE])


def test_a_restricted_pod_runs_and_its_service_and_name_answer(node: Node, namespace: str) -> None:
    """Pod Security accepts it, the read-only root suits it, and others reach it by name through its Service."""
    node.apply([*standin("server"), *standin("client")], namespace=namespace)
    pods = {one["metadata"]["name"]: one for one in node.wait_for_pods(namespace, timeout=30)}
    targets = ["server:3000", f"server.{namespace}.svc.cluster.local:3000", "dns://server", "dns+tcp://server"]
    # The Service follows its pods' readiness a moment later.
    wait_for(
        "the Service to answer",
        lambda: node.attempts(pods["client"], targets) == dict.fromkeys(targets, True),
        timeout=10,
    )
    assert node.attempts(pods["client"], ["server:3001", "dns://absent"]) == {"server:3001": False, "dns://absent": False}


def test_a_privileged_pod_is_refused(node: Node, namespace: str) -> None:
    """The namespace enforces the restricted standard."""
    main = container("root", BUSYBOX, arguments=["id"])
    with pytest.raises(RuntimeError, match="violates PodSecurity"):
        node.apply([pod("root", main, security={"runAsUser": 0})], namespace=namespace)


def test_logs_exec_and_limits_work(node: Node, namespace: str) -> None:
    """kubectl logs and exec reach the container; its memory limit is the cgroup's."""
    main = container("shell", BUSYBOX, arguments=["sh", "-c", "echo hello; exec sleep 3600"])
    main["resources"]["limits"] = {"memory": "32Mi"}
    node.apply([pod("shell", main)], namespace=namespace)
    node.wait_for_pods(namespace, timeout=30)
    wait_for("the log", lambda: node.kubectl("logs", "--namespace", namespace, "shell") == "hello\n", timeout=5)
    assert node.exec(namespace, "shell", "id", "-u") == "1000\n"
    with pytest.raises(RuntimeError, match="Read-only file system"):
        node.exec(namespace, "shell", "touch", "/here")


def test_a_claim_binds_to_a_fresh_volume_that_the_group_may_write(node: Node, namespace: str) -> None:
    """A fresh volume is root's, holds lost+found, and becomes writable by fsGroup alone."""
    main = container("writer", BUSYBOX, arguments=["sleep", "3600"], mounts={"/data": "data"})
    volumes = {"data": {"persistentVolumeClaim": {"claimName": "data"}}}
    security = restricted(user=999, group=1000)
    node.apply([claim("data"), pod("writer", main, volumes=volumes, security=security)], namespace=namespace)
    node.wait_for_pods(namespace, timeout=30)
    assert node.exec(namespace, "writer", "ls", "/data") == "lost+found\n"
    assert node.exec(namespace, "writer", "stat", "-c", "%u:%g", "/data") == "0:1000\n"
    node.exec(namespace, "writer", "touch", "/data/kept")


def test_default_deny_blocks_and_an_allow_rule_admits(node: Node, namespace: str) -> None:
    """Both directions are enforced, by pod ports, while the kubelet's probes pass."""
    server = standin("server", port=3001)
    server[1] = service("server", 3001)
    node.apply([*server, *standin("friend"), *standin("stranger")], namespace=namespace)
    pods = {one["metadata"]["name"]: one for one in node.wait_for_pods(namespace, timeout=30)}
    targets = ["server:3001", f"{pods['server']['status']['podIP']}:3001"]
    open_to_all = dict.fromkeys(targets, True)
    closed = dict.fromkeys(targets, False)
    wait_for("the Service", lambda: node.attempts(pods["stranger"], targets) == open_to_all, timeout=10)

    dns = {
        "to": [
            {
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
                "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
            }
        ],
        "ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}],
    }
    node.apply([policy("deny", policyTypes=["Ingress", "Egress"], egress=[dns])], namespace=namespace)
    node.enforcer.settle()
    for name in ("friend", "stranger"):
        assert node.attempts(pods[name], targets) == closed
        assert node.attempts(pods[name], ["dns://server", "10.96.0.1:443", "172.30.0.2:6443"]) == {
            "dns://server": True,
            "10.96.0.1:443": False,
            "172.30.0.2:6443": False,
        }

    to_server = {"to": [{"podSelector": {"matchLabels": {"app": "server"}}}], "ports": [{"port": 3001}]}
    from_friend = {
        "from": [{"podSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["friend"]}]}}],
        "ports": [{"port": "http"}],
    }
    allows = [
        policy("out", policyTypes=["Egress"], egress=[to_server]),
        policy("in", podSelector={"matchLabels": {"app": "server"}}, policyTypes=["Ingress"], ingress=[from_friend]),
    ]
    node.apply(allows, namespace=namespace)
    node.enforcer.settle()
    assert node.attempts(pods["friend"], targets) == open_to_all
    assert node.attempts(pods["stranger"], targets) == closed
    assert node.attempts(pods["server"], ["friend:3000"]) == {"friend:3000": False}
    node.wait_for_pods(namespace, timeout=5)


def test_only_the_named_way_out_is_open(node: Node, namespace: str) -> None:
    """An ipBlock with an exception opens what lies beyond the node, less the exception."""
    node.apply(standin("caller"), namespace=namespace)
    caller = node.wait_for_pods(namespace, timeout=30)[0]
    with node.outside_servers() as (public, private):
        targets = [f"{public}:443", f"{public}:80", f"{private}:443", f"udp://{public}:53", "outside.example:443"]
        assert node.attempts(caller, targets) == dict.fromkeys(targets, True)
        block = {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8", "172.16.0.0/12"]}
        node.apply(
            [policy("out", policyTypes=["Egress"], egress=[{"to": [{"ipBlock": block}], "ports": [{"port": 443}]}])],
            namespace=namespace,
        )
        node.enforcer.settle()
        assert node.attempts(caller, targets) == {
            f"{public}:443": True,
            f"{public}:80": False,
            f"{private}:443": False,
            f"udp://{public}:53": False,
            "outside.example:443": False,
        }


def test_metrics_of_the_node_are_served(node: Node) -> None:
    """metrics-server reads the kubelet, so autoscalers have figures."""
    node.add_metrics_server()
    assert node.name in node.kubectl("top", "nodes")
