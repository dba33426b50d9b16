"""What NetworkPolicies let through, judged from the API's words alone: nothing here knows how the policies are made.

https://kubernetes.io/docs/concepts/services-networking/network-policies/. A pod that no policy of a direction selects
is open in it; one that is selected gets what the rules of all its policies add up to. A connection needs the consent of
both ends. Blocks of addresses are matched against pods too, as most network plugins do: the reading that lets more in.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

Object = dict[str, Any]
Labels = Mapping[str, str]

DEFAULT_PROTOCOL = "TCP"


@dataclass(frozen=True, eq=False)
class Party:
    """One end of a connection: a pod, or, where `namespace` is None, an address outside the cluster's pods.

    `ports` holds a pod's named ports: protocol and number by name.
    """

    name: str
    address: str
    namespace: str | None = None
    labels: Labels = field(default_factory=dict)
    ports: Mapping[str, tuple[str, int]] = field(default_factory=dict)


Listener = tuple[Party, int, str]
"""Where a connection goes: a party, its port, the protocol."""


class Policies:
    """NetworkPolicies in force together; `namespaces` holds the labels of each namespace by its name."""

    def __init__(self, policies: Iterable[Object], *, namespaces: Mapping[str, Labels]) -> None:
        self._policies = list(policies)
        self._namespaces = namespaces
        self._rules: dict[tuple[Party, str], list[tuple[str, Object]] | None] = {}
        self._open: dict[tuple[str, Party, Party], list[Sequence[Object] | None] | None] = {}

    def allows(self, source: Party, target: Party, port: int, protocol: str = DEFAULT_PROTOCOL) -> bool:
        """Whether a connection from `source` to a port of `target` comes about. A pod always reaches itself."""
        if source is target:
            return True
        return self.leaves(source, target, port, protocol) and self.enters(source, target, port, protocol)

    def leaves(self, source: Party, target: Party, port: int, protocol: str = DEFAULT_PROTOCOL) -> bool:
        """Whether the policies of `source` let the connection out, whatever those of `target` say."""
        return self._consents("Egress", source, target, at=(target, port, protocol))

    def enters(self, source: Party, target: Party, port: int, protocol: str = DEFAULT_PROTOCOL) -> bool:
        """Whether the policies of `target` let the connection in, whatever those of `source` say."""
        return self._consents("Ingress", target, source, at=(target, port, protocol))

    def selecting(self, pod: Party, direction: str) -> list[str]:
        """The names of the policies that hold for a pod in a direction."""
        return [one["metadata"]["name"] for one in self._policies if self._holds(one, pod, direction)]

    def _consents(self, direction: str, owner: Party, peer: Party, *, at: Listener) -> bool:
        """Whether the policies of `owner` let a connection with `peer` pass."""
        key = (direction, owner, peer)
        if key not in self._open:
            self._open[key] = self._ports_between(direction, owner, peer)
        ports = self._open[key]
        return ports is None or any(_port_matches(one, at) for one in ports)

    def _ports_between(self, direction: str, owner: Party, peer: Party) -> list[Sequence[Object] | None] | None:
        """The ports of each rule of `owner` that `peer` meets, or None where no policy selects `owner`."""
        rules = self._rules_of(owner, direction)
        if rules is None:
            return None
        side = "from" if direction == "Ingress" else "to"
        return [rule.get("ports") for namespace, rule in rules if self._peer_matches(rule.get(side), peer, namespace)]

    def _rules_of(self, pod: Party, direction: str) -> list[tuple[str, Object]] | None:
        """Each rule for a pod with its policy's namespace, or None where no policy selects the pod."""
        key = (pod, direction)
        if key not in self._rules:
            holding = [one for one in self._policies if self._holds(one, pod, direction)]
            rules = [(one["metadata"]["namespace"], rule) for one in holding for rule in one["spec"].get(direction.lower()) or ()]
            self._rules[key] = rules if holding else None
        return self._rules[key]

    def _holds(self, policy: Object, pod: Party, direction: str) -> bool:
        spec = policy["spec"]
        types = spec.get("policyTypes") or ["Ingress", *(["Egress"] if spec.get("egress") else [])]
        same_namespace = policy["metadata"]["namespace"] == pod.namespace
        return direction in types and same_namespace and selects(spec.get("podSelector") or {}, pod.labels)

    def _peer_matches(self, peers: Sequence[Object] | None, party: Party, namespace: str) -> bool:
        """Whether one of the peers is this party. No peers at all means everybody."""
        return not peers or any(self._is_peer(peer, party, namespace) for peer in peers)

    def _is_peer(self, peer: Object, party: Party, namespace: str) -> bool:
        if "ipBlock" in peer:
            return in_block(peer["ipBlock"], party.address)
        if party.namespace is None:
            return False
        if "namespaceSelector" in peer:
            if not selects(peer["namespaceSelector"], self._namespaces[party.namespace]):
                return False
        elif party.namespace != namespace:
            return False
        return selects(peer.get("podSelector") or {}, party.labels)


def selects(selector: Object, labels: Labels) -> bool:
    """Whether a label selector takes these labels; the empty one takes all."""
    plain = all(labels.get(key) == value for key, value in (selector.get("matchLabels") or {}).items())
    return plain and all(_meets(requirement, labels) for requirement in selector.get("matchExpressions") or ())


def _meets(requirement: Object, labels: Labels) -> bool:
    key, operator, values = requirement["key"], requirement["operator"], requirement.get("values") or []
    if operator == "In":
        return key in labels and labels[key] in values
    if operator == "NotIn":
        return key not in labels or labels[key] not in values
    if operator == "Exists":
        return key in labels
    if operator == "DoesNotExist":
        return key not in labels
    message = f"there is no operator {operator}"
    raise ValueError(message)


def in_block(block: Object, address: str) -> bool:
    """Whether an address is in a block and in none of its exceptions. Families never match one another."""
    return _contains(block["cidr"], address) and not any(_contains(cidr, address) for cidr in block.get("except") or ())


@cache
def _contains(cidr: str, address: str) -> bool:
    return ipaddress.ip_address(address) in ipaddress.ip_network(cidr)


def _port_matches(ports: Sequence[Object] | None, at: Listener) -> bool:
    """Whether one of the ports is this one. No ports at all means every port."""
    return not ports or any(_is_port(one, at) for one in ports)


def _is_port(one: Object, at: Listener) -> bool:
    target, port, protocol = at
    if one.get("protocol", DEFAULT_PROTOCOL) != protocol:
        return False
    wanted: int | str | None = one.get("port")
    if wanted is None:
        return True
    if isinstance(wanted, str):
        return target.ports.get(wanted) == (protocol, port)
    last: int = one.get("endPort") or wanted
    return wanted <= port <= last
