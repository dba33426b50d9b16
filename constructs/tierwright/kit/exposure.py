"""Services for clients outside the cluster, through a port of the nodes or a load balancer."""

from __future__ import annotations

from tierwright.expressions.tree import when
from tierwright.kit.metadata import Manifest


def exposure(type: str, cidrs: list[str], *, traffic: str = "Local") -> Manifest:
    """The part of a Service's spec that is about its clients.

    `type` is the type of the Service, `cidrs` are the networks of its clients, `traffic` is its `externalTrafficPolicy`. The pods'
    policy admits those networks, so it must see the client: with `Cluster`, kube-proxy replaces the client's address with a node's.
    A load balancer gets the same networks, as a second line of defence.
    """
    return {
        "type": type,
        "externalTrafficPolicy": when(type != "ClusterIP", traffic),
        "loadBalancerSourceRanges": when(type == "LoadBalancer", cidrs),
    }
