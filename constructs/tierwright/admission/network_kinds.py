"""What the API server refuses of Services, NetworkPolicies and Ingresses although each field has the right type."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tierwright.admission.field_rules import EACH, FieldRule, below, broken, matching, one_of, places
from tierwright.admission.ports import LARGEST, port_rules, repeated_ports
from tierwright.admission.selectors import of_labels
from tierwright.config.problems import Complaint, Path, written
from tierwright.model import names
from tierwright.model.names import IN_WORDS

Object = Mapping[str, Any]

_PORTS = ("spec", "ports", EACH)
_OF_SERVICE = port_rules(_PORTS, "port", names.NAMESPACE_NAME)

_PROTOCOLS = ("TCP", "UDP", "SCTP")


def _is_target(port: int | str) -> bool:
    return 0 < port <= LARGEST if isinstance(port, int) else re.match(names.PORT_NAME, port) is not None


_TARGET = f"a whole number from 1 to {LARGEST}, or the name of a port of the pods"
_OF_TARGETS = (
    FieldRule(_PORTS, "targetPort", lambda port: not port or _is_target(port), _TARGET),
    FieldRule(("spec",), "externalName", lambda name: not name or re.match(names.OBJECT_NAME, name) is not None, "a DNS name"),
    one_of(("spec",), "sessionAffinity", ("None", "ClientIP"), or_empty=True),
    one_of(("spec",), "externalTrafficPolicy", ("Cluster", "Local"), or_empty=True),
    one_of(("spec",), "internalTrafficPolicy", ("Cluster", "Local")),
    one_of(("spec",), "ipFamilyPolicy", ("SingleStack", "PreferDualStack", "RequireDualStack")),
)

_PEERS = ("podSelector", "namespaceSelector", "ipBlock")
_ALL_PEERS = (("spec", "ingress", EACH, "from", EACH), ("spec", "egress", EACH, "to", EACH))
_ALL_PORTS = (("spec", "ingress", EACH, "ports", EACH), ("spec", "egress", EACH, "ports", EACH))

_OF_POLICY = tuple(
    rule
    for where in _ALL_PORTS
    for rule in (
        FieldRule(where, "port", _is_target, _TARGET),
        FieldRule(where, "endPort", lambda port: port <= LARGEST, f"a whole number to {LARGEST}"),
        one_of(where, "protocol", _PROTOCOLS),
    )
)

_RULES = ("spec", "rules", EACH)
_PATHS = (*_RULES, "http", "paths", EACH)
_ADDRESS = rf"^{names.IPV4}\Z"
_ANY_PATH = "ImplementationSpecific"
_NOT_IN_PATHS = re.compile(r"//|/\.\.?(/|\Z)|%2[fF]")


def _is_name(text: str) -> bool:
    return re.match(names.OBJECT_NAME, text.removeprefix("*.")) is not None


def _is_host(text: str) -> bool:
    return not text or (_is_name(text) and re.match(_ADDRESS, text) is None)


_OF_INGRESS = (
    FieldRule(_RULES, "host", _is_host, "a DNS name without a port, such as shop.example or *.shop.example"),
    FieldRule(("spec", "tls", EACH), "hosts", lambda hosts: all(map(_is_name, hosts)), "DNS names without a port"),
    matching(("spec",), "ingressClassName", names.OBJECT_NAME),
    matching(("spec", "tls", EACH), "secretName", names.OBJECT_NAME, or_empty=True),
    FieldRule((*_RULES, "http"), "paths", lambda _: True, "", needed=True),
    one_of(_PATHS, "pathType", ("Exact", "Prefix", _ANY_PATH), needed=True),
    FieldRule(_PATHS, "path", lambda text: not text or text.startswith("/"), IN_WORDS[names.URL_PATH]),
)

_OF_BACKEND = (
    matching((), "name", names.NAMESPACE_NAME),
    matching(("port",), "name", names.PORT_NAME, or_empty=True),
    FieldRule(("port",), "number", lambda port: 0 <= port <= LARGEST, f"a whole number from 1 to {LARGEST}"),
)


def of_service(service: Object) -> Iterator[Complaint]:
    """The ports of a Service: at least one, unless it is headless or an alias; several need names."""
    spec, ports = service.get("spec") or {}, list(places(service, _PORTS))
    kind, headless = spec.get("type") or "ClusterIP", spec.get("clusterIP") == "None"
    if not ports and kind != "ExternalName" and not headless:
        yield ("spec", "ports"), "there is none", "add one, or write clusterIP: None"
    if headless and kind != "ClusterIP":
        yield ("spec", "clusterIP"), f"None is not allowed for the type {kind}", "remove one of the two"
    if kind == "ExternalName" and not spec.get("externalName"):
        yield ("spec", "externalName"), "is missing", "add it"
    for path, port in ports if len(ports) > 1 else ():
        if not port.get("name"):
            yield (*path, "name"), "is missing", "name each port where there are several"
    for path, port in ports if kind not in ("NodePort", "LoadBalancer") else ():
        if port.get("nodePort"):
            yield (*path, "nodePort"), f"is for a NodePort or LoadBalancer, and this is a {kind}", "remove it"
    yield from broken(service, _OF_SERVICE)
    yield from broken(service, _OF_TARGETS)
    yield from of_labels(("spec", "selector"), spec.get("selector"))
    yield from repeated_ports(ports, "port")


def of_policy(policy: Object) -> Iterator[Complaint]:
    """The peers and ports of a NetworkPolicy, and its directions."""
    for where in _ALL_PEERS:
        for path, peer in places(policy, where):
            yield from _of_peer(path, peer)
    yield from broken(policy, _OF_POLICY)
    for where in _ALL_PORTS:
        for path, entry in places(policy, where):
            first, last = entry.get("port"), entry.get("endPort")
            if last is not None and not isinstance(first, int):
                yield (*path, "endPort"), "is the end of a range that begins with no number", "write the first number as port"
            elif last is not None and last < first:
                yield (*path, "endPort"), f"{last} is below the port, {first}", "write the larger one here"
    for index, kind in enumerate((policy.get("spec") or {}).get("policyTypes") or ()):
        if kind not in ("Ingress", "Egress"):
            yield ("spec", "policyTypes", index), f"{written(kind)} is not allowed", "allowed: Ingress, Egress"


def _of_peer(path: Path, peer: Object) -> Iterator[Complaint]:
    given = [key for key in _PEERS if peer.get(key) is not None]
    if not given:
        yield path, "names nobody", f"allowed: {', '.join(_PEERS)}"
    elif "ipBlock" in given:
        path, block = (*path, "ipBlock"), peer["ipBlock"]
        if len(given) > 1:
            yield path, f"is set beside {given[0]}", "make it an entry of its own"
        whole = _network(block["cidr"])
        if whole is None:
            yield (*path, "cidr"), f"{written(block['cidr'])} is not allowed", f"allowed: {IN_WORDS[names.NETWORK]}"
        for index, text in enumerate(block.get("except") or ()):
            part = _network(text)
            if part is None:
                yield (*path, "except", index), f"{written(text)} is not allowed", f"allowed: {IN_WORDS[names.NETWORK]}"
            elif whole is not None and not _is_part(part, whole):
                yield (*path, "except", index), f"{text} is no part of {block['cidr']}", "allowed: a smaller network inside of it"


def _network(text: str | None) -> names.Network | None:
    """A text as a network; from Kubernetes 1.36 on, bits after the prefix are refused."""
    sound = re.match(names.NETWORK, text or "") is not None and names.is_cidr(text or "")
    return ipaddress.ip_network(text or "") if sound else None


def _is_part(part: names.Network, whole: names.Network) -> bool:
    """Whether one network is a part of another, but not equal to it."""
    return part.version == whole.version and part.network_address in whole and part.prefixlen > whole.prefixlen


def of_ingress(ingress: Object) -> Iterator[Complaint]:
    """The hosts, paths and backends of an Ingress."""
    spec = ingress.get("spec") or {}
    if not spec.get("rules") and spec.get("defaultBackend") is None:
        yield ("spec",), "has neither rules nor a defaultBackend", "add one of the two"
    yield from broken(ingress, _OF_INGRESS)
    for path, entry in places(ingress, _PATHS):
        text = entry.get("path") or ""
        if entry["pathType"] != _ANY_PATH and not text:
            yield (*path, "path"), "is missing", "add it, such as /"
        elif entry["pathType"] != _ANY_PATH and _NOT_IN_PATHS.search(text):
            yield (*path, "path"), f"{written(text)} is not allowed", "allowed: a path without //, /./, /../ and %2F"
        yield from _of_backend((*path, "backend"), entry["backend"] or {})
    if spec.get("defaultBackend") is not None:
        yield from _of_backend(("spec", "defaultBackend"), spec["defaultBackend"])


def _of_backend(path: Path, backend: Object) -> Iterator[Complaint]:
    service, other = backend.get("service"), backend.get("resource")
    if service is not None and other is not None:
        yield path, "names both a service and a resource", "keep one of the two"
    elif service is None and other is None:
        yield path, "names neither a service nor a resource", "name a service and its port"
    elif service is not None:
        path, port = (*path, "service"), service.get("port") or {}
        yield from below(path, broken(service, _OF_BACKEND))
        if bool(port.get("name")) == bool(port.get("number")):
            has = "both a name and a number" if port.get("name") else "neither a name nor a number"
            yield (*path, "port"), f"has {has}", "write one of the two"
