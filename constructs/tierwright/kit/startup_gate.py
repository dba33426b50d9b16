"""Startup gates: init containers that hold a pod back until what it waits for is ready."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tierwright.blueprint import Blueprint
from tierwright.expressions.conditions import Ternary, Truth, all_of
from tierwright.expressions.expression import Argument, Operand
from tierwright.expressions.tokens import List, Number, Text
from tierwright.expressions.tree import Lines, OmitEmpty, Tree, When, choose, each, splice, when
from tierwright.kit.gate_script import script
from tierwright.kit.metadata import Manifest, ObjectMeta
from tierwright.kit.pods import CONTAINER_SECURITY, written_resources
from tierwright.kit.startup_values import startup_values
from tierwright.model.graph import Graph
from tierwright.model.own_names import gate_of, listing_of
from tierwright.model.service import Service

NAME = "startup-gate"
VOLUME: Manifest = {"name": NAME, "configMap": {"name": NAME}}
_MOUNT_PATH = "/startup-gate"


def gate_config(blueprint: Blueprint) -> Manifest:
    """The ConfigMap of all gates: their script, its settings, and the URL for each target.

    None of it is part of the pods, so a new service or a changed setting restarts no pod.
    """
    startup = startup_values(blueprint)
    settings = (f"POLL_SECONDS={startup.poll_seconds}", f"TIER_PATIENCE={startup.tier_patience}")
    return {
        "metadata": ObjectMeta(blueprint, NAME, component="startup").metadata(),
        "data": {
            "settings": Lines(settings),
            "targets": Lines(
                tuple(line for tier in blueprint.tiers for name in blueprint.awaited(tier) for line in _targets(blueprint, name))
            ),
            "wait.sh": script(of_any_server=_connects(blueprint)),
        },
    }


def gates(blueprint: Blueprint, name: str) -> list[Tree]:
    """The gates of the service `name`: one init container for each tier that it waits for.

    So `Init:2/5` shows how far a pod is. The gate that opens last comes last: after it, only the program's start is left.
    """
    own, before, levels = blueprint.tier_of(name), blueprint.tiers_before(name), blueprint.graphs["graph"].levels
    awaited = [reach for reach in blueprint.service(name).reaches if reach.waits]

    def waiting(graph: Graph) -> list[Tree]:
        needs: dict[str, list[str]] = {tier: [] for tier in (*(before if graph.order == "tiers" else ()), own)}
        latest: dict[str, int] = {}
        for need in sorted(awaited, key=lambda need: levels[need.owner]):
            tier = blueprint.tier_of(need.owner)
            needs.setdefault(tier, []).append(need.target)
            latest[tier] = graph.levels[need.owner]
        if not needs[own]:
            del needs[own]
        order = sorted(needs, key=latest.__getitem__ if graph.order == "graph" else blueprint.tiers.index)
        return [
            {"name": tier, "needs": needs[tier], "behind": len(order) - position} for position, tier in enumerate(order, start=1)
        ]

    ordered = blueprint.graphs["tiers"].is_ordered(name)
    found_gates = blueprint.by_order(waiting) if ordered else waiting(blueprint.graphs["graph"])
    return [_gate(blueprint, gate, whole=before) for gate in found_gates]


def _gate(blueprint: Blueprint, gate: Tree, *, whole: Collection[str]) -> Tree:
    """The gate of a tier. With the order of the tiers, the gate of one of the tiers `whole` waits for every member of it."""
    if isinstance(gate, When):
        return When(gate.condition, _gate(blueprint, gate.then, whole=whole))
    behind = gate["behind"]
    arguments: dict[str, Operand] = {
        "tier": gate["name"],
        "needs": tuple(gate["needs"]),
        "whole": gate["name"] in whole,
        "behind": Ternary(behind.condition, behind.then, behind.otherwise) if isinstance(behind, When) else behind,
    }
    return splice(blueprint.part("gate", lambda: [_container(blueprint)], **arguments))


def _container(blueprint: Blueprint) -> Manifest:
    startup = startup_values(blueprint)
    whole, follow = all_of(Truth(Argument("whole")), blueprint.ordered), Truth(Argument("behind"))
    return {
        "name": gate_of(Text(Argument("tier"))),
        "image": blueprint.image(startup.image),
        "imagePullPolicy": blueprint.values.images.pull_policy,
        "command": ["sh", f"{_MOUNT_PATH}/wait.sh"],
        "args": [
            each(List(Argument("needs")), lambda need: need, certain=True),
            when(whole, "--tier"),
            when(whole, Text(Argument("tier"))),
            when(follow, "--gates-behind"),
            when(follow, f"{Number(Argument('behind'))}"),
        ],
        "resources": OmitEmpty(written_resources(startup.resources)),
        "securityContext": CONTAINER_SECURITY,
        "volumeMounts": [{"name": NAME, "mountPath": _MOUNT_PATH, "readOnly": True}],
    }


def _targets(blueprint: Blueprint, name: str) -> Iterator[Tree]:
    """The lines of the gates' targets: tier, name, how it is asked by those that need it, and how for the order of the tiers.

    The latter without a connection; but an external data service has no pods that the cluster's DNS could tell of. Further ports
    and endpoints that are needed have lines of their own, of no tier: the order of the tiers asks for services.
    """
    line, listed = f"{blueprint.tier_of(name)} {name}", f"dns://{listing_of(name)}"
    if name in blueprint.data_services:
        asked, outside = (f"tcp://{one.address}" for one in (blueprint.endpoint(name), blueprint.server(name)))
        yield f"{line} {asked} {choose(blueprint.is_external(name), outside, listed)}"
        yield from (
            _further(blueprint, name, key) for key in blueprint.connected[name].further if f"{name}:{key}" in blueprint.needed
        )
        return
    yield when(blueprint.presence(name), f"{line} {_asked(blueprint, name)} {listed}")
    for port in _needed_ports(blueprint, name):
        yield when(blueprint.presence(name), _further(blueprint, name, port))


def _further(blueprint: Blueprint, name: str, port: str) -> str:
    return f"- {name}:{port} tcp://{blueprint.endpoint(name, port).address}"


def _needed_ports(blueprint: Blueprint, name: str) -> list[str]:
    """The further ports of a service that others need."""
    return [port for port in blueprint.service(name).ports if f"{name}:{port}" in blueprint.needed]


def _connects(blueprint: Blueprint) -> bool:
    """Whether gates ask services by a connection."""
    services = blueprint.catalogue.services
    return any(_scheme(service) == "tcp" or _needed_ports(blueprint, name) for name, service in services.items())


def _asked(blueprint: Blueprint, name: str) -> str:
    """How those that need a service ask it."""
    scheme = _scheme(blueprint.service(name))
    if scheme == "dns":
        return f"dns://{listing_of(name)}"
    path = blueprint.values_of(name).probes.readiness_path if scheme == "http" else ""
    return f"{scheme}://{blueprint.endpoint(name).address}{path}"


def _scheme(service: Service) -> str:
    """A service is asked as the kubelet does, if others can, else by a connection: its Service takes none while no pod is ready.

    One without a main port has none that they may connect to.
    """
    if service.main_port is None:
        return "dns"
    return "http" if service.probe_handler.by_url else "tcp"
