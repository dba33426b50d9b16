"""What docs/clusters.md has for meshes, network plugins and clouds fits the values, and does what the page says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.documents import dump
from tests.rendering import ROOT, Rendered, render_platform
from tests.shop import CATALOGUE, errors
from tierwright.pipeline import described

PAGE = (ROOT / "docs" / "clusters.md").read_text()
USERS = (ROOT / "docs" / "configuration.md").read_text().partition("On **OpenShift**")[2].partition("\n\n")[0]
OVERLAYS = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def made(folder: Path, *overlays: str) -> Rendered:
    (folder / "catalogue.yaml").write_text(CATALOGUE)
    files = [folder / f"{at}.yaml" for at in range(len(overlays))]
    for file, overlay in zip(files, overlays, strict=True):
        file.write_text(overlay)
    return render_platform(described(catalogue=folder / "catalogue.yaml", values=files).platform)


@pytest.mark.parametrize("overlay", OVERLAYS, ids=["mesh", "cilium", "gke"])
def test_each_overlay_of_the_page_is_accepted(tmp_path: Path, overlay: str) -> None:
    assert not errors(tmp_path, overlays={"overlay.yaml": overlay})


def test_names_are_asked_of_the_caches_that_the_page_names(tmp_path: Path) -> None:
    (overlay,) = [one for one in OVERLAYS if "dns" in one]
    egress = made(tmp_path, overlay).get("NetworkPolicy", "web")["spec"]["egress"]
    asked = [peer for rule in egress if rule["ports"][0]["port"] == 53 for peer in rule["to"]]
    networks = {peer["ipBlock"]["cidr"] for peer in asked if "ipBlock" in peer}
    assert networks == {"169.254.20.10/32", "169.254.169.254/32"}


def test_every_container_has_what_the_page_says_that_policies_ask(tmp_path: Path) -> None:
    for _, template in made(tmp_path, "").pods():
        pod = template["spec"]
        assert pod["serviceAccountName"] != "default"
        assert pod["automountServiceAccountToken"] is False
        for container in [*pod.get("initContainers", []), *pod["containers"]]:
            assert container["securityContext"]["readOnlyRootFilesystem"]
            assert {"cpu", "memory"} <= container["resources"]["requests"].keys()
            assert "memory" in container["resources"]["limits"]
            assert re.search(r":(?!latest$)[^/:]+$", container["image"])


def own_users(values: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """The paths of values that name the user of an image."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            if key == "security" and "user" in value:
                yield f"{path}{key}"
            yield from own_users(value, f"{path}{key}.")


def at(path: str, tree: Mapping[str, Any]) -> str:
    """An overlay that has this at a path."""
    for key in reversed(path.split(".")):
        tree = {key: tree}
    return dump(tree)


def test_where_the_cluster_assigns_users_the_page_names_each_value_that_does_otherwise(tmp_path: Path) -> None:
    found = set(own_users(made(tmp_path, "").platform.plain_values))
    assert "postgres.pooler.security" in found
    for path in found:
        name = path.removeprefix("postgres.")
        assert f"`{name}`" in USERS or name.startswith(("defaults", "services")), path
    nulls = [at(path, {"user": None, "group": None}) for path in found]
    rendered = made(tmp_path, "postgres: {pooler: {enabled: true}}", *nulls)
    for name, template in rendered.pods():
        assert not {"runAsUser", "runAsGroup", "fsGroup"} & template["spec"]["securityContext"].keys(), name
