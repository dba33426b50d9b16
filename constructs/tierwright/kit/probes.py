"""The probes of a service: what they ask, by its health in the catalogue, and how often, by the values."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from tierwright.blueprint import Blueprint
from tierwright.expressions.expression import Argument
from tierwright.expressions.tokens import Text, expression_of, operand_of, traced
from tierwright.expressions.tree import Tree
from tierwright.kit.metadata import Manifest, omit_none
from tierwright.model.health import ProbeHandler
from tierwright.model.running_values import Probe

HTTP = "http"
"""The name of the port of most services."""


def probes(blueprint: Blueprint, name: str) -> Manifest:
    """The probes of a container of the service `name`; empty where the catalogue says that nothing tells its health."""
    handler, values = blueprint.service(name).probe_handler, blueprint.values_of(name).probes
    if handler.kind == "none":
        return {}
    if handler.command:
        words = tuple(blueprint.fill(word, client=name) for word in handler.command)
        handler = msgspec.structs.replace(handler, command=words)
    return {
        # The readiness path, so that the first readiness probe, which follows at once, succeeds.
        "startupProbe": _probe(blueprint, handler, values.startup, path=values.readiness_path),
        "readinessProbe": _probe(blueprint, handler, values.readiness, path=values.readiness_path),
        "livenessProbe": _probe(blueprint, handler, values.liveness, path=values.liveness_path),
    }


def _probe(blueprint: Blueprint, handler: ProbeHandler, probe: Probe, *, path: str) -> Tree:
    """A probe. That of most services is a named template."""
    if handler.kind == "http" and handler.port and handler.port.name == HTTP:
        return blueprint.call("probe", _http_probe, path=operand_of(path), probe=expression_of(probe))
    return {**_HANDLERS[handler.kind](handler, path), **_rhythm(probe)}


def _http_probe() -> Manifest:
    get = {"httpGet": {"path": Text(Argument("path")), "port": HTTP}}
    return {**get, **_rhythm(traced(Probe, Argument("probe")))}


def _rhythm(probe: Probe) -> Manifest:
    return {
        "periodSeconds": probe.period_seconds,
        "timeoutSeconds": probe.timeout_seconds,
        "failureThreshold": probe.failure_threshold,
    }


def _http_get(handler: ProbeHandler, path: str) -> Manifest:
    assert handler.port
    return {"httpGet": {"path": path, "port": handler.port.name}}


def _grpc(handler: ProbeHandler, _path: str) -> Manifest:
    """Of all handlers, this one alone cannot name a port."""
    assert handler.port
    return {"grpc": omit_none({"port": handler.port.target_port, "service": handler.service or None})}


def _tcp_socket(handler: ProbeHandler, _path: str) -> Manifest:
    assert handler.port
    return {"tcpSocket": {"port": handler.port.name}}


def _exec(handler: ProbeHandler, _path: str) -> Manifest:
    return {"exec": {"command": list(handler.command)}}


_HANDLERS: dict[str, Callable[[ProbeHandler, str], Manifest]] = {
    "http": _http_get,
    "grpc": _grpc,
    "tcp": _tcp_socket,
    "command": _exec,
}
