"""Sweeps over every pod and container of every environment: security, resources, probes, images, labels."""

from typing import Any

import pytest

from castiel.model.names import quantity
from tests.rendering import ENVIRONMENTS, render

pytestmark = pytest.mark.parametrize("environment", ENVIRONMENTS)

RECOMMENDED_LABELS = {f"app.kubernetes.io/{key}" for key in ("name", "instance", "component", "part-of", "managed-by")}


def test_every_pod_runs_as_a_numeric_user_that_is_not_root_under_the_default_seccomp_profile(environment: str) -> None:
    for owner, template in render(environment).pods():
        security = template["spec"]["securityContext"]
        assert security["runAsNonRoot"] is True, owner
        assert security["runAsUser"] > 0, owner
        assert security["runAsGroup"] > 0, owner
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}, owner


def test_every_container_is_restricted_with_a_read_only_root(environment: str) -> None:
    for path, container in render(environment).containers():
        security = container["securityContext"]
        assert security["allowPrivilegeEscalation"] is False, path
        assert security["readOnlyRootFilesystem"] is True, path
        assert security["capabilities"] == {"drop": ["ALL"]}, path
        assert security.get("runAsUser", 1) > 0, path


def test_every_container_asks_for_cpu_and_memory_and_has_a_memory_limit(environment: str) -> None:
    for path, container in render(environment).containers():
        resources = container["resources"]
        assert quantity(resources["requests"]["cpu"]) > 0, path
        assert 0 < quantity(resources["requests"]["memory"]) <= quantity(resources["limits"]["memory"]), path


def test_every_long_running_container_has_all_three_probes(environment: str) -> None:
    for kind in ("Deployment", "StatefulSet"):
        for name in render(environment).kinds(kind):
            container = render(environment).container(kind, name)
            for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                assert container[probe]["periodSeconds"] >= 1, f"{kind}/{name} {probe}"


def test_every_image_has_a_tag_that_is_not_latest(environment: str) -> None:
    for path, container in render(environment).containers():
        tag = container["image"].rsplit("/", 1)[-1].partition(":")[2]
        assert tag not in ("", "latest"), path


def test_no_pod_carries_an_api_token_or_service_links(environment: str) -> None:
    rendered = render(environment)
    for owner, template in rendered.pods():
        assert template["spec"]["automountServiceAccountToken"] is False, owner
        assert template["spec"]["enableServiceLinks"] is False, owner
    for name, account in rendered.kinds("ServiceAccount").items():
        assert account["automountServiceAccountToken"] is False, name


def test_every_workload_has_a_service_account_of_its_own(environment: str) -> None:
    rendered = render(environment)
    accounts = [template["spec"]["serviceAccountName"] for _, template in rendered.pods()]
    assert sorted(accounts) == sorted(set(accounts))
    assert set(accounts) == set(rendered.kinds("ServiceAccount"))


def test_every_mount_has_its_volume(environment: str) -> None:
    rendered = render(environment)
    for (kind, name), one in rendered.objects.items():
        if kind in ("Deployment", "StatefulSet", "Job"):
            spec: dict[str, Any] = one["spec"]["template"]["spec"]
            volumes = {volume["name"] for volume in spec.get("volumes", [])}
            volumes |= {claim["metadata"]["name"] for claim in one["spec"].get("volumeClaimTemplates", [])}
            used = {
                mount["name"]
                for container in [*spec.get("initContainers", []), *spec["containers"]]
                for mount in container["volumeMounts"]
            }
            assert used == volumes, f"{kind}/{name}"


def test_every_config_map_that_is_mounted_exists(environment: str) -> None:
    rendered = render(environment)
    provided_by_kubernetes = {"kube-root-ca.crt"}
    for owner, template in rendered.pods():
        for volume in template["spec"].get("volumes", []):
            if "configMap" in volume:
                assert volume["configMap"]["name"] in set(rendered.kinds("ConfigMap")) | provided_by_kubernetes, owner


def test_every_object_has_the_recommended_labels_and_the_namespace(environment: str) -> None:
    rendered = render(environment)
    for (kind, name), one in rendered.objects.items():
        assert set(one["metadata"]["labels"]) >= RECOMMENDED_LABELS, f"{kind}/{name}"
        assert one["metadata"]["labels"]["app.kubernetes.io/part-of"] == "castiel", f"{kind}/{name}"
        assert (one["metadata"].get("namespace") == rendered.platform.namespace) != (kind == "Namespace"), f"{kind}/{name}"
    for owner, template in rendered.pods():
        assert set(template["metadata"]["labels"]) >= RECOMMENDED_LABELS, owner


def test_selectors_are_the_name_alone_and_match_their_pods(environment: str) -> None:
    rendered = render(environment)
    labels = {owner.split("/")[1]: template["metadata"]["labels"] for owner, template in rendered.pods()}
    for kind in ("Deployment", "StatefulSet", "Service", "PodDisruptionBudget"):
        for name, one in rendered.kinds(kind).items():
            selector = one["spec"]["selector"] if kind == "Service" else one["spec"]["selector"]["matchLabels"]
            workload = name.removesuffix("-nodes").removesuffix("-developer")
            assert selector == {"app.kubernetes.io/name": workload}, f"{kind}/{name}"
            assert selector.items() <= labels[workload].items(), f"{kind}/{name}"


def test_variables_are_defined_before_they_are_referred_to(environment: str) -> None:
    for path, container in render(environment).containers():
        known: set[str] = set()
        for variable in container.get("env", []):
            assert variable["name"] not in known, f"{path}: {variable['name']} twice"
            for reference in variable.get("value", "").split("$(")[1:]:
                assert reference.partition(")")[0] in known, f"{path}: {variable['name']}"
            known.add(variable["name"])


def test_every_volume_that_a_pod_writes_to_is_one_of_its_own(environment: str) -> None:
    for owner, template in render(environment).pods():
        for volume in template["spec"].get("volumes", []):
            assert "hostPath" not in volume, owner


def test_names_fit_kubernetes(environment: str) -> None:
    for kind, name in render(environment).objects:
        assert len(name) <= 63, f"{kind}/{name}"
