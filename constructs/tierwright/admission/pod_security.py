"""The restricted Pod Security Standard, which the namespace enforces, for containers and pods that users add.

https://kubernetes.io/docs/concepts/security/pod-security-standards/. The platform's pods have what the standard wants of a pod: a
user that is not root, and the runtime's seccomp profile. So a container in one need not say these, but must not say otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tierwright.admission.field_rules import EACH, below, places
from tierwright.admission.volumes import KINDS, NO_SUCH_VOLUME
from tierwright.config.problems import Complaint, Path, written

Object = Mapping[str, Any]

_STANDARD = "by the Pod Security Standard of the namespace"
_NO_ROOT = "a user that is not root"
_CAPABILITY = "NET_BIND_SERVICE"
_SELINUX_TYPES = ("container_t", "container_init_t", "container_kvm_t", "container_engine_t")
_PROFILES = ("RuntimeDefault", "Localhost")

_SAFE_SYSCTLS = (
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_wmem",
)

_OPEN: tuple[tuple[str, tuple[Any, ...], str], ...] = (
    ("privileged", (None, False), "false"),
    ("runAsNonRoot", (None, True), "true"),
    ("procMount", (None, "Default"), "Default"),
    ("allowPrivilegeEscalation", (False,), "false"),
)
"""Fields of a security context: what they may be, None where it need not be set, and the same in words."""

_ASKED = ("livenessProbe", "readinessProbe", "startupProbe")
_HOOKS = (("lifecycle", "postStart"), ("lifecycle", "preStop"))
_OF_HOST = ("hostNetwork", "hostPID", "hostIPC")
_WANTED = ((("runAsNonRoot",), "true"), (("seccompProfile", "type"), ", ".join(_PROFILES)))
"""Fields of a security context that a pod has, or each of its containers."""


def unsafe_pod(pod: Object) -> Iterator[Complaint]:
    """What the standard does not let a Pod or pod template have, or wants it to have. Of Windows, it wants less."""
    spec = pod["spec"]
    if (spec.get("os") or {}).get("name") != "windows":
        yield from below(("spec",), _unsafe_spec(spec))


def _unsafe_spec(spec: Object) -> Iterator[Complaint]:
    for key in _OF_HOST:
        if spec.get(key):
            yield _told((key,), True, "false")
    yield from _unsafe_volumes(spec)
    context = spec.get("securityContext") or {}
    if context.get("runAsNonRoot") is False:
        yield _told(("securityContext", "runAsNonRoot"), False, "true")
    if context.get("runAsUser") == 0:
        yield _told(("securityContext", "runAsUser"), 0, _NO_ROOT)
    yield from below(("securityContext",), (*unsafe_context(context), *unsafe_sysctls(context)))
    containers = [one for key in ("initContainers", "containers") for one in places(spec, (key, EACH))]
    contexts = [container.get("securityContext") or {} for _, container in containers]
    for steps, allowed in _WANTED:
        if _at(context, steps) is None and any(_at(one, steps) is None for one in contexts):
            yield _told(("securityContext", *steps), None, allowed)
    for path, container in containers:
        yield from below(path, unsafe(container))


def _unsafe_volumes(spec: Object) -> Iterator[Complaint]:
    for path, volume in places(spec, ("volumes", EACH)):
        for kind, given in volume.items():
            if kind not in ("name", *KINDS) and given is not None:
                yield (*path, kind), NO_SUCH_VOLUME, f"allowed: {', '.join(KINDS)}"


def _at(context: Object, steps: tuple[str, ...]) -> Any:
    """The value at these steps; None where there is none."""
    return next((above.get(steps[-1]) for _, above in places(context, steps[:-1])), None)


def unsafe(container: Object) -> Iterator[Complaint]:
    """What the standard does not let a container have, or wants it to have."""
    context = container.get("securityContext") or {}
    for key, permitted, allowed in _OPEN:
        if context.get(key) not in permitted:
            yield _told(("securityContext", key), context.get(key), allowed)
    if context.get("runAsUser") == 0:
        yield _told(("securityContext", "runAsUser"), 0, _NO_ROOT)
    yield from _of_capabilities(context.get("capabilities") or {})
    for path, wrong, allowed in unsafe_context(context):
        yield ("securityContext", *path), wrong, allowed
    for path, port in places(container, ("ports", EACH)):
        if port.get("hostPort"):
            yield _told((*path, "hostPort"), port["hostPort"], "none")
    yield from unsafe_hooks(container, *((probe,) for probe in _ASKED), *_HOOKS)


def unsafe_context(context: Object) -> Iterator[Complaint]:
    """What a security context of a pod or container must not say; paths are those in it."""
    profile = (context.get("seccompProfile") or {}).get("type")
    if profile not in (None, *_PROFILES):
        yield _told(("seccompProfile", "type"), profile, ", ".join(_PROFILES))
    if (context.get("appArmorProfile") or {}).get("type") not in (None, *_PROFILES):
        yield _told(("appArmorProfile", "type"), context["appArmorProfile"]["type"], ", ".join(_PROFILES))
    for key in ("seccompProfile", "appArmorProfile"):
        given = context.get(key) or {}
        if given.get("type") == "Localhost" and not given.get("localhostProfile"):
            yield (key, "localhostProfile"), "is missing", "name the file of the node, or set the type RuntimeDefault"
        elif given.get("type") == "RuntimeDefault" and given.get("localhostProfile"):
            yield (key, "localhostProfile"), "is for the type Localhost", "remove it, or change the type"
    options = context.get("seLinuxOptions") or {}
    if options.get("type") not in (None, "", *_SELINUX_TYPES):
        yield _told(("seLinuxOptions", "type"), options["type"], ", ".join(_SELINUX_TYPES))
    for key in ("user", "role"):
        if options.get(key):
            yield _told(("seLinuxOptions", key), options[key], "none")
    if (context.get("windowsOptions") or {}).get("hostProcess"):
        yield _told(("windowsOptions", "hostProcess"), True, "false")


def unsafe_sysctls(context: Object) -> Iterator[Complaint]:
    """Kernel parameters that the security context of a pod must not set."""
    for path, setting in places(context, ("sysctls", EACH)):
        if setting["name"] not in _SAFE_SYSCTLS:
            yield (*path, "name"), f"{written(setting['name'])} is not allowed", f"allowed: {', '.join(_SAFE_SYSCTLS)}"


def unsafe_hooks(container: Object, *where: tuple[str, ...]) -> Iterator[Complaint]:
    """Hosts that probes and hooks must not name: the kubelet would connect to them, past all policies."""
    for steps in where:
        for kind in ("httpGet", "tcpSocket"):
            for path, handler in places(container, (*steps, kind)):
                if handler.get("host"):
                    yield _told((*path, "host"), handler["host"], "none, which is the pod itself")


def _of_capabilities(capabilities: Object) -> Iterator[Complaint]:
    if "ALL" not in (capabilities.get("drop") or ()):
        yield _told(("securityContext", "capabilities", "drop"), capabilities.get("drop"), "a list with ALL in it")
    for index, capability in enumerate(capabilities.get("add") or ()):
        if capability != _CAPABILITY:
            yield _told(("securityContext", "capabilities", "add", index), capability, _CAPABILITY)


def _told(path: Path, value: Any, allowed: str) -> Complaint:
    wrong = "is missing" if value is None else f"{written(value)} is not allowed"
    return path, wrong, f"allowed, {_STANDARD}: {allowed}"
