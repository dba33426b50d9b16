"""`make package`: the chart as one file."""

import errno
import gzip
import os
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.chart.helm import KUBERNETES, run
from tests.chart.platforms import castiel
from tests.rendering import ROOT
from tierwright.outputs.folder import OutputError
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


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """An output folder with a small chart."""
    chart = tmp_path / "dist" / "helm" / "forum"
    chart.mkdir(parents=True)
    (chart / "Chart.yaml").write_text("name: forum\nversion: 0.1.0\n")
    return chart


def command(folder: Path, target: str = "build") -> tuple[int, str, str]:
    arguments = [sys.executable, "-m", "tierwright", "package", "dist", target]
    done = subprocess.run(arguments, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def test_a_chart_that_has_changed_replaces_the_file_of_the_same_version(made: Path, tmp_path: Path) -> None:
    said = (0, "build/forum-0.1.0.tgz\n", "")
    assert command(tmp_path) == said
    before = (tmp_path / "build" / "forum-0.1.0.tgz").read_bytes()
    (made / "values.yaml").write_text("a: 1\n")
    assert command(tmp_path) == said
    assert (tmp_path / "build" / "forum-0.1.0.tgz").read_bytes() != before


FOREIGN = {
    "text": b"mine\n",
    "nothing": b"",
    "compressed text": gzip.compress(b"mine\n"),
    "half an archive": gzip.compress(b"mine\n")[:-9],
}


@pytest.mark.parametrize("content", FOREIGN.values(), ids=FOREIGN)
def test_a_file_of_somebody_else_stays(made: Path, tmp_path: Path, content: bytes) -> None:
    assert made
    target = tmp_path / "build" / "forum-0.1.0.tgz"
    target.parent.mkdir()
    target.write_bytes(content)
    wrong = "build/forum-0.1.0.tgz: was not made here; remove it, or choose another folder for the output\n"
    assert command(tmp_path) == (2, "", wrong)
    assert target.read_bytes() == content
    assert [*target.parent.iterdir()] == [target]


CHARTS = [
    "",
    "[]",
    "name: [",
    "name: forum",
    "version: 0.1.0",
    "name: ../../forum\nversion: 0.1.0",
    "name: forum\nversion: ../1",
    "\0",
]


@pytest.mark.parametrize("text", CHARTS)
def test_a_chart_that_was_not_made_here_is_not_packed(made: Path, tmp_path: Path, text: str) -> None:
    """Its name and version would say where the file goes."""
    (made / "Chart.yaml").write_text(text)
    wrong = "dist/helm/forum/Chart.yaml: was not made here; make it with `tierwright render`, or move its folder away\n"
    assert command(tmp_path) == (2, "", wrong)
    assert [one.name for one in tmp_path.iterdir()] == ["dist"]


def test_an_archive_of_another_chart_stays(made: Path, tmp_path: Path) -> None:
    assert made
    other = tmp_path / "other" / "wiki"
    other.mkdir(parents=True)
    (other / "Chart.yaml").write_text("name: wiki\nversion: 0.1.0\n")
    content = package(other, tmp_path / "build").rename(tmp_path / "build" / "forum-0.1.0.tgz").read_bytes()
    wrong = "build/forum-0.1.0.tgz: was not made here; remove it, or choose another folder for the output\n"
    assert command(tmp_path) == (2, "", wrong)
    assert (tmp_path / "build" / "forum-0.1.0.tgz").read_bytes() == content


def test_links_and_folders_in_the_place_of_the_file_stay(made: Path, tmp_path: Path) -> None:
    target = tmp_path / "build" / "forum-0.1.0.tgz"
    remedy = "remove it, or choose another folder for the output"
    package(made, tmp_path / "elsewhere")
    target.parent.mkdir()
    target.symlink_to(tmp_path / "elsewhere" / target.name)
    assert command(tmp_path) == (2, "", f"build/forum-0.1.0.tgz: is a link; {remedy}\n")
    assert target.is_symlink()
    target.unlink()
    target.mkdir()
    assert command(tmp_path) == (2, "", f"build/forum-0.1.0.tgz: is no file; {remedy}\n")


def test_a_file_in_the_place_of_the_folder_stays(made: Path, tmp_path: Path) -> None:
    assert made
    (tmp_path / "build").write_text("mine\n")
    assert command(tmp_path) == (2, "", "build is no folder; choose another folder for the output\n")
    assert command(tmp_path, "build/charts") == (
        2,
        "",
        "build/charts cannot be made below a file; choose another folder for the output\n",
    )
    assert (tmp_path / "build").read_text() == "mine\n"


def test_a_folder_that_takes_no_file_is_named(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error of a full disk names nothing itself."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError) as refused:
        package(made, tmp_path / "build")
    wrong = "cannot be written: No space left on device; choose another folder for the output"
    assert str(refused.value) == f"{tmp_path}/build/forum-0.1.0.tgz {wrong}"
    assert list((tmp_path / "build").iterdir()) == []
