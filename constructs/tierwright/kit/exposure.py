"""Services that clients outside of the cluster reach, through a port of the nodes or a load balancer."""

from __future__ import annotations

from tierwright.expressions.tree import when
from tierwright.kit.metadata import Manifest


def exposure(type: str, cidrs: list[str], *, traffic: str = "Local") -> Manifest:
    """What the spec of a Service of this type says of its clients, who are in the networks `cidrs`.

    The pods' policy lets those networks in, so it must see the client: with the traffic policy `Cluster`, kube-proxy puts a node's
    address in place of the client's. A load balancer is to let in the same networks, as a second line of defence.
    """
    return {
        "type": type,
        "externalTrafficPolicy": when(type != "ClusterIP", traffic),
        "loadBalancerSourceRanges": when(type == "LoadBalancer", cidrs),
    }
