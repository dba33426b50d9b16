"""What Kubernetes would refuse, or never start: refused here, with the whole message."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shop import CATALOGUE, errors

CPU = "allowed: cores in quotes, such as '250m', '0.5', '2'"
BYTES = "allowed: whole bytes, such as '512Mi', '1.5Gi', '2G'"
SIZE = "allowed: a size in whole bytes, such as '512Mi', '1.5Gi', '2G'"
NETWORK = "allowed: a network such as 10.1.2.0/24"
LABEL = "a name such as team or example.com/team: up to 63 letters, digits, hyphens, underscores and dots"
OBJECT = "the name of a Kubernetes object: lower-case letters, digits, hyphens and dots"

QUANTITIES = [
    *(("defaults.resources.requests.cpu", amount, CPU) for amount in ("64Mi", "0.0001", "007", "1e3", ".5", "2.", "-1", "1k")),
    *(
        ("defaults.resources.limits.memory", amount, BYTES)
        for amount in ("512m", "1.1Gi", "1.0001Mi", "0.5", "512", "64k", "0Gi", "01Gi", "1e9", "9999999999999Ti", "1.5Ki", "-1Gi")
    ),
    ("startup.resources.requests.memory", "8m", BYTES),
    ("namespace.limitRange.min.ephemeral-storage", "1.1Gi", BYTES),
    *(("postgres.storage.size", size, SIZE) for size in ("0", "0Gi", "1000m", "1.1Gi", "010Gi", "99999999Ti")),
    ("postgres.sharedMemory", "0", SIZE),
    ("defaults.scratch", "500m", SIZE),
    *(
        ("rabbitmq.diskFreeLimit", size, "allowed: a size such as 512MB or 2GiB")
        for size in ("0MB", "02GB", "1.5GB", "99999999999GiB", "2Gi")
    ),
]
NAMES = [
    ("networkPolicy.edge.cidrs[0]", "010.0.0.0/8", NETWORK),
    ("networkPolicy.edge.cidrs[0]", "10.0.0.0/08", NETWORK),
    ("networkPolicy.edge.cidrs[0]", "10.0.0.0/33", NETWORK),
    ("networkPolicy.edge.cidrs[0]", "256.0.0.0/8", NETWORK),
    ("networkPolicy.edge.cidrs[0]", "::ffff:10.0.0.0/104", NETWORK),
    ("networkPolicy.internalRanges.ipv4[0]", "0.0.0.0/0", "allowed: a network such as 10.0.0.0/8, smaller than all addresses"),
    ("networkPolicy.internalRanges.ipv6[0]", "::/0", "allowed: a network such as 10.0.0.0/8, smaller than all addresses"),
    *(
        ("postgres.storage.storageClass", name, f"allowed: {OBJECT.replace(': ', ' (')}), or ''")
        for name in ("a..b", "a.-b", "a-.b", "a.", "x" * 254)
    ),
    ("images.pullSecrets[0]", "a..b", f"allowed: {OBJECT}"),
    ("defaults.placement.priorityClass", "a..b", f"allowed: {OBJECT.replace(': ', ' (')}), or ''"),
    (
        "postgres.external.secret.key",
        "..key",
        "allowed: a key of a Secret: letters, digits, hyphens, underscores and dots, not two dots first",
    ),
    (
        "public.host",
        "shop.example:65536",
        "allowed: a host, with a port where it is not the usual one, such as shop.example or localhost:3000",
    ),
    *(
        ("postgres.external.host", host, "allowed: a DNS name or an IPv4 address, without a port")
        for host in ("db..example", "10.0.0.256", "010.0.0.1", "10.1", "db.example.")
    ),
    ("clusterDomain", "cluster..local", "allowed: a DNS domain in lower case, such as cluster.local"),
    *(
        (
            "defaults.image.repository",
            name,
            "allowed: a repository without its tag, such as busybox or registry.example.com/team/web, or ''",
        )
        for name in ("a..b/x", "a//b", "team/a..b", "a-/b", "team/a_.b", "registry.example:70000/web", "web:1", "r/" + "x" * 126)
    ),
    ("images.registry", "registry..example/team", "allowed: a registry with its path, such as registry.example.com/team, or ''"),
    ("secrets.store.refreshInterval", "99999999h", "allowed: a duration such as 30s, 15m, 1h"),
]


def _nested(path: str, value: str) -> str:
    steps = path.removesuffix("[0]").split(".")
    inner = f"['{value}']" if path.endswith("[0]") else f"'{value}'"
    for step in reversed(steps):
        inner = f"{{{step}: {inner}}}"
    return inner


def _with_rabbitmq() -> str:
    return CATALOGUE.replace("secrets:", "  rabbitmq: {tier: data, port: 5672, urlVariable: RABBITMQ_URL}\nsecrets:", 1)


@pytest.mark.parametrize(("path", "value", "allowed"), [*QUANTITIES, *NAMES])
def test_a_value_that_kubernetes_does_not_take_is_refused(tmp_path: Path, path: str, value: str, allowed: str) -> None:
    shown = value if len(value) <= 60 else f"{value[:57]}..."
    catalogue = CATALOGUE if "rabbitmq" not in path else _with_rabbitmq()
    found = errors(tmp_path, catalogue=catalogue, overlays={"shop.yaml": _nested(path, value)})
    assert found == [f"shop.yaml:1: {path}: '{shown}' is not allowed; {allowed}"]


@pytest.mark.parametrize("amount", ["0", "64Mi", "1.5Gi", "0.5Gi", "1.1G", "1Gi", "2000000000", "1048576Ki", "1536Mi"])
def test_whole_bytes_are_taken_however_they_are_written(tmp_path: Path, amount: str) -> None:
    overlay = (
        f"namespace: {{limitRange: {{enabled: false}}}}\nstartup: {{resources: {{requests: {{memory: '{amount}'}}, limits: ~}}}}"
    )
    assert errors(tmp_path, overlays={"shop.yaml": overlay}) == []


@pytest.mark.parametrize("amount", ["0.5", "1000m", "2", "250m", "1.125", "0.001"])
def test_cores_are_taken_however_they_are_written(tmp_path: Path, amount: str) -> None:
    assert errors(tmp_path, overlays={"shop.yaml": f"defaults: {{resources: {{requests: {{cpu: '{amount}'}}}}}}"}) == []


@pytest.mark.parametrize("prefix", ["a..b", "a.-b", "-a", "a_b", "x" * 254])
@pytest.mark.parametrize("where", ["commonLabels", "commonAnnotations"])
def test_a_label_needs_a_dns_name_before_its_slash(tmp_path: Path, where: str, prefix: str) -> None:
    shown = f"{prefix}/x" if len(prefix) < 60 else f"{prefix[:57]}..."
    (found,) = errors(tmp_path, overlays={"shop.yaml": f"{where}: {{{prefix}/x: a}}"})
    assert found == f"shop.yaml:1: {where}['{shown}']: the key is not allowed; allowed: {LABEL}"


TOLERATIONS = [
    ("{}", "", "no key is given, but the operator Equal needs one; name one, or write operator: Exists"),
    ("{value: a}", "", "no key is given, but the operator Equal needs one; name one, or write operator: Exists"),
    ("{key: a, operator: Exists, value: b}", ".value", "the operator Exists takes no value; remove it, or write operator: Equal"),
    (
        "{key: a, operator: Gt, value: b}",
        ".value",
        "the operator Gt compares numbers; allowed: a whole number in quotes, such as '3'",
    ),
    (
        "{key: a, operator: Lt, value: '03'}",
        ".value",
        "the operator Lt compares numbers; allowed: a whole number in quotes, such as '3'",
    ),
    (
        "{key: a, tolerationSeconds: 3}",
        ".tolerationSeconds",
        "only the effect NoExecute takes seconds; remove it, or write effect: NoExecute",
    ),
]


@pytest.mark.parametrize(("toleration", "where", "error"), TOLERATIONS)
@pytest.mark.parametrize("above", ["defaults", "services.web", "postgres", "secrets.generator", "chartTest"])
def test_a_toleration_that_the_api_refuses(tmp_path: Path, above: str, toleration: str, where: str, error: str) -> None:
    overlay = f"{{placement: {{tolerations: [{toleration}]}}}}"
    for step in reversed(above.split(".")):
        overlay = f"{{{step}: {overlay}}}"
    assert errors(tmp_path, overlays={"a.yaml": overlay}) == [f"a.yaml:1: {above}.placement.tolerations[0]{where}: {error}"]


def test_tolerations_that_the_api_takes(tmp_path: Path) -> None:
    taken = "[{operator: Exists}, {key: a}, {key: a, effect: NoExecute, tolerationSeconds: -1}, {key: a, operator: Gt, value: '3'}]"
    assert errors(tmp_path, overlays={"a.yaml": f"defaults: {{placement: {{tolerations: {taken}}}}}"}) == []


REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_NODES = f"nodeAffinity: {{{REQUIRED}: {{nodeSelectorTerms: [{{TERM}}]}}}}"
_NODES_PATH = f"nodeAffinity.{REQUIRED}.nodeSelectorTerms[0]"
_PODS = f"podAffinity: {{{REQUIRED}: [{{topologyKey: a, TERM}}]}}"
_PODS_PATH = f"podAffinity.{REQUIRED}[0]"
AFFINITIES = [
    (_NODES, "", _NODES_PATH, "an empty term is one that no node meets; say what a node must be, or remove it"),
    (
        _NODES,
        "matchExpressions: [{key: a, operator: In}]",
        f"{_NODES_PATH}.matchExpressions[0].values",
        "the operator In needs values; name one at least",
    ),
    (
        _NODES,
        "matchExpressions: [{key: a, operator: NotIn, values: []}]",
        f"{_NODES_PATH}.matchExpressions[0].values",
        "the operator NotIn needs values; name one at least",
    ),
    (
        _NODES,
        "matchExpressions: [{key: a, operator: Exists, values: [b]}]",
        f"{_NODES_PATH}.matchExpressions[0].values",
        "the operator Exists takes no values; remove them, or write operator: In",
    ),
    (
        _NODES,
        "matchExpressions: [{key: a, operator: Gt, values: [b]}]",
        f"{_NODES_PATH}.matchExpressions[0].values",
        "the operator Gt takes one number; allowed: a list of a whole number in quotes, such as '3'",
    ),
    (
        _NODES,
        "matchFields: [{key: metadata.labels, operator: In, values: [b]}]",
        f"{_NODES_PATH}.matchFields[0].key",
        "'metadata.labels' is not allowed; allowed: metadata.name",
    ),
    (
        _NODES,
        "matchFields: [{key: metadata.name, operator: In, values: [a, b]}]",
        f"{_NODES_PATH}.matchFields[0].values",
        "has 2 entries; allowed: a list of 1 to 1 entries",
    ),
    (
        _PODS,
        "labelSelector: {matchExpressions: [{key: a, operator: In}]}",
        f"{_PODS_PATH}.labelSelector.matchExpressions[0].values",
        "the operator In needs values; name one at least",
    ),
    (
        _PODS,
        "namespaceSelector: {matchExpressions: [{key: a, operator: DoesNotExist, values: [b]}]}",
        f"{_PODS_PATH}.namespaceSelector.matchExpressions[0].values",
        "the operator DoesNotExist takes no values; remove them, or write operator: In",
    ),
    (
        _PODS,
        "matchLabelKeys: [a]",
        f"{_PODS_PATH}.matchLabelKeys",
        "there is no labelSelector that it could narrow; write one, or remove it",
    ),
    (
        _PODS,
        "labelSelector: {matchLabels: {a: b}}, matchLabelKeys: [a]",
        f"{_PODS_PATH}.matchLabelKeys[0]",
        "a is in the labelSelector too; keep one of the two",
    ),
    (
        _PODS,
        "labelSelector: {}, matchLabelKeys: [a], mismatchLabelKeys: [a]",
        f"{_PODS_PATH}.matchLabelKeys[0]",
        "a is in mismatchLabelKeys too; keep one of the two",
    ),
    (
        _PODS,
        "namespaces: [a.b]",
        f"{_PODS_PATH}.namespaces[0]",
        "'a.b' is not allowed; allowed: a name of up to 63 lower-case letters, digits and hyphens",
    ),
    (
        f"podAntiAffinity: {{{PREFERRED}: [{{weight: 1, podAffinityTerm: {{topologyKey: '', TERM}}}}]}}",
        "labelSelector: {}",
        f"podAntiAffinity.{PREFERRED}[0].podAffinityTerm.topologyKey",
        f"'' is not allowed; allowed: {LABEL}",
    ),
    (
        f"podAntiAffinity: {{{PREFERRED}: [{{weight: 101, podAffinityTerm: {{topologyKey: a, TERM}}}}]}}",
        "labelSelector: {}",
        f"podAntiAffinity.{PREFERRED}[0].weight",
        "101 is not allowed; allowed: a whole number from 1 to 100",
    ),
]


@pytest.mark.parametrize(("frame", "term", "path", "error"), AFFINITIES)
def test_an_affinity_that_the_api_refuses(tmp_path: Path, frame: str, term: str, path: str, error: str) -> None:
    overlay = f"services: {{web: {{placement: {{affinity: {{{frame.replace('TERM', term)}}}}}}}}}"
    assert errors(tmp_path, overlays={"a.yaml": overlay}) == [f"a.yaml:1: services.web.placement.affinity.{path}: {error}"]


def test_a_volume_that_never_has_as_much_room_as_must_stay_free(tmp_path: Path) -> None:
    error = "2GB must stay free on a volume of 1Gi, so nobody ever publishes; lower it, or raise rabbitmq.storage.size"
    catalogue = _with_rabbitmq()
    overlay = "rabbitmq: {diskFreeLimit: 2GB, storage: {size: 1Gi}}"
    assert errors(tmp_path, catalogue=catalogue, overlays={"a.yaml": overlay}) == [f"a.yaml:1: rabbitmq.diskFreeLimit: {error}"]
