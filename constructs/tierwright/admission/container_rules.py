"""What the API server refuses of any container, whoever adds it and in which pod."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tierwright.admission.field_rules import EACH, FieldRule, amount, one_of, places
from tierwright.admission.ports import LARGEST
from tierwright.config.problems import Complaint, Path, choices, shown, written

Object = Mapping[str, Any]

_HANDLERS = ("exec", "grpc", "httpGet", "tcpSocket")
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_ASKED_PORTS = tuple((probe, kind) for probe in _PROBES for kind in ("grpc", "httpGet", "tcpSocket"))
_HOOKS = ("postStart", "preStop")
_ASKING = (*_ASKED_PORTS, *(("lifecycle", hook, "httpGet") for hook in _HOOKS))
_LARGEST_ID = 2**31 - 1
_HEADER = re.compile("[-A-Za-z0-9]+")
_TIMES = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")


def is_resource(name: str) -> bool:
    """Whether a container can have such a resource."""
    return name in ("cpu", "memory", "ephemeral-storage") or name.startswith("hugepages-") or "/" in name


def _is_port(port: int | str) -> bool:
    return 0 < port <= LARGEST if isinstance(port, int) else bool(port)


def _is_header(name: str) -> bool:
    return _HEADER.fullmatch(name) is not None


def _request_rules(*where: str) -> tuple[FieldRule, ...]:
    """The rules of what is asked by HTTP."""
    return (
        FieldRule(where, "port", _is_port, f"from 1 to {LARGEST}, or a port's name"),
        one_of(where, "scheme", ("HTTP", "HTTPS"), or_empty=True),
        FieldRule((*where, "httpHeaders", EACH), "name", _is_header, "letters, digits and hyphens", needed=True),
    )


OF_HOOKS = tuple(rule for hook in _HOOKS for rule in _request_rules(hook, "httpGet"))
"""The rules of the fields of a lifecycle."""


def container_rules(where: tuple[str, ...] = ()) -> tuple[FieldRule, ...]:
    """The rules of the fields of each container at `where`."""
    return (
        FieldRule(where, "image", lambda image: image == image.strip(), "an image without outer spaces", needed=True),
        one_of(where, "imagePullPolicy", ("Always", "IfNotPresent", "Never"), or_empty=True),
        one_of(where, "terminationMessagePolicy", ("File", "FallbackToLogsOnError"), or_empty=True),
        *(
            FieldRule((*where, *asked), "port", _is_port, f"from 1 to {LARGEST}, or a port's name")
            for asked in _ASKED_PORTS
            if asked[-1] != "httpGet"
        ),
        *(rule for asked in _ASKING if asked[-1] == "httpGet" for rule in _request_rules(*where, *asked)),
        *(
            FieldRule((*where, probe), key, lambda number: number >= 0, "a whole number from 0")
            for probe in _PROBES
            for key in _TIMES
        ),
        *(
            FieldRule((*where, probe), "terminationGracePeriodSeconds", lambda number: number > 0, "a whole number from 1")
            for probe in ("livenessProbe", "startupProbe")
        ),
        FieldRule((*where, "readinessProbe"), "terminationGracePeriodSeconds", lambda _: False, "none, as it ends nothing"),
        *(
            FieldRule(
                (*where, "securityContext"), key, lambda number: 0 <= number <= _LARGEST_ID, f"a whole number to {_LARGEST_ID}"
            )
            for key in ("runAsUser", "runAsGroup")
        ),
    )


def of_probes(containers: Iterable[tuple[Path, Object]]) -> Iterator[Complaint]:
    """Probes that ask nothing, or several things; each container comes with its path."""
    for above, container in containers:
        for probe in _PROBES:
            for path, asked in places(container, (probe,), above):
                kinds = [kind for kind in _HANDLERS if asked.get(kind) is not None]
                if len(kinds) != 1:
                    yield path, f"asks {len(kinds)} things", f"allowed: one of {', '.join(_HANDLERS)}"
                if probe != "readinessProbe" and (asked.get("successThreshold") or 1) != 1:
                    yield (*path, "successThreshold"), f"{written(asked['successThreshold'])} is not allowed", "allowed: 1"


def of_named_ports(containers: Iterable[tuple[Path, Object]]) -> Iterator[Complaint]:
    """Probes and hooks of a port that the container does not name, so that they always fail; each container comes with its path."""
    for above, container in containers:
        names = [port["name"] for _, port in places(container, ("ports", EACH)) if port.get("name")]
        for asking in _ASKING:
            for path, asked in places(container, asking, above):
                port = asked.get("port")
                if port and isinstance(port, str) and port not in names:
                    yield (*path, "port"), f"{container['name']} has no port `{shown(port)}`", choices(port, names)


def of_amounts(containers: Iterable[tuple[Path, Object]]) -> Iterator[Complaint]:
    """Requests and limits that are no amounts; each container comes with its path."""
    for above, container in containers:
        for side in ("requests", "limits"):
            for path, amounts in places(container, ("resources", side), above):
                for resource, given in amounts.items():
                    number = amount(given)
                    if not is_resource(resource):
                        yield (
                            (*path, resource),
                            "is no resource",
                            "allowed: cpu, memory, ephemeral-storage, hugepages-SIZE, DOMAIN/NAME",
                        )
                    elif number is None or number < 0:
                        yield (*path, resource), f"{written(given)} is not allowed", "allowed: a quantity of at least 0"
