"""The library as a wheel: its command works in a folder that holds nothing but somebody's catalogue and values."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.documentation import blocks, words
from tests.documents import load_all
from tests.rendering import ROOT
from tierwright.cli import COMMANDS


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without network from what a fresh clone has. (setuptools puts what an earlier build left into the next.)"""
    clone = tmp_path_factory.mktemp("clone")
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for path in filter(None, listed.split("\0")):
        if path.split("/")[0] not in {"dist", "tests", "docs", "benchmarks"} and os.path.lexists(ROOT / path):
            (clone / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, clone / path, follow_symlinks=False)
    build = ["uv", "build", "--wheel", "--offline", "--no-build-isolation", "--python", sys.executable]
    subprocess.run([*build, "--out-dir", str(clone / "out")], cwd=clone, check=True, capture_output=True, env=tools())
    (built,) = (clone / "out").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel, and with what it depends on from this one, but without this project."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    install = ["uv", "pip", "install", "--offline", "--no-deps", "--python", str(folder / "bin" / "python"), str(wheel)]
    subprocess.run(install, check=True, capture_output=True, env=tools())
    # A path in a .pth file: the .pth files in that folder, one of which names this project, are not read.
    (site_packages(folder) / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the catalogue and the values of the bookshop, and nothing else."""
    source, target = ROOT / "examples" / "bookshop", tmp_path / "shop"
    for file in source.rglob("*.yaml"):
        (target / file.relative_to(source)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target / file.relative_to(source))
    return target


def tools() -> dict[str, str]:
    """The environment in which the tools of this project are found."""
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def site_packages(folder: Path) -> Path:
    (found,) = (folder / "lib").glob("python*/site-packages")
    return found


def tierwright(installed: Path, project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command, with nothing of this project in its environment."""
    environment = {"PATH": str(project.parent), "HOME": str(project.parent)}
    command = [str(installed / "bin" / "tierwright"), *arguments]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def test_nothing_but_the_library_itself_comes_into_site_packages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as files:
        names = files.namelist()
    assert {name.split("/")[0] for name in names} == {"tierwright", "tierwright-0.1.0.dist-info"}
    assert "tierwright/py.typed" in names
    below = [file for file in (ROOT / "constructs" / "tierwright").rglob("*") if file.is_file() and "__pycache__" not in file.parts]
    assert {file.relative_to(ROOT / "constructs").as_posix() for file in below} <= set(names)


def test_synth_and_render_make_the_same_in_a_folder_with_a_catalogue_and_values_alone(installed: Path, project: Path) -> None:
    before = contents(project)
    for command in ("synth", "render"):
        done = tierwright(installed, project, command, "--env", "shop", "--out", f"../{command}")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    made = contents(project.parent / "synth")
    assert made == contents(project.parent / "render")
    assert {"00-namespace.yaml", "helm/bookshop/Chart.yaml", "helm/bookshop/values.schema.json"} <= made.keys()
    assert contents(project) == before
    stream = tierwright(installed, project, "render", "--env", "shop").stdout
    objects = [one for path in sorted(made) if "/" not in path for one in load_all(made[path])]
    assert load_all(stream) == objects


def test_every_other_command_works_there_too(installed: Path, project: Path) -> None:
    assert tierwright(installed, project, "check").returncode == 0
    nothing = tierwright(installed, project, "package")
    assert (nothing.returncode, nothing.stderr) == (2, "dist holds no chart; make one with `tierwright render --out dist`\n")
    assert tierwright(installed, project, "schemas").returncode == 0
    assert json.loads((project / "schemas" / "values.schema.json").read_text())["title"]
    assert tierwright(installed, project, "render", "--out", "dist").returncode == 0
    assert tierwright(installed, project, "package").stdout == "build/bookshop-0.1.0.tgz\n"
    (project / "pods.json").write_text('{"items": []}')
    done = tierwright(installed, project, "timeline", "--pods", "pods.json")
    assert (done.returncode, done.stderr.partition(";")[0]) == (2, "there are no pods that stay")


def test_a_program_of_ones_own_embeds_the_platform_there(installed: Path, project: Path) -> None:
    program = (
        "from tierwright import App, Platform\n"
        "from cdk8s import JsonPatch\n"
        "app = App(outdir='../embedded')\n"
        "shop = Platform(app, 'shop', catalogue='catalogue.yaml', values=['environments/shop.yaml'])\n"
        "shop.api_object('shop', 'deployment').metadata.add_label('example.com/team', 'shop')\n"
        "app.synth()\n"
    )
    command = [str(installed / "bin" / "python"), "-c", program]
    environment = {"PATH": str(project.parent), "HOME": str(project.parent)}
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    embedded = contents(project.parent / "embedded")
    assert b"example.com/team: shop" in embedded.pop("04-web.yaml")
    assert tierwright(installed, project, "render", "--env", "shop", "--out", "../render").returncode == 0
    made = contents(project.parent / "render")
    assert embedded == {path: made[path] for path in made if "/" not in path and path != "04-web.yaml"}


def test_an_error_names_the_line_and_the_package_is_left_alone(installed: Path, project: Path) -> None:
    (project / "catalogue.yaml").write_text((project / "catalogue.yaml").read_text().replace("tier: core", "tier: cor", 1))
    done = tierwright(installed, project, "synth")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        "catalogue.yaml:26: services.stock.tier: there is no tier `cor`; did you mean core? allowed: data, core, web\n"
    )
    assert not (project / "dist").exists()


def test_each_command_that_the_documents_name_works(installed: Path, project: Path) -> None:
    named = [command for block in blocks() for command in block.begins("tierwright")]
    assert {words(command)[1] for command in named} == set(COMMANDS)
    for command in named:
        done = tierwright(installed, project, *words(command)[1:])
        without_a_cluster = (2, "kubectl: not found; name a file, or put kubectl on the PATH\n")
        assert (done.returncode, done.stderr) == (without_a_cluster if "timeline" in command else (0, "")), command


def test_each_command_says_what_it_does(installed: Path, project: Path) -> None:
    said = tierwright(installed, project, "--help").stdout
    for name, what in COMMANDS.items():
        assert f"  {name:10}{what}\n" in said
        assert tierwright(installed, project, name, "--help").stdout.startswith(f"usage: tierwright {name} ")
    done = tierwright(installed, project, "snyth")
    assert done.returncode == 2
    assert "invalid choice: 'snyth' (choose from" in done.stderr
