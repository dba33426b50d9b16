"""What the containers of a pod get on Kubernetes, computed from manifests alone.

The rules are those of https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/ and of the kubelet.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from tests.compose.seen import Mounted, Seen, Unknown
from tests.rendering import Rendered

Object = Mapping[str, Any]
Key = tuple[str, str]
"""A Secret, and one of its keys."""

_BINARY = "KMGTPE"
_QUANTITY = re.compile(r"([+-]?[0-9.]+)(?:[eE]([+-]?[0-9]+)|([numkMGTPE])|([KMGTPE])i)?")
_GATE = re.compile(r"wait-for-")
_IN_MAP = re.compile(r"metadata\.(labels|annotations)\['(.*)'\]")


def amount(text: object) -> Fraction:
    """A quantity as a number: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/."""
    found = _QUANTITY.fullmatch(str(text))
    assert found, text
    number, exponent, decimal, binary = found.groups()
    if binary:
        return Fraction(number) * Fraction(1024) ** (_BINARY.index(binary) + 1)
    thousands = {"n": -3, "u": -2, "m": -1, **{one: power for power, one in enumerate("kMGTPE", start=1)}}
    factor = Fraction(10) ** int(exponent or 0) * Fraction(1000) ** (thousands[decimal] if decimal else 0)
    return Fraction(number) * Fraction(factor)


def size(text: object) -> int:
    """A quantity as whole bytes."""
    return math.ceil(amount(text))


def expand(text: str, variables: Mapping[str, Any]) -> str:
    """A text with `$(NAME)` replaced; `$$` is a dollar sign, and what is no reference to a known variable stays."""
    made, at = "", 0
    while at < len(text):
        end = text.find(")", at) if text.startswith("$(", at) else -1
        value = variables.get(text[at + 2 : end]) if end > 0 else None
        if text.startswith("$$", at):
            made, at = f"{made}$", at + 2
        elif isinstance(value, str):
            made, at = f"{made}{value}", end + 1
        else:
            made, at = f"{made}{text[at]}", at + 1
    return made


@dataclass(frozen=True)
class Pod:
    """A pod of a workload, of which the platform has one at least."""

    workload: str
    name: str
    template: Object
    alone: bool

    @property
    def spec(self) -> Object:
        """The specification."""
        spec: Object = self.template["spec"]
        return spec

    @property
    def containers(self) -> list[Object]:
        """Its containers, but for gates; of a data service without those before, which prepare it to be one of several."""
        if self.alone:
            return [*self.spec["containers"]]
        before = [one for one in self.spec.get("initContainers", []) if not _GATE.match(one["name"])]
        return [*before, *self.spec["containers"]]

    @cached_property
    def volumes(self) -> Mapping[str, Object]:
        """Its volumes, by name, without its claims."""
        return {one["name"]: one for one in self.spec.get("volumes", [])}


def pods(rendered: Rendered) -> Iterator[Pod]:
    """The pods of the platform's services and data services."""
    catalogue = rendered.platform.catalogue
    for owner, template in rendered.pods():
        name = template["metadata"].get("labels", {}).get("app.kubernetes.io/name", "")
        if name in catalogue.services or name in catalogue.data_services:
            own = f"{name}-0" if owner.startswith("StatefulSet/") else name
            yield Pod(name, own, template, name in catalogue.data_services)


class Kubelet:
    """Starts the containers of a platform with these secrets; a key that is not among them is missing."""

    def __init__(self, rendered: Rendered, secrets: Mapping[Key, str]) -> None:
        self._rendered, self._secrets = rendered, secrets

    def containers(self) -> Iterator[tuple[Pod, str, Seen]]:
        """What each container gets, with its pod and its name."""
        for pod in pods(self._rendered):
            for container in pod.containers:
                yield pod, container["name"], self._seen(pod, container)

    def _seen(self, pod: Pod, container: Object) -> Seen:
        variables = self._variables(pod, container)
        own = pod.spec.get("securityContext", {})
        security = {**own, **container.get("securityContext", {})}
        user, group = security.get("runAsUser"), security.get("runAsGroup")
        groups = {*own.get("supplementalGroups", []), own.get("fsGroup", group)} - {group}
        capabilities = security.get("capabilities", {})
        limits = container.get("resources", {}).get("limits", {})
        hooks = container.get("lifecycle", {})
        service = self._rendered.platform.catalogue.services.get(pod.workload)
        needed = any(pod.workload in needs for needs in self._rendered.platform.graph.needs.values())
        port = service.main_port if service and needed and container["name"] == pod.workload else None
        return Seen(
            image=container["image"],
            entrypoint=[expand(word, variables) for word in container.get("command", [])],
            command=[expand(word, variables) for word in container.get("args", [])],
            variables=variables,
            working_dir=container.get("workingDir", ""),
            user="" if user is None else ":".join(str(one) for one in (user, group) if one is not None),
            groups={str(one) for one in groups},
            read_only=security.get("readOnlyRootFilesystem", False),
            gains_privileges=security.get("allowPrivilegeEscalation", True),
            privileged=security.get("privileged", False),
            capabilities=({*capabilities.get("drop", [])}, {*capabilities.get("add", [])}),
            terminal=(container.get("stdin", False), container.get("tty", False)),
            cpus=amount(limits["cpu"]) if "cpu" in limits else None,
            memory=size(limits["memory"]) if "memory" in limits else None,
            hooks={key: [*hook["exec"]["command"]] for key, hook in hooks.items() if "exec" in hook},
            # Where no health is asked, gates connect to the port.
            health=_health(container) or (["tcpSocket", port.target_port, ""] if port else None),
            hosts={(host, alias["ip"]) for alias in pod.spec.get("hostAliases", []) for host in alias["hostnames"]},
            dns=_dns(pod.spec.get("dnsConfig", {})),
            sysctls={one["name"]: one["value"] for one in own.get("sysctls", [])},
            **self._mounts(pod, container),
        )

    def _variables(self, pod: Pod, container: Object) -> dict[str, str | Unknown]:
        found: dict[str, str | Unknown] = {}
        for source in container.get("envFrom", []):
            found |= self._all_of(source)
        for one in container.get("env", []):
            value = self._value(pod, container, one, found)
            if value is not None:
                found[one["name"]] = value
        return found

    def _all_of(self, source: Object) -> Mapping[str, str | Unknown]:
        kind, reference = ("Secret", "secretRef") if "secretRef" in source else ("ConfigMap", "configMapRef")
        name, prefix = source[reference]["name"], source.get("prefix", "")
        if not self._rendered.has("ConfigMap", name) or kind == "Secret":
            return {f"of the {kind} {name}": Unknown(f"the variables of the {kind} {name}")}
        return {f"{prefix}{key}": value for key, value in self._data(name).items()}

    def _value(self, pod: Pod, container: Object, one: Object, before: Mapping[str, Any]) -> str | Unknown | None:
        source = one.get("valueFrom")
        if source is None:
            return expand(one.get("value", ""), before)
        known: str | None = None
        if "secretKeyRef" in source:
            key = source["secretKeyRef"]
            found = self._secrets.get((key["name"], key["key"]))
            assert found is not None or key.get("optional"), key
            return found
        if "configMapKeyRef" in source:
            known = self._data(source["configMapKeyRef"]["name"]).get(source["configMapKeyRef"]["key"])
        elif "resourceFieldRef" in source:
            known = _resource(source["resourceFieldRef"], container)
        elif "fieldRef" in source:
            known = self._field(pod, source["fieldRef"]["fieldPath"])
        return Unknown(f"the variable {one['name']}") if known is None else known

    def _field(self, pod: Pod, path: str) -> str | None:
        if found := _IN_MAP.fullmatch(path):
            return str(pod.template["metadata"].get(found[1], {}).get(found[2], ""))
        account = pod.spec.get("serviceAccountName", "default")
        facts = {"metadata.name": pod.name, "metadata.namespace": self._rendered.platform.namespace}
        return {**facts, "spec.serviceAccountName": account}.get(path)

    def _data(self, config_map: str) -> Mapping[str, str]:
        known = self._rendered.has("ConfigMap", config_map)
        data: Mapping[str, str] = self._rendered.get("ConfigMap", config_map).get("data", {}) if known else {}
        return data

    def _mounts(self, pod: Pod, container: Object) -> dict[str, Any]:
        found: dict[str, Any] = {"files": {}, "kept": {}, "folders": {}, "unmounted": set()}
        for mount in container.get("volumeMounts", []):
            path, part, writable = mount["mountPath"], mount.get("subPath", ""), not mount.get("readOnly", False)
            volume = pod.volumes.get(mount["name"])
            if mount.get("subPathExpr"):
                found["unmounted"].add(path)
            elif volume is None:
                found["kept"][path] = Mounted(f"claim {mount['name']}-{pod.name}", part, writable)
            elif "emptyDir" in volume:
                mounted = Mounted(f"{pod.name} {mount['name']}", part, writable)
                if self._is_shared(pod, mount, mounted):
                    found["kept"][path] = mounted
                else:
                    in_memory = path == "/dev/shm" and container.get("resources", {}).get("limits", {}).get("memory")  # noqa: S108
                    limit = volume["emptyDir"].get("sizeLimit", in_memory or None)
                    found["folders"][path] = None if limit is None else size(limit)
            elif "persistentVolumeClaim" in volume and self._is_claim(volume["persistentVolumeClaim"]["claimName"]):
                found["kept"][path] = Mounted(f"claim {volume['persistentVolumeClaim']['claimName']}", part, writable)
            else:
                for source in sources_of(volume):
                    self._add_files(found, path, part, self._contents(pod, source))
                if part and path in found["files"]:
                    found["unmounted"].discard(path)  # whatever the other sources have
        return found

    def _is_shared(self, pod: Pod, mount: Object, mounted: Mounted) -> bool:
        """Whether another mount of the pod has files of the same volume."""
        others = (one for container in pod.containers for one in container.get("volumeMounts", []) if one is not mount)
        return any(mounted.seen_from(Mounted(f"{pod.name} {one['name']}", one.get("subPath", ""), True)) for one in others)

    def _is_claim(self, name: str) -> bool:
        """Whether a claim is that of a pod of the platform."""
        return any(
            name == f"{claim['metadata']['name']}-{owner}-0"
            for owner, one in self._rendered.kinds("StatefulSet").items()
            for claim in one["spec"].get("volumeClaimTemplates", [])
        )

    def _add_files(self, found: dict[str, Any], path: str, part: str, contents: Mapping[str, tuple[Any, int]] | None) -> None:
        there = {path if part else f"{path}/{name}": one for name, one in (contents or {}).items() if not part or name == part}
        found["files"] |= {name: one for name, one in there.items() if one[0] is not None}
        found["unmounted"] |= {path} if contents is None else {name for name, one in there.items() if one[0] is None}

    def _contents(self, pod: Pod, volume: Object) -> dict[str, tuple[Any, int]] | None:
        """The files of a volume, with their modes; of those that are no text None. None at all where no engine could know them."""
        data: dict[str, Any]
        if "configMap" in volume and self._rendered.has("ConfigMap", volume["configMap"]["name"]):
            source = volume["configMap"]
            binary = self._rendered.get("ConfigMap", source["name"]).get("binaryData", {})
            data = {**self._data(source["name"]), **dict.fromkeys(binary)}
            items = source.get("items") or [{"key": key, "path": key} for key in data]
        elif volume.get("secret", {}).get("items"):
            source = volume["secret"]
            data = {key: value for (secret, key), value in self._secrets.items() if secret == source["secretName"]}
            items = source["items"]
        else:
            return None
        mode = source.get("defaultMode", 0o644)
        # Where the pod has a group for its volumes, files are that group's too; others have no such group.
        everybody = 0o444 if "fsGroup" in pod.spec.get("securityContext", {}) else 0
        return {one["path"]: (data[one["key"]], one.get("mode", mode) | everybody) for one in items if one["key"] in data}


def sources_of(volume: Object) -> list[Object]:
    """The sources of a projected volume as volumes of their own; any other volume is its own source."""
    if "projected" not in volume:
        return [volume]
    mode = volume["projected"].get("defaultMode", 0o644)
    alone = [{kind: {"defaultMode": mode, **one} for kind, one in source.items()} for source in volume["projected"]["sources"]]
    return [{kind: {**one, "secretName": one.get("name")} for kind, one in source.items()} for source in alone]


def _health(container: Object) -> list[Any] | None:
    """What is asked of a container: its kind, and the words of a command, or a port with a path or the name of a service."""
    probe = container.get("readinessProbe")
    if probe is None:
        return None
    if "exec" in probe:
        # Here variables are what is written in the manifest: nothing, where their value comes from elsewhere.
        written = {one["name"]: one.get("value", "") for one in container.get("env", [])}
        return ["exec", *(expand(word, written) for word in probe["exec"]["command"])]
    ports = {one["name"]: one["containerPort"] for one in container.get("ports", []) if "name" in one}
    (kind,) = {"httpGet", "grpc", "tcpSocket"} & {*probe}
    asked = probe[kind]
    return [kind, ports.get(asked["port"], asked["port"]), asked.get("path", asked.get("service") or "")]


def _resource(reference: Object, container: Object) -> str | None:
    kind, _, resource = reference["resource"].partition(".")
    given = container.get("resources", {}).get(kind, {}).get(resource)
    return None if given is None else str(math.ceil(amount(given) / (amount(reference.get("divisor") or "1") or 1)))


def _dns(config: Object) -> tuple[list[str], list[str], list[str]]:
    options = [f"{one['name']}:{one['value']}" if one.get("value") else one["name"] for one in config.get("options", [])]
    servers, searches = config.get("nameservers", []), config.get("searches", [])
    return [*dict.fromkeys(servers)], [*dict.fromkeys(searches)], [*dict.fromkeys(options)]
