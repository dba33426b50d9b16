"""Who must reach whom: the parties of a cluster, and the connections that the catalogue asks for.

Computed from the catalogue's own words, without the program's graph, so that a fault of the graph shows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import yaml

from tests.policies import Party, Policies
from tests.rendering import CONFIG, Rendered

Connection = tuple[str, str, int, str]
"""Names of source and target, port, protocol."""

CATALOGUE: Mapping[str, Any] = yaml.safe_load((CONFIG / "catalogue.yaml").read_text())
GENERATOR = "secret-generator"
OF_BACKUPS = dict.fromkeys(("postgres-archive", "postgres-backup", "postgres-restore-test"), "postgres")
"""What backs up, and what it connects to for that."""

FOREIGN = (
    Party("ingress-controller", "10.244.9.1", "traefik", {"app.kubernetes.io/name": "traefik"}),
    Party("cluster-dns", "10.244.9.2", "kube-system", {"k8s-app": "kube-dns"}),
    Party("other-system-pod", "10.244.9.3", "kube-system", {"k8s-app": "metrics-server"}),
    Party("openshift-dns", "10.244.9.12", "openshift-dns", {"dns.operator.openshift.io/daemonset-dns": "default"}),
    Party("false-dns", "10.244.9.4", "elsewhere", {"k8s-app": "kube-dns"}),
    Party("false-gateway", "10.244.9.5", "elsewhere", {"app.kubernetes.io/name": "api-gateway"}),
)
PUBLIC = (
    Party("web", "93.184.216.34"),
    Party("web-6", "2606:2800:220:1::1"),
    Party("google", "142.250.74.36"),
    Party("customer", "198.51.100.7"),
)
PRIVATE = (
    Party("ten", "10.0.0.1"),
    Party("developer", "10.9.0.7"),
    Party("managed-data", "10.20.0.5"),
    Party("beside-managed-data", "10.20.1.5"),
    Party("carrier", "100.64.0.1"),
    Party("loopback", "127.0.0.53"),
    Party("metadata-service", "169.254.169.254"),
    Party("node-local-dns", "169.254.20.10"),
    Party("api-server", "172.18.0.2"),
    Party("home-router", "192.168.1.1"),
    Party("this-host", "0.0.0.0"),  # noqa: S104 - a destination
    Party("wire-server", "168.63.129.16"),
    Party("metadata-service-2", "192.0.0.192"),
    Party("metadata-service-3", "100.100.100.200"),
    Party("benchmark", "198.19.255.254"),
    Party("multicast", "239.255.255.250"),
    Party("reserved", "240.0.0.1"),
    Party("broadcast", "255.255.255.255"),
    Party("unspecified-6", "::"),
    Party("loopback-6", "::1"),
    Party("translated-6", "64:ff9b::a00:1"),
    Party("translated-here-6", "64:ff9b:1::a00:1"),
    Party("discarded-6", "100::1"),
    Party("teredo-6", "2001::a00:1"),
    Party("six-to-four-6", "2002:a00:1::1"),
    Party("segment-6", "5f00::1"),
    Party("unique-local-6", "fd00::1"),
    Party("metadata-service-6", "fd00:ec2::254"),
    Party("link-local-6", "fe80::1"),
    Party("site-local-6", "fec0::1"),
    Party("multicast-6", "ff02::1"),
)
OUTSIDE = (*PUBLIC, *PRIVATE)
NOT_OURS = (*FOREIGN, *OUTSIDE)


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What the values say beside the catalogue, in the names of the parties above.

    `members` are the data services whose pods find one another, and `anywhere` are the ports of what has no address that the
    values know, such as a bucket, by the pods that reach it.
    """

    order: str = "tiers"
    generator: bool = True
    backups: Mapping[str, str] = field(default_factory=dict)
    members: Collection[str] = ()
    anywhere: Mapping[str, Collection[int]] = field(default_factory=dict)
    edge: Collection[str] = ()
    developers: Mapping[tuple[str, int], Collection[str]] = field(default_factory=dict)
    external_data: Mapping[str, tuple[Collection[str], int]] = field(default_factory=dict)
    dns: Collection[str] = ("cluster-dns",)
    dns_ports: Collection[int] = (53,)
    destinations: Mapping[str, Collection[str]] = field(default_factory=dict)
    api_server: Collection[str] = tuple(party.name for party in NOT_OURS)


_ASKED_BY_BACKUPS = {"rabbitmq": [4369, 25672]}
"""The ports that a backup connects to, where those are others than the clients'."""

PRODUCTION = Circumstances(
    generator=False,
    backups={
        "postgres-backup": "postgres",
        "postgres-restore-test": "postgres",
        "rabbitmq-backup": "rabbitmq",
        "redis-backup": "redis",
    },
    members=("postgres", "rabbitmq"),
    anywhere={"postgres": (443, 6443), "postgres-restore-test": (443,), "rabbitmq-backup": (443,), "redis-backup": (443,)},
    edge=("ingress-controller",),
)
"""Members of PostgreSQL ask the API server who is the primary, and archive into the bucket."""


def expected(circumstances: Circumstances) -> set[Connection]:
    """Every connection with one end at least in the platform that must come about."""
    allowed: set[Connection] = set()
    for name, service in CATALOGUE["services"].items():
        for target in _reached(name, circumstances):
            if target in circumstances.external_data:
                hosts, port = circumstances.external_data[target]
                allowed |= {(name, host, port, "TCP") for host in hosts}
            else:
                allowed.add((name, target, _entry(target)["port"], "TCP"))
        for destination in service.get("external", ()):
            hosts = circumstances.destinations.get(destination, [party.name for party in PUBLIC])
            ports = CATALOGUE["external"][destination]["ports"]
            allowed |= {(name, host, port, "TCP") for host in hosts for port in ports}
        if service.get("public"):
            allowed |= {(source, name, service["port"], "TCP") for source in circumstances.edge}
    for (target, port), sources in circumstances.developers.items():
        allowed |= {(source, target, port, "TCP") for source in sources}
    if circumstances.generator:
        allowed |= {(GENERATOR, host, port, "TCP") for host in circumstances.api_server for port in (443, 6443)}
    for name, target in circumstances.backups.items():
        allowed |= {(name, target, port, "TCP") for port in _ASKED_BY_BACKUPS.get(target, [_entry(target)["port"]])}
    elsewhere = [party.name for party in NOT_OURS]
    allowed |= {(name, host, port, "TCP") for name, ports in circumstances.anywhere.items() for port in ports for host in elsewhere}
    askers = [
        *CATALOGUE["services"],
        *([GENERATOR] if circumstances.generator else []),
        *circumstances.backups,
        *circumstances.members,
    ]
    asked = [(port, protocol) for port in circumstances.dns_ports for protocol in ("UDP", "TCP")]
    return allowed | {(name, host, *at) for name in askers for host in circumstances.dns for at in asked}


def expected_consents(circumstances: Circumstances, pod: str, direction: str, *, own: Collection[Party]) -> set[Connection]:
    """What the policies of one pod alone may let out or in: no more than what comes about, with one exception.

    What tells the API server or a bucket from other addresses is nothing but its port, so the way to it is open to pods as well.
    """
    end = 0 if direction == "egress" else 1
    wanted = {one for one in expected(circumstances) if one[end] == pod}
    anywhere = dict(circumstances.anywhere)
    if circumstances.generator and len(circumstances.api_server) == len(NOT_OURS):
        anywhere[GENERATOR] = (443, 6443)
    if direction == "egress":
        wanted |= {(pod, other.name, port, "TCP") for other in own for port in anywhere.get(pod, ()) if other.name != pod}
    return wanted


def _reached(name: str, circumstances: Circumstances) -> set[str]:
    """What a service opens connections to: its needs, and with the order `tiers` external data services of earlier tiers.

    For what else is there its gates ask the cluster's DNS.
    """
    service = CATALOGUE["services"][name]
    tiers = [tier["name"] for tier in CATALOGUE["tiers"]]
    earlier = tiers[: tiers.index(service["tier"])] if circumstances.order == "tiers" else []
    outside = {other for other in circumstances.external_data if CATALOGUE["dataServices"][other]["tier"] in earlier}
    return {*service["needs"], *outside}


def _entry(name: str) -> Mapping[str, Any]:
    entry: Mapping[str, Any] = CATALOGUE["dataServices"].get(name) or CATALOGUE["services"][name]
    return entry


def pods(rendered: Rendered) -> list[Party]:
    """A pod of each pod template, named after its owner."""
    addresses = count(1)
    return [
        Party(
            owner.split("/")[1],
            f"10.244.1.{next(addresses)}",
            rendered.platform.namespace,
            template["metadata"]["labels"],
            {
                port["name"]: (port["protocol"], port["containerPort"])
                for container in template["spec"]["containers"]
                for port in container.get("ports", ())
            },
        )
        for owner, template in rendered.pods()
    ]


def policies(rendered: Rendered, changed: Mapping[str, Any] | None = None, *, others: Collection[str] = ()) -> Policies:
    """The policies in force; `changed` replaces the one of its name, `others` are further namespaces."""
    own = rendered.kinds("NetworkPolicy")
    if changed is not None:
        own[changed["metadata"]["name"]] = dict(changed)
    namespaces = {rendered.platform.namespace, *others, *(str(party.namespace) for party in FOREIGN)}
    labels = {name: {"kubernetes.io/metadata.name": name} for name in namespaces}
    return Policies(own.values(), namespaces=labels)


def listeners(circumstances: Circumstances) -> list[tuple[int, str]]:
    """Every port that something listens on, here or outside, and some that nobody may reach."""
    own = [entry["port"] for kind in ("services", "dataServices") for entry in CATALOGUE[kind].values()]
    internal = [4369, 15672, 15692, 25672]  # RabbitMQ's peers, management page and metrics
    outside = [22, 80, 443, 6443, 10250, *(port for _, port in circumstances.external_data.values())]
    return [(53, "UDP"), (5353, "UDP"), (443, "UDP"), *((port, "TCP") for port in sorted({53, 5353, *own, *internal, *outside}))]


def consents(
    in_force: Policies,
    pod: Party,
    direction: str,
    *,
    own: Collection[Party],
    ports: Collection[tuple[int, str]],
) -> set[Connection]:
    """What the policies of one pod alone let out (direction `egress`) or in (`ingress`), whatever the other end says."""
    others = [party for party in (*own, *NOT_OURS) if party is not pod]
    if direction == "egress":
        return {(pod.name, other.name, *at) for other in others for at in ports if in_force.leaves(pod, other, *at)}
    return {(other.name, pod.name, *at) for other in others for at in ports if in_force.enters(other, pod, *at)}


def connections(out: Collection[Connection], into: Collection[Connection], *, own: Collection[Party]) -> set[Connection]:
    """What comes about, of what all pods let out and in: between two pods of the platform both must agree."""
    names = {party.name for party in own}
    return {one for one in out if one[1] not in names or one in into} | {one for one in into if one[0] not in names}
