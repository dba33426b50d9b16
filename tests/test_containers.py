"""Sweeps over every pod and container of every environment and guest, in both outputs: security, resources, probes, labels."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from scripts.snapshots import GUESTS
from tests.chart.platforms import castiel_by_helm
from tests.guests import guest, guest_by_helm
from tests.rendering import ENVIRONMENTS, Object, Rendered, every_container, pod_templates, render, render_with
from tierwright.model.quantities import quantity

PROBES = ["startupProbe", "readinessProbe", "livenessProbe"]
RECOMMENDED_LABELS = {f"app.kubernetes.io/{key}" for key in ("name", "instance", "component", "part-of", "managed-by")}


@pytest.fixture(
    name="rendered",
    params=[
        *(pytest.param((render, one), id=f"manifests-{one}") for one in ENVIRONMENTS),
        *(pytest.param((castiel_by_helm, one), id=f"chart-{one}", marks=pytest.mark.helm) for one in ENVIRONMENTS),
        *(pytest.param((guest, one), id=f"manifests-{one}") for one in GUESTS),
        *(pytest.param((guest_by_helm, one), id=f"chart-{one}", marks=pytest.mark.helm) for one in GUESTS),
    ],
)
def _rendered(request: pytest.FixtureRequest) -> Rendered:
    """An environment or a guest as the program makes it, and as Helm makes it, its hooks too."""
    output, name = request.param
    made: Rendered = output(name)
    return made


def test_every_pod_runs_as_a_numeric_user_that_is_not_root_under_the_default_seccomp_profile(rendered: Rendered) -> None:
    for owner, template in rendered.pods():
        security = template["spec"]["securityContext"]
        assert security["runAsNonRoot"] is True, owner
        assert security["runAsUser"] > 0, owner
        assert security["runAsGroup"] > 0, owner
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}, owner


def test_every_container_is_restricted_with_a_read_only_root(rendered: Rendered) -> None:
    for path, container in rendered.containers():
        security = container["securityContext"]
        assert security["allowPrivilegeEscalation"] is False, path
        assert security["readOnlyRootFilesystem"] is True, path
        assert security["capabilities"] == {"drop": ["ALL"]}, path
        assert security.get("runAsUser", 1) > 0, path


def test_every_container_asks_for_cpu_memory_and_disk_and_has_limits_of_memory_and_disk(rendered: Rendered) -> None:
    for path, container in rendered.containers():
        resources = container["resources"]
        assert quantity(resources["requests"]["cpu"]) > 0, path
        for resource in ("memory", "ephemeral-storage"):
            assert 0 < quantity(resources["requests"][resource]) <= quantity(resources["limits"][resource]), f"{path}: {resource}"


def test_every_empty_dir_has_a_size_and_those_on_the_disk_fit_into_the_pods_limit(rendered: Rendered) -> None:
    for owner, template in rendered.pods():
        sizes = {volume["name"]: volume["emptyDir"] for volume in template["spec"].get("volumes", ()) if "emptyDir" in volume}
        for name, one in sizes.items():
            assert quantity(one["sizeLimit"]) > 0, f"{owner}: {name}"
        on_disk = sum(quantity(one["sizeLimit"]) for one in sizes.values() if one.get("medium") != "Memory")
        limits = sum(
            quantity(container["resources"]["limits"]["ephemeral-storage"]) for container in template["spec"]["containers"]
        )
        assert on_disk < limits, owner


def test_every_long_running_container_has_all_three_probes_unless_the_catalogue_knows_no_health(rendered: Rendered) -> None:
    """What serves nobody, as the receiver of WAL, ends by itself when it fails: it is asked only whether it does its work.

    Beside a server it is not asked even that: the server is ready without it.
    """
    services = rendered.platform.catalogue.services
    for owner, template in rendered.pods():
        service = services.get(owner.split("/")[1])
        if template["spec"].get("restartPolicy", "Always") == "Always":
            for container in template["spec"]["containers"]:
                probes = {probe: container[probe]["periodSeconds"] for probe in PROBES if probe in container}
                known = service is None or service.probe_handler.kind != "none"
                beside = container is not template["spec"]["containers"][0]
                of_silent = [] if beside else ["readinessProbe"]
                wanted = of_silent if service is None and "ports" not in container else PROBES if known else []
                assert [*probes] == wanted, f"{owner}/{container['name']}"
                assert all(period >= 1 for period in probes.values()), f"{owner}/{container['name']}"


def test_every_image_has_a_tag_that_is_not_latest(rendered: Rendered) -> None:
    for path, container in rendered.containers():
        tag = container["image"].rsplit("/", 1)[-1].partition(":")[2]
        assert tag not in ("", "latest"), path


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(lambda: render_with({"images": {"pullPolicy": "Always"}}), id="manifests"),
        pytest.param(lambda: castiel_by_helm("development", "images: {pullPolicy: Always}"), id="chart", marks=pytest.mark.helm),
    ],
)
def test_every_container_pulls_its_image_as_the_values_say(made: Callable[[], Rendered]) -> None:
    """Without a policy of its own Kubernetes takes that of the tag, and a mirror that must be asked each time is not."""
    for path, container in made().containers():
        assert container["imagePullPolicy"] == "Always", path


def test_no_pod_carries_an_api_token_or_service_links(rendered: Rendered) -> None:
    for owner, template in rendered.pods():
        assert template["spec"]["automountServiceAccountToken"] is False, owner
        assert template["spec"]["enableServiceLinks"] is False, owner
    for name, account in rendered.kinds("ServiceAccount").items():
        assert account["automountServiceAccountToken"] is False, name


def test_every_workload_has_a_service_account_of_its_own(rendered: Rendered) -> None:
    accounts = [template["spec"].get("serviceAccountName", "default") for _, template in rendered.pods()]
    assert "default" not in accounts
    assert sorted(accounts) == sorted(set(accounts))
    assert set(accounts) == set(rendered.kinds("ServiceAccount"))


def test_every_mount_has_its_volume_and_every_volume_its_mount(rendered: Rendered) -> None:
    for owner, template in rendered.pods():
        volumes = {volume["name"] for volume in template["spec"].get("volumes", [])}
        claims = rendered.get(*owner.split("/"))["spec"].get("volumeClaimTemplates", [])
        volumes |= {claim["metadata"]["name"] for claim in claims}
        used = {mount["name"] for container in every_container(template) for mount in container.get("volumeMounts", ())}
        assert used == volumes, owner


def test_every_config_map_that_is_mounted_exists(rendered: Rendered) -> None:
    provided_by_kubernetes = {"kube-root-ca.crt"}
    for owner, template in rendered.pods():
        for volume in template["spec"].get("volumes", []):
            if "configMap" in volume:
                assert volume["configMap"]["name"] in set(rendered.kinds("ConfigMap")) | provided_by_kubernetes, owner


def test_what_the_api_brings_is_mounted_read_only(rendered: Rendered) -> None:
    """A program that writes there would write into a copy that the kubelet replaces, or fail: it is to fail at once."""
    brought = ("configMap", "secret", "projected", "downwardAPI")
    for owner, template in rendered.pods():
        volumes = {one["name"] for one in template["spec"].get("volumes", []) if any(kind in one for kind in brought)}
        for container in every_container(template):
            for mount in container.get("volumeMounts", ()):
                assert mount.get("readOnly", False) == (mount["name"] in volumes), (
                    f"{owner}/{container['name']}: {mount['mountPath']}"
                )


def test_every_object_has_the_recommended_labels_and_the_namespace(rendered: Rendered) -> None:
    for (kind, name), one in rendered.objects.items():
        assert set(one["metadata"]["labels"]) >= RECOMMENDED_LABELS, f"{kind}/{name}"
        assert one["metadata"]["labels"]["app.kubernetes.io/part-of"] == rendered.platform.catalogue.name, f"{kind}/{name}"
        assert (one["metadata"].get("namespace") == rendered.platform.namespace) != (kind == "Namespace"), f"{kind}/{name}"
    for owner, template in rendered.pods():
        assert set(template["metadata"]["labels"]) >= RECOMMENDED_LABELS, owner


def test_selectors_are_the_name_alone_and_match_their_pods(rendered: Rendered) -> None:
    labels = {owner.split("/")[1]: template["metadata"]["labels"] for owner, template in rendered.pods()}
    for (kind, name), one in rendered.objects.items():
        if "selector" in one.get("spec", {}):
            selector = one["spec"]["selector"] if kind == "Service" else one["spec"]["selector"]["matchLabels"]
            workload = re.sub("-(nodes|developer|ready|replicas)$", "", name)
            selector = {label: value for label, value in selector.items() if label != "role"}  # which Patroni gives its pods
            assert selector == {"app.kubernetes.io/name": workload}, f"{kind}/{name}"
            assert selector.items() <= labels[workload].items(), f"{kind}/{name}"


def test_variables_are_defined_before_they_are_referred_to(rendered: Rendered) -> None:
    for path, container in rendered.containers():
        known: set[str] = set()
        for variable in container.get("env", []):
            assert variable["name"] not in known, f"{path}: {variable['name']} twice"
            for reference in variable.get("value", "").split("$(")[1:]:
                assert reference.partition(")")[0] in known, f"{path}: {variable['name']}"
            known.add(variable["name"])


def test_every_volume_that_a_pod_writes_to_is_one_of_its_own(rendered: Rendered) -> None:
    for owner, template in rendered.pods():
        for volume in template["spec"].get("volumes", []):
            assert "hostPath" not in volume, owner


def test_names_fit_kubernetes(rendered: Rendered) -> None:
    for kind, name in rendered.objects:
        assert len(name) <= 63, f"{kind}/{name}"


CONTAINERS = [{"name": "main", "image": "x:1", "securityContext": {"privileged": True}}]
POD = {"metadata": {"name": "x"}, "spec": {"containers": CONTAINERS}}
OBJECTS: dict[str, Object] = {
    "CronJob": {"spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": POD}}}},
    "Job": {"spec": {"template": POD}},
    "DaemonSet": {"spec": {"template": POD}},
    "ReplicaSet": {"spec": {"template": POD}},
    "Pod": POD,
    "PodTemplate": {"template": POD},
    "List": {"items": [{"kind": "Pod", **POD}]},
    "Rollout": {"spec": {"strategy": {}, "template": POD}},
}


@pytest.mark.parametrize("kind", OBJECTS)
def test_the_sweeps_see_the_pods_of_every_kind(kind: str) -> None:
    one: Object = {"kind": kind, "metadata": {"name": "x"}, **OBJECTS[kind]}
    found = Rendered(render().platform, {}, {(kind, "x"): one})
    assert [path for path, _ in found.containers()] == [f"{kind}/x/main"]


@pytest.mark.parametrize("kind", ["CronJob", "List"])
@pytest.mark.parametrize(
    "sweep",
    [
        test_every_pod_runs_as_a_numeric_user_that_is_not_root_under_the_default_seccomp_profile,
        test_every_container_is_restricted_with_a_read_only_root,
        test_every_container_asks_for_cpu_memory_and_disk_and_has_limits_of_memory_and_disk,
        test_every_long_running_container_has_all_three_probes_unless_the_catalogue_knows_no_health,
        test_no_pod_carries_an_api_token_or_service_links,
        test_every_workload_has_a_service_account_of_its_own,
        test_every_object_has_the_recommended_labels_and_the_namespace,
    ],
)
def test_a_privileged_cron_job_among_the_objects_passes_no_sweep(sweep: Callable[[Rendered], None], kind: str) -> None:
    one: Object = {"kind": kind, "metadata": {"name": "x"}, **OBJECTS["CronJob"]}
    if kind == "List":
        one = {"kind": "List", "metadata": {"name": "x"}, "items": [{**one, "kind": "CronJob"}]}
    with pytest.raises((AssertionError, KeyError)):
        sweep(replace(render(), objects={**render().objects, (kind, "x"): one}))


def test_what_has_no_containers_is_no_pod() -> None:
    kinds = {kind for kind, name in render().objects for template in pod_templates(render().get(kind, name))}
    assert kinds == {"Deployment", "StatefulSet", "Job"}
