"""The connectivity matrix: every allowed pair reaches one another on its port, and every other pair does not."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import product
from typing import Any

import pytest

from tests.connectivity import (
    CATALOGUE,
    GENERATOR,
    OF_BACKUPS,
    OUTSIDE,
    PRIVATE,
    PRODUCTION,
    PUBLIC,
    Circumstances,
    Connection,
    connections,
    consents,
    expected,
    expected_consents,
    listeners,
    pods,
    policies,
)
from tests.policies import Object, Party
from tests.rendering import ROOT, Rendered, render, render_with

DATA_SERVICES = tuple(CATALOGUE["dataServices"])
GRAPH = {"startup": {"order": "graph"}}


@dataclass(frozen=True)
class Scenario:
    """Values, and what they mean for the network."""

    circumstances: Circumstances
    environment: str = "development"
    overlay: Mapping[str, Any] = field(default_factory=dict)


_EXTERNAL_PORTS = {"postgres": 5433, "rabbitmq": 5671, "redis": 6380}
_EXTERNAL_DATA = {
    name: {
        "topology": "external",
        "external": {"host": f"{name}.example", "port": port, "tls": False, "cidrs": ["10.20.0.0/24"]},
    }
    for name, port in _EXTERNAL_PORTS.items()
}
_DEVELOPERS = {"developerAccess": {"enabled": True, "type": "ClusterIP", "cidrs": ["10.9.0.0/24"]}}
_NARROW = {
    "networkPolicy": {
        "dns": {"cidrs": ["169.254.20.10/32"]},
        "edge": {"namespaces": ["traefik"], "cidrs": ["198.51.100.0/24"]},
        "externalCidrs": {"google-sign-in": ["142.250.0.0/15"]},
        "apiServerCidrs": ["172.18.0.2/32"],
    }
}
_OPENSHIFT = {
    "networkPolicy": {
        "dns": {
            "namespace": "openshift-dns",
            "podLabels": {"k8s-app": None, "dns.operator.openshift.io/daemonset-dns": "default"},
            "ports": [5353],
        }
    }
}
SCENARIOS = {
    "development": Scenario(Circumstances()),
    "development by graph": Scenario(Circumstances(order="graph"), overlay=GRAPH),
    "demo": Scenario(Circumstances(), "demo"),
    "demo by graph": Scenario(Circumstances(order="graph"), "demo", GRAPH),
    "staging": Scenario(Circumstances(generator=False, backups=OF_BACKUPS, edge=["ingress-controller"]), "staging"),
    "staging by graph": Scenario(
        Circumstances(order="graph", generator=False, backups=OF_BACKUPS, edge=["ingress-controller"]), "staging", GRAPH
    ),
    "production": Scenario(PRODUCTION, "production"),
    "production by graph": Scenario(replace(PRODUCTION, order="graph"), "production", GRAPH),
    "external data services": Scenario(
        Circumstances(order="graph", external_data={name: (["managed-data"], port) for name, port in _EXTERNAL_PORTS.items()}),
        overlay=GRAPH | _EXTERNAL_DATA,
    ),
    "external data services by tiers": Scenario(
        Circumstances(external_data={name: (["managed-data"], port) for name, port in _EXTERNAL_PORTS.items()}),
        overlay=_EXTERNAL_DATA,
    ),
    "access for developers": Scenario(
        Circumstances(order="graph", developers={("postgres", 5432): ["developer"], ("rabbitmq", 15672): ["developer"]}),
        overlay=GRAPH | {"postgres": _DEVELOPERS, "rabbitmq": _DEVELOPERS},
    ),
    "the DNS of OpenShift": Scenario(
        Circumstances(order="graph", dns=["openshift-dns"], dns_ports=[5353]), overlay=GRAPH | _OPENSHIFT
    ),
    "narrowed": Scenario(
        Circumstances(
            order="graph",
            edge=["ingress-controller", "customer"],
            dns=["cluster-dns", "node-local-dns"],
            destinations={"google-sign-in": ["google"]},
            api_server=["api-server"],
        ),
        overlay=GRAPH | _NARROW,
    ),
}


@cache
def rendered(name: str) -> Rendered:
    scenario = SCENARIOS[name]
    if not scenario.overlay:
        return render(scenario.environment)
    return render_with(scenario.overlay, environment=scenario.environment)


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_policies_let_through_exactly_what_the_catalogue_asks_for_and_each_end_consents_to_no_more(name: str) -> None:
    circumstances, result = SCENARIOS[name].circumstances, rendered(name)
    own, in_force = pods(result), policies(result)
    here = {*CATALOGUE["services"], *DATA_SERVICES} - set(circumstances.external_data)
    helpers = {*([GENERATOR] if circumstances.generator else []), *circumstances.backups}
    assert {pod.name for pod in own} == here | helpers
    found: dict[str, set[Connection]] = {"egress": set(), "ingress": set()}
    for pod in own:
        for direction in found:
            one = consents(in_force, pod, direction, own=own, ports=listeners(circumstances))
            assert one == expected_consents(circumstances, pod.name, direction, own=own), f"{direction} of {pod.name}"
            found[direction] |= one
    matrix, wanted = connections(found["egress"], found["ingress"], own=own), expected(circumstances)
    assert matrix - wanted == set(), "connections that nobody asked for"
    assert wanted - matrix == set(), "connections that are needed"


@pytest.mark.parametrize(
    "name", ["development", "production", "external data services", "access for developers", "the DNS of OpenShift", "narrowed"]
)
def test_no_rule_is_open_to_everybody_or_on_every_port(name: str) -> None:
    for policy, direction, rule in _rules(rendered(name)):
        what = f"{direction} of {policy}: {rule}"
        peers = rule.get("from" if direction == "ingress" else "to")
        assert peers, what
        assert all(peer and all(peer.values()) for peer in peers), what
        assert rule.get("ports"), what
        assert all(port.get("port") and port.get("protocol") and "endPort" not in port for port in rule["ports"]), what


@pytest.mark.parametrize("name", ["development", "production", "external data services"])
def test_every_pod_has_a_policy_of_its_own_for_both_directions_beside_the_denial_of_all(name: str) -> None:
    in_force = policies(rendered(name))
    for pod in pods(rendered(name)):
        for direction in ("Ingress", "Egress"):
            assert set(in_force.selecting(pod, direction)) == {"default-deny", pod.name}


def test_the_order_of_the_tiers_opens_no_connection_that_nobody_needs() -> None:
    """The counts that docs/startup.md gives."""
    needs = sum(len(service["needs"]) for service in CATALOGUE["services"].values())
    for name in ("development", "development by graph"):
        own = pods(rendered(name))
        between = {
            one
            for pod in own
            for one in consents(policies(rendered(name)), pod, "egress", own=own, ports=listeners(Circumstances()))
            if one[0] != GENERATOR and one[1] in {party.name for party in own}
        }
        assert len(between) == needs
    assert f"{needs} connections" in (ROOT / "docs" / "startup.md").read_text()


def test_a_new_service_reaches_its_needs_and_dns_and_nothing_else() -> None:
    """The example of the README."""
    catalogue = copy.deepcopy(dict(CATALOGUE))
    catalogue["services"]["reports"] = {
        "tier": "productivity",
        "port": 3021,
        "needs": ["postgres", "rabbitmq", "secret-management", "calendar"],
    }
    result = render_with({}, catalogue=catalogue)
    own = pods(result)
    (reports,) = (pod for pod in own if pod.name == "reports")
    reached = consents(policies(result), reports, "egress", own=own, ports=[*listeners(Circumstances()), (3021, "TCP")])
    assert {target for _, target, _, _ in reached} == {"postgres", "rabbitmq", "secret-management", "calendar", "cluster-dns"}
    assert consents(policies(result), reports, "ingress", own=own, ports=[(3021, "TCP")]) == set()


def test_a_pod_that_no_policy_speaks_of_reaches_nobody_and_nobody_reaches_it() -> None:
    result = rendered("development")
    stray = Party("stray", "10.244.1.200", result.platform.namespace, {"app.kubernetes.io/name": "stray"})
    own = [*pods(result), stray]
    for direction in ("egress", "ingress"):
        assert not consents(policies(result), stray, direction, own=own, ports=listeners(Circumstances()))


def test_two_pods_of_one_workload_do_not_reach_one_another() -> None:
    result = rendered("staging")
    for pod in pods(result):
        twin = Party("twin", "10.244.1.201", pod.namespace, pod.labels, pod.ports)
        assert not any(policies(result).allows(pod, twin, port, protocol) for port, protocol in listeners(Circumstances()))


@pytest.mark.parametrize("name", ["development", "demo", "staging", "staging by graph"])
def test_only_who_declares_it_reaches_the_internet_and_never_a_private_or_link_local_address(name: str) -> None:
    in_force = policies(rendered(name))
    talkative = {name for name, service in CATALOGUE["services"].items() if service.get("external")}
    assert talkative == {"api-gateway", "ai-service", "embeddings"}
    for pod in pods(rendered(name)):
        if pod.name == GENERATOR:  # nothing can name the API server but its port
            assert not any(in_force.allows(pod, party, port) for party in OUTSIDE for port in (22, 80, 5432, 8080))
            continue
        for party in PUBLIC:
            assert in_force.allows(pod, party, 443) is (pod.name in talkative), (pod.name, party.name)
            assert not in_force.allows(pod, party, 80), (pod.name, party.name)
        for party in PRIVATE:
            assert not in_force.allows(pod, party, 443), (pod.name, party.name)


@pytest.mark.parametrize("name", ["development", "demo", "staging", "access for developers"])
def test_the_data_services_have_no_way_out(name: str) -> None:
    in_force, own = policies(rendered(name)), pods(rendered(name))
    for pod in own:
        if pod.name in DATA_SERVICES:
            assert not consents(in_force, pod, "egress", own=own, ports=listeners(Circumstances()))


@pytest.mark.parametrize("name", ["external data services", "access for developers", "narrowed"])
def test_the_matrix_changes_whatever_is_taken_from_a_policy(name: str) -> None:
    circumstances, result = SCENARIOS[name].circumstances, rendered(name)
    own = pods(result)
    tried = 0
    for pod, direction in product(own, ("egress", "ingress")):
        wanted = expected_consents(circumstances, pod.name, direction, own=own)
        # What a mutant loses shows on one of these ports, what it opens on port 22.
        ports = {(22, "TCP"), *((port, protocol) for _, _, port, protocol in wanted)}
        for what, mutant in _mutants(result.get("NetworkPolicy", pod.name), direction):
            found = consents(policies(result, mutant), pod, direction, own=own, ports=ports)
            assert found != wanted, f"{pod.name}: nothing changes without {what}"
            tried += 1
    assert tried > 300


def _rules(result: Rendered) -> Iterator[tuple[str, str, Object]]:
    for name, policy in result.kinds("NetworkPolicy").items():
        for direction in ("ingress", "egress"):
            for rule in policy["spec"].get(direction, ()):
                yield name, direction, rule


def _mutants(policy: Object, direction: str) -> Iterator[tuple[str, Object]]:
    """The policy less one thing: each rule, peer, port, exception, name, selector and set of ports in turn."""
    places = _places(policy["spec"].get(direction, []), ("spec", direction))
    for *path, last in places:
        mutant = copy.deepcopy(policy)
        holder: Any = mutant
        for key in path:
            holder = holder[key]
        removed = holder.pop(last)
        yield f"{'.'.join(map(str, (*path, last)))}: {removed}", mutant


def _places(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, list):
        for at, entry in enumerate(value):
            yield (*path, at)
            yield from _places(entry, (*path, at))
    elif isinstance(value, dict):
        for key, entry in value.items():
            if key in ("ports", "except", "namespaceSelector", "podSelector") and len(value) > 1:
                yield (*path, key)
            yield from _places(entry, (*path, key))
