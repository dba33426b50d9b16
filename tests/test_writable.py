"""Folders of a service that its program writes to: one volume with /tmp, of one size; and what is wrong with such a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chart.law import broken
from tests.chart.platforms import charted, charted_text
from tests.rendering import Object, render_platform
from tests.shop import CATALOGUE, errors
from tierwright.model.mounts import SCRATCH_PATH
from tierwright.pipeline import described

NEXT = CATALOGUE.replace("public: true", "public: true\n    writable: [/app/.next/cache, '/var/{{x}}']")


def pod(folder: Path, service: str) -> Object:
    """The pod of a service of the shop whose web writes to two folders."""
    (folder / "catalogue.yaml").write_text(NEXT)
    spec: Object = render_platform(described(catalogue=folder / "catalogue.yaml").platform).get("Deployment", service)["spec"]
    pod: Object = spec["template"]["spec"]
    return pod


def test_the_folders_are_parts_of_the_volume_of_tmp_so_all_of_them_have_one_size(tmp_path: Path) -> None:
    web = pod(tmp_path, "web")
    assert {mount["mountPath"]: (mount["name"], mount["subPath"]) for mount in web["containers"][0]["volumeMounts"]} == {
        SCRATCH_PATH: ("tmp", "tmp"),
        "/app/.next/cache": ("tmp", "app/.next/cache"),
        "/var/{{x}}": ("tmp", "var/{{x}}"),
    }
    assert [volume for volume in web["volumes"] if "emptyDir" in volume] == [{"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}}]


def test_a_service_without_such_a_folder_has_all_of_the_volume_at_tmp(tmp_path: Path) -> None:
    assert pod(tmp_path, "store")["containers"][0]["volumeMounts"] == [{"name": "tmp", "mountPath": SCRATCH_PATH}]


@pytest.mark.helm
def test_the_chart_has_the_same_folders(tmp_path: Path) -> None:
    (tmp_path / "catalogue.yaml").write_text(NEXT)
    assert not broken(charted(tmp_path / "catalogue.yaml"), ["services: {web: {scratch: 2Gi, resources: {limits: ~}}}"])


def test_the_size_of_all_folders_must_fit_into_the_limit_of_the_disk(tmp_path: Path) -> None:
    overlay = "services:\n  web:\n    scratch: 3Gi"
    wrong = "scratch 3Gi does not fit into the limit of ephemeral-storage, 2Gi"
    assert errors(tmp_path, catalogue=NEXT, overlays={"shop.yaml": overlay}) == [
        f"shop.yaml:3: services.web.scratch: {wrong}; raise the limit, or lower the size"
    ]


def test_a_mount_of_the_values_cannot_have_the_place_of_a_folder(tmp_path: Path) -> None:
    overlay = "services:\n  web:\n    extraVolumeMounts: [{name: tmp, mountPath: /app/.next/cache/}]"
    where, wrong = "services.web.extraVolumeMounts[0].mountPath", "web has the mount path /app/.next/cache/ already"
    assert errors(tmp_path, catalogue=NEXT, overlays={"shop.yaml": overlay}) == [
        f"shop.yaml:3: {where}: {wrong}; name each mount path once"
    ]


PATH = "allowed: an absolute ASCII path such as /var/cache/app, without blanks, colons, quotes, . and .., and a slash at its end"


@pytest.mark.parametrize(
    ("folders", "error"),
    [
        ("[app]", f"[0]: 'app' is not allowed; {PATH}"),
        ("[/]", f"[0]: '/' is not allowed; {PATH}"),
        ("[/a/]", f"[0]: '/a/' is not allowed; {PATH}"),
        ("[/a/../b]", f"[0]: '/a/../b' is not allowed; {PATH}"),
        ("['/a:b']", f"[0]: '/a:b' is not allowed; {PATH}"),
        ("[/a, /a]", "[1]: /a is writable already; name each path once"),
        ("[/a, /a/b]", "[1]: /a/b is below /a, which is writable already; remove it, or choose another path"),
        ("[/a/b, /a]", "[1]: /a/b, which is writable already, is below /a; keep one of the two"),
        ("[/tmp]", "[0]: /tmp is writable already; name each path once"),
        ("[/tmp/cache]", "[0]: /tmp/cache is below /tmp, which is writable already; remove it, or choose another path"),
        ("[/proc/x]", "[0]: nothing can be mounted in /proc, which is the kernel's; choose another path"),
        ("[/sys]", "[0]: nothing can be mounted in /sys, which is the kernel's; choose another path"),
        ("[/etc/hosts]", "[0]: /etc/hosts is a file of each container, where no folder can be; choose another path"),
        (
            "[/dev/termination-log/x]",
            "[0]: /dev/termination-log is a file of each container, where no folder can be; choose another path",
        ),
    ],
)
def test_a_wrong_folder_is_an_error_with_its_line(tmp_path: Path, folders: str, error: str) -> None:
    catalogue = CATALOGUE.replace("public: true", f"public: true\n    writable: {folders}")
    assert errors(tmp_path, catalogue=catalogue) == [f"catalogue.yaml:21: services.web.writable{error}"]


IMAGES_OWN = (
    CATALOGUE.replace("port: 3001", "port: 3001\n    tmp: false")
    + """\
  agent: {tier: back, image: {of: store}, health: none, writable: [/tmp/agent, /var/agent]}
  other: {tier: back, image: {of: agent}, health: none}
  again: {tier: back, image: {of: other}, health: none, tmp: true}
  first: {tier: data, image: {of: store}, health: none}
"""
)
"""The shop whose store has an image that keeps files in /tmp; so have those that run its image, unless they say otherwise."""


def of_image(folder: Path, service: str, overlay: str = "{}") -> tuple[dict[str, str], list[str]]:
    """The parts of the volume that the program of a service writes to, by their paths, and the names of all volumes of its pods."""
    (folder / "catalogue.yaml").write_text(IMAGES_OWN)
    (folder / "overlay.yaml").write_text(overlay)
    platform = described(catalogue=folder / "catalogue.yaml", values=[folder / "overlay.yaml"]).platform
    pod = render_platform(platform).get("Deployment", service)["spec"]["template"]["spec"]
    mounts = {one["mountPath"]: one.get("subPath", "") for one in pod["containers"][0].get("volumeMounts", [])}
    return mounts, [one["name"] for one in pod.get("volumes", [])]


def test_an_image_that_keeps_files_in_tmp_has_it_to_itself(tmp_path: Path) -> None:
    assert of_image(tmp_path, "store") == ({}, ["startup-gate"])
    assert of_image(tmp_path, "web") == ({SCRATCH_PATH: ""}, ["tmp", "startup-gate"])


def test_pods_without_any_folder_have_no_list_of_volumes(tmp_path: Path) -> None:
    assert of_image(tmp_path, "first") == ({}, [])


def test_what_runs_the_same_image_goes_by_it_too_unless_it_says_otherwise(tmp_path: Path) -> None:
    assert of_image(tmp_path, "other")[0] == {}
    assert of_image(tmp_path, "again")[0] == {SCRATCH_PATH: ""}


def test_writable_folders_may_then_be_below_tmp_and_share_the_volume_as_ever(tmp_path: Path) -> None:
    mounts, volumes = of_image(tmp_path, "agent")
    assert mounts == {f"{SCRATCH_PATH}/agent": "tmp/agent", "/var/agent": "var/agent"}
    assert volumes == ["tmp", "startup-gate"]


def test_a_volume_of_the_users_can_then_be_at_tmp(tmp_path: Path) -> None:
    own = "extraVolumes: [{name: own, emptyDir: {sizeLimit: 1Mi}}], extraVolumeMounts: [{name: own, mountPath: /tmp}]"
    assert of_image(tmp_path, "store", f"services: {{store: {{{own}}}}}") == ({SCRATCH_PATH: ""}, ["startup-gate", "own"])


WITHOUT_SCRATCH = [
    (
        "services: {store: {scratch: 2Gi}}",
        "services.store.scratch: is not allowed, as store has neither a volume at /tmp nor `writable` folders; remove it",
    ),
    (
        "services: {store: {extraVolumeMounts: [{name: tmp, mountPath: /a}]}}",
        "services.store.extraVolumeMounts[0].name: store has no volume `tmp`; allowed: postgres-ca, startup-gate",
    ),
]


@pytest.mark.parametrize(("overlay", "error"), WITHOUT_SCRATCH)
def test_what_is_set_of_a_volume_that_there_is_not_is_an_error(tmp_path: Path, overlay: str, error: str) -> None:
    assert errors(tmp_path, catalogue=IMAGES_OWN, overlays={"shop.yaml": overlay}) == [f"shop.yaml:1: {error}"]


@pytest.mark.helm
@pytest.mark.parametrize(
    "overlay",
    [
        *(overlay for overlay, _ in WITHOUT_SCRATCH),
        "{}",
        "startup: {order: graph}",
        "defaults: {scratch: 1Mi}",
        "services: {agent: {scratch: 1Mi}, store: {scratch: ~}}",
    ],
)
def test_the_chart_leaves_tmp_to_the_image_too(overlay: str) -> None:
    assert not broken(charted_text(IMAGES_OWN), [overlay])


def test_a_size_that_no_volume_has_need_not_fit_into_the_limit_of_the_disk(tmp_path: Path) -> None:
    small = "{resources: {limits: {ephemeral-storage: 100Mi}}}"
    assert errors(tmp_path, catalogue=IMAGES_OWN, overlays={"shop.yaml": f"services: {{store: {small}}}"}) == []
    (error,) = errors(tmp_path, catalogue=IMAGES_OWN, overlays={"shop.yaml": f"services: {{agent: {small}}}"})
    assert "scratch 1Gi does not fit" in error


@pytest.mark.parametrize("folder", [SCRATCH_PATH, "/var"])
def test_storage_can_be_at_tmp_where_that_is_no_volume_already(tmp_path: Path, folder: str) -> None:
    catalogue = CATALOGUE.replace("port: 3001", f"port: 3001\n    tmp: false\n    storage: {{data: {folder}}}")
    assert errors(tmp_path, catalogue=catalogue) == []


def test_tmp_cannot_be_both_the_images_and_writable(tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace("port: 3001", "port: 3001\n    tmp: false\n    writable: [/a, /tmp]")
    wrong = "by `tmp: false` /tmp is that of the image; remove it, or set `tmp: true`"
    assert errors(tmp_path, catalogue=catalogue) == [f"catalogue.yaml:17: services.store.writable[1]: {wrong}"]


def test_images_that_form_a_cycle_are_one_error(tmp_path: Path) -> None:
    of_each_other = "  a: {tier: back, image: {of: b}}\n  b: {tier: back, image: {of: a}}\n"
    (error,) = errors(tmp_path, catalogue=CATALOGUE + of_each_other)
    assert "the images form a cycle" in error


def test_paths_that_only_begin_alike_are_different_folders(tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace("public: true", "public: true\n    writable: [/a, /ab, /tmpfs, /process, /b/a]")
    assert errors(tmp_path, catalogue=catalogue) == []
