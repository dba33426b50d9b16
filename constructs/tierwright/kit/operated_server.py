"""Operated servers: an object that tells an operator what to run, with Services of our own and the boundary around its pods.

The operator makes the pods, their volumes and accounts. Nothing of what it makes is declared here; policies and Services know the
pods by the labels that it gives them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from tierwright.blueprint import Blueprint
from tierwright.expressions.conditions import Condition
from tierwright.expressions.tree import Tree
from tierwright.kit.kinds import NETWORK_POLICY, Kind
from tierwright.kit.metadata import ObjectMeta
from tierwright.kit.network_boundary import boundary, from_peers, to_api_server, to_dns, to_peers
from tierwright.kit.stateful_server import ServerService, concern_of, declare_service


class OperatedServer(msgspec.Struct, frozen=True, kw_only=True):
    """A server that an operator runs: `kind` and `spec` are the object that tells it how, called `name`.

    `pods` are the labels of the pods that the operator makes, `ready` those that one of them has once the server can be used.
    The pods talk to one another on the ports `peers`, and to the API server; `ingress` and `egress` are the further rules of
    their policy.
    """

    name: str
    component: str
    version: str
    kind: Kind
    spec: Tree
    pods: Mapping[str, str]
    ready: Mapping[str, str]
    peers: Sequence[int]
    services: Sequence[ServerService] = ()
    ingress: Sequence[Tree] = ()
    egress: Sequence[Tree] = ()
    present: Condition


def declare_operated(file: str, server: OperatedServer, *, blueprint: Blueprint) -> None:
    """Declare all objects of a server, in a file of the manifests and a template of its name."""

    def meta_of(labels: Mapping[str, str]) -> ObjectMeta:
        return ObjectMeta(blueprint, server.name, component=server.component, version=server.version, selected=labels)

    concern = concern_of(file, server.name, blueprint=blueprint, present=server.present)
    meta = meta_of(server.pods)
    concern.declare("server", server.kind, {"metadata": meta.metadata(), "spec": server.spec})
    for service in server.services:
        declare_service(concern, meta, service)
    concern.declare_listing(meta_of({**server.pods, **server.ready}))
    ingress = [*server.ingress, from_peers(meta, server.peers)]
    egress = [*server.egress, to_peers(meta, server.peers), to_api_server(blueprint), to_dns(blueprint)]
    concern.declare("boundary", NETWORK_POLICY, boundary(meta, ingress=ingress, egress=egress))
