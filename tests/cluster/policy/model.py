"""NetworkPolicies, pods and namespaces as plain values, read from the API's objects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Labels = Mapping[str, str]


@dataclass(frozen=True)
class Pod:
    """A pod that has an address of its own. ``ports`` holds its named ports by (name, protocol)."""

    namespace: str
    name: str
    labels: Labels
    address: str
    ports: Mapping[tuple[str, str], int]


@dataclass(frozen=True)
class Selector:
    """A label selector; the empty one selects everything."""

    labels: Labels
    expressions: tuple[tuple[str, str, tuple[str, ...]], ...]

    def selects(self, labels: Labels) -> bool:
        """Whether these labels match. Raises ValueError for an operator that Kubernetes does not have."""
        if any(labels.get(key) != value for key, value in self.labels.items()):
            return False
        return all(_matches(labels, *expression) for expression in self.expressions)


@dataclass(frozen=True)
class Block:
    """Addresses of a CIDR less those of others."""

    cidr: str
    excluded: tuple[str, ...]


@dataclass(frozen=True)
class Peer:
    """Who is on the other side: a block of addresses, or pods by their own and their namespace's labels.

    ``namespaces`` None means the policy's own namespace.
    """

    block: Block | None
    pods: Selector
    namespaces: Selector | None


@dataclass(frozen=True)
class Port:
    """Ports of one protocol: all (``first`` None), one, a range, or one by the name that the pod gives it."""

    protocol: str
    first: int | str | None
    last: int | None


@dataclass(frozen=True)
class Rule:
    """What one rule allows: None stands for every peer, and for every port of every protocol."""

    peers: tuple[Peer, ...] | None
    ports: tuple[Port, ...] | None


@dataclass(frozen=True)
class Policy:
    """One NetworkPolicy; ``ingress`` and ``egress`` are None where it does not speak of that direction."""

    namespace: str
    name: str
    pods: Selector
    ingress: tuple[Rule, ...] | None
    egress: tuple[Rule, ...] | None


def read_pods(objects: Iterable[Mapping[str, Any]]) -> list[Pod]:
    """The pods that have an address of their own now."""
    return [
        Pod(
            namespace=one["metadata"]["namespace"],
            name=one["metadata"]["name"],
            labels=one["metadata"].get("labels", {}),
            address=one["status"]["podIP"],
            ports={
                (port["name"], port.get("protocol", "TCP")): port["containerPort"]
                for container in [*one["spec"]["containers"], *one["spec"].get("initContainers", [])]
                for port in container.get("ports", [])
                if "name" in port
            },
        )
        for one in objects
        if one.get("status", {}).get("podIP")
        and one["status"].get("phase") in {"Pending", "Running", "Unknown"}
        and not one["spec"].get("hostNetwork")
    ]


def read_policy(policy: Mapping[str, Any]) -> Policy:
    """A NetworkPolicy of the API."""
    spec = policy["spec"]
    # As the API server does for a policy that leaves it out.
    kinds = spec.get("policyTypes") or ["Ingress", *(["Egress"] if "egress" in spec else [])]
    return Policy(
        namespace=policy["metadata"]["namespace"],
        name=policy["metadata"]["name"],
        pods=_selector(spec.get("podSelector")),
        ingress=_rules(spec.get("ingress"), "from") if "Ingress" in kinds else None,
        egress=_rules(spec.get("egress"), "to") if "Egress" in kinds else None,
    )


def _rules(rules: list[Mapping[str, Any]] | None, direction: str) -> tuple[Rule, ...]:
    return tuple(
        Rule(
            peers=tuple(_peer(peer) for peer in rule[direction]) if rule.get(direction) else None,
            ports=tuple(_port(port) for port in rule["ports"]) if rule.get("ports") else None,
        )
        for rule in rules or []
    )


def _peer(peer: Mapping[str, Any]) -> Peer:
    block = peer.get("ipBlock")
    return Peer(
        block=Block(cidr=block["cidr"], excluded=tuple(block.get("except") or ())) if block else None,
        pods=_selector(peer.get("podSelector")),
        namespaces=_selector(peer["namespaceSelector"]) if peer.get("namespaceSelector") is not None else None,
    )


def _port(port: Mapping[str, Any]) -> Port:
    return Port(protocol=port.get("protocol", "TCP"), first=port.get("port"), last=port.get("endPort"))


def _selector(selector: Mapping[str, Any] | None) -> Selector:
    selector = selector or {}
    return Selector(
        labels=selector.get("matchLabels") or {},
        expressions=tuple(
            (one["key"], one["operator"], tuple(one.get("values") or ())) for one in selector.get("matchExpressions") or ()
        ),
    )


def _matches(labels: Labels, key: str, operator: str, values: tuple[str, ...]) -> bool:
    match operator:
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
        case _:
            raise ValueError(f"a label selector has no operator {operator}")
