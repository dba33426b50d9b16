"""What docs/clusters.md has for meshes, network plugins and clouds fits the values, and does what the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.rendering import ROOT, Rendered, render_platform
from tests.shop import CATALOGUE, errors
from tierwright.pipeline import described

PAGE = (ROOT / "docs" / "clusters.md").read_text()
OVERLAYS = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def made(folder: Path, overlay: str) -> Rendered:
    (folder / "catalogue.yaml").write_text(CATALOGUE)
    (folder / "overlay.yaml").write_text(overlay)
    return render_platform(described(catalogue=folder / "catalogue.yaml", values=[folder / "overlay.yaml"]).platform)


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
