"""`make package`: the chart as one file."""

import os
import tarfile
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.chart.helm import KUBERNETES, run
from tests.chart.platforms import castiel
from tests.rendering import ROOT
from tierwright.outputs.helm.package import package


def test_two_runs_give_the_same_bytes_whenever_the_files_were_written(tmp_path: Path) -> None:
    first = package(castiel().chart, tmp_path / "a").read_bytes()
    for file in castiel().chart.rglob("*"):
        os.utime(file, (1, 1))
    assert package(castiel().chart, tmp_path / "b").read_bytes() == first


def test_the_file_holds_the_chart_and_nothing_else(tmp_path: Path) -> None:
    chart = castiel().chart
    with tarfile.open(package(chart, tmp_path)) as archive:
        found = {entry.name: (entry.mode, entry.uid, entry.uname) for entry in archive}
    assert found == {f"castiel/{file.relative_to(chart)}": (0o644, 0, "") for file in chart.rglob("*") if file.is_file()}


def test_it_is_named_after_the_chart_and_its_version_and_says_what_made_it(tmp_path: Path) -> None:
    said = yaml.safe_load((castiel().chart / "Chart.yaml").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert package(castiel().chart, tmp_path).name == f"castiel-{said['version']}.tgz"
    assert said["annotations"] == {"made-by": f"{project['name']} {project['version']}"}


@pytest.mark.helm
@pytest.mark.parametrize("program", ["helm", "helm4"])
def test_helm_takes_it(program: str, tmp_path: Path) -> None:
    file = package(castiel().chart, tmp_path)
    assert yaml.safe_load(run("show", "chart", file, program=program).stdout)["name"] == "castiel"
    packed, plain = (
        run("template", "castiel", chart, "--kube-version", KUBERNETES, program=program) for chart in (file, castiel().chart)
    )
    assert packed.returncode == 0, packed.stderr
    assert packed.stdout == plain.stdout
