"""Network boundaries: default deny, and for each workload exactly the connections that its needs and uses name.

For what only the order of the tiers adds, gates ask the cluster's DNS and need no connection. So the policies of a platform grow
with its connections and not with the square of its services, and a new service changes no policy but those of what it reaches.
"""

from __future__ import annotations

from collections.abc import Sequence

from tierwright.blueprint import Blueprint
from tierwright.endpoints import Endpoint
from tierwright.expressions.conditions import Truth, all_of, any_of
from tierwright.expressions.expression import Argument, Lookup
from tierwright.expressions.tokens import List, Number, expression_of, filled
from tierwright.expressions.tree import ABSENT, OmitEmpty, Tree, each, splice, when
from tierwright.kit.metadata import Manifest, ObjectMeta
from tierwright.kit.network_values import Metrics, destination_values, edge_values, metrics_values, network_policy_values
from tierwright.kit.ports import ports_reached
from tierwright.model.data_values import DeveloperAccess, Operator
from tierwright.model.external import External
from tierwright.model.labels import NAME_LABEL, NAMESPACE_LABEL
from tierwright.model.ports import ServicePort

DEFAULT_DENY = "default-deny"

EVERYWHERE = ("0.0.0.0/0", "::/0")


def boundary(meta: ObjectMeta, *, ingress: Sequence[Tree] = (), egress: Sequence[Tree] = ()) -> Manifest:
    """The NetworkPolicy of one workload, for both directions.

    `ingress` and `egress` are its rules, as the functions below give them; every other connection is denied.
    """
    spec: Manifest = {"podSelector": {"matchLabels": meta.selector}, "policyTypes": ["Ingress", "Egress"]}
    # The API server drops empty lists; with one here, every later apply would see a change.
    for direction, rules in (("ingress", ingress), ("egress", egress)):
        if rules:
            spec[direction] = OmitEmpty(list(rules))
    return {"metadata": meta.metadata(), "spec": spec}


def default_deny(blueprint: Blueprint) -> Manifest:
    """The NetworkPolicy that denies every connection of pods that no other policy selects."""
    meta = ObjectMeta(blueprint, DEFAULT_DENY, component="network")
    return {"metadata": meta.metadata(), "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}}


def from_clients(blueprint: Blueprint, name: str, *ports: int) -> list[Tree]:
    """Ingress to these ports of the server of a data service from the services that reach it; no rule where there are none.

    Where a proxy stands before it, from that one, and from those who pass it.
    """
    clients, proxy = blueprint.clients[name], blueprint.connected[name].proxy
    everybody: Tree = from_pods(clients, *ports) if clients else ABSENT
    if proxy is not None:
        passing = [client for client in clients if blueprint.passes_proxy(client, name)]
        proxied = from_pods([f"{name}-{proxy.end}", *passing], *ports)
        return [when(blueprint.is_proxied(name), proxied, everybody)]
    return [everybody] if clients else []


def from_clients_of_proxy(blueprint: Blueprint, name: str) -> list[Tree]:
    """Ingress to what stands before the server of a data service, from the services that reach its main endpoint, if any do."""
    clients = [client for client in blueprint.clients[name] if blueprint.uses_proxy(client, name)]
    return [from_pods(clients, blueprint.own_port(name))] if clients else []


def from_each_client(blueprint: Blueprint, name: str) -> list[Tree]:
    """Ingress to the service `name` from the services that reach it, from each to the ports that it reaches."""
    clients: dict[tuple[ServicePort, ...], list[str]] = {}
    for client in blueprint.clients[name]:
        clients.setdefault(ports_reached(blueprint, client, name), []).append(client)
    return [{"from": [_pods(names)], "ports": _opened(ports)} for ports, names in clients.items() if ports]


def from_pods(names: Sequence[str], *ports: int) -> Manifest:
    """Ingress to these pod ports from the pods of the named workloads."""
    return {"from": [_pods(names)], "ports": [_tcp(port) for port in ports]}


def from_peers(meta: ObjectMeta, ports: Sequence[int | ServicePort]) -> Manifest:
    """Ingress from the other pods of the same workload; a number is that of a TCP port."""
    return {"from": [{"podSelector": {"matchLabels": meta.selector}}], "ports": _opened(ports)}


def to_peers(meta: ObjectMeta, ports: Sequence[int | ServicePort]) -> Manifest:
    """Egress to the other pods of the same workload; a number is that of a TCP port."""
    return {"to": [{"podSelector": {"matchLabels": meta.selector}}], "ports": _opened(ports)}


def from_operator(operator: Operator, *ports: int) -> Manifest:
    """Ingress to these pod ports from the pods of an operator, which is in a namespace of its own."""
    peer = {
        "namespaceSelector": {"matchLabels": {NAMESPACE_LABEL: operator.namespace}},
        "podSelector": {"matchLabels": operator.pod_labels},
    }
    return {"from": [peer], "ports": [_tcp(port) for port in ports]}


def from_developers(access: DeveloperAccess, port: int) -> Tree:
    """Ingress from the developers' networks."""
    return when(access.enabled, {"from": [each(access.cidrs, _network, certain=True)], "ports": [_tcp(port)]})


def from_edge(blueprint: Blueprint, port: int) -> Tree:
    """Ingress from the edge: the namespaces and networks that may connect to public services."""
    edge = edge_values(blueprint)
    namespaces, networks = filled(edge.namespaces), filled(edge.cidrs)
    names = {"key": NAMESPACE_LABEL, "operator": "In", "values": edge.namespaces}
    peers = [when(namespaces, {"namespaceSelector": {"matchExpressions": [names]}}), each(edge.cidrs, _network)]
    return when(any_of(namespaces, networks), {"from": peers, "ports": [_tcp(port)]})


def from_scrapers(blueprint: Blueprint, port: ServicePort) -> Tree:
    """Ingress to a port with metrics from the pods that the values let scrape it."""
    metrics = metrics_values(blueprint)
    scrapers = blueprint.part(
        "ingressFromScrapers", lambda: [_to_metrics(metrics, Number(Argument("port")))], port=port.target_port
    )
    return when(filled(metrics.namespaces), splice(scrapers))


def from_scrapers_of(metrics: Metrics, port: int) -> Tree:
    """Ingress to a port with metrics from the pods that these values let scrape it."""
    return when(filled(metrics.namespaces), _to_metrics(metrics, port))


def _to_metrics(metrics: Metrics, port: int | Number) -> Manifest:
    names = {"key": NAMESPACE_LABEL, "operator": "In", "values": metrics.namespaces}
    peer = {
        "namespaceSelector": {"matchExpressions": [names]},
        "podSelector": when(filled(metrics.pod_labels), {"matchLabels": metrics.pod_labels}),
    }
    return {"from": [peer], "ports": [{"protocol": "TCP", "port": port}]}


def to_reached(blueprint: Blueprint, name: str) -> list[Tree]:
    """Egress of the service `name` to what it reaches, wherever that runs, and to what else its gates connect to.

    Those are the external data services of earlier tiers, because no pod runs for them.
    """
    targets = dict.fromkeys(reach.owner for reach in blueprint.service(name).reaches)
    reached = sorted(targets, key=lambda target: target not in blueprint.data_services)
    rules = [rule for target in reached for rule in _to_target(blueprint, name, target)]
    before = [name for tier in blueprint.tiers_before(name) for name in blueprint.members(tier)]
    others = [name for name in before if name in blueprint.data_services and name not in reached]
    return rules + [when(all_of(blueprint.ordered, blueprint.is_external(name)), to_server(blueprint, name)) for name in others]


def to_dns(blueprint: Blueprint) -> Tree:
    """Egress to the cluster's DNS over UDP and TCP; long answers and the gates' queries use TCP."""
    return splice(blueprint.part("egressToDns", lambda: [_to_dns(blueprint)]))


def _to_dns(blueprint: Blueprint) -> Tree:
    dns = network_policy_values(blueprint).dns
    pods = {
        "namespaceSelector": {"matchLabels": {NAMESPACE_LABEL: dns.namespace}},
        "podSelector": {"matchLabels": dns.pod_labels},
    }
    ports = [each(dns.ports, transport, numbers=True, certain=True) for transport in (_udp, _tcp)]
    return {"to": [pods, each(dns.cidrs, _network)], "ports": ports}


def to_external(blueprint: Blueprint, names: Sequence[str]) -> list[Tree]:
    """Egress to destinations of the catalogue: to their pods and networks as far as those are known, else to the internet."""
    return [_to_destination(blueprint, name) for name in names]


def _to_destination(blueprint: Blueprint, name: str) -> Tree:
    return splice(blueprint.part(f"egressToOutside.{name}", lambda: [_destination(blueprint, name)]))


def _destination(blueprint: Blueprint, name: str) -> Manifest:
    external = blueprint.catalogue.external[name]
    known = Lookup(expression_of(destination_values(blueprint).external_cidrs), name)
    networks = each(List(known), _network, certain=True)
    if external.is_in_cluster:
        peers = [_pods_of(external), when(Truth(known), networks)]
    else:
        peers = [when(Truth(known), networks, _internet(blueprint))]
    return {"to": peers, "ports": [{"protocol": port.protocol, "port": port.port} for port in external.all_ports]}


def _pods_of(external: External) -> Manifest:
    """The pods of a destination in the cluster."""
    namespace = {} if external.namespace is None else {"namespaceSelector": {"matchLabels": {NAMESPACE_LABEL: external.namespace}}}
    return namespace | ({} if external.pod_labels is None else {"podSelector": {"matchLabels": dict(external.pod_labels)}})


def to_api_server(blueprint: Blueprint) -> Tree:
    """Egress to the API server. No selector can name it: it is not a pod, and its port differs from its Service's."""
    return splice(blueprint.part("egressToApiServer", lambda: [_to_api_server(blueprint)]))


def _to_api_server(blueprint: Blueprint) -> Tree:
    policy = network_policy_values(blueprint)
    return {
        "to": [_named_or_anywhere(policy.api_server_cidrs)],
        "ports": [each(policy.api_server_ports, _tcp, numbers=True, certain=True)],
    }


def to_networks(cidrs: list[str], port: int) -> Manifest:
    """Egress to a port of these networks, or of anywhere where none are named; both are tokens."""
    return {"to": [_named_or_anywhere(cidrs)], "ports": [_tcp(port)]}


def _named_or_anywhere(cidrs: list[str]) -> Tree:
    return when(filled(cidrs), each(cidrs, _network, certain=True), [_network(cidr) for cidr in EVERYWHERE])


def to_endpoint(endpoint: Endpoint) -> Tree:
    """Egress to an endpoint: to its pods, or to its networks."""
    return endpoint.each(_to)


def _to(endpoint: Endpoint) -> Manifest:
    if endpoint.networks is None:
        peer: Tree = {"podSelector": {"matchLabels": {endpoint.label: endpoint.pods}}}
    else:
        peer = each(endpoint.networks, _network, certain=True)
    number = endpoint.port if endpoint.target_port is None else endpoint.target_port
    further = map(_tcp, endpoint.further_ports)
    return {"to": [peer], "ports": [{"protocol": endpoint.transport, "port": number}, *further]}


def _to_target(blueprint: Blueprint, client: str, target: str) -> list[Tree]:
    """Egress to a service, if it has a port and is there; or to a data service, which is long and many reach."""
    if target in blueprint.data_services:
        return _to_data_service(blueprint, client, target)
    ports = ports_reached(blueprint, client, target)
    rule = {"to": [{"podSelector": {"matchLabels": {NAME_LABEL: target}}}], "ports": _opened(ports)}
    return [when(blueprint.presence_for(client, target), rule)] if ports else []


def _to_data_service(blueprint: Blueprint, client: str, name: str) -> list[Tree]:
    """Egress to the server of a data service or, where something stands before it, to that, and for those who pass that to both."""
    if blueprint.connected[name].proxy is None or not blueprint.uses_proxy(client, name):
        return [to_server(blueprint, name)]
    main = splice(blueprint.part(f"egressToProxy.{name}", lambda: [to_endpoint(blueprint.endpoint(name))]))
    passing = blueprint.passes_proxy(client, name)
    return [main, when(blueprint.is_proxied(name), to_server(blueprint, name))] if passing else [main]


def to_server(blueprint: Blueprint, name: str) -> Tree:
    """Egress to the server of a data service itself, here or elsewhere."""
    return splice(blueprint.part(f"egressTo.{name}", lambda: [to_endpoint(blueprint.server(name))]))


def _internet(blueprint: Blueprint) -> list[Tree]:
    internal = destination_values(blueprint).internal_ranges
    return [
        {"ipBlock": {"cidr": cidr, "except": OmitEmpty(ranges)}}
        for cidr, ranges in zip(EVERYWHERE, (internal.ipv4, internal.ipv6), strict=True)
    ]


def _pods(names: Sequence[str]) -> Manifest:
    """The pods of these workloads."""
    return {"podSelector": {"matchExpressions": [{"key": NAME_LABEL, "operator": "In", "values": list(names)}]}}


def _network(cidr: str) -> Manifest:
    return {"ipBlock": {"cidr": cidr}}


def _opened(ports: Sequence[int | ServicePort]) -> list[Manifest]:
    """Ports of pods: a policy sees a connection after the Service has translated its port."""
    return [
        {"protocol": port.transport, "port": port.target_port} if isinstance(port, ServicePort) else _tcp(port) for port in ports
    ]


def _udp(port: int) -> Manifest:
    return {"protocol": "UDP", "port": port}


def _tcp(port: int) -> Manifest:
    return {"protocol": "TCP", "port": port}
