"""What the API server refuses of further fields of pods, containers and Services.

First their schemas; of what has the right shape, the validations of
https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/apis/core/validation/validation.go.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tierwright.admission.container_rules import OF_HOOKS, of_named_ports
from tierwright.admission.field_rules import EACH, FieldRule, broken, matching, one_of, places
from tierwright.admission.kubernetes import refusals
from tierwright.admission.pieces import of_hook
from tierwright.admission.pod_security import unsafe_context, unsafe_hooks, unsafe_sysctls
from tierwright.admission.ports import repeated
from tierwright.config.problems import Complaint
from tierwright.model import names

Object = Mapping[str, Any]

_ADDRESS = "an IP address"
_MOST_SERVERS, _MOST_DOMAINS = 3, 32
_DOMAIN = re.compile(r"\.|[a-z0-9_]([-a-z0-9_]*[a-z0-9_])?(\.[a-z0-9_]([-a-z0-9_]*[a-z0-9_])?)*\.?")
_BALANCER = ("loadBalancerClass", "allocateLoadBalancerNodePorts", "healthCheckNodePort")
_LONGEST_AFFINITY = 86_400


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _all_match(pattern: str) -> Any:
    return lambda texts: all(re.match(pattern, text) for text in texts)


_OF_POD = (
    FieldRule(("hostAliases", EACH), "ip", _is_address, _ADDRESS, needed=True),
    FieldRule(("hostAliases", EACH), "hostnames", _all_match(names.OBJECT_NAME), "host names", needed=True),
    FieldRule(
        ("dnsConfig",),
        "nameservers",
        lambda servers: len(servers) <= _MOST_SERVERS and all(map(_is_address, servers)),
        f"up to {_MOST_SERVERS} IP addresses",
    ),
    FieldRule(
        ("dnsConfig",),
        "searches",
        lambda domains: len(domains) <= _MOST_DOMAINS and all(map(_DOMAIN.fullmatch, domains)),
        f"up to {_MOST_DOMAINS} domains",
    ),
    FieldRule(("dnsConfig", "options", EACH), "name", bool, "", needed=True),
    matching(("readinessGates", EACH), "conditionType", names.LABEL_NAME, needed=True),
)

_OF_CONTAINER = (
    one_of(("resizePolicy", EACH), "resourceName", ("cpu", "memory"), needed=True),
    one_of(("resizePolicy", EACH), "restartPolicy", ("NotRequired", "RestartContainer"), needed=True),
)

_OF_SERVICE = (
    matching((), "loadBalancerClass", names.LABEL_NAME),
    FieldRule((), "loadBalancerIP", _is_address, _ADDRESS),
    FieldRule((), "ipFamilies", lambda families: len(set(families)) == len(families), "IPv4, IPv6, each once"),
    FieldRule(
        ("sessionAffinityConfig", "clientIP"),
        "timeoutSeconds",
        lambda seconds: 0 < seconds <= _LONGEST_AFFINITY,
        f"a whole number from 1 to {_LONGEST_AFFINITY}",
    ),
)


def of_pod_fields(fields: Object) -> Iterator[Complaint]:
    """The further fields of a pod."""
    wrong = list(refusals({"containers": [], **fields}, "PodSpec"))
    yield from wrong or broken(fields, _OF_POD)
    if not wrong and fields.get("dnsPolicy") == "None" and not (fields.get("dnsConfig") or {}).get("nameservers"):
        yield ("dnsConfig", "nameservers"), "is missing", "name the servers, as dnsPolicy: None leaves the pods without any"


def of_pod_security(fields: Object) -> Iterator[Complaint]:
    """The further fields of the security context of pods."""
    wrong = list(refusals(fields, "PodSecurityContext"))
    yield from wrong or unsafe_context(fields)
    yield from wrong or unsafe_sysctls(fields)
    yield from wrong or repeated(places(fields, ("sysctls", EACH)), "name")


def of_container_fields(fields: Object) -> Iterator[Complaint]:
    """The further fields of a container."""
    wrong = list(refusals({"name": "any", **fields}, "Container"))
    yield from wrong or broken(fields, _OF_CONTAINER)
    yield from wrong or repeated(places(fields, ("resizePolicy", EACH)), "resourceName")


def of_lifecycle(hooks: Object, *, container: Object, grace: int) -> Iterator[Complaint]:
    """The hooks of a container, in a pod that has `grace` seconds to end."""
    wrong = list(refusals(hooks, "Lifecycle"))
    yield from wrong
    if not wrong:
        for key, handler in hooks.items():
            yield from of_hook((key,), handler, grace)
        yield from broken(hooks, OF_HOOKS)
        asking = {"name": container["name"], "ports": container.get("ports"), "lifecycle": hooks}
        yield from ((path[1:], unknown, allowed) for path, unknown, allowed in of_named_ports([((), asking)]))
        yield from unsafe_hooks(hooks, *((key,) for key in hooks))


def of_service_fields(fields: Object, *, kind: str) -> Iterator[Complaint]:
    """The further fields of a Service of a type."""
    wrong = list(refusals(fields, "ServiceSpec"))
    yield from wrong or broken(fields, _OF_SERVICE)
    for key in _BALANCER:
        if not wrong and fields.get(key) is not None and kind != "LoadBalancer":
            yield (key,), f"is for a LoadBalancer, and this is a {kind}", "remove it, or change service.type"
    if not wrong and fields.get("ipFamilyPolicy") == "SingleStack" and len({*(fields.get("ipFamilies") or ())}) > 1:
        yield ("ipFamilyPolicy",), "is SingleStack, but ipFamilies has two", "set PreferDualStack or RequireDualStack, or name one"
    if not wrong and fields.get("sessionAffinityConfig") is not None and fields.get("sessionAffinity") != "ClientIP":
        yield ("sessionAffinityConfig",), "is set without an affinity", "set sessionAffinity: ClientIP, or remove it"
