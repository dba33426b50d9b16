"""Folders of a service that its program writes to: one volume with /tmp, of one size; and what is wrong with such a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chart.law import broken
from tests.chart.platforms import charted
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


PATH = "allowed: an absolute path such as /var/cache/app, without blanks, colons, quotes, . and .."


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


def test_paths_that_only_begin_alike_are_different_folders(tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace("public: true", "public: true\n    writable: [/a, /ab, /tmpfs, /process, /b/a]")
    assert errors(tmp_path, catalogue=catalogue) == []
