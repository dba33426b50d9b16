"""A broken configuration: every error at once, exit code 2, and the output as it was."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

import main
from tests.shop import CATALOGUE, ROOT, errors
from tierwright.cli import synth


def test_all_errors_of_all_files_come_at_once(tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace("tier: back", "tier: bakc").replace("[postgres, store]", "[postgres, stoer]")
    overlays = {"one.yaml": "defaults: {replicas: many}\n", "two.yaml": "\nnamespace: {name: Shop}\nservices: {wbe: {}}\n"}
    assert [line.split(": ")[0:2] for line in errors(tmp_path, catalogue=catalogue, overlays=overlays)] == [
        ["catalogue.yaml:14", "services.store.tier"],
        ["catalogue.yaml:21", "services.web.needs[1]"],
        ["one.yaml:1", "defaults.replicas"],
        ["two.yaml:2", "namespace.name"],
        ["two.yaml:3", "services.wbe"],
    ]


BROKEN = {
    "unreadable": "a: [",
    "against the schema": CATALOGUE.replace("port: 3001", "port: many"),
    "against the rules": CATALOGUE.replace("tier: back", "tier: bakc"),
}


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def output_of_before(folder: Path) -> Path:
    """An output folder as an earlier run left it."""
    out = folder / "out"
    out.mkdir()
    (out / "00-namespace.yaml").write_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n")
    return out


@pytest.mark.parametrize("catalogue", BROKEN.values(), ids=list(BROKEN))
def test_the_program_ends_with_2_and_the_output_stays(
    tmp_path: Path, catalogue: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = output_of_before(tmp_path)
    before = contents(out)
    (tmp_path / "catalogue.yaml").write_text(catalogue)
    monkeypatch.setattr(sys, "argv", ["main.py", "--catalogue", str(tmp_path / "catalogue.yaml"), "--out", str(out)])
    assert main.main() == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"{tmp_path}/catalogue.yaml:")
    assert contents(out) == before
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["catalogue.yaml", "out"]


@pytest.mark.parametrize("command", [["main.py", "--out"], ["scripts/synth.py"]], ids=["main.py", "make synth"])
def test_the_whole_process_ends_with_2_and_the_output_stays(tmp_path: Path, command: list[str]) -> None:
    out = output_of_before(tmp_path)
    before = contents(out)
    (tmp_path / "catalogue.yaml").write_text(BROKEN["against the rules"])
    environment = {**os.environ, "CASTIEL_CATALOGUE": str(tmp_path / "catalogue.yaml")}
    done = subprocess.run(
        [sys.executable, *command, str(out)], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == dedent(f"""\
        {tmp_path}/catalogue.yaml:14: services.store.tier: there is no tier `bakc`; did you mean back? allowed: data, back, front
        """)
    assert contents(out) == before


def test_an_environment_that_is_not_there_is_told_with_those_that_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        synth.read(["--env", "prod"], main.CASTIEL)
    assert stopped.value.code == 2
    assert "there is no environment 'prod'; allowed: development, demo, production, staging" in capsys.readouterr().err
