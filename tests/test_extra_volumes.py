"""Edges of the volumes, mounts and variables that users add: what the API server, or the kubelet, refuses, with the message."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shop import errors

MODE = "is not allowed; allowed: 0 to 511, the decimal form of 0777; 0644 is 420"
BELOW = "is not allowed; allowed: a path below the volume, without .."
UNITS = "is not allowed; allowed: 1, or 1 with a unit: k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi, Ei"
SECONDS = "is not allowed; allowed: 600 to 4294967296"
NAME = "allowed: the name of a Kubernetes object: lower-case letters, digits, hyphens and dots"
SHOWN = "metadata.name, metadata.namespace, metadata.uid, metadata.labels, metadata.annotations"
FIELD = f"allowed: {SHOWN}, metadata.labels['KEY'], metadata.annotations['KEY']"
CLAIM = "ephemeral.volumeClaimTemplate.spec"


def claim(spec: str) -> str:
    return f"ephemeral: {{volumeClaimTemplate: {{spec: {{{spec}}}}}}}"


# a volume, where in it, and what is wrong there
VOLUMES = [
    ("secret: {secretName: a, defaultMode: 644}", "secret.defaultMode", f"644 {MODE}"),
    ("secret: {secretName: a, defaultMode: -1}", "secret.defaultMode", f"-1 {MODE}"),
    ("configMap: {name: a, defaultMode: 512}", "configMap.defaultMode", f"512 {MODE}"),
    ("downwardAPI: {defaultMode: 512}", "downwardAPI.defaultMode", f"512 {MODE}"),
    ("projected: {defaultMode: 755}", "projected.defaultMode", f"755 {MODE}"),
    ("secret: {secretName: a, items: [{key: b, path: b, mode: 600}]}", "secret.items[0].mode", f"600 {MODE}"),
    ("configMap: {name: a, items: [{key: b, path: /b}]}", "configMap.items[0].path", f"'/b' {BELOW}"),
    ("configMap: {name: a, items: [{key: b, path: c/../b}]}", "configMap.items[0].path", f"'c/../b' {BELOW}"),
    ("configMap: {name: a, items: [{key: b, path: ..b}]}", "configMap.items[0].path", f"'..b' {BELOW}"),
    ("configMap: {name: a, items: [{key: b, path: ''}]}", "configMap.items[0].path", f"'' {BELOW}"),
    (
        "projected: {sources: [{secret: {name: a}}, {configMap: {name: a, items: [{key: b, path: b, mode: 600}]}}]}",
        "projected.sources[1].configMap.items[0].mode",
        f"600 {MODE}",
    ),
    ("projected: {sources: [{secret: {}}]}", "projected.sources[0].secret.name", "is missing; add it"),
    ("projected: {sources: [{configMap: {name: A}}]}", "projected.sources[0].configMap.name", f"'A' is not allowed; {NAME}"),
    (
        "projected: {sources: [{serviceAccountToken: {path: ../a}}]}",
        "projected.sources[0].serviceAccountToken.path",
        f"'../a' {BELOW}",
    ),
    *(
        (
            f"projected: {{sources: [{{serviceAccountToken: {{path: a, expirationSeconds: {seconds}}}}}]}}",
            "projected.sources[0].serviceAccountToken.expirationSeconds",
            f"{seconds} {SECONDS}",
        )
        for seconds in (0, 599, 2**32 + 1)
    ),
    ("emptyDir: {medium: memory}", "emptyDir.medium", "'memory' is not allowed; allowed: '', Memory, HugePages, HugePages-SIZE"),
    ("emptyDir: {sizeLimit: '1e9999'}", "emptyDir.sizeLimit", "'1e9999' is not allowed; allowed: a size, not below 0"),
    ("emptyDir: {sizeLimit: -1Mi}", "emptyDir.sizeLimit", "'-1Mi' is not allowed; allowed: a size, not below 0"),
    (
        "projected: {sources: [{secret: {name: a}, configMap: {name: a}}]}",
        "projected.sources[0]",
        "names 2 kinds of sources; write each as a source of its own",
    ),
    (
        (
            "projected: {sources: [{secret: {name: a, items: [{key: b, path: c}]}}, {downwardAPI: {items: [{path: c, fieldRef: "
            "{fieldPath: metadata.name}}]}}]}"
        ),
        "projected.sources[1].downwardAPI.items[0].path",
        "'c' is in the volume already; give each file a path of its own",
    ),
    (
        claim("accessModes: [ReadWriteOnce], volumeMode: Block, resources: {requests: {storage: 1Gi}}"),
        f"{CLAIM}.volumeMode",
        "'Block' is not allowed; allowed: Filesystem, as nothing else can be mounted",
    ),
    ("ephemeral: {}", "ephemeral.volumeClaimTemplate", "is missing; add it"),
    (claim("resources: {requests: {storage: 1Gi}}"), f"{CLAIM}.accessModes", "is missing; add it"),
    (claim("accessModes: [], resources: {requests: {storage: 1Gi}}"), f"{CLAIM}.accessModes", "is missing; add it"),
    *(
        (
            claim(f"accessModes: [{modes}], resources: {{requests: {{storage: 1Gi}}}}"),
            f"{CLAIM}.accessModes",
            "a list is not allowed; allowed: some of ReadWriteOnce, ReadOnlyMany, ReadWriteMany, or ReadWriteOncePod alone",
        )
        for modes in ("RWO", "ReadWriteOnce, ReadWriteOncePod")
    ),
    (claim("accessModes: [ReadWriteOnce]"), f"{CLAIM}.resources.requests.storage", "is missing; add it"),
    (claim("accessModes: [ReadWriteOnce], resources: ~"), f"{CLAIM}.resources.requests.storage", "is missing; add it"),
    *(
        (
            claim(f"accessModes: [ReadWriteOnce], resources: {{requests: {{storage: {size}}}}}"),
            f"{CLAIM}.resources.requests.storage",
            f"{size} is not allowed; allowed: a size above 0",
        )
        for size in ("'0'", "-1", "'1e9999'")
    ),
    ("downwardAPI: {items: [{path: a}]}", "downwardAPI.items[0]", "names 0 sources; allowed: one of fieldRef, resourceFieldRef"),
    (
        "downwardAPI: {items: [{path: a, fieldRef: {fieldPath: status.podIP}}]}",
        "downwardAPI.items[0].fieldRef.fieldPath",
        f"'status.podIP' is no field that a volume can show; {FIELD}",
    ),
    (
        "downwardAPI: {items: [{path: a, resourceFieldRef: {resource: limits.cpu}}]}",
        "downwardAPI.items[0].resourceFieldRef.containerName",
        "is missing; write the service's name",
    ),
    (
        "projected: {sources: [{downwardAPI: {items: [{path: a, resourceFieldRef: {containerName: b, resource: limits.cpu}}]}}]}",
        "projected.sources[0].downwardAPI.items[0].resourceFieldRef.containerName",
        "the pod has no container 'b'; allowed: the service's name",
    ),
]
SOUND_VOLUMES = [
    "secret: {secretName: a, defaultMode: 0, items: [{key: b, path: c/..b/d..e, mode: 511}]}",
    "configMap: {name: a, defaultMode: ~, items: ~}",
    "projected: {sources: ~}",
    "projected: {sources: [{serviceAccountToken: {path: a, expirationSeconds: 600}}, {serviceAccountToken: {path: b}}]}",
    "emptyDir: {medium: '', sizeLimit: 0}",
    "emptyDir: {medium: Memory, sizeLimit: 8Mi}",
    "emptyDir: {medium: HugePages-2Mi}",
    claim("accessModes: [ReadWriteOncePod], resources: {requests: {storage: 1Gi}}"),
    claim("accessModes: [ReadWriteOnce, ReadOnlyMany], resources: {requests: {storage: 100}}"),
    (
        "downwardAPI: {items: [{path: a, resourceFieldRef: {containerName: web, resource: limits.memory, divisor: 1Mi}}, "
        "{path: b, fieldRef: {fieldPath: metadata.labels}}, {path: c, fieldRef: {fieldPath: \"metadata.labels['a']\"}}]}"
    ),
]
READ_ONLY = "only a mount that is read-only can be so recursively; set readOnly: true, or remove it"
MOUNTS = [
    *(
        (
            f"mountPropagation: {mode}",
            "mountPropagation",
            f"'{mode}' is not allowed; allowed: None or HostToContainer, as no container here is privileged",
        )
        for mode in ("Bidirectional", "Shared")
    ),
    ("recursiveReadOnly: Enabled", "recursiveReadOnly", READ_ONLY),
    ("readOnly: false, recursiveReadOnly: IfPossible", "recursiveReadOnly", READ_ONLY),
    (
        "readOnly: true, recursiveReadOnly: 'true'",
        "recursiveReadOnly",
        "'true' is not allowed; allowed: Disabled, IfPossible, Enabled",
    ),
    (
        "readOnly: true, recursiveReadOnly: Enabled, mountPropagation: HostToContainer",
        "recursiveReadOnly",
        "is set beside mountPropagation; keep one of the two",
    ),
]
SOUND_MOUNTS = [
    "mountPropagation: None",
    "mountPropagation: HostToContainer, recursiveReadOnly: Disabled",
    "readOnly: true, recursiveReadOnly: Enabled, mountPropagation: None",
]
AMOUNTS = [
    *(
        (f"resource: {resource}, divisor: {divisor}", "divisor", f"{divisor} {allowed}")
        for resource, allowed in (
            ("limits.cpu", "is not allowed; allowed: 1 or 1m"),
            ("requests.memory", UNITS),
            ("limits.ephemeral-storage", UNITS),
        )
        for divisor in ("'2'", "'10m'", "'1e9999'")
    ),
    ("resource: limits.memory, divisor: '1024'", "divisor", f"'1024' {UNITS}"),
    ("resource: limits.cpu, divisor: 1Ki", "divisor", "'1Ki' is not allowed; allowed: 1 or 1m"),
    (
        "resource: limits.cpu, containerName: store",
        "containerName",
        "the pod has no container 'store'; leave it out, or write the service's name",
    ),
]
SOUND_AMOUNTS = [
    "resource: limits.cpu, divisor: 1m",
    "resource: limits.cpu, divisor: 1000m, containerName: web",
    "resource: requests.memory, divisor: 1Ki, containerName: wait-for-back",
    "resource: requests.memory, divisor: 1024Ki",
    "resource: requests.memory, divisor: '0'",
    "resource: limits.ephemeral-storage, divisor: 1",
    "resource: limits.ephemeral-storage, divisor: 1E",
]


def refused(folder: Path, pieces: str, *, service: str = "services: {web: {%s}}") -> list[str]:
    return [one.removeprefix("a.yaml:1: ") for one in errors(folder, overlays={"a.yaml": service % pieces})]


@pytest.mark.parametrize(("volume", "where", "error"), VOLUMES)
def test_a_volume_that_no_pod_can_have(tmp_path: Path, volume: str, where: str, error: str) -> None:
    assert refused(tmp_path, f"extraVolumes: [{{name: own, {volume}}}]") == [f"services.web.extraVolumes[0].{where}: {error}"]


@pytest.mark.parametrize("volume", SOUND_VOLUMES)
def test_a_volume_that_a_pod_can_have(tmp_path: Path, volume: str) -> None:
    assert refused(tmp_path, f"extraVolumes: [{{name: own, {volume}}}]") == []


@pytest.mark.parametrize(("mount", "where", "error"), MOUNTS)
def test_a_mount_that_no_container_can_have(tmp_path: Path, mount: str, where: str, error: str) -> None:
    pieces = f"extraVolumeMounts: [{{name: tmp, mountPath: /own, {mount}}}]"
    assert refused(tmp_path, pieces) == [f"services.web.extraVolumeMounts[0].{where}: {error}"]


@pytest.mark.parametrize("mount", SOUND_MOUNTS)
def test_a_mount_that_a_container_can_have(tmp_path: Path, mount: str) -> None:
    assert refused(tmp_path, f"extraVolumeMounts: [{{name: tmp, mountPath: /own, {mount}}}]") == []


@pytest.mark.parametrize(("source", "where", "error"), AMOUNTS)
def test_an_amount_that_no_variable_can_show(tmp_path: Path, source: str, where: str, error: str) -> None:
    pieces = f"extraEnv: [{{name: A, valueFrom: {{resourceFieldRef: {{{source}}}}}}}]"
    assert refused(tmp_path, pieces) == [f"services.web.extraEnv[0].valueFrom.resourceFieldRef.{where}: {error}"]


@pytest.mark.parametrize("source", SOUND_AMOUNTS)
def test_an_amount_that_a_variable_can_show(tmp_path: Path, source: str) -> None:
    assert refused(tmp_path, f"extraEnv: [{{name: A, valueFrom: {{resourceFieldRef: {{{source}}}}}}}]") == []


def test_a_container_that_only_one_of_the_services_has_is_one_error_of_the_defaults(tmp_path: Path) -> None:
    pieces = "extraEnv: [{name: A, valueFrom: {resourceFieldRef: {resource: limits.cpu, containerName: nobody}}}]"
    assert refused(tmp_path, pieces, service="defaults: {%s}") == [
        (
            "defaults.extraEnv[0].valueFrom.resourceFieldRef.containerName: "
            "the pod has no container 'nobody'; leave it out, or write the service's name"
        )
    ]
