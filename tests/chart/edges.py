"""Every field of the values at the edges of what its schema allows: many at once, as far as the rules across values let them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.chart.overlays import SAMPLES, TEXTS, places
from tests.chart.platforms import Charted
from tierwright.config.problems import ConfigError, dotted
from tierwright.model import names
from tierwright.model.part import Part
from tierwright.model.platform import Platform

Overlay = dict[str, Any]
Steps = tuple[str, ...]

_DNS = ".".join(["a" * 62] * 4) + "a"
LONGEST = {
    names.OBJECT_NAME: [_DNS],
    names.OBJECT_NAME_OR_EMPTY: [_DNS],
    names.LABEL_NAME: [f"{_DNS}/{'b' * 63}", "A" * 63],
    names.DATA_KEY: ["a" * 253],
    names.NAMESPACE_NAME: ["a" * 63],
    names.SERVICE_NAME: ["a" * 53],
    names.VARIABLE_NAME: ["A" * 300],
    names.REGISTRY: ["a" * 127],
    names.REPOSITORY: ["a" * 127],
}
_PATTERNS = {names.portable(pattern): [*SAMPLES.get(pattern, []), *LONGEST.get(pattern, [])] for pattern in {**SAMPLES, **LONGEST}}

_NODES = [
    {"matchExpressions": [{"key": "a", "operator": "Gt", "values": ["3"]}, {"key": "b", "operator": "Exists"}]},
    {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [_DNS]}]},
]
_PODS = {
    "topologyKey": "a/b",
    "namespaces": ["a"],
    "namespaceSelector": {},
    "labelSelector": {"matchLabels": {"a": ""}, "matchExpressions": [{"key": "b", "operator": "NotIn", "values": ["", "c"]}]},
    "matchLabelKeys": ["c"],
    "mismatchLabelKeys": ["a"],
}
_REQUIRED, _PREFERRED = "requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution"
_USE = {"type": "Utilization", "averageUtilization": 100}
_SAFE: dict[str, Any] = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
GIVEN: dict[str, list[Any]] = {
    "nodePorts": [{}, {"http": 30000}, {"http": 32767}],
    "tolerations": [
        [],
        [{"operator": "Exists"}],
        [{"key": "a", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": -1}, {"key": "a/b", "value": ""}],
        [{"key": "a", "operator": "Equal", "value": "b", "effect": effect} for effect in ("NoSchedule", "PreferNoSchedule")],
    ],
    "affinity": [
        {},
        {"nodeAffinity": {_REQUIRED: {"nodeSelectorTerms": _NODES}, _PREFERRED: [{"weight": 100, "preference": {}}]}},
        {"podAffinity": {_REQUIRED: [_PODS]}, "podAntiAffinity": {_PREFERRED: [{"weight": 1, "podAffinityTerm": _PODS}]}},
    ],
    "extraEnv": [
        [{"name": "a.b-c 1", "value": "$(X"}, {"name": "B", "valueFrom": {"fieldRef": {"fieldPath": "status.podIPs"}}}],
        [{"name": "A", "valueFrom": {"resourceFieldRef": {"resource": "limits.ephemeral-storage"}}}],
        [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['a/b']"}}}, {"name": "B", "value": ""}],
        [{"name": "A", "valueFrom": {"secretKeyRef": {"name": _DNS, "key": ".a", "optional": True}}}],
    ],
    "extraVolumes": [
        [{"name": "a" * 63, "emptyDir": {"sizeLimit": "0.5Gi"}}, {"name": "b", "persistentVolumeClaim": {"claimName": "a"}}],
        [{"name": "1", "configMap": {"name": _DNS, "defaultMode": 511, "items": [{"key": ".a", "path": "a/b"}]}}],
        [{"name": "c", "csi": {"driver": "a.b"}}, {"name": "d", "projected": {"sources": [{"secret": {"name": "a"}}]}}],
    ],
    "extraVolumeMounts": [
        [{"name": "tmp", "mountPath": "a b", "subPath": "a/..b", "readOnly": True}, {"name": "tmp", "mountPath": "/x/../y"}],
        [{"name": "tmp", "mountPath": "/z", "subPathExpr": "$(PORT)"}],
    ],
    "extraEnvFrom": [
        [{"secretRef": {"name": _DNS}}, {"configMapRef": {"name": "a", "optional": True}, "prefix": "a.b-c "}],
    ],
    "initContainers": [
        [{"name": "a" * 63, "image": "a", "securityContext": _SAFE, "env": [{"name": "A", "value": "{{ x }}"}]}],
        [
            {
                "name": "1",
                "image": "a@b",
                "securityContext": _SAFE,
                "restartPolicy": "Always",
                "startupProbe": {"exec": {"command": ["a"]}},
            }
        ],
    ],
    "sidecars": [
        [
            {"name": "b", "image": "a", "securityContext": {**_SAFE, "runAsUser": 1, "seLinuxOptions": {"type": "container_t"}}},
            {
                "name": "c",
                "image": "a",
                "securityContext": {**_SAFE, "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}},
                "ports": [{"containerPort": 65535, "protocol": "SCTP", "name": "a"}],
                "resources": {"limits": {"cpu": "1", "memory": "1Gi", "ephemeral-storage": "1Mi"}},
            },
        ],
    ],
    "hostAliases": [[], [{"ip": "192.0.2.1", "hostnames": ["a", _DNS]}, {"ip": "2001:db8::1", "hostnames": ["a"]}]],
    "dnsConfig": [
        {},
        {
            "nameservers": ["192.0.2.1", "2001:db8::1"],
            "searches": [".", "a_b.c."],
            "options": [{"name": "a"}, {"name": "b", "value": ""}],
        },
    ],
    "readinessGates": [[], [{"conditionType": "a"}, {"conditionType": "a.b/c"}]],
    "metrics": [
        [],
        [{"type": "Pods", "pods": {"metric": {"name": "a"}, "target": {"type": "AverageValue", "averageValue": "10m"}}}],
        [{"type": "ContainerResource", "containerResource": {"container": "web", "name": "cpu", "target": _USE}}],
        [{"type": "External", "external": {"metric": {"name": "a", "selector": {}}, "target": {"type": "Value", "value": 1}}}],
    ],
    "behavior": [
        {"scaleUp": {"selectPolicy": "Disabled"}, "scaleDown": {"stabilizationWindowSeconds": 3600}},
        {"scaleDown": {"policies": [{"type": "Percent", "value": 100, "periodSeconds": 1800}], "selectPolicy": "Min"}},
    ],
    "constraints": [
        [],
        [
            {
                "maxSkew": 5,
                "topologyKey": "example.com/rack",
                "whenUnsatisfiable": "DoNotSchedule",
                "labelSelector": {"matchExpressions": [{"key": "a", "operator": "Exists"}]},
                "minDomains": 2,
                "nodeAffinityPolicy": "Ignore",
                "nodeTaintsPolicy": "Honor",
            },
        ],
    ],
    "sysctls": [[{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}]],
    "seLinuxOptions": [{"level": "s0:c123,c456"}, {"type": "container_init_t"}],
    "appArmorProfile": [{"type": "RuntimeDefault"}],
    "resizePolicy": [[{"resourceName": "memory", "restartPolicy": "RestartContainer"}]],
    "postStart": [{"exec": {"command": ["a"]}}, {"httpGet": {"path": "{{ x }}", "port": "http", "scheme": "HTTPS"}}],
    "preStop": [{"sleep": {"seconds": 1}}, {"exec": {"command": ["a", ""]}}],
    "sessionAffinityConfig": [{"clientIP": {"timeoutSeconds": 86400}}, {"clientIP": {}}, {}],
    "extraObjects": [
        [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": _DNS}, "data": {".a": "b", "a" * 253: ""}}],
        [
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a", "labels": {"b": ""}}, "data": {"a": "YQ=="}},
            {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "b"}, "spec": {"ports": [{"port": 1}]}},
        ],
    ],
    "externalCidrs": [{"apis": ["0.0.0.0/0", "::/0"]}, {"apis": ["192.0.2.1/32", "2001:DB8::/32"]}],
    "hosts": [{"www": "a:1"}, {"www": f"{'a.' * 126}b"}],
    "names": [{"signing": "a" * 53}],
    "hard": [{name: "1000000"} for name in SAMPLES[names.QUOTA_NAME]],
}
"""Values of fields that are given whole, by the field's name."""

LEFT_OUT = {("namespace", "name"), ("namespace", "create"), ("global",)}


def fields(parts: tuple[Part, ...]) -> dict[Steps, list[Any]]:
    """Every field of a platform with these components, with the values at its edges; one service represents all.

    It is `web`, which has no PostgreSQL, and so no `database`.
    """
    everywhere, of_service = places(parts)
    found = [(path, schema) for path, schema in everywhere if path[0] not in ("defaults", "services") and path not in LEFT_OUT]
    found += [(("services", "web", *path), schema) for path, schema in of_service if path[0] != "database"]
    edges = {path: _given(path[-1], schema) or _edges(schema) for path, schema in found}
    given = {path for path, schema in found if _given(path[-1], schema)}
    return {path: values for path, values in edges.items() if values and not any(path[:at] in given for at in range(len(path)))}


def _given(name: str, schema: Mapping[str, Any]) -> list[Any]:
    """The values of a field that Kubernetes has a word for; a field of that name with another type is none."""
    values = GIVEN.get(name, [])
    return values if values and isinstance(values[0], list) == ("array" in schema.get("type", "object")) else []


def _edges(schema: Mapping[str, Any]) -> list[Any]:
    kinds = schema.get("type", "object")
    kind = kinds if isinstance(kinds, str) else kinds[0]
    if "enum" in schema:
        return [one for one in schema["enum"] if one is not None]
    if kind == "integer":
        return [schema["minimum"], schema["maximum"]]
    if kind == "boolean":
        return [True, False]
    if kind == "string":
        return _PATTERNS.get(schema["pattern"], []) if "pattern" in schema else [*TEXTS[:12], "x" * 1000]
    if kind == "array":
        return [[], *([one] for one in _edges(schema["items"]))]
    entry = schema.get("additionalProperties")
    if "properties" in schema or not isinstance(entry, Mapping):
        return []
    keys, values = _PATTERNS[schema["propertyNames"]["pattern"]], _edges(entry)
    return [{keys[at % len(keys)]: values[at % len(values)]} for at in range(max(len(keys), len(values)))] if values else []


def rounds(charted: Charted, bases: list[Overlay], *, namespace: str) -> Iterator[tuple[dict[Steps, Any], Platform]]:
    """Every edge that the program takes, many of them in each platform. `bases` are overlays under which fields count."""
    refused = fields(charted.blueprint.parts)
    turn = 0
    for _ in range(2 * len(bases)):  # what is refused beside some values may be taken beside others
        pending, refused = refused, {}
        while pending:
            chosen = {path: values[0] for path, values in pending.items()}
            pending = {path: values[1:] for path, values in pending.items() if len(values) > 1}
            taken, platform = _taken(charted, _base(bases[turn % len(bases)], namespace), dict(chosen))
            for path in chosen.keys() - taken.keys():
                refused.setdefault(path, []).append(chosen[path])
            if taken:
                yield taken, platform
            turn += 1


def _base(overlay: Overlay, namespace: str) -> Overlay:
    base: Overlay = json.loads(json.dumps(overlay))
    base.setdefault("namespace", {})["name"] = namespace
    return base


def _taken(charted: Charted, base: Overlay, chosen: dict[Steps, Any]) -> tuple[dict[Steps, Any], Platform]:
    """As many of the chosen values as the program takes together: those nearest to where it complains are left out."""
    while True:
        try:
            return chosen, charted.load_with(_laid(base, chosen))
        except ConfigError as error:
            if not chosen:
                raise
            for problem in error.problems[: len(chosen)]:
                near = {path: _shared(f"{dotted(path)}.", f"{problem.path}.") for path in chosen}
                del chosen[max(near, key=near.__getitem__)]


def _shared(one: str, other: str) -> int:
    """How many characters two texts have in common from their beginning."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _laid(base: Overlay, chosen: Mapping[Steps, Any]) -> Overlay:
    overlay: Overlay = json.loads(json.dumps(base))
    for path, value in chosen.items():
        above = overlay
        for step in path[:-1]:
            if above.get(step) is None:
                above[step] = {}
            above = above[step]
        above[path[-1]] = {**above[path[-1]], **value} if isinstance(above.get(path[-1]), dict) else value
    return overlay
