"""Overlays drawn from the schema: odd but valid values, nulls, whole maps and lists, and some that nothing allows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from hypothesis import strategies as st

from tests.chart.platforms import Charted
from tests.texts import ODD_TEXTS
from tierwright.components.data import settings
from tierwright.components.data.backups import repository, schedule, snapshot_values
from tierwright.components.data.postgres import values as postgres
from tierwright.components.data.postgres.backup import values as backup
from tierwright.components.data.postgres.pooler import values as pooler
from tierwright.components.data.rabbitmq import values as rabbitmq
from tierwright.components.data.redis import values as redis
from tierwright.components.registry import COMPONENTS
from tierwright.model import names
from tierwright.model.catalogue import Catalogue
from tierwright.model.part import Part, possible_parts
from tierwright.model.platform import secret_names
from tierwright.model.schemas import overlay_schema

Tree = Any
Path = tuple[str, ...]
Values = st.SearchStrategy[Any]


@dataclass(frozen=True)
class Word:
    """A word that is written without quotes, so that YAML makes of it what it will. No `str`: Hypothesis takes values apart."""

    text: str


WORDS = [
    "yes", "No", "on", "OFF", "y", "n", "1e3", "0x10", "0o17", "017", "08", "1:30", "1_000", "2001-01-01", "0.5", ".5", "1.", "+1",
    "-0", "3.0", "1000000", "1e6", "~", "Null", "true", "TRUE", "9007199254740993", "1e400", "=", "a b",
]  # fmt: skip
TEXTS = [*ODD_TEXTS, "\u007f", "\ue000", "$(A)", "$$(A)", "$$$(A)", "$(KUBERNETES_PORT)"]
SAMPLES = {
    postgres.SETTING_NAME: ["work_mem", "pg_stat_statements.track", "port"],
    postgres.SETTING: ["16MB", "", '"$user", public', "%m {{ x }} `a` $(b) %v # "],
    pooler.SETTING_NAME: ["query_timeout", "idle_transaction_timeout", "pool_mode"],
    schedule.SCHEDULE: ["0 2 * * *", "@daily", "*/5 9-17 1,15 * 1-5", "0 2 30 2 *", "9-2 * * * *"],
    backup.WAL_SIZE: ["4Gi", "1Ti", "100Mi"],
    snapshot_values.SNAPSHOT: ["", "latest", "20261126T023000Z", "20261126"],
    repository.BUCKET: ["", "backups", "1e3", "a.b-c"],
    repository.REGION: ["us-east-1", "1", "no"],
    repository.REPOSITORY_PATH: ["/shop", "/a/b_c.d-e", "/1e3"],
    backup.MOMENT: ["", "latest", "2026-11-26 10:00:00+00", "2026-11-26 10:00:00.25+00"],
    postgres.EXTENSION: ["pg_trgm", "uuid-ossp"],
    rabbitmq.USER_NAME: ["ops", "castiel", "on"],
    rabbitmq.SETTING_NAME: ["heartbeat", "log.console.level", "listeners.tcp.default"],
    redis.SETTING_NAME: ["maxclients", "save", "maxmemory"],
    settings.LINE: ["30", '""', "{{ x }} # 'a' $(b) %v"],
    names.CPU: ["0", "1", "0.5", "250m", "2", "1500m", "0m", "0.001", "999999"],
    names.BYTES: ["0", "64Mi", "1Gi", "1.5Gi", "2G", "100000k", "0.5Gi", "1.1G", "1048576", "2000000000", "1Ti"],
    names.SIZE: ["64Mi", "1Gi", "1.5Gi", "2G", "100000k", "0.5Gi", "1.1G", "1048576", "1Ti"],
    names.QUANTITY: ["0", "1", "0.5", "250m", "96Gi", "1.5Gi", "100k", "10000", "500Ti"],
    names.EXTENDED_RESOURCE: ["nvidia.com/gpu"],
    names.HUGE_PAGES: ["hugepages-2Mi"],
    names.QUOTA_NAME: [
        "requests.cpu", "limits.memory", "cpu", "pods", "services.nodeports", "count/deployments.apps", "requests.nvidia.com/gpu",
        "gold.storageclass.storage.k8s.io/requests.storage", "requests.storage", "hugepages-2Mi",
    ],
    names.INTERNAL_NETWORK: ["10.0.0.0/8", "fc00::/7", "192.0.2.1/32", "10.0.0.1/8"],
    names.NETWORK: ["10.0.0.0/8", "0.0.0.0/0", "::/0", "fd00::/8", "192.0.2.1/32", "10.0.0.1/8", "::ffff:a00:0/104"],
    names.IMAGE_DIGEST: ["", f"sha256:{'a' * 64}", f"sha256:{'0' * 64}"],
    names.IMAGE_TAG: [
        "16", "1.0", "1e3", "0x10", "latest", "true", "null", "y", "1_000", "2001-01-01", "_", "_1.0-", "a" * 128, "a" * 62 + "-b",
    ],
    names.LABEL_VALUE: ["", "a", "yes", "1", "1e3", "0x10", "null", "true", "1.0", "A_b-c.d", "a" * 63],
    names.LABEL_NAME: [
        "team", "y", "no", "1", "null", "example.com/team", "a.b/c_d", "app.kubernetes.io/name", "app.kubernetes.io/version",
        "argocd.argoproj.io/sync-wave", "shop/tier", "requests.cpu",
        "helm.sh/chart", "kubernetes.io/cluster-service", "a.kubernetes.io/b", "rbac.authorization.k8s.io/aggregate-to-view",
        "argocd.argoproj.io/hook",
    ],
    names.OBJECT_NAME: ["a", "1", "a.b-c", "true", "null", "1e3", "0x10", "no"],
    names.OBJECT_NAME_OR_EMPTY: ["", "a", "1", "a.b-c", "true", "null", "1e3", "0x10"],
    names.NAMESPACE_NAME: ["a", "1", "true", "null", "1e3", "0x10", "no", "a-b"],
    names.SERVICE_NAME: ["a", "null", "true", "no", "y", "web-2"],
    names.VARIABLE_NAME: ["A", "_", "y", "no", "null", "GREETING", "URL", "LOG_LEVEL", "NODE_ENV", "a1", "PORT", "DATABASE_URL"],
    names.REGISTRY: ["", "registry.example", "localhost:5000/a", "a"],
    names.REPOSITORY: ["", "busybox", "registry.example/a/b", "localhost:5000/a", "1", "true"],
    names.URL_PATH: ["/", "/health", "/a?b=c&d", "/{{x}}", "/a'b", "/:80", "/ü", "/#", "/a,b", "/$x", "/%", "/`"],
    names.URL_OPTIONS: [
        "", "a=b", "a=b&c=d", "a={{x}}", "a='b'", "a=%20", "a=", "a=$(X)", "a=b=c", "a=${poolSize}&b=${poolSize}", "a=${x}", "a=${",
        "sslmode=disable", "SSLMODE=Prefer&a=b", "sslmode=verify-full", "a=b&ssl=true", "sslaccept=strict", "a.b-c=1",
    ],
    postgres.NAME_PATTERN: [
        "coder", "postgres.abcdef", "user@server", "my-db", "UPPER", "postgres", "pg_x", "PG_x", "none", "template0", "a b", "it's",
        "a/b?c#d:e%20+f", "{{ x }}", "1", "true", "=", "~", "a" * 63,
    ],
    rabbitmq.USER: ["castiel", "user@server", "a b", "a/b?c#d:e%20+f", "{{ x }}", "1", "null", "&*"],
    redis.COMMAND: ["info", "keys", "client|list", "json.get", "y", "null"],
    names.HOST_OR_EMPTY: ["", "db.example", "10.0.0.1", "1a", "true"],
    names.PUBLIC_HOST: ["castiel.example", "localhost:3000", "10.0.0.1:80", "true", "1e3", "a:1"],
    names.DATA_KEY: ["password", "a.b", "1", "true", "_", "-", ".x", "0x10"],
    names.DOMAIN: ["cluster.local", "1", "true", "a.b"],
}  # fmt: skip
_SAMPLES = {names.portable(pattern): samples for pattern, samples in SAMPLES.items()}
_NEVER_DRAWN = [names.portable(one) for one in (names.IMAGE_DIGEST, names.NETWORK, names.INTERNAL_NETWORK)]
_CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0\ue000\ue001")
ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    3.0,
    10**7,
    2**53,
    1e21,
    "",
    "x y",
    "1",
    [],
    {},
    [None],
    {"x": 1},
    [[]],
    {"x": None},
    Word("y"),
    Word("1e3"),
]


POSSIBLE = possible_parts(COMPONENTS)
"""What a platform may have whose data services are called like their kind: some of it is absent in a small one."""


@cache
def _schema(parts: tuple[Part, ...] = POSSIBLE) -> dict[str, Any]:
    schema: dict[str, Any] = overlay_schema(parts)
    return schema


@cache
def places(parts: tuple[Part, ...] = POSSIBLE) -> tuple[list[tuple[Path, Any]], list[tuple[Path, Any]]]:
    """Every entry of the values of such a platform with its schema, and those below an entry of `services`."""
    schema = _schema(parts)
    properties = {name: entry for name, entry in schema["properties"].items() if name != "services"}
    service = schema["properties"]["services"]["additionalProperties"]
    return list(_entries({"properties": properties}, ())), list(_entries(service, ()))


def _entries(schema: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    for name, entry in schema.get("properties", {}).items():
        yield (*path, name), entry
        yield from _entries(entry, (*path, name))


def texts() -> Values:
    """Texts that YAML, Go's templates or the shell could take for something else."""
    return st.one_of(st.sampled_from(TEXTS), st.text(_CHARACTERS, max_size=12))


def _of_pattern(pattern: str) -> Values:
    if pattern in _NEVER_DRAWN:
        return st.sampled_from(_SAMPLES[pattern])
    # In brackets, `$` is the character.
    *_, shape = names.parts(re.sub(r"(\[[^]]*\])|\$", lambda found: found[1] or r"\Z", pattern))
    drawn = st.from_regex(shape, alphabet=_CHARACTERS)
    return st.one_of(st.sampled_from(_SAMPLES[pattern]), drawn) if pattern in _SAMPLES else drawn


def whole() -> Values:
    """What the user gives whole: anything."""
    leaves = st.one_of(texts(), st.integers(-(2**53), 2**53), st.sampled_from([True, None, 0.5, 1e-7, 123456789.25, 3.0, 1000000]))
    return st.recursive(leaves, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts(), inner, max_size=3)))


def _number(schema: Mapping[str, Any]) -> Values:
    low, high = schema.get("minimum", -(2**31)), schema.get("maximum", 2**31)
    edges = [one for one in (low, low + 1, high, 1_000_000, 2, 80) if low <= one <= high]
    return st.one_of(
        st.integers(low, min(high, low + 20)), st.sampled_from([*edges, Word(f"{edges[0]}.0")]), st.integers(low, high)
    )


def _value(schema: Mapping[str, Any]) -> Values:
    """Values that a schema allows, null apart."""
    if "enum" in schema:
        return st.sampled_from([one for one in schema["enum"] if one is not None])
    if "$ref" in schema:
        return _value(_schema()["definitions"][schema["$ref"].rsplit("/", 1)[1]])
    for combined in ("anyOf", "allOf"):
        if combined in schema:
            return _value(schema[combined][0])
    kinds = schema.get("type", "object")
    return _of_kind(schema, kinds if isinstance(kinds, str) else kinds[0])


def _of_kind(schema: Mapping[str, Any], kind: str) -> Values:
    if kind == "boolean":
        return st.booleans()
    if kind == "integer":
        return _number(schema)
    if kind == "string":
        return _of_pattern(schema["pattern"]) if "pattern" in schema else st.one_of(texts(), st.sampled_from(WORDS).map(Word))
    if kind == "array":
        return st.lists(_value(schema["items"]), min_size=schema.get("minItems", 0), max_size=3)
    if "properties" in schema:
        return _struct(schema) if schema.get("additionalProperties") is False else _piece(schema)
    if isinstance(schema.get("additionalProperties"), Mapping):
        entry = _or_null(_value(schema["additionalProperties"]))
        return st.dictionaries(
            _of_pattern(schema["propertyNames"]["pattern"]), entry, min_size=schema.get("minProperties", 0), max_size=3
        )
    return st.dictionaries(texts(), whole(), max_size=3)


def _struct(schema: Mapping[str, Any]) -> Values:
    """Some of the entries, among them the required ones."""
    required = schema.get("required", ())
    entries = {name: _value(entry) for name, entry in schema["properties"].items()}
    optional = {name: _or_null(entry) for name, entry in entries.items() if name not in required}
    for pattern, entry in schema.get("patternProperties", {}).items():
        optional |= {name: _or_null(_value(entry)) for name in _SAMPLES[pattern]}
    return st.fixed_dictionaries({name: entries[name] for name in required}, optional=optional)


def _piece(schema: Mapping[str, Any]) -> Values:
    """A piece of a manifest: what it must have, from few names, so that some are used twice, and anything else."""
    names_and_paths = st.sampled_from(["LOG_LEVEL", "A", "B", "NODE_ENV", "PORT", "tmp", "a", "b", "/a", "/tmp"])  # noqa: S108
    needed = st.fixed_dictionaries(dict.fromkeys(schema["properties"], names_and_paths))
    return st.tuples(st.dictionaries(texts(), whole(), max_size=2), needed).map(lambda drawn: {**drawn[0], **drawn[1]})


def _or_null(values: Values) -> Values:
    return st.one_of(values, values, values, values, st.none())


def _object() -> Values:
    """An object of the user's own, mostly one that the API takes."""
    keys, labels = (st.sampled_from(SAMPLES[pattern]) for pattern in (names.LABEL_NAME, names.LABEL_VALUE))
    metadata = st.fixed_dictionaries(
        {"name": st.sampled_from(["a", "b", "1", "null", "web", "startup-gate", "quota"])},
        optional={
            "namespace": st.sampled_from(["", "shop", "other", None]),
            "labels": st.dictionaries(keys, _or_null(labels), max_size=2),
            "annotations": st.one_of(st.none(), st.dictionaries(keys, st.one_of(texts(), st.none(), st.just(7)), max_size=2)),
        },
    )
    kinds = [
        ("v1", "ConfigMap"), ("example.com/v1", "Odd"), ("rbac.authorization.k8s.io/v1", "ClusterRole"), ("v1", "Namespace"),
        ("apps/v1", "Deployment"), ("apps/v1beta1", "Deployment"), ("cert-manager.io/v1", "ClusterIssuer"), ("v1", "Service"),
    ]  # fmt: skip
    definition: Tree = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "odds.example.com"},
        "spec": {"group": "example.com", "scope": "Cluster", "names": {"kind": "Odd"}},
    }
    optional = {"data": st.dictionaries(texts(), texts(), max_size=3), "spec": whole(), "x/y~": whole()}
    drawn = st.tuples(st.sampled_from(kinds), st.fixed_dictionaries({"metadata": metadata}, optional=optional))
    made = drawn.map(lambda one: {"apiVersion": one[0][0], "kind": one[0][1], **one[1]})
    config = {"apiVersion": st.just("v1"), "kind": st.just("ConfigMap"), "metadata": metadata}
    data = st.dictionaries(st.sampled_from(SAMPLES[names.DATA_KEY]), texts(), max_size=3)
    config_maps = st.fixed_dictionaries(config, optional={"data": data})
    return st.one_of(made, made, made, config_maps, st.just(definition), _autoscaler())


def _autoscaler() -> Values:
    """An autoscaler of the user's own, of something that the platform may have."""
    elsewhere = st.sampled_from(["", "other", None])
    metadata = st.fixed_dictionaries({"name": st.sampled_from(["a", "b"])}, optional={"namespace": elsewhere})
    kinds = [("autoscaling/v2", "HorizontalPodAutoscaler"), ("keda.sh/v1alpha1", "ScaledObject"), ("keda.sh/v1", "Odd")]
    target = st.fixed_dictionaries(
        {"name": st.sampled_from(["web", "store", "postgres", "1", 3])},
        optional={
            "apiVersion": st.sampled_from(["apps/v1", "v1", "example.com/v1", "", 1, None]),
            "kind": st.sampled_from(["Deployment", "StatefulSet", "", None, []]),
        },
    )
    numbers: Values = st.sampled_from([0, 1, 2, 3, 100, 2.5, "3", None, []])
    bounds = dict.fromkeys(("minReplicas", "maxReplicas", "minReplicaCount", "maxReplicaCount"), numbers)
    spec = st.one_of(st.fixed_dictionaries({"scaleTargetRef": target}, optional=bounds), whole())
    drawn = st.tuples(st.sampled_from(kinds), st.fixed_dictionaries({"metadata": metadata, "spec": spec}))
    return drawn.map(lambda one: {"apiVersion": one[0][0], "kind": one[0][1], **one[1]})


_SAFE: Tree = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}

_PIECES: dict[str, list[Any]] = {
    "extraEnv": [
        {"name": "A", "value": "{{ x }}"},
        {"name": "b.c", "value": ""},
        {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "own", "key": "a.b", "optional": True}}},
        {"name": "A", "value": 3},
    ],
    "extraVolumes": [
        {"name": "own", "emptyDir": {}},
        {"name": "1", "secret": {"secretName": "own", "defaultMode": 256}},
        {"name": "own", "hostPath": {"path": "/"}},
    ],
    "extraVolumeMounts": [
        {"name": "tmp", "mountPath": "/own"},
        {"name": "tmp", "mountPath": "/b", "readOnly": True},
        {"name": "x"},
    ],
    "extraEnvFrom": [{"secretRef": {"name": "own"}}, {"prefix": "{{ x }}", "configMapRef": {"name": "a.b"}}, {"secretRef": {}}],
    "initContainers": [
        {"name": "a", "image": "a:1", "securityContext": _SAFE},
        {"name": "b", "image": "a:1", "securityContext": _SAFE, "restartPolicy": "Always", "args": ["{{ x }}", "", "y"]},
        {"name": "wait-for-a", "image": "a:1", "securityContext": _SAFE},
        {"name": "c", "image": "a:1"},
    ],
    "sidecars": [
        {"name": "a", "image": "a:1", "securityContext": _SAFE, "volumeMounts": [{"name": "tmp", "mountPath": "/a"}]},
        {"name": "web", "image": "a:1", "securityContext": _SAFE},
        {"name": "prepare-1", "image": "a:1", "securityContext": _SAFE},
        {"image": "a:1"},
    ],
    "hostAliases": [{"ip": "192.0.2.1", "hostnames": ["a.example"]}, {"ip": "a"}],
    "readinessGates": [{"conditionType": "example.com/ready"}, {}],
    "metrics": [
        {"type": "Pods", "pods": {"metric": {"name": "rps"}, "target": {"type": "AverageValue", "averageValue": "10"}}},
        {"type": "External", "external": {"metric": {"name": "{{ x }}"}, "target": {"type": "Value", "value": 3}}},
        {"type": "Pods"},
    ],
    "constraints": [
        {"maxSkew": 1, "topologyKey": "rack", "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"a": "b"}}},
        {"maxSkew": 0, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "Never"},
    ],
    "sysctls": [{"name": "net.ipv4.tcp_syncookies", "value": "1"}, {"name": "kernel.msgmax", "value": "1"}],
    "resizePolicy": [{"resourceName": "cpu", "restartPolicy": "NotRequired"}, {"resourceName": "disk"}],
}
"""What users add to pods: what the API takes, and one thing that it refuses."""

_FIELDS: dict[str, list[Any]] = {
    "dnsConfig": [{"options": [{"name": "ndots", "value": "2"}]}, {"nameservers": ["192.0.2.1"]}, {"nameservers": ["a"]}],
    "postStart": [{"exec": {"command": ["a", "{{ x }}", "$(y)"]}}, {"httpGet": {"port": "http", "path": "/"}}, {}],
    "preStop": [{"sleep": {"seconds": 5}}, {"exec": {"command": ["a"]}}, {"sleep": {}}],
    "sessionAffinityConfig": [{"clientIP": {"timeoutSeconds": 60}}, {"clientIP": 1}],
    "behavior": [
        {"scaleDown": {"stabilizationWindowSeconds": 5, "policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}]}},
        {"scaleUp": {"selectPolicy": "Disabled"}},
        {"scaleUp": {"selectPolicy": "None"}},
    ],
    "definitions": [
        {
            "policies": [
                {"name": "{{ x }}", "pattern": "^<a&b>\u2028$", "priority": 1000000, "definition": {"max-age": 1.5, "x": None}}
            ]
        },
        {"vhosts": [{"name": "/"}, {"name": "'\"\\"}], "queues": []},
        {"users": []},
    ],
    "seLinuxOptions": [{"level": "s0:c1"}, {"type": "spc_t"}],
    "appArmorProfile": [{"type": "RuntimeDefault"}, {"type": "Unconfined"}],
}
"""The same of fields that are maps."""


def _assignment(catalogue: Catalogue) -> st.SearchStrategy[tuple[Path, Any]]:
    """A path with a value for it: mostly an allowed one."""
    named = [part for part in catalogue.connected().values() if part.place[:-1]]
    everywhere, of_service = places((*POSSIBLE, *named))
    services = st.sampled_from(list(catalogue.services))
    secrets = st.sampled_from([*secret_names(catalogue), "no-such"])

    def values(schema: Any, path: Path) -> Values:
        if path[-1] in _PIECES:
            return st.lists(st.sampled_from(_PIECES[path[-1]]), max_size=2)
        if path[-1] in _FIELDS:
            return st.sampled_from(_FIELDS[path[-1]])
        if path == ("extraObjects",):
            return st.lists(_object(), max_size=3)
        if path == ("secrets", "names"):
            return st.dictionaries(secrets, _of_pattern(names.portable(names.SERVICE_NAME)), max_size=3)
        named = {("networkPolicy", "externalCidrs"): catalogue.external, ("public", "hosts"): catalogue.public_hosts}
        if path in named:
            return st.dictionaries(st.sampled_from([*named[path], "no-such"]), _value(schema["additionalProperties"]), max_size=2)
        return _value(schema)

    def assigned(place: tuple[Path, Any], above: Path = ()) -> st.SearchStrategy[tuple[Path, Any]]:
        path, schema = place
        drawn = st.integers(0, 19).flatmap(
            lambda kind: st.none() if kind == 0 else st.sampled_from(ODD) if kind == 1 else values(schema, (*above, *path))
        )
        return drawn.map(lambda value: ((*above, *path), value))

    of_one = services.flatmap(lambda name: st.sampled_from(of_service).flatmap(lambda place: assigned(place, ("services", name))))
    # Helm writes a name with a backslash, or with what cannot be printed, in several ways, so its errors could not be compared.
    names_of_nothing = texts().filter(lambda text: "\\" not in text and text.isprintable())
    odd_keys = st.tuples(st.sampled_from(everywhere), names_of_nothing, st.sampled_from(ODD)).map(
        lambda odd: ((*odd[0][0], odd[1]), odd[2])
    )
    anywhere = st.sampled_from(everywhere).flatmap(assigned)
    return st.integers(0, 24).flatmap(lambda kind: odd_keys if kind == 0 else of_one if kind < 10 else anywhere)


_BY_PGBACKREST: Tree = {"enabled": True, "method": "pgbackrest"}
_BY_BARMAN: Tree = {"enabled": True, "method": "barman-cloud", "restoreTest": {"enabled": False}}
_BUCKET: Tree = {"host": "s3.example", "bucket": "backups", "secret": {"name": "bucket"}}


def _bundles(catalogue: Catalogue) -> list[Tree]:
    """Settings that only make sense together."""
    public = next(name for name, service in catalogue.services.items() if service.public)
    optional = [name for name, service in catalogue.services.items() if service.optional]
    outside = [
        _at(
            catalogue.place(name),
            {"topology": "external", "external": {"host": f"{name}.example", "cidrs": ["10.9.0.0/16"], **more}},
        )
        for name in catalogue.data_services
        for more in ({}, {"secret": {"name": "own", "key": "a.b"}}, {"tls": False, "port": 1})
    ]
    secure = [
        {"postgres": {"urlOptions": options}}
        for options in ("sslmode=require", "pool=${poolSize}&sslmode=verify-full&sslrootcert=a")
    ]
    backups = [
        _at((*catalogue.place(name), "backup"), {"enabled": True, **more})
        for name, entry in catalogue.data_services.items()
        if (entry.kind or name) == "postgres"
        for more in ({"restoreTest": {"assertions": {"a.b": "SELECT '{{ x }}'\n;"}}}, {"restore": {"to": "latest"}})
    ]
    snapshots = [
        _at((*catalogue.place(name), "backup"), {"enabled": True, "repository": where, **more})
        for name, entry in catalogue.data_services.items()
        if (entry.kind or name) in ("rabbitmq", "redis")
        for where in ({"claim": "own", "passphrase": {"name": "own"}}, {"s3": {**_BUCKET, "ca": {"name": "ca"}}})
        for more in ({}, *([{"restore": {"snapshot": "latest"}}] if (entry.kind or name) == "redis" else []))
    ]
    return [
        *outside,
        *secure,
        *({**outside[0], "postgres": {**outside[0]["postgres"], **one["postgres"]}} for one in secure if "postgres" in outside[0]),
        {"secrets": {"mode": "external", "store": {"name": "vault", "keyPrefix": "it's \"{{ x }}\""}}},
        {"secrets": {"mode": "existing"}},
        {"startup": {"order": "graph"}},
        {"defaults": {"autoscaling": {"enabled": True}}},
        {"defaults": {"autoscaling": {"enabled": True, "minReplicas": 1}, "replicas": 2}},
        {"defaults": {"autoscaling": {"external": True}}},
        {"defaults": {"replicas": 2}, "services": {public: {"disruptionBudget": {"enabled": False}}}},
        {"networkPolicy": {"edge": {"cidrs": ["0.0.0.0/0"]}}, "services": {public: {"service": {"type": "LoadBalancer"}}}},
        {"networkPolicy": {"edge": {"namespaces": ["traefik"]}}},
        {"networkPolicy": {"metrics": {"namespaces": ["monitoring"], "podLabels": {"a": "b"}}}},
        {"postgres": {"developerAccess": {"enabled": True, "cidrs": ["10.0.0.0/8"]}, "storage": {"persistent": False}}},
        *backups,
        *snapshots,
        {"postgres": {"tls": {"enabled": True, "secret": "own"}}},
        {"postgres": {"tls": {"ca": {"configMap": "bundle"}}}},
        *({"postgres": {"topology": "replicated", "image": {"repository": name}}} for name in ("own/patroni", "library/postgres")),
        *(
            {"postgres": {**form, "image": {"repository": "own/pg"}, "backup": {**_BY_PGBACKREST, "repository": where, **more}}}
            for where in ({"claim": "own"}, {"s3": _BUCKET}, {"s3": {**_BUCKET, "cidrs": ["10.9.0.0/16"], "ca": {"name": "ca"}}})
            for form in ({}, {"topology": "replicated"})
            for more in ({}, {"restore": {"to": "latest"}})
        ),
        {"postgres": {"topology": "cloudnative-pg"}},
        {"rabbitmq": {"topology": "operator"}},
        *(
            {"postgres": {"topology": form, "backup": {**_BY_BARMAN, "repository": where}}}
            for form in ("single", "cloudnative-pg")
            for where in ({"claim": "own"}, {"s3": _BUCKET}, {"s3": {**_BUCKET, "ca": {"name": "ca"}}, "passphrase": {"name": "a"}})
        ),
        {"namespace": {"quota": {"enabled": True, "hard": {"pods": "10"}}, "limitRange": {"enabled": False}}},
        {"namespace": {"create": False, "limitRange": {"defaultLimits": {"memory": None}, "min": {"cpu": None, "memory": None}}}},
        {"commonLabels": {"team": "a"}, "commonAnnotations": {"example.com/a": "b: {{ c }}"}},
        {"services": {public: {"enabled": False}}},
        *({"services": {name: {"enabled": False}}} for name in optional),
    ]  # fmt: skip


def _at(path: Sequence[str | int], value: Tree) -> Tree:
    """An overlay with a value at a path."""
    for step in reversed(path):
        value = {str(step): value}
    return value


def overlays(charted: Charted) -> st.SearchStrategy[Tree]:
    """One overlay for a platform."""
    catalogue = charted.blueprint.catalogue
    bundles = st.lists(st.sampled_from(_bundles(catalogue)), max_size=3)
    assignments = st.lists(_assignment(catalogue), max_size=6)
    return st.tuples(bundles, assignments).map(lambda drawn: _built(*drawn))


def _built(bundles: list[Tree], assignments: list[tuple[Path, Any]]) -> Tree:
    tree: Tree = {}
    for bundle in bundles:
        _lay(tree, bundle)
    for path, value in assignments:
        above = tree
        for step in path[:-1]:
            if not isinstance(above.get(step), dict):
                above[step] = {}
            above = above[step]
        above[path[-1]] = value
    return tree


def _lay(tree: Tree, bundle: Tree) -> None:
    for key, value in bundle.items():
        if isinstance(value, dict) and isinstance(tree.get(key), dict):
            _lay(tree[key], value)
        else:
            tree[key] = json.loads(json.dumps(value))


def written(tree: Tree) -> str:
    """An overlay as YAML in flow style, its words without quotes."""
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{_quoted(key)}: {written(value)}" for key, value in tree.items()) + "}"
    if isinstance(tree, list):
        return "[" + ", ".join(map(written, tree)) + "]"
    if isinstance(tree, Word):
        return tree.text
    return _quoted(tree) if isinstance(tree, str) else json.dumps(tree)


def _quoted(text: str) -> str:
    """JSON, but what lies above the first plane, which YAML does not take in two halves."""
    return "".join(one if ord(one) > 0xFFFF else json.dumps(one)[1:-1] for one in text).join('""')
