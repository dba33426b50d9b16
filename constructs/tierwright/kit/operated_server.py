"""Operated servers: an object that tells an operator what to run, with Services of our own and the boundary around its pods.

The operator makes the pods, their volumes and accounts. Nothing of what it makes is declared here; policies and Services know the
pods by the labels that it gives them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from tierwright.blueprint import Blueprint
from tierwright.expressions.conditions import ALWAYS, Condition
from tierwright.expressions.tree import Tree
from tierwright.kit.autoscaling import disruption_budget
from tierwright.kit.kinds import CONFIG_MAP, DISRUPTION_BUDGET, NETWORK_POLICY, Kind
from tierwright.kit.metadata import ObjectMeta
from tierwright.kit.network_boundary import boundary, from_peers, to_api_server, to_dns, to_peers
from tierwright.kit.stateful_server import Budget, ServerService, concern_of, declare_service
from tierwright.model.own_names import config_of


class OperatedServer(msgspec.Struct, frozen=True, kw_only=True):
    """A server that an operator runs: `kind` and `spec` are the object that tells it how, called `name`, or `object` where given.

    `annotations` are the object's own. `files` are those of a ConfigMap, as the values of `configured` want one. `pods` are the
    labels of the pods that the operator makes, `ready` those that one of them has once the server can be used. The `budget` is for
    those whose operator makes none. The pods talk to one another on the ports `peers` and, where `asks_api` says so, to the API
    server; `ingress` and `egress` are the further rules of their policy.
    """

    name: str
    object: str = ""
    annotations: Tree = None
    component: str
    version: str
    kind: Kind
    spec: Tree
    pods: Mapping[str, str]
    ready: Mapping[str, str]
    peers: Sequence[int]
    asks_api: bool = True
    budget: Budget | None = None
    files: Mapping[str, Tree] = msgspec.field(default_factory=dict)
    configured: Condition = ALWAYS
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
    metadata = meta.metadata(server.object or None, annotations=server.annotations)
    concern.declare("server", server.kind, {"metadata": metadata, "spec": server.spec})
    if server.files:
        config = {"metadata": meta.metadata(config_of(server.name)), "data": server.files}
        concern.declare("config", CONFIG_MAP, config, condition=server.configured)
    for service in server.services:
        declare_service(concern, meta, service)
    concern.declare_listing(meta_of({**server.pods, **server.ready}))
    if server.budget:
        budget = {"metadata": meta.metadata(), "spec": disruption_budget(meta, server.budget.max_unavailable)}
        concern.declare("disruption-budget", DISRUPTION_BUDGET, budget)
    ingress = [*server.ingress, from_peers(meta, server.peers)]
    api = [to_api_server(blueprint)] if server.asks_api else []
    egress = [*server.egress, to_peers(meta, server.peers), *api, to_dns(blueprint)]
    concern.declare("boundary", NETWORK_POLICY, boundary(meta, ingress=ingress, egress=egress))
