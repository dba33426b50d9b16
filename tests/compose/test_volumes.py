"""Volumes in a Compose file: who has them, what is shared in a pod, and what is told of those that nobody knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.compose.engine import Engine
from tests.compose.platforms import composed_text

KEEPER = "name: shop\ntiers: [{name: back}]\nservices: {web: {tier: back, port: 80, user: 1001, storage: {data: /data}}}\n"
PLAIN = "name: shop\ntiers: [{name: back}]\nservices: {web: {tier: back, port: 80}}\n"
SIDE = (
    "{name: side, image: busybox, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}, "
    "volumeMounts: [{name: work, mountPath: /side}]}"
)


def engine(catalogue: str, web: str) -> Engine:
    return Engine(composed_text(catalogue, f"services: {{web: {{{web}}}}}").text)


def owner(catalogue: str, web: str) -> str:
    """The line that gives the volumes their owner."""
    line: str = engine(catalogue, web).services["web-volumes"]["entrypoint"][2]
    return line


@pytest.mark.parametrize(
    ("security", "line"),
    [
        ("", "chown 1000:1000 /volumes/1 && chmod 2775 /volumes/1"),
        ("group: 2000", "chown 1000:2000 /volumes/1 && chmod 2775 /volumes/1"),
        ("group: ~", "chown 1000:0 /volumes/1 && chmod 2775 /volumes/1"),
        ("pod: {fsGroup: 3000}", "chown 1000:3000 /volumes/1 && chmod 2775 /volumes/1"),
        ("user: ~, group: ~, pod: {fsGroup: 3000}", "chown 0:3000 /volumes/1 && chmod 2775 /volumes/1"),
        ("user: ~, group: ~", "chown 0:0 /volumes/1 && chmod 2777 /volumes/1"),  # whoever the image's user is
    ],
)
def test_a_volume_is_given_to_the_user_and_the_group_that_the_kubelet_would_give_it(security: str, line: str) -> None:
    text = composed_text(KEEPER.replace("user: 1001, ", ""), f"defaults: {{security: {{{security}}}}}").text
    assert Engine(text).services["web-volumes"]["entrypoint"][2] == line


def test_who_gives_volumes_away_may_do_so_again_when_they_are_no_more_his() -> None:
    """At each `up` it runs: to change what belongs to others it needs FOWNER, and to make folders there the group."""
    service = engine(KEEPER, "security: {group: 2000}").services["web-volumes"]
    assert (service["user"], service["cap_drop"], service["cap_add"]) == ("0:2000", ["ALL"], ["CHOWN", "FOWNER"])


def test_a_part_of_a_volume_is_a_folder_that_is_made_before() -> None:
    web = "extraVolumeMounts: [{name: data, mountPath: /part, subPath: a/b}]"
    assert engine(KEEPER, web).services["web"]["volumes"][1]["volume"] == {"nocopy": True, "subpath": "a/b"}
    assert owner(KEEPER, web) == (
        "mkdir -p /volumes/1/a/b && chown 1001:1001 /volumes/1 /volumes/1/a/b && chmod 2775 /volumes/1 /volumes/1/a/b"
    )


def volumes(mounts: str, more: str = "") -> tuple[Engine, dict[str, Any]]:
    """The volumes of `web` by their paths; its sidecar mounts all of `work`."""
    found = engine(
        PLAIN, f"sidecars: [{SIDE}], extraVolumes: [{{name: work, emptyDir: {{}}}}], extraVolumeMounts: [{mounts}]{more}"
    )
    return found, {one["target"]: (one["source"], one["volume"].get("subpath", "")) for one in found.services["web"]["volumes"]}


def test_what_containers_of_a_pod_share_is_a_volume_into_which_all_of_them_may_write() -> None:
    found, mounted = volumes("{name: work, mountPath: /work}")
    assert mounted == {"/work": ("web_work", "")}
    assert found.services["web-volumes"]["entrypoint"][2] == "chown 1000:1000 /volumes/1 && chmod 2777 /volumes/1"
    assert found.services["web-side"]["volumes"][0]["source"] == "web_work"


def test_a_part_of_what_is_shared_is_a_part_of_the_same_volume() -> None:
    _, mounted = volumes("{name: work, mountPath: /a, subPath: a}, {name: work, mountPath: /b, subPath: b/c}")
    assert mounted == {"/a": ("web_work", "a"), "/b": ("web_work", "b/c")}


def test_one_container_that_mounts_a_volume_twice_has_it_twice() -> None:
    found = engine(
        PLAIN,
        "extraVolumes: [{name: work, emptyDir: {}}], extraVolumeMounts: [{name: work, mountPath: /a}, {name: work, mountPath: /b}]",
    )
    assert {one["target"]: one["source"] for one in found.services["web"]["volumes"]} == {"/a": "web_work", "/b": "web_work"}


def test_folders_of_alike_names_are_volumes_of_their_own() -> None:
    twice = ("{name: work, mountPath: /1, subPath: a/b}", "{name: work, mountPath: /2, subPath: a_b}")
    again = ", ".join([*twice, *(one.replace("mountPath: /", "mountPath: /again") for one in twice)])
    found = engine(PLAIN, f"extraVolumes: [{{name: work, emptyDir: {{}}}}], extraVolumeMounts: [{again}]")
    sources = {one["target"]: one["source"] for one in found.services["web"]["volumes"]}
    assert sources["/1"] == sources["/again1"] != sources["/2"] == sources["/again2"]


def test_a_file_in_an_empty_folder_is_not_hidden_by_one_in_memory() -> None:
    found = Engine(
        composed_text(
            PLAIN,
            "services: {web: {extraVolumes: [{name: work, emptyDir: {}}, {name: files, configMap: {name: own}}], "
            "extraVolumeMounts: [{name: work, mountPath: /work}, {name: files, mountPath: /work/a.conf, subPath: a.conf}]}}\n"
            "extraObjects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: own}, data: {a.conf: x}}]\n",
        ).text
    )
    assert [one["target"] for one in found.services["web"]["volumes"]] == ["/work"]
    assert not any(one.startswith("/work:") for one in found.services["web"]["tmpfs"])


def test_a_file_that_is_no_text_is_told() -> None:
    catalogue = PLAIN.replace("port: 80", "port: 80, files: {/etc/logo.png: logo.png}")
    text = composed_text(catalogue, files={"logo.png": bytes(range(256))}).text
    assert "web: what is mounted at /etc/logo.png" in Engine(text).told


def test_an_empty_file_has_a_line_break_and_that_is_told() -> None:
    """Compose mounts a config without content as a folder of the machine without a name, which the engine refuses."""
    catalogue = PLAIN.replace("port: 80", "port: 80, files: {/etc/a: a, /etc/b: b}")
    text = composed_text(catalogue, files={"a": "", "b": "\n"}).text
    told = "web: what is mounted at /etc/{}, a line break in place of an empty file"
    assert told.format("a") in Engine(text).told
    assert told.format("b") not in Engine(text).told
    assert {one["content"] for one in Engine(text).raw["configs"].values()} == {"\n"}


def test_a_file_of_a_pod_with_a_group_for_its_files_is_readable_without_that_group() -> None:
    volumes_of = "extraVolumes: [{name: s, secret: {secretName: tls, defaultMode: 256, items: [{key: a, path: a}]}}], "
    mounts = "extraVolumeMounts: [{name: s, mountPath: /s}]"
    modes: Mapping[str, str] = {"": "0400", "security: {pod: {fsGroup: 1000}}, ": "0444"}
    for security, mode in modes.items():
        service = engine(PLAIN, f"{security}{volumes_of}{mounts}").services["web"]
        assert service["secrets"] == [{"source": "tls_a", "target": "/s/a", "mode": mode}]


def test_a_key_of_a_secret_and_one_of_a_config_map_of_the_same_name_are_two_files() -> None:
    found = Engine(
        composed_text(
            PLAIN,
            "services: {web: {extraVolumes: [{name: a, configMap: {name: own}}, "
            "{name: b, secret: {secretName: own, items: [{key: k, path: k}]}}], "
            "extraVolumeMounts: [{name: a, mountPath: /a}, {name: b, mountPath: /b}]}}\n"
            "extraObjects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: own}, data: {k: open}}]\n",
        ).text,
        {"OWN_K": "hidden"},
    )
    assert dict(found.containers())["web"].files == {"/a/k": ("open", 0o644), "/b/k": ("hidden", 0o644)}
