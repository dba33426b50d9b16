"""Devices of nodes, such as nvidia.com/gpu, and huge pages among the resources of containers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.chart.law import broken
from tests.chart.platforms import small
from tests.shop import errors

GPU = {"nvidia.com/gpu": "1"}
PAGES = {"hugepages-2Mi": "64Mi"}
UNKNOWN = (
    "unknown key; {}allowed: cpu, memory, ephemeral-storage, huge pages such as hugepages-2Mi, a device such as nvidia.com/gpu"
)
LIMIT_ALONE = "write the limit alone, from which the request follows"
NO_DEVICE = "no device has such a name; allowed: the name that its plugin gives it, such as nvidia.com/gpu"


@pytest.mark.helm
@pytest.mark.parametrize("amounts", [{"limits": {**GPU, **PAGES}}, {"limits": GPU, "requests": GPU}, {"limits": {"a.b/C_d": "0"}}])
def test_containers_get_them_in_both_outputs(amounts: dict[str, Any]) -> None:
    resources = {"resources": amounts}
    overlay = {"services": {"web": resources}, "postgres": resources, "startup": resources, "secrets": {"generator": resources}}
    assert not broken(small(), [json.dumps(overlay)])
    objects = {
        one["metadata"]["name"]: one for one in small().objects(small().load_with(overlay)) if "template" in one.get("spec", {})
    }
    pods = {name: objects[name]["spec"]["template"]["spec"] for name in ("web", "store", "postgres", "secret-generator")}
    gate = next(iter(pods["store"]["initContainers"]))
    for container in (gate, *(pods[name]["containers"][0] for name in ("web", "postgres", "secret-generator"))):
        for side, wanted in amounts.items():
            assert wanted.items() <= container["resources"][side].items()
    assert not amounts["limits"].items() & pods["store"]["containers"][0]["resources"]["limits"].items()


@pytest.mark.parametrize(
    ("resources", "error"),
    [
        ("limits: {nvidia.com/gpu: 1}", "limits['nvidia.com/gpu']: 1 is not allowed; allowed: a whole number in quotes"),
        ("limits: {nvidia.com/gpu: '0.5'}", "limits['nvidia.com/gpu']: '0.5' is not allowed; allowed: a whole number in quotes"),
        ("limits: {nvidia.com/gpu: 1Gi}", "limits['nvidia.com/gpu']: '1Gi' is not allowed; allowed: a whole number in quotes"),
        (
            "limits: {hugepages-2Mi: '64'}",
            "limits.hugepages-2Mi: '64' is not allowed; allowed: whole bytes, such as '512Mi', '1.5Gi', '2G'",
        ),
        ("limits: {nvidia: '1'}", f"limits.nvidia: {UNKNOWN.format('')}"),
        ("limits: {Nvidia.com/gpu: '1'}", f"limits['Nvidia.com/gpu']: {UNKNOWN.format('')}"),
        ("limits: {hugepages-2M: 64Mi}", f"limits.hugepages-2M: {UNKNOWN.format('')}"),
        ("requests: {nvidia.com/gpu: '1'}", f"requests['nvidia.com/gpu']: there is a request and no limit; {LIMIT_ALONE}"),
        (
            "{limits: {nvidia.com/gpu: '2'}, requests: {nvidia.com/gpu: '1'}}",
            f"requests['nvidia.com/gpu']: the request 1 is not the limit, 2; {LIMIT_ALONE}",
        ),
        ("limits: {hugepages-2Mi: 63Mi}", "limits.hugepages-2Mi: 63Mi is not a whole number of pages; allowed: a multiple of 2Mi"),
        ("limits: {kubernetes.io/gpu: '1'}", f"limits['kubernetes.io/gpu']: {NO_DEVICE}"),
        ("limits: {requests.nvidia.com/gpu: '1'}", f"limits['requests.nvidia.com/gpu']: {NO_DEVICE}"),
    ],
)
@pytest.mark.parametrize("where", ["services.web", "defaults", "postgres", "startup", "secrets.generator"])
def test_what_kubernetes_refuses_of_them_is_refused(tmp_path: Path, where: str, resources: str, error: str) -> None:
    inner = resources if resources.startswith("{") else f"{{{resources}}}"
    overlay = f"resources: {inner}"
    for key in reversed(where.split(".")):
        overlay = f"{key}: {{{overlay}}}"
    assert errors(tmp_path, overlays={"shop.yaml": overlay}) == [f"shop.yaml:1: {where}.resources.{error}"]
    assert not broken(small(), [overlay])


def test_a_wrong_amount_of_a_device_hides_no_other_error(tmp_path: Path) -> None:
    told = errors(tmp_path, overlays={"shop.yaml": "defaults: {replicas: -1, resources: {limits: {a.b/c: x, memory: y, d: '1'}}}"})
    assert sorted(one.split(": ")[1] for one in told) == [
        "defaults.replicas",
        "defaults.resources.limits.d",
        "defaults.resources.limits.memory",
        "defaults.resources.limits['a.b/c']",
    ]


def test_null_takes_a_device_away_again(tmp_path: Path) -> None:
    overlays = {
        "a.yaml": "defaults: {resources: {limits: {nvidia.com/gpu: '1'}}}",
        "b.yaml": "defaults: {resources: {limits: {nvidia.com/gpu: ~}}}",
    }
    assert not errors(tmp_path, overlays=overlays)
    assert not broken(small(), list(overlays.values()))


def test_a_quota_counts_devices_of_all_pods_at_their_largest(tmp_path: Path) -> None:
    quota = "namespace: {quota: {enabled: true, hard: {requests.nvidia.com/gpu: '3'}}}"
    web = (
        "services: {web: {replicas: 3, rollout: {maxSurge: SURGE, maxUnavailable: 1}, resources: {limits: {nvidia.com/gpu: '1'}}}}"
    )
    assert not errors(tmp_path, overlays={"shop.yaml": f"{quota}\n{web.replace('SURGE', '0')}"})
    (told,) = errors(tmp_path, overlays={"shop.yaml": f"{quota}\n{web.replace('SURGE', '1')}"})
    wrong = "all pods at their largest, rollouts counted, ask for 4, but 3 is allowed; allow 4 at least, or lower what they ask for"
    assert told == f"shop.yaml:1: namespace.quota.hard['requests.nvidia.com/gpu']: {wrong}"
