"""The probes of a service: what they ask, by its health in the catalogue, and how often, by the values."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from tierwright.kit.metadata import Manifest, omit_none
from tierwright.kit.service_meta import ServiceMeta
from tierwright.model.health import ProbeHandler
from tierwright.model.running_values import Probe
from tierwright.model.service import Service

HTTP = "http"
"""The name of the port of most services."""


def probes(meta: ServiceMeta, service: Service) -> Manifest:
    """The probes of a container of a service; empty where the catalogue says that nothing tells its health."""
    handler, values = service.probe_handler, meta.values.probes
    if handler.kind == "none":
        return {}
    if handler.command:
        words = tuple(meta.blueprint.fill(word, client=meta.name) for word in handler.command)
        handler = msgspec.structs.replace(handler, command=words)
    return {
        # The readiness path, so that the first readiness probe, which follows at once, succeeds.
        "startupProbe": _probe(handler, values.startup, path=values.readiness_path),
        "readinessProbe": _probe(handler, values.readiness, path=values.readiness_path),
        "livenessProbe": _probe(handler, values.liveness, path=values.liveness_path),
    }


def _probe(handler: ProbeHandler, probe: Probe, *, path: str) -> Manifest:
    return {
        **_HANDLERS[handler.kind](handler, path),
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
