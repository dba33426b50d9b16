"""What the API server refuses of values of services because of the cluster, or of each other: time zones and ports of nodes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tierwright.blueprint import Evaluated
from tierwright.components.extra_objects import position
from tierwright.config.problems import Complaint, Path, written

_ALWAYS_KNOWN = "UTC"


def of_time_zone(name: str) -> tuple[str, str] | None:
    """What is wrong with a CronJob's time zone, and what is allowed; None where nothing is, or this machine knows no zones."""
    if name == "Etc/UTC" or _is_known(name) or not _is_known(_ALWAYS_KNOWN):
        return None
    return f"there is no time zone {written(name)}", "allowed: a name of the tz database, such as Europe/Vienna"


def _is_known(name: str) -> bool:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def of_time_zones(objects: Sequence[Evaluated]) -> Iterator[tuple[str, Complaint]]:
    """Time zones of services that there are not: the service, and the complaint with its path in the values of a service."""
    for evaluated in objects:
        if (
            evaluated.kind == "CronJob"
            and position(evaluated) is None
            and (wrong := of_time_zone(evaluated.manifest["spec"].get("timeZone") or "UTC"))
        ):
            yield evaluated.manifest["metadata"]["name"], (("job", "timeZone"), *wrong)


def of_node_ports(objects: Sequence[Evaluated]) -> Iterator[tuple[str, Complaint]]:
    """Ports of nodes that two Services ask for, as `of_time_zones` tells them; those of the user's own objects keep theirs."""
    taken: dict[tuple[int, str], str] = {}
    services = [service for service in objects if service.kind == "Service" and service.api_version == "v1"]
    for service in sorted(services, key=lambda service: position(service) is None):
        name = service.manifest["metadata"]["name"]
        for number, protocol, path in _node_ports(service):
            holder = taken.setdefault((number, protocol), name)
            if holder != name and position(service) is None:
                yield name, (path, f"the Service {holder} has the port {number} of the nodes already", "choose another")


def _node_ports(service: Evaluated) -> Iterator[tuple[int, str, Path]]:
    """The ports of nodes that a Service gets, with their protocol, and where the values of a service set them."""
    spec = service.manifest.get("spec") or {}
    if spec.get("type") not in ("NodePort", "LoadBalancer"):
        return
    for port in spec.get("ports") or ():
        if port.get("nodePort"):
            yield port["nodePort"], port.get("protocol") or "TCP", ("service", "nodePorts", port.get("name") or "")
    if spec.get("healthCheckNodePort"):
        yield spec["healthCheckNodePort"], "TCP", ("service", "spec", "healthCheckNodePort")
