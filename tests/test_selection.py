"""The command line and the variables that choose what is made."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from main import CASTIEL
from tests.documents import load_all
from tests.rendering import CONFIG, ROOT
from tierwright.cli import synth
from tierwright.cli.selection import CONSOLE


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CASTIEL_ENV", "CASTIEL_CATALOGUE", "CASTIEL_VALUES", "CDK8S_OUTDIR"):
        monkeypatch.delenv(name, raising=False)


def read(arguments: list[str]) -> synth.Call:
    return synth.read(arguments, CASTIEL)


def resolved(selection: synth.Call) -> list[Path]:
    return [file.resolve() for file in selection.files.values]


def test_without_a_word_it_is_castiel_in_development_into_dist() -> None:
    selection = read([])
    assert selection.files.catalogue.resolve() == CONFIG / "catalogue.yaml"
    assert selection.files.own is not None
    assert selection.files.own.resolve() == CONFIG / "values.yaml"
    assert resolved(selection) == []
    assert selection.out == Path("dist")
    assert resolved(read(["--env", "development"])) == []


def test_an_environment_and_further_overlays_lie_over_the_defaults_in_the_order_given() -> None:
    selection = read(["--env", "staging", "--values", "a.yaml", "--values", "b.yaml", "--out", "x"])
    staging = CONFIG / "environments" / "staging.yaml"
    assert resolved(selection) == [staging, ROOT / "a.yaml", ROOT / "b.yaml"]
    assert selection.out == Path("x")


def test_variables_say_the_same_under_cdk8s_synth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASTIEL_ENV", "staging")
    monkeypatch.setenv("CASTIEL_VALUES", os.pathsep.join(["a.yaml", "b.yaml"]))
    monkeypatch.setenv("CDK8S_OUTDIR", "elsewhere")
    selection = read([])
    staging = CONFIG / "environments" / "staging.yaml"
    assert resolved(selection) == [staging, ROOT / "a.yaml", ROOT / "b.yaml"]
    assert selection.out == Path("elsewhere")
    assert read(["--out", "here"]).out == Path("here")


def test_the_console_command_has_variables_and_defaults_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CASTIEL_ENV", "staging")
    monkeypatch.setenv("TIERWRIGHT_ENV", "shop")
    monkeypatch.setenv("TIERWRIGHT_CATALOGUE", str(ROOT / "examples" / "bookshop" / "catalogue.yaml"))
    monkeypatch.setenv("TIERWRIGHT_VALUES", "a.yaml")
    call = synth.read([], CONSOLE)
    assert call.files.catalogue == ROOT / "examples" / "bookshop" / "catalogue.yaml"
    assert call.files.values == [call.files.catalogue.parent / "environments" / "shop.yaml", Path("a.yaml")]
    assert call.chart
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CDK8S_OUTDIR", "/elsewhere")
    assert not synth.read([], CONSOLE).chart, "the command line of cdk8s would gather its templates"
    monkeypatch.setenv("CDK8S_OUTDIR", "dist")
    assert synth.read([], CONSOLE).chart


def test_a_variable_without_a_value_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """As pipelines have it where they pass on one that nobody set."""
    plain = read([]).files
    for name in ("CASTIEL_ENV", "CASTIEL_CATALOGUE", "CASTIEL_VALUES"):
        monkeypatch.setenv(name, "")
    assert vars(read([]).files) == vars(plain)


def test_another_platform_brings_its_environments_and_may_bring_its_values(tmp_path: Path) -> None:
    bookshop = ROOT / "examples" / "bookshop"
    selection = read(["--catalogue", str(bookshop / "catalogue.yaml"), "--env", "shop"])
    assert resolved(selection) == [bookshop / "environments" / "shop.yaml"]
    assert selection.files.own is None
    (tmp_path / "values.yaml").touch()
    selection = read(["--catalogue", str(tmp_path / "catalogue.yaml")])
    assert resolved(selection) == []
    assert selection.files.own == tmp_path / "values.yaml"


def test_values_beside_the_catalogue_that_are_no_file_are_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "values.yaml").symlink_to("nowhere")
    assert read(["--catalogue", str(tmp_path / "catalogue.yaml")]).files.own == tmp_path / "values.yaml"


def test_an_unknown_environment_is_refused_with_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        read(["--env", "prod"])
    assert stopped.value.code == 2
    assert "there is no environment 'prod'; allowed: development, demo, production, staging" in capsys.readouterr().err


def test_what_is_no_file_is_no_environment_that_there_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "environments" / "folder.yaml").mkdir(parents=True)
    (tmp_path / "environments" / "gone.yaml").symlink_to("nowhere")
    (tmp_path / "environments" / "there.yaml").touch()
    for name in ("folder", "gone"):
        with pytest.raises(SystemExit):
            read(["--catalogue", str(tmp_path / "catalogue.yaml"), "--env", name])
        assert f"there is no environment '{name}'; allowed: development, there\n" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["n" * 300, "nowhere/production"])
def test_a_name_that_no_environment_can_have_is_refused_too(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read(["--env", name])
    assert f"there is no environment '{name}'; allowed: development, demo, production, staging" in capsys.readouterr().err


def test_environments_in_a_folder_that_may_not_be_read_are_left_to_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who reads the file says that it may not be read."""

    def denied(file: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(file))

    monkeypatch.setattr(Path, "is_file", denied)
    assert read(["--env", "production"]).files.values[0].name == "production.yaml"


def test_the_example_platform_is_made_whole(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "main.py",
        "--catalogue",
        "examples/bookshop/catalogue.yaml",
        "--env",
        "shop",
        "--out",
        str(tmp_path / "x"),
    ]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout + done.stderr == ""
    objects = [one for file in sorted((tmp_path / "x").glob("*.yaml")) for one in load_all(file.read_text())]
    assert sorted(one["metadata"]["name"] for one in objects if one["kind"] in ("Deployment", "StatefulSet")) == [
        *("payments", "postgres", "shop", "stock"),
    ]
    assert {one["metadata"].get("namespace", "bookshop") for one in objects} == {"bookshop"}
    (shop,) = [one for one in objects if one["kind"] == "Deployment" and one["metadata"]["name"] == "shop"]
    variables = {one["name"]: one["value"] for one in shop["spec"]["template"]["spec"]["containers"][0]["env"]}
    assert variables["PAYMENTS_URL"] == "http://payments:4002"
    assert variables["BASE_URL"] == "https://bookshop.example"
    assert "castiel" not in "".join(file.read_text() for file in (tmp_path / "x").glob("*.yaml"))


def test_checking_writes_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "main.py", "--check", "--env", "production", "--out", str(tmp_path / "x")]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout + done.stderr == ""
    assert not (tmp_path / "x").exists()


def test_it_can_be_called_from_another_folder(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(ROOT / "main.py"), "--out", "made"], cwd=tmp_path, check=True)
    assert (tmp_path / "made" / "00-namespace.yaml").read_text() == (ROOT / "dist" / "00-namespace.yaml").read_text()
