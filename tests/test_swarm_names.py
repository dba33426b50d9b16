"""The names in a stack: a Swarm puts that of the stack before them, and both together have a limit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.shop import CATALOGUE
from tests.test_swarm import NAMED, OTHER, Stack, lines, shop
from tierwright.outputs.provenance import marked

SERVICE = re.compile(r"[a-zA-Z0-9](?:[-_]*[A-Za-z0-9]+)*")
CONFIG = re.compile(r"[a-zA-Z0-9]+(?:[a-zA-Z0-9-_.]*[a-zA-Z0-9])?")
"""What a Swarm takes: https://github.com/moby/swarmkit/blob/master/manager/controlapi/common.go."""

LONG = "document-processing-notification-manager-service"


def named(folder: Path, platform: str, *, service: str = "store", more: str = "") -> Stack:
    catalogue = CATALOGUE.replace("name: shop", f"name: {platform}", 1) + more
    overlay = NAMED.replace("store:", f"{service}:")
    return shop(folder, catalogue=catalogue.replace("store:", f"{service}:").replace("store]", f"{service}]"), overlay=overlay)


def test_names_of_configs_and_secrets_fit_into_64_characters(tmp_path: Path) -> None:
    key = "K" * 70
    name = "shop-with-a-long-name-of-its-own"
    catalogue = CATALOGUE.replace("name: shop", f"name: {name}", 1).replace("API_KEY", key)
    stack = shop(tmp_path, catalogue=catalogue)
    assert all(len(f"{name}_{one}") <= 64 for one in stack.document["configs"])
    assert all(len(one["name"].replace("${SECRETS_VERSION:-1}", "1000")) <= 64 for one in stack.document["secrets"].values())
    assert len({one["name"] for one in stack.document["secrets"].values()}) == len(stack.document["secrets"])


@pytest.mark.parametrize("length", [4, 40, 51, 52, 53])
def test_a_swarm_takes_all_names_whatever_the_length_of_the_platforms(length: int, tmp_path: Path) -> None:
    name = "p" * length
    (tmp_path / "motd").write_text("hello")
    path = f"/etc/{'f' * 100}/{'g' * 100}.yml"
    stack = named(tmp_path, name, service="s" * 53, more=f"    files: {{{path}: motd}}\ncompose: {{network: {'n' * 53}}}\n")
    for one in [*stack.services, *stack.document["networks"]]:
        assert SERVICE.fullmatch(f"{name}_{one}")
        assert len(f"{name}_{one}") <= 63
    for one in stack.document["configs"]:
        assert CONFIG.fullmatch(f"{name}_{one}")
        assert len(f"{name}_{one}") <= 64
        file = f"swarm/files/{one}"
        assert marked(file, stack.files[file]) == stack.files[file], "it is known as ours by its name"
    assert {f"/etc/{'f' * 100}/{'g' * 100}.yml", "/tierwright/start.sh"} <= {
        config["target"] for one in stack.services.values() for config in one.get("configs", ())
    }
    networks = {network for one in stack.services.values() for network in one["networks"]}
    assert networks == {*stack.document["networks"]}


def test_a_service_with_a_longer_name_has_a_shorter_one_in_the_swarm_and_is_reached_by_its_own(tmp_path: Path) -> None:
    stack = named(tmp_path, "acme-document-platform", service=LONG)
    (short,) = stack.services.keys() - {"postgres", "web"}
    assert re.fullmatch("document-processing-notificat_[0-9a-f]{10}", short)
    assert stack.services[short]["networks"] == {"default": {"aliases": [LONG]}}
    assert stack.services["postgres"]["networks"] == ["default"]
    assert f"wait_for 0 postgres:5432 {LONG}:3001" in lines(stack.services["web"])
    assert (
        "- these have shorter names in the Swarm, which takes at most 63 characters together with the name of the stack; services "
        f"reach them as before: {LONG} is acme-document-platform_{short}"
    ) in stack.said


def test_the_command_that_starts_a_service_with_a_longer_name_has_the_shorter_one(tmp_path: Path) -> None:
    stack = named(tmp_path, "acme-document-platform", more=f"  {LONG}: {{tier: back, schedule: '0 3 * * *'}}\n")
    (short,) = stack.services.keys() - {"postgres", "web", "store", LONG}
    assert f"docker service update --force --replicas 1 acme-document-platform_{short} " in f"{stack.said} "


def test_nothing_is_said_of_names_that_a_swarm_takes(tmp_path: Path) -> None:
    assert "shorter names" not in named(tmp_path, "acme-document-platform", service="s" * 40).said
    assert "shorter names" in named(tmp_path, "acme-document-platform", service="s" * 41).said


def test_a_volume_for_a_part_of_a_folder_has_a_name_that_a_disk_takes(tmp_path: Path) -> None:
    mounts = "[{name: shared, mountPath: /a, subPath: PART}, {name: shared, mountPath: /b, subPath: PART}]"
    fill = f"initContainers: [{{name: fill, {OTHER}, volumeMounts: {mounts}}}]"
    web = f"extraVolumes: [{{name: shared, emptyDir: {{}}}}], extraVolumeMounts: {mounts}, {fill}"
    overlay = f"services: {{web: {{{web}}}}}".replace("PART", "/".join(["p" * 100] * 3))
    (volume,) = shop(tmp_path, overlay=overlay).document["volumes"].keys() - {"postgres_data"}
    assert volume.startswith("web_shared_ppp")
    assert len(f"{'n' * 53}_{volume}") < 255


def test_services_get_every_config_and_secret_of_the_stack_and_no_other(tmp_path: Path) -> None:
    keys = "{name: keys, secret: {secretName: keys, items: [{key: SSH_KEY, path: ssh}]}}"
    overlay = (
        f"services: {{web: {{command: [/web], extraVolumes: [{keys}], extraVolumeMounts: [{{name: keys, mountPath: /keys}}]}}}}"
    )
    stack = shop(tmp_path, overlay=overlay)
    for kind in ("configs", "secrets"):
        entries = [entry for service in stack.services.values() for entry in service.get(kind, ())]
        assert {entry if isinstance(entry, str) else entry["source"] for entry in entries} == {*stack.document[kind]}
    assert {entry["target"] for entry in stack.services["web"]["secrets"] if isinstance(entry, dict)} >= {"/keys/ssh"}
