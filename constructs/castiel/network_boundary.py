"""Network boundaries: default deny, and for each workload exactly the connections that the graph names."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from castiel.cdk import Construct, k8s
from castiel.manifest import NAME_LABEL, Identity, Manifest
from castiel.model.platform import Platform

Rule = Manifest
EVERYWHERE = ("0.0.0.0/0", "::/0")


class NetworkBoundary(k8s.KubeNetworkPolicy):
    """The NetworkPolicy of one workload, both directions. What no rule names does not get through."""

    def __init__(
        self, scope: Construct, id: str, *, identity: Identity, ingress: Sequence[Rule] = (), egress: Sequence[Rule] = ()
    ) -> None:
        spec = {
            "podSelector": {"matchLabels": identity.selector},
            "policyTypes": ["Ingress", "Egress"],
            # The API server keeps no empty lists; one that stood here would make every later apply see a change.
            **({"ingress": list(ingress)} if ingress else {}),
            **({"egress": list(egress)} if egress else {}),
        }
        super().__init__(scope, id, metadata=identity.metadata(), spec=spec)


class DefaultDeny(k8s.KubeNetworkPolicy):
    """Nothing in, nothing out, for every pod of the namespace that no other policy speaks of."""

    def __init__(self, scope: Construct, id: str, *, platform: Platform) -> None:
        identity = Identity(platform, "default-deny", component="network")
        spec: Manifest = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
        super().__init__(scope, id, metadata=identity.metadata(), spec=spec)


def from_workloads(names: Sequence[str], port: int) -> list[Rule]:
    """Ingress from the pods of the named workloads to a pod port."""
    return [{"from": [{"podSelector": pods_of(names)}], "ports": [_tcp(port)]}] if names else []


def from_networks(cidrs: Sequence[str], port: int) -> list[Rule]:
    """Ingress from networks to a pod port."""
    return [{"from": [{"ipBlock": {"cidr": cidr}} for cidr in cidrs], "ports": [_tcp(port)]}] if cidrs else []


def from_edge(platform: Platform, port: int) -> list[Rule]:
    """Ingress from whoever may reach public services."""
    edge = platform.values.network_policy.edge
    peers: list[Manifest] = []
    if edge.namespaces:
        names = {"key": "kubernetes.io/metadata.name", "operator": "In", "values": edge.namespaces}
        peers.append({"namespaceSelector": {"matchExpressions": [names]}})
    peers += [{"ipBlock": {"cidr": cidr}} for cidr in edge.cidrs]
    return [{"from": peers, "ports": [_tcp(port)]}] if peers else []


def to_targets(platform: Platform, names: Sequence[str]) -> list[Rule]:
    """Egress to services and data services, wherever they run."""
    return [_to_target(platform, name) for name in names]


def to_dns(platform: Platform) -> list[Rule]:
    """Egress to the cluster's DNS, over UDP and TCP: long answers come over TCP."""
    dns = platform.values.network_policy.dns
    peers: list[Manifest] = [
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": dns.namespace}},
            "podSelector": {"matchLabels": dns.pod_labels},
        }
    ]
    peers += [{"ipBlock": {"cidr": cidr}} for cidr in dns.cidrs]
    return [{"to": peers, "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]}]


def to_external(platform: Platform, names: Sequence[str]) -> list[Rule]:
    """Egress to destinations outside: their networks where those are known, else all but the internal ranges."""
    rules = []
    for name in names:
        cidrs = platform.values.network_policy.external_cidrs.get(name)
        peers = [{"ipBlock": {"cidr": cidr}} for cidr in cidrs] if cidrs else _internet(platform)
        rules.append({"to": peers, "ports": [_tcp(port) for port in platform.catalogue.external[name].ports]})
    return rules


def to_api_server(platform: Platform) -> list[Rule]:
    """Egress to the API server, which no selector can name: it is no pod, and listens elsewhere than its Service."""
    policy = platform.values.network_policy
    peers = [{"ipBlock": {"cidr": cidr}} for cidr in policy.api_server_cidrs or EVERYWHERE]
    return [{"to": peers, "ports": [_tcp(port) for port in policy.api_server_ports]}]


def pods_of(names: Sequence[str]) -> Manifest:
    """A selector of the pods of the named workloads."""
    return {"matchExpressions": [{"key": NAME_LABEL, "operator": "In", "values": list(names)}]}


def _to_target(platform: Platform, name: str) -> Rule:
    port = platform.endpoint(name).port
    if platform.is_external(name):
        peers: list[Manifest] = [{"ipBlock": {"cidr": cidr}} for cidr in platform.data_services[name].external.cidrs]
    else:
        peers = [{"podSelector": {"matchLabels": {NAME_LABEL: name}}}]
    return {"to": peers, "ports": [_tcp(port)]}


def _internet(platform: Platform) -> list[Manifest]:
    internal = platform.values.network_policy.internal_ranges
    return [_all_but(cidr, [one for one in internal if _version(one) == _version(cidr)]) for cidr in EVERYWHERE]


def _all_but(cidr: str, excluded: Sequence[str]) -> Manifest:
    return {"ipBlock": {"cidr": cidr, "except": list(excluded)} if excluded else {"cidr": cidr}}


def _version(cidr: str) -> int:
    return ipaddress.ip_network(cidr).version


def _tcp(port: int) -> Manifest:
    return {"protocol": "TCP", "port": port}
