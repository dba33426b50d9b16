"""Values of the network policies."""

from typing import Annotated

from msgspec import Meta

from tierwright.blueprint import Blueprint
from tierwright.model.composed import Entry
from tierwright.model.data_values import Cidrs
from tierwright.model.names import INTERNAL_NETWORK
from tierwright.model.ports import PortNumber
from tierwright.model.service import Name
from tierwright.model.workload_values import Labels, NamespaceName

NAME = "network-policy"
InternalCidrs = list[Annotated[str, Meta(pattern=INTERNAL_NETWORK)]]


class Dns(Entry, frozen=True):
    """Where the cluster's DNS is."""

    namespace: NamespaceName
    """The namespace of its pods."""
    pod_labels: Annotated[Labels, Meta(min_length=1)]
    """The labels of its pods."""
    cidrs: Cidrs
    """Node-local DNS caches, such as 169.254.20.10/32."""
    ports: Annotated[list[PortNumber], Meta(min_length=1)]
    """The ports that its pods listen on, over UDP and TCP; those of OpenShift use 5353."""


class Edge(Entry, frozen=True):
    """Who may connect to the public services."""

    namespaces: list[NamespaceName]
    """Namespaces of ingress controllers."""
    cidrs: Cidrs
    """Clients of a NodePort or LoadBalancer; 0.0.0.0/0 for everybody."""


class Metrics(Entry, frozen=True):
    """Who may scrape the ports that the catalogue names for metrics, such as Prometheus; nobody, unless namespaces are named."""

    namespaces: list[NamespaceName]
    """The namespaces of the pods that scrape."""
    pod_labels: Labels
    """The labels of those pods; empty: all pods of these namespaces."""


class Ranges(Entry, frozen=True):
    """Networks by IP version."""

    ipv4: InternalCidrs
    """Networks such as 10.0.0.0/8."""
    ipv6: InternalCidrs
    """Networks such as fc00::/7."""


class NetworkPolicyValues(Entry, frozen=True):
    """What the policies cannot know from the graph."""

    dns: Dns
    api_server_ports: Annotated[list[PortNumber], Meta(min_length=1)]
    """The ports of the API server, of its Service and of its process; minikube uses 8443, microk8s 16443."""
    api_server_cidrs: Cidrs
    """Where the Job that makes secrets, and services with a token, find the API server; empty: anywhere."""


class WithEdge(Entry, frozen=True):
    """What they cannot know where there are public services."""

    edge: Edge


class WithMetrics(Entry, frozen=True):
    """What they cannot know where there are ports with metrics."""

    metrics: Metrics


class WithDestinations(Entry, frozen=True):
    """What they cannot know where there are destinations outside the platform."""

    internal_ranges: Ranges
    """Networks that services may never connect to, even if they talk to the internet."""
    external_cidrs: dict[Name, Cidrs]
    """The networks of a destination of the catalogue's `external`."""


def network_policy_values(blueprint: Blueprint) -> NetworkPolicyValues:
    """A token for each of those that every platform has."""
    return blueprint.values_of_part(NAME, NetworkPolicyValues)


def edge_values(blueprint: Blueprint) -> Edge:
    """Tokens for who may connect to public services, of which there is one."""
    return blueprint.values_of_part(NAME, WithEdge).edge


def metrics_values(blueprint: Blueprint) -> Metrics:
    """Tokens for who may scrape, where there is a port with metrics."""
    return blueprint.values_of_part(NAME, WithMetrics).metrics


def destination_values(blueprint: Blueprint) -> WithDestinations:
    """Tokens for what is known of destinations, of which there is one."""
    return blueprint.values_of_part(NAME, WithDestinations)
