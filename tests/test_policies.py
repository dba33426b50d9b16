"""The evaluator of NetworkPolicies itself, against small cases whose answer the API's documentation gives."""

from __future__ import annotations

from typing import Any

import pytest

from tests.policies import Party, Policies, in_block, selects

NAMESPACES = {"home": {"team": "blue"}, "away": {"team": "red"}}
WEB = Party("web", "10.1.0.1", "home", {"app": "web"}, {"http": ("TCP", 8080)})
DATABASE = Party("database", "10.1.0.2", "home", {"app": "database"})
STRANGER = Party("stranger", "10.1.0.3", "away", {"app": "web"})
INTERNET = Party("internet", "93.184.216.34")
INTERNET_6 = Party("internet-6", "2606:2800::1")


def policy(selector: dict[str, Any], *, namespace: str = "home", **spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "policy", "namespace": namespace}, "spec": {"podSelector": selector, **spec}}


def policies(*some: dict[str, Any]) -> Policies:
    return Policies(some, namespaces=NAMESPACES)


def ingress(*rules: dict[str, Any], selector: dict[str, Any] | None = None) -> Policies:
    return policies(policy(selector or {"matchLabels": {"app": "database"}}, ingress=list(rules)))


def egress(*rules: dict[str, Any]) -> Policies:
    return policies(policy({"matchLabels": {"app": "web"}}, policyTypes=["Egress"], egress=list(rules)))


def test_without_policies_everybody_reaches_everybody() -> None:
    assert policies().allows(WEB, DATABASE, 5432)
    assert policies().allows(INTERNET, WEB, 80, "UDP")


def test_a_policy_isolates_only_the_pods_that_it_selects_in_its_own_namespace() -> None:
    held = policies(policy({}))
    assert not held.allows(WEB, DATABASE, 5432)
    assert not held.allows(STRANGER, WEB, 8080)
    assert held.allows(WEB, STRANGER, 8080)


def test_policy_types_decide_which_directions_are_isolated() -> None:
    only_out = policies(policy({}, policyTypes=["Egress"]))
    assert not only_out.allows(WEB, STRANGER, 8080)
    assert only_out.allows(STRANGER, WEB, 8080)
    assert policies(policy({}, egress=[])).allows(WEB, STRANGER, 8080)
    assert not policies(policy({}, egress=[{"ports": [{"port": 53}]}])).allows(WEB, STRANGER, 8080)


def test_a_pod_selector_alone_means_pods_of_the_policys_namespace() -> None:
    held = ingress({"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]})
    assert held.allows(WEB, DATABASE, 5432)
    assert not held.allows(STRANGER, DATABASE, 5432)
    assert not held.allows(INTERNET, DATABASE, 5432)


def test_both_selectors_in_one_peer_must_match_and_two_peers_are_alternatives() -> None:
    red, web = {"matchLabels": {"team": "red"}}, {"matchLabels": {"app": "web"}}
    both = ingress({"from": [{"namespaceSelector": red, "podSelector": web}]})
    assert both.allows(STRANGER, DATABASE, 5432)
    assert not both.allows(WEB, DATABASE, 5432)
    either = ingress({"from": [{"namespaceSelector": red}, {"podSelector": web}]})
    assert either.allows(STRANGER, DATABASE, 5432)
    assert either.allows(WEB, DATABASE, 5432)


def test_a_connection_needs_the_consent_of_both_ends() -> None:
    out = policy({"matchLabels": {"app": "web"}}, policyTypes=["Egress"], egress=[{"ports": [{"port": 5432}]}])
    closed = policy({"matchLabels": {"app": "database"}}, policyTypes=["Ingress"])
    assert policies(out).allows(WEB, DATABASE, 5432)
    assert not policies(out).allows(WEB, DATABASE, 5433)
    assert not policies(out, closed).allows(WEB, DATABASE, 5432)


def test_policies_on_the_same_pod_add_up() -> None:
    first = policy({}, ingress=[{"from": [{"podSelector": {}}], "ports": [{"port": 1}]}])
    second = policy({}, ingress=[{"from": [{"podSelector": {}}], "ports": [{"port": 2}]}])
    assert all(policies(first, second).allows(WEB, DATABASE, port) for port in (1, 2))
    assert not policies(first, second).allows(WEB, DATABASE, 3)


def test_no_peers_means_everybody_and_an_empty_rule_means_everything() -> None:
    assert ingress({"ports": [{"port": 5432}]}).allows(INTERNET, DATABASE, 5432)
    assert not ingress({"ports": [{"port": 5432}]}).allows(INTERNET, DATABASE, 5433)
    assert ingress({}).allows(INTERNET, DATABASE, 5433, "UDP")
    assert ingress({"from": []}).allows(INTERNET, DATABASE, 5433)


def test_ports_match_by_number_range_and_protocol() -> None:
    held = egress({"ports": [{"port": 53, "protocol": "UDP"}, {"port": 8000, "endPort": 8002}, {"protocol": "SCTP"}]})
    assert held.allows(WEB, INTERNET, 53, "UDP")
    assert not held.allows(WEB, INTERNET, 53)
    assert [port for port in range(7998, 8006) if held.allows(WEB, INTERNET, port)] == [8000, 8001, 8002]
    assert held.allows(WEB, INTERNET, 9, "SCTP")


def test_a_named_port_is_looked_up_in_the_pod_that_listens() -> None:
    inward = ingress({"ports": [{"port": "http"}]}, selector={"matchLabels": {"app": "web"}})
    assert inward.allows(DATABASE, WEB, 8080)
    assert not inward.allows(DATABASE, WEB, 80)
    outward = egress({"ports": [{"port": "http"}]})
    assert not outward.allows(WEB, DATABASE, 8080)
    assert not outward.allows(WEB, INTERNET, 8080)


def test_blocks_hold_for_outside_addresses_and_pods_less_their_exceptions() -> None:
    held = egress({"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.1.0.3/32"]}}]})
    assert held.allows(WEB, INTERNET, 443)
    assert held.allows(WEB, DATABASE, 5432)
    assert not held.allows(WEB, STRANGER, 8080)
    assert not held.allows(WEB, INTERNET_6, 443)


@pytest.mark.parametrize(
    ("cidr", "exceptions", "address", "inside"),
    [
        ("10.0.0.0/8", [], "10.255.0.1", True),
        ("10.0.0.0/8", ["10.255.0.0/16"], "10.255.0.1", False),
        ("10.0.0.0/8", [], "11.0.0.1", False),
        ("::/0", ["fc00::/7"], "fd00::1", False),
        ("::/0", ["fc00::/7"], "2606:2800::1", True),
        ("::/0", [], "10.0.0.1", False),
    ],
)
def test_an_address_is_in_a_block_of_its_own_family(cidr: str, exceptions: list[str], address: str, inside: bool) -> None:
    assert in_block({"cidr": cidr, "except": exceptions}, address) is inside


@pytest.mark.parametrize(
    ("operator", "values", "matching"),
    [
        ("In", ["web", "api"], {"web"}),
        ("NotIn", ["web"], {"database", "none"}),
        ("Exists", None, {"web", "database"}),
        ("DoesNotExist", None, {"none"}),
    ],
)
def test_expressions_select_by_their_operator(operator: str, values: list[str] | None, matching: set[str]) -> None:
    labels: dict[str, dict[str, str]] = {"web": {"app": "web"}, "database": {"app": "database"}, "none": {}}
    selector = {"matchExpressions": [{"key": "app", "operator": operator, "values": values}]}
    assert {name for name, one in labels.items() if selects(selector, one)} == matching


def test_an_unknown_operator_is_an_error() -> None:
    with pytest.raises(ValueError, match="there is no operator Like"):
        selects({"matchExpressions": [{"key": "app", "operator": "Like"}]}, {})
