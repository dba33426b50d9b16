"""What users add in Kubernetes' words comes through whole, has its namespace, and names nothing a second time."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.documents import load_all
from tests.rendering import ROOT
from tests.shop import CATALOGUE, RESTRICTED
from tierwright.components.layout import describe
from tierwright.components.registry import COMPONENTS
from tierwright.config.problems import ConfigError
from tierwright.kit.cluster_scoped import CLUSTER_SCOPED
from tierwright.model.loading import examined
from tierwright.model.platform import Platform
from tierwright.outputs.manifests import manifest_files
from tierwright.outputs.yaml_text import stream
from tierwright.pipeline import described

Object = dict[str, Any]


def own(kind: str = "ConfigMap", name: str = "own", api_version: str = "v1", **more: Any) -> Object:
    """An object of the user's."""
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, **more}


def shop(folder: Path, overlay: str) -> Platform:
    """The shop with an overlay, whatever the API server would say of it."""
    (folder / "catalogue.yaml").write_text(CATALOGUE)
    (folder / "own.yaml").write_text(overlay)
    values = [folder / "own.yaml"]
    platform, broken = examined(catalogue=folder / "catalogue.yaml", values=values, components=COMPONENTS)
    assert not broken
    return platform


def in_manifests(*objects: Object) -> list[Object]:
    """The same objects, as they are among those of the shop."""
    with tempfile.TemporaryDirectory() as folder:
        platform = shop(Path(folder), stream([{"extraObjects": list(objects)}]))
    return [one.object for one in describe(platform).evaluated() if one.id.startswith("extra-objects.")]


def written(overlay: Object) -> list[Object]:
    """All objects of the shop, read from its files."""
    with tempfile.TemporaryDirectory() as folder:
        files = manifest_files(describe(shop(Path(folder), stream([overlay]))).evaluated())
        return [one for _, text in sorted(files.items()) for one in load_all(text)]


def refused(folder: Path, overlay: str) -> list[str]:
    """What is said of an overlay of the shop; nothing when it is taken."""
    (folder / "catalogue.yaml").write_text(CATALOGUE)
    (folder / "own.yaml").write_text(overlay)
    values = [folder / "own.yaml"]
    try:
        described(catalogue=folder / "catalogue.yaml", values=values)
    except ConfigError as error:
        return str(error).replace(f"{folder}/", "").splitlines()
    return []


WHOLE = [
    own(data={"retries": 3}),
    own(binaryData=None, data={}, immutable=None),
    own() | {"x/y": {"~": "/", "a~1b": None}},
    own("Workflow", api_version="argoproj.io/v1alpha1", spec={"steps": [[{"name": "a"}], [{"name": "b"}], [], [[]], [None]]}),
    own(
        "Odd", api_version="example.com/v1", spec={"numbers": [0.5, 1e-07, 9007199254740992, -1, 1000000], "texts": ["1", "", "y"]}
    ),
    own("Deployment", api_version="apps/v1", spec={"replicas": "many", "unknown": [{}]}, status=7),
]


@pytest.mark.parametrize("one", WHOLE, ids=range(len(WHOLE)))
def test_an_object_comes_through_whole(one: Object) -> None:
    assert in_manifests(one) == [{**one, "metadata": {"name": "own", "namespace": "shop"}}]
    (made,) = [other for other in written({"extraObjects": [one]}) if other["metadata"]["name"] == "own"]
    assert made == {**one, "metadata": {"name": "own", "namespace": "shop"}}


def test_metadata_comes_through_whole() -> None:
    metadata: Object = {"name": "own", "labels": None, "ownerReferences": [], "annotations": {}, "x/y": {"a": None}}
    (made,) = in_manifests({**own(), "metadata": metadata})
    assert made["metadata"] == {**metadata, "namespace": "shop"}


def test_what_the_classes_of_cdk8s_do_not_know_is_written_all_the_same() -> None:
    volume = {"name": "odd", "brandNew": {"a": [[1], []]}, "emptyDir": "none"}
    variable = {"name": "ODD", "value": {"of": ["the", "future"]}}
    objects = written({"services": {"web": {"extraVolumes": [volume], "extraEnv": [variable]}}})
    (web,) = [one for one in objects if (one["kind"], one["metadata"]["name"]) == ("Deployment", "web")]
    pod = web["spec"]["template"]["spec"]
    assert pod["volumes"][-1] == volume
    assert pod["containers"][0]["env"][-1] == variable


PLACED = [
    ("v1", "ConfigMap", True),
    ("v1", "Namespace", False),
    ("v1", "PersistentVolume", False),
    ("rbac.authorization.k8s.io/v1", "Role", True),
    ("rbac.authorization.k8s.io/v1", "ClusterRole", False),
    ("storage.k8s.io/v1", "StorageClass", False),
    ("scheduling.k8s.io/v1", "PriorityClass", False),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition", False),
    ("apiregistration.k8s.io/v1", "APIService", False),
    ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", False),
    ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", False),
    ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding", False),
    ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", False),
    ("certificates.k8s.io/v1", "CertificateSigningRequest", False),
    ("flowcontrol.apiserver.k8s.io/v1", "FlowSchema", False),
    ("flowcontrol.apiserver.k8s.io/v1", "PriorityLevelConfiguration", False),
    ("networking.k8s.io/v1", "IPAddress", False),
    ("networking.k8s.io/v1", "IngressClass", False),
    ("networking.k8s.io/v1", "ServiceCIDR", False),
    ("node.k8s.io/v1", "RuntimeClass", False),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", False),
    ("resource.k8s.io/v1", "DeviceClass", False),
    ("storage.k8s.io/v1", "CSIDriver", False),
    ("storage.k8s.io/v1", "VolumeAttachment", False),
    ("gateway.networking.k8s.io/v1", "GatewayClass", False),
    ("snapshot.storage.k8s.io/v1", "VolumeSnapshotClass", False),
    ("trust.cert-manager.io/v1alpha1", "Bundle", False),
    ("trust.cert-manager.io/v1alpha1", "ClusterBundle", False),
    ("external-secrets.io/v1", "ClusterSecretStore", False),
    ("external-secrets.io/v1", "SecretStore", True),
    ("cert-manager.io/v1", "ClusterIssuer", False),
    ("cert-manager.io/v1", "Certificate", True),
    ("postgresql.cnpg.io/v1", "Cluster", True),
    ("example.com/v1", "Namespace", True),
]


@pytest.mark.parametrize(("api_version", "kind", "placed"), PLACED)
def test_what_is_in_a_namespace_gets_the_platforms(api_version: str, kind: str, placed: bool) -> None:
    (made,) = in_manifests(own(kind, api_version=api_version))
    assert made["metadata"] == {"name": "own"} | ({"namespace": "shop"} if placed else {})


def test_a_namespace_of_the_users_stays_and_an_empty_one_is_none() -> None:
    named, empty = ({**own(), "metadata": {"name": name, "namespace": name}} for name in ("other", ""))
    empty["metadata"]["name"] = "b"
    assert [one["metadata"]["namespace"] for one in in_manifests(named, empty)] == ["other", "shop"]


def test_a_definition_among_the_objects_says_whether_its_kind_is_in_a_namespace() -> None:
    def definition(kind: str, scope: str) -> Object:
        spec = {"group": "example.com", "scope": scope, "names": {"kind": kind}}
        return own("CustomResourceDefinition", f"{kind.lower()}s.example.com", "apiextensions.k8s.io/v1", spec=spec)

    objects = [own(kind, kind.lower(), "example.com/v1") for kind in ("Global", "Local")]
    made = in_manifests(*objects, definition("Global", "Cluster"), definition("Local", "Namespaced"))
    assert [one["metadata"].get("namespace") for one in made] == [None, "shop", None, None]


@pytest.mark.parametrize("spec", [None, 1, [], {"scope": "Cluster"}, {"scope": "Cluster", "names": 1}, {"scope": [], "names": {}}])
def test_a_definition_that_says_nonsense_says_nothing(spec: Any) -> None:
    assert len(in_manifests(own("CustomResourceDefinition", api_version="apiextensions.k8s.io/v1", spec=spec))) == 1


def test_groups_and_kinds_are_once_in_the_table() -> None:
    for kinds in CLUSTER_SCOPED.values():
        assert kinds
        assert len(set(kinds)) == len(kinds)


UNIQUE = "give each object a name of its own"
NAMED_TWICE = {
    "a generated object": (
        "extraObjects:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: startup-gate}}",
        [f"2: extraObjects[0].metadata.name: the platform has the ConfigMap startup-gate already; {UNIQUE}"],
    ),
    "a generated object in another version of its group": (
        (
            "{services: {web: {autoscaling: {enabled: true}}}, "
            "extraObjects: [{apiVersion: autoscaling/v1, kind: HorizontalPodAutoscaler, metadata: {name: web}}]}"
        ),
        [f"1: extraObjects[0].metadata.name: the platform has the HorizontalPodAutoscaler web already; {UNIQUE}"],
    ),
    "the namespace": (
        "extraObjects: [{apiVersion: v1, kind: Namespace, metadata: {name: shop}}]",
        [f"1: extraObjects[0].metadata.name: the platform has the Namespace shop already; {UNIQUE}"],
    ),
    "a test of the chart": (
        (
            "extraObjects: [{apiVersion: v1, kind: Pod, metadata: {name: chart-test}, "
            f"spec: {{containers: [{{name: a, image: b, {RESTRICTED}}}]}}}}]"
        ),
        [f"1: extraObjects[0].metadata.name: the platform has the Pod chart-test already; {UNIQUE}"],
    ),
    "one another": (
        "extraObjects:\n- {apiVersion: a/v1, kind: B, metadata: {name: c}}\n- {apiVersion: a/v2, kind: B, metadata: {name: c}}",
        [f"3: extraObjects[1].metadata.name: extraObjects[0] has the B c already; {UNIQUE}"],
    ),
    "a list": (
        "extraObjects: [{apiVersion: v1, kind: List, metadata: {name: a}, items: []}]",
        ["1: extraObjects[0].items: makes a list of it, and kubectl takes the items alone; give each object by itself"],
    ),
    "a variable of the defaults": (
        "defaults: {env: {LOG_LEVEL: info}}\nservices: {web: {extraEnv: [{name: LOG_LEVEL, value: a}]}}",
        ["2: services.web.extraEnv[0].name: web has the variable LOG_LEVEL already; name each variable once"],
    ),
    "a variable of the catalogue": (
        "services: {web: {extraEnv: [{name: GREETING}]}}",
        ["1: services.web.extraEnv[0].name: web has the variable GREETING already; name each variable once"],
    ),
    "variables that follow from the catalogue, for all services": (
        "defaults:\n  extraEnv:\n  - {name: PORT}\n  - {name: DATABASE_URL}\n  - {name: API_KEY}",
        [
            "3: defaults.extraEnv[0].name: store has the variable PORT already; name each variable once",
            "4: defaults.extraEnv[1].name: store has the variable DATABASE_URL already; name each variable once",
            "5: defaults.extraEnv[2].name: web has the variable API_KEY already; name each variable once",
        ],
    ),
    "a variable twice": (
        "services: {web: {extraEnv: [{name: A}, {name: B}, {name: A}]}}",
        ["1: services.web.extraEnv[2].name: web has the variable A already; name each variable once"],
    ),
    "the volumes of every pod": (
        "defaults: {extraVolumes: [{name: tmp, emptyDir: {}}, {name: startup-gate, emptyDir: {}}]}",
        [
            "1: defaults.extraVolumes[0].name: store has the volume tmp already; name each volume once",
            "1: defaults.extraVolumes[1].name: store has the volume startup-gate already; name each volume once",
        ],
    ),
    "a mount path": (
        "services: {web: {extraVolumeMounts: [{name: tmp, mountPath: /tmp}]}}",
        ["1: services.web.extraVolumeMounts[0].mountPath: web has the mount path /tmp already; name each mount path once"],
    ),
    "a mount path in other words": (
        (
            "services: {web: {extraVolumeMounts: "
            "[{name: tmp, mountPath: //tmp/}, {name: tmp, mountPath: a//b}, {name: tmp, mountPath: /a/b}]}}"
        ),
        [
            "1: services.web.extraVolumeMounts[0].mountPath: web has the mount path //tmp/ already; name each mount path once",
            "1: services.web.extraVolumeMounts[2].mountPath: web has the mount path /a/b already; name each mount path once",
        ],
    ),
    "a mount without a volume": (
        "services: {web: {extraVolumes: [{name: c1, emptyDir: {}}], extraVolumeMounts: [{name: c2, mountPath: /a}]}}",
        ["1: services.web.extraVolumeMounts[0].name: web has no volume `c2`; allowed: tmp, postgres-ca, startup-gate, c1"],
    ),
    "a Secret for images": (
        "images: {pullSecrets: [a, b, a]}",
        ["1: images.pullSecrets[2]: a name is there twice; name each once"],
    ),
}


@pytest.mark.parametrize(("overlay", "said"), NAMED_TWICE.values(), ids=NAMED_TWICE)
def test_a_name_that_comes_twice_is_refused(tmp_path: Path, overlay: str, said: list[str]) -> None:
    assert refused(tmp_path, overlay) == [f"own.yaml:{line}" for line in said]


NOT_TWICE = {
    "the same name in another namespace": (
        "extraObjects: [{apiVersion: v1, kind: Service, metadata: {name: web, namespace: a}, spec: {clusterIP: None}}]"
    ),
    "the same name of another group": "extraObjects: [{apiVersion: example.com/v1, kind: Deployment, metadata: {name: web}}]",
    "an object of a service that is left out": (
        "{services: {web: {enabled: false}}, "
        "extraObjects: [{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {clusterIP: None}}]}"
    ),
    "a variable of another service": "services: {store: {extraEnv: [{name: GREETING}]}}",
    "a volume mounted twice": (
        "services: {web: {extraVolumeMounts: [{name: tmp, mountPath: /a, subPath: a}, {name: tmp, mountPath: /b}]}}"
    ),
}


@pytest.mark.parametrize("overlay", NOT_TWICE.values(), ids=NOT_TWICE)
def test_what_is_not_the_same_is_taken(tmp_path: Path, overlay: str) -> None:
    assert refused(tmp_path, overlay) == []


WRONG = [
    ("extraObjects: [{apiVersion: a/b/c, kind: A, metadata: {name: a}}]", "extraObjects[0].apiVersion: 'a/b/c' is not allowed"),
    ("extraObjects: [{apiVersion: '', kind: A, metadata: {name: a}}]", "extraObjects[0].apiVersion: '' is not allowed"),
    ("extraObjects: [{apiVersion: v1, kind: a/b, metadata: {name: a}}]", "extraObjects[0].kind: 'a/b' is not allowed"),
    (
        "extraObjects: [{apiVersion: example.com/v1, kind: A, metadata: {name: a, namespace: 1}}]",
        "extraObjects[0].metadata.namespace: 1",
    ),
    (
        "extraObjects: [{apiVersion: example.com/v1, kind: A, metadata: {name: a, annotations: {b: 7}}}]",
        "extraObjects[0].metadata.annotations.b: 7 is not allowed; allowed: text",
    ),
    ("defaults: {extraEnv: [{value: a}]}", "defaults.extraEnv[0].name: is missing; allowed: text"),
    ("services: {web: {extraVolumes: [{emptyDir: {}}]}}", "services.web.extraVolumes[0].name: is missing; allowed: text"),
    (
        "services: {web: {extraVolumeMounts: [{name: tmp}]}}",
        "services.web.extraVolumeMounts[0].mountPath: is missing; allowed: text",
    ),
]


@pytest.mark.parametrize(("overlay", "said"), WRONG)
def test_what_has_no_name_that_could_be_compared_is_refused(tmp_path: Path, overlay: str, said: str) -> None:
    (line,) = refused(tmp_path, overlay)
    assert line.startswith(f"own.yaml:1: {said}")


def test_check_and_the_run_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("services: {calendar: {extraEnv: [{name: PORT}]}}")
    command = [sys.executable, "-O", "main.py", "--values", str(tmp_path / "own.yaml"), "--out", str(tmp_path / "out")]
    check, made = (
        subprocess.run([*command, *more], cwd=ROOT, capture_output=True, text=True, check=False) for more in (["--check"], [])
    )
    assert (check.returncode, check.stdout, check.stderr) == (made.returncode, made.stdout, made.stderr)
    assert check.returncode == 2
    assert not (tmp_path / "out").exists()
