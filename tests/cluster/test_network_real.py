"""The connectivity matrix by real connections from inside the pods: all that is allowed, and all that is forbidden."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest

from tests.cluster.api import Object
from tests.cluster.connecting import TRY
from tests.cluster.manifests import pod, standin
from tests.cluster.network import API_ADDRESS, DNS_ADDRESS, NODE_ADDRESS, OUTSIDE_ADDRESS, OUTSIDE_PRIVATE_ADDRESS
from tests.cluster.platform import Castiel
from tests.connectivity import CATALOGUE, Circumstances, Connection, expected

SERVICES = tuple(CATALOGUE["services"])
DATA_SERVICES = tuple(CATALOGUE["dataServices"])
PORTS = {name: entry["port"] for kind in ("services", "dataServices") for name, entry in CATALOGUE[kind].items()}
# What listens as well, and nobody may reach: the broker's way to its peers.
PEERS = [("rabbitmq", port) for port in (25672, 4369)]
# Its management page and its metrics.
INSIDE = [("rabbitmq", port) for port in (15672, 15692)]


class Target(NamedTuple):
    """One way to a listener: what a pod is told to reach, and the connection that it stands for."""

    address: str
    name: str
    port: int
    protocol: str = "TCP"


def _ways(castiel: Castiel) -> list[Target]:
    """Every port of every pod by the pod's own address, and through its Service by address and name."""
    path = f"/api/v1/namespaces/{castiel.namespace}/services"
    addresses = {one["metadata"]["name"]: one["spec"]["clusterIP"] for one in castiel.node.api.items(path)}
    ways = []
    for name, port in PORTS.items():
        own = castiel.pod(name)["status"]["podIP"]
        ways += [Target(f"{host}:{port}", name, port) for host in (own, addresses[name], name)]
    ways += [Target(f"{castiel.pod(name)['status']['podIP']}:{port}", name, port) for name, port in [*PEERS, *INSIDE]]
    return ways


_WAYS_OF_DNS = [
    Target("dns://postgres", "cluster-dns", 53, "UDP"),
    Target("dns+tcp://postgres", "cluster-dns", 53, "TCP"),
    Target(f"{DNS_ADDRESS}:53", "cluster-dns", 53, "TCP"),
]
_WAYS_OUT = [
    *(Target(f"{OUTSIDE_ADDRESS}:{port}", "web", port) for port in (22, 80, 443, 5432)),
    *(Target(f"{OUTSIDE_PRIVATE_ADDRESS}:{port}", "ten", port) for port in (22, 80, 443, 5432)),
    Target(f"udp://{OUTSIDE_ADDRESS}:53", "web", 53, "UDP"),
    Target(f"udp://{OUTSIDE_ADDRESS}:443", "web", 443, "UDP"),
    Target(f"{API_ADDRESS}:443", "api-server", 443),
    Target(f"{NODE_ADDRESS}:6443", "api-server", 6443),
    Target(f"{NODE_ADDRESS}:10250", "kubelet", 10250),
]


@pytest.fixture(scope="module")
def ways(castiel: Castiel) -> list[Target]:
    """Every way to a listener of the platform, once its policies are in force."""
    castiel.wait_until_ready()
    castiel.node.enforcer.settle()
    return _ways(castiel)


def _wanted(sources: Iterable[str], targets: Iterable[Target]) -> dict[tuple[str, Target], bool]:
    """Which source must reach which target, by the catalogue's words."""
    allowed: set[Connection] = expected(Circumstances(generator=False))
    return {
        (source, target): (source, target.name, target.port, target.protocol) in allowed
        for source in sources
        for target in targets
        if target.name != source  # a pod reaches itself, whatever policies say
    }


def _found(castiel: Castiel, wanted: Iterable[tuple[str, Target]]) -> dict[tuple[str, Target], bool]:
    """Which source reaches which target."""
    found = _tried(castiel, wanted, at_once=8, timeout=1)
    # Two processors make thousands of attempts: what has not come about is tried once more, with more time.
    return found | _tried(castiel, [way for way, reached in found.items() if not reached], at_once=32, timeout=10)


def _tried(castiel: Castiel, ways: Iterable[tuple[str, Target]], *, at_once: int, timeout: float) -> dict[tuple[str, Target], bool]:
    """One attempt of each: a pod tries all of its own at once, so many pods at a time."""
    targets: dict[str, dict[str, Target]] = {}
    for source, target in ways:
        targets.setdefault(source, {})[target.address] = target

    def from_one(source: str) -> dict[tuple[str, Target], bool]:
        reached = castiel.node.attempts(castiel.pod(source), list(targets[source]), timeout=timeout)
        return {(source, targets[source][address]): done for address, done in reached.items()}

    with ThreadPoolExecutor(at_once) as pool:
        return {way: done for part in pool.map(from_one, targets) for way, done in part.items()}


def _differences(wanted: Mapping[tuple[str, Target], bool], found: Mapping[tuple[str, Target], bool]) -> list[str]:
    return [
        f"{source} {'reaches' if found[source, target] else 'does not reach'} {target.name} {target.port}/{target.protocol}"
        f" as {target.address}"
        for source, target in wanted
        if wanted[source, target] != found[source, target]
    ]


def test_every_listener_answers_where_no_policy_is_between(castiel: Castiel, ways: list[Target]) -> None:
    """So what a pod does not reach is kept from it by a policy, and not for want of a listener."""
    for name, port in [*PORTS.items(), *PEERS]:
        address = castiel.pod(name)["status"]["podIP"]
        castiel.node.namespace.connect((address, port), timeout=5).close()
    assert {target.name for target in ways} == set(PORTS)


def test_the_management_page_and_the_metrics_of_the_broker_listen_inside_its_pod_alone(castiel: Castiel) -> None:
    """There is no policy between the node and a pod, so it is the listener that is not there."""
    for name, port in INSIDE:
        with pytest.raises(ConnectionRefusedError):
            castiel.node.namespace.connect((castiel.pod(name)["status"]["podIP"], port), timeout=5)


def test_each_service_reaches_exactly_what_the_catalogue_lets_it(castiel: Castiel, ways: list[Target]) -> None:
    """All pairs of pods, by address, Service and name, and DNS by UDP and TCP."""
    wanted = _wanted(SERVICES, [*ways, *_WAYS_OF_DNS])
    assert {True, False} == set(wanted.values())
    assert _differences(wanted, _found(castiel, wanted)) == []


def test_only_services_that_declare_a_way_out_have_one(castiel: Castiel, ways: list[Target]) -> None:
    """HTTPS to public addresses for those; nobody reaches private addresses, the API server or the kubelet."""
    assert ways
    with castiel.node.outside_servers(tcp=(22, 80, 443, 5432), udp=(53, 443)):
        wanted = _wanted(SERVICES, _WAYS_OUT)
        declared = {source for (source, target), allowed in wanted.items() if allowed and target.name == "web"}
        assert declared == {name for name in SERVICES if CATALOGUE["services"][name].get("external")}
        assert _differences(wanted, _found(castiel, wanted)) == []


@pytest.mark.parametrize("source", DATA_SERVICES)
def test_a_data_service_reaches_nobody_but_itself(castiel: Castiel, ways: list[Target], source: str) -> None:
    """Not even name look-up."""
    one = castiel.pod(source)
    own = f"{one['status']['podIP']}:{PORTS[source]}"
    others = [target.address for target in ways if target.name != source]
    with castiel.node.outside_servers():
        targets = [*others, f"{DNS_ADDRESS}:53", f"{OUTSIDE_ADDRESS}:443", f"{NODE_ADDRESS}:6443", own]
        reached = castiel.node.exec(castiel.namespace, one["metadata"]["name"], "sh", "-c", TRY, "try", *targets)
    assert reached.split() == [own], "a connection too many, or the pod's own tools make none"


@pytest.fixture
def strangers(castiel: Castiel, namespace: str) -> Iterator[list[Object]]:
    """A pod of another namespace that calls itself the gateway, and one in Castiel's of which no policy speaks."""
    labels = {"app.kubernetes.io/name": "api-gateway", "app.kubernetes.io/part-of": CATALOGUE["name"]}
    main = standin("false-gateway")[0]
    main["metadata"]["labels"] |= labels
    stray = pod("stray", main["spec"]["containers"][0] | {"name": "stray"})
    castiel.node.provide_images([one["spec"]["containers"][0]["image"] for one in (main, stray)])
    castiel.node.apply([main], namespace=namespace)
    castiel.node.apply([stray], namespace=castiel.namespace)
    try:
        yield [
            *castiel.node.wait_for_pods(namespace, timeout=30),
            *castiel.node.wait_for_pods(castiel.namespace, timeout=30, selector="app=stray"),
        ]
    finally:
        castiel.node.kubectl("delete", "pod", "stray", "--namespace", castiel.namespace)


def test_strangers_reach_nothing(castiel: Castiel, ways: list[Target], strangers: list[Object]) -> None:
    """Neither one that bears the gateway's labels elsewhere, nor one inside; and nobody inside reaches the stray."""
    castiel.node.enforcer.settle()
    for stranger in strangers:
        reached = castiel.node.attempts(stranger, [target.address for target in ways])
        assert [address for address, done in reached.items() if done] == [], stranger["metadata"]["name"]
    stray = next(one for one in strangers if one["metadata"]["name"] == "stray")
    to_stray = f"{stray['status']['podIP']}:3000"
    assert castiel.node.attempts(castiel.pod("api-gateway"), [to_stray]) == {to_stray: False}
    assert castiel.node.attempts(stray, ["dns://postgres"]) == {"dns://postgres": False}
