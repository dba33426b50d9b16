"""`make cluster`: what is brought to a node that is kept up, and what it says to do next."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.cluster.__main__ import print_next, wanted_images
from tests.cluster.images import image_names
from tests.rendering import ROOT, render

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: web, image: "IMAGE"}]}
"""


def manifests(folder: Path, image: str) -> Path:
    (folder / "pod.yaml").write_text(POD.replace("IMAGE", image))
    return folder


def test_what_dist_and_the_demo_run_is_brought_without_asking(tmp_path: Path) -> None:
    for environment in ("development", "demo"):
        folder = tmp_path / environment
        folder.mkdir()
        for name, text in render(environment).files.items():
            (folder / name).write_text(text)
        assert image_names(folder) <= wanted_images([])


def test_the_images_of_other_manifests_are_brought_beside_them(tmp_path: Path) -> None:
    wanted = wanted_images([manifests(tmp_path, "mirror.example/castiel/web:7")])
    assert wanted - wanted_images([]) == {"mirror.example/castiel/web:7"}


def test_a_folder_that_names_no_image_is_an_error_that_says_how_to_make_manifests(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=re.escape(f"{tmp_path / 'absent'}: no manifest there names an image; make them first")):
        wanted_images([tmp_path / "absent"])


def test_an_image_that_nothing_stands_in_for_is_an_error_before_the_node_is_made(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nothing stands in for the image nginx:1; add a builder"):
        wanted_images([manifests(tmp_path, "nginx:1")])


def test_what_it_prints_can_be_evaluated_by_a_shell_and_names_the_next_commands(capsys: pytest.CaptureFixture[str]) -> None:
    print_next()
    printed = capsys.readouterr().out
    done = subprocess.run(
        ["sh", "-euc", f'{printed}\necho "$PATH"; echo "$KUBECONFIG"'], capture_output=True, text=True, check=True
    )
    path, kubeconfig = done.stdout.splitlines()
    assert path.split(":")[0].endswith("castiel-dev/bin")
    assert kubeconfig.endswith("castiel-dev/keys/admin.kubeconfig")
    said = [line.removeprefix("#").strip() for line in printed.splitlines()]
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    for command in ("kubectl apply -f dist/", "kubectl get pods -n castiel --watch", "make timeline"):
        assert command in said
    assert set(re.findall(r"make ([a-z-]+)", printed)) <= set(targets)
