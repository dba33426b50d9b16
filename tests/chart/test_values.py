"""Each value says something: set otherwise, it changes what is rendered."""

import json
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.chart.overlays import SAMPLES
from tests.chart.platforms import Charted, small, workloads
from tierwright.components.registry import COMPONENTS
from tierwright.config.problems import ConfigError
from tierwright.model.part import possible_parts
from tierwright.model.reference import reference
from tierwright.model.schemas import values_schema
from tierwright.model.values import values_type
from tierwright.outputs.helm.values_file import RELEASE

OTHERWISE = {
    ("services",),
    ("postgres", "reservedConnections"),
    ("postgres", "external", "readsHost"),
    ("postgres", "external", "tls"),
    ("postgres", "backup", "method"),
    ("defaults", "service", "type"),
    ("defaults", "service", "nodePorts"),
    ("chartTest", "placement"),
}
"""Laid over the defaults; of rules alone; of services that read; refused for all services at once, since not all are public; with a
place of its own; Helm's alone."""

LEAVES = [
    path
    for entry in reference(values_type(possible_parts(COMPONENTS)))
    for path, _ in entry.leaves()
    if not any(path[: len(one)] == one for one in {*RELEASE, *OTHERWISE})
]
_TO_REPOSITORY: dict[str, Any] = {"enabled": True, "method": "pgbackrest"}
_PLACES: list[dict[str, Any]] = [
    {"claim": "own", "passphrase": {"name": "own"}},
    {"s3": {"host": "a.example", "bucket": "own", "secret": {"name": "own"}, "ca": {"name": "own"}}},
]
SWITCHED_ON: list[dict[str, Any]] = [
    {},
    {"namespace": {"quota": {"enabled": True}}, "secrets": {"mode": "external", "store": {"name": "vault"}}},
    {"defaults": {"autoscaling": {"enabled": True}, "replicas": 2}},
    {"defaults": {"replicas": 2, "image": {"repository": "acme/all"}}},
    {"images": {"publicRegistry": "mirror.example"}, "postgres": {"developerAccess": {"enabled": True, "cidrs": ["10.0.0.0/8"]}}},
    {"networkPolicy": {"edge": {"cidrs": ["0.0.0.0/0"]}}, "services": {"web": {"service": {"type": "LoadBalancer"}}}},
    {"networkPolicy": {"metrics": {"namespaces": ["monitoring"]}}},
    {"postgres": {"topology": "replicated", "image": {"repository": "own/patroni"}}},
    {"postgres": {"topology": "cloudnative-pg"}},
    {"postgres": {"backup": {"enabled": True}}},
    {"postgres": {"tls": {"secret": "own"}}},
    {"postgres": {"tls": {"enabled": True, "secret": "own"}}},
    {"postgres": {"pooler": {"enabled": True}}},
    {"rabbitmq": {"topology": "cluster"}},
    {"rabbitmq": {"topology": "operator"}},
    {"rabbitmq": {"topology": "operator", "tls": {"enabled": True, "secret": "own"}, "users": {"ops": {"secret": "ops"}}}},
    {"rabbitmq": {"tls": {"enabled": True, "secret": "own"}}},
    {"rabbitmq": {"metrics": {"namespaces": ["monitoring"]}}},
    {"rabbitmq": {"users": {"ops": {"secret": "ops"}}, "definitions": {"vhosts": [{"name": "a"}]}}},
    *({"rabbitmq": {"backup": {"enabled": True, "repository": one}}} for one in _PLACES),
    {"redis": {"topology": "sentinel"}},
    {"redis": {"backup": {"repository": {"claim": "own"}}}},
    *({"redis": {"backup": {"enabled": True, "repository": one, "restore": {"snapshot": "latest"}}}} for one in _PLACES),
    {"rabbitmq": {"developerAccess": {"enabled": True, "cidrs": ["10.0.0.0/8"]}}},
    *({"postgres": {"image": {"repository": "own/pg"}, "backup": {**_TO_REPOSITORY, "repository": one}}} for one in _PLACES),
    {
        name: {"topology": "external", "external": {"host": "a.example", "cidrs": ["10.0.0.0/8"]}, **more}
        for name, more in (("postgres", {"urlOptions": "sslmode=require"}), ("rabbitmq", {}), ("redis", {}))
    },
]
"""Overlays under which each value counts in one at least."""

_TARGET = {"type": "AverageValue", "averageValue": "10"}
_CONTAINER = {
    "name": "a",
    "image": "a:1",
    "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
}
_CONSTRAINT = {
    "maxSkew": 1,
    "topologyKey": "rack",
    "whenUnsatisfiable": "DoNotSchedule",
    "labelSelector": {"matchLabels": {"a": "b"}},
}
_SPREAD = [
    ("defaults",),
    ("postgres", "replication"),
    ("postgres", "pooler"),
    ("rabbitmq", "cluster"),
    ("redis", "replication"),
]
WHOLE: dict[tuple[str, ...], Any] = {
    ("public", "hosts"): {"www": "shop.example"},
    ("networkPolicy", "externalCidrs"): {"apis": ["192.0.2.0/24"]},
    ("defaults", "extraVolumes"): [{"name": "a", "emptyDir": {}}],
    ("defaults", "extraVolumeMounts"): [{"name": "tmp", "mountPath": "/a"}],
    ("defaults", "extraEnvFrom"): [{"secretRef": {"name": "own"}}],
    ("defaults", "initContainers"): [_CONTAINER],
    ("defaults", "sidecars"): [_CONTAINER],
    ("defaults", "container"): {"tty": True},
    ("defaults", "lifecycle"): {"postStart": {"exec": {"command": ["a"]}}},
    ("defaults", "pod"): {"hostname": "a"},
    ("defaults", "service", "spec"): {"sessionAffinity": "ClientIP"},
    ("defaults", "autoscaling", "metrics"): [{"type": "Pods", "pods": {"metric": {"name": "rps"}, "target": _TARGET}}],
    ("defaults", "autoscaling", "behavior"): {"scaleUp": {"selectPolicy": "Disabled"}},
    **{(*where, "spread", "constraints"): [_CONSTRAINT] for where in _SPREAD},
    ("postgres", "backup", "restoreTest", "assertions"): {"a": "SELECT true"},
    ("defaults", "security", "addCapabilities"): ["NET_BIND_SERVICE"],
    ("defaults", "security", "pod"): {"fsGroup": 7},
    ("defaults", "job", "timeZone"): "Europe/Berlin",
    ("secrets", "names"): {"signing": "own"},
    ("rabbitmq", "users"): {"ops": {"secret": "other"}},
    ("rabbitmq", "definitions"): {"vhosts": [{"name": "b"}]},
    ("extraObjects",): [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}],
}


def _others(path: tuple[str, ...]) -> list[Any]:
    """Values that are there in place of the default."""
    schema = values_schema(possible_parts(COMPONENTS))
    for key in path:
        schema = schema["properties"][key]
    kind = schema.get("type")
    if path in WHOLE:
        return [WHOLE[path]]
    if "enum" in schema:
        return list(schema["enum"])
    if kind == "boolean":
        return [True, False]
    if kind == "integer":
        return [schema["minimum"] + 1, schema["minimum"] + 2, 500, schema.get("maximum", 500)]
    if kind == "string":
        pattern = schema.get("pattern", "").replace("$", r"\Z")
        return [*SAMPLES.get(pattern, []), "30m", "3MB", "x"]
    if kind == "array":
        return [
            ["a"],
            ["10.77.0.0/16"],
            ["fd77::/16"],
            [8443],
            [{"name": "a"}],
            [{"name": "tmp", "mountPath": "/a"}],
            [{"key": "a", "operator": "Exists"}],
        ]
    return [
        {"cpu": "3m", "memory": "5Mi"},
        {"cpu": "3", "memory": "3Gi"},
        {"a": "b"},
        {"A": "b"},
        {"pods": "3"},
        {"podAffinity": {}},
        {"nodeAffinity": {}},
    ]


@pytest.mark.parametrize("path", LEAVES, ids=[".".join(path) for path in LEAVES])
def test_another_value_changes_what_is_rendered(path: tuple[str, ...], tmp_path: Path) -> None:
    platform = workloads if path[:2] == ("defaults", "job") else small
    for at in sorted(range(len(SWITCHED_ON)), key=lambda at: -_in_common(path, SWITCHED_ON[at])):
        before = _before(platform, at)
        for other in _others(path):
            changed = json.loads(json.dumps(SWITCHED_ON[at]))
            above = changed
            for key in path[:-1]:
                above = above.setdefault(key, {})
            above[path[-1]] = other
            found = _objects(platform, tmp_path, changed)
            if found is not None and found != before:
                return
    pytest.fail(f"no other value of {'.'.join(path)} changes anything")


def _in_common(path: tuple[str, ...], overlay: Any) -> int:
    """How far below its first key an overlay follows a path: the one that goes furthest switches on what the value is about."""
    for at, key in enumerate(path):
        if not isinstance(overlay, dict) or key not in overlay:
            return max(at - 1, 0)
        overlay = overlay[key]
    return len(path)


@cache
def _before(platform: Callable[[], Charted], at: int) -> list[dict[str, Any]] | None:
    with tempfile.TemporaryDirectory() as folder:
        return _objects(platform, Path(folder), SWITCHED_ON[at])


def _objects(platform: Callable[[], Charted], folder: Path, overlay: dict[str, Any]) -> list[dict[str, Any]] | None:
    file = folder / "overlay.yaml"
    file.write_text(json.dumps(overlay))
    try:
        return platform().objects(platform().load([file]))
    except ConfigError:
        return None
