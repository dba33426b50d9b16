"""What docs/compose.md tells people to type and to write: `make` does it, and it fits the Compose file."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.documentation import blocks, words
from tests.documents import load
from tests.rendering import ROOT
from tierwright.cli import main

DOCUMENT = "docs/compose.md"
TEXT = (ROOT / DOCUMENT).read_text()
FILE = load((ROOT / "dist" / "compose" / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
INSTALL = "install 2.23.1 or later, 2.30 where services have hooks: https://docs.docker.com/compose/install/"
COMPOSE = ["docker", "compose", "--file", "dist/compose/compose.yaml", "--project-directory", "."]


@pytest.fixture(name="project")
def _project(tmp_path: Path) -> Path:
    """A project with a Compose file, and on its PATH a docker that writes down how it is called."""
    shutil.copytree(ROOT / "dist" / "compose", tmp_path / "dist" / "compose")
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text('#!/bin/sh\n[ "$2" = version ] || printf "%s\\n" "docker $*" >> called\n')
    docker.chmod(0o755)
    return tmp_path


def make(project: Path, *arguments: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a target of the Makefile in a project that is set up already."""
    programs = path or f"{project / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    variables = {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "OUT", "PROFILE"}}
    command = ["make", "--file", str(ROOT / "Makefile"), "--old-file", ".venv/.ready", *arguments]
    return subprocess.run(
        command, cwd=project, env={**variables, "PATH": programs}, capture_output=True, text=True, check=False, timeout=60
    )


def has_version(project: Path, version: str) -> None:
    """Let the docker of a project be of a Compose of this version."""
    docker = project / "bin" / "docker"
    docker.write_text(docker.read_text().replace('[ "$2" = version ]', f'[ "$2" = version ] && echo "{version}"'))


def called(project: Path) -> list[str]:
    """What docker was called with."""
    return (project / "called").read_text().splitlines() if (project / "called").exists() else []


def test_make_up_makes_the_variables_and_starts_everything_as_the_document_says(project: Path) -> None:
    (block,) = (block.commands for block in blocks() if block.document == DOCUMENT and "tierwright env" in block.commands)
    done = make(project, "up")
    assert (done.returncode, done.stderr) == (0, "")
    assert called(project) == [*block[1:]] == [" ".join([*COMPOSE, "up", "--detach", "--wait"])]
    assert (project / ".env").read_text().startswith("# Made by `tierwright env`.")


def test_make_up_starts_a_part_or_several(project: Path) -> None:
    assert make(project, "up", "PROFILE=planning calendar").returncode == 0
    assert called(project) == [" ".join([*COMPOSE, "--profile planning --profile calendar up --detach --wait"])]


def test_make_up_adds_the_override_where_there_is_one(project: Path) -> None:
    (project / "compose.override.yaml").touch()
    assert make(project, "up").returncode == 0
    assert called(project) == [
        "docker compose --file dist/compose/compose.yaml --file compose.override.yaml --project-directory . up --detach --wait"
    ]


def test_make_up_starts_another_environment_from_its_folder(project: Path) -> None:
    (project / "dist").rename(project / "demo")
    assert make(project, "up", "OUT=demo").returncode == 0
    assert called(project) == ["docker compose --file demo/compose/compose.yaml --project-directory . up --detach --wait"]
    assert (project / ".env").exists()


def test_make_down_stops_everything_whatever_env_chooses_or_a_part(project: Path) -> None:
    assert make(project, "down").returncode == 0
    assert make(project, "down", "PROFILE=planning").returncode == 0
    assert called(project) == [
        " ".join([*COMPOSE, "--profile * down"]),
        " ".join([*COMPOSE, "--profile planning down"]),
    ]


def test_where_the_variables_cannot_be_made_nothing_starts(project: Path) -> None:
    (project / ".env").mkdir()
    done = make(project, "up")
    assert done.returncode != 0
    assert done.stderr.startswith(".env: is no file; remove it, or name another file with --out\n")
    assert called(project) == []


@pytest.mark.parametrize("target", ["up", "down"])
@pytest.mark.parametrize("docker", [None, "#!/bin/sh\nexit 1\n"], ids=["no docker", "no Compose"])
def test_without_compose_make_says_what_is_missing(project: Path, target: str, docker: str | None) -> None:
    programs = project / "programs"
    programs.mkdir()
    (programs / "sh").symlink_to(shutil.which("sh") or "")
    if docker:
        (programs / "docker").write_text(docker)
        (programs / "docker").chmod(0o755)
    (programs / "make").symlink_to(shutil.which("make") or "")
    done = make(project, target, path=str(programs))
    assert done.returncode != 0
    assert done.stderr.splitlines()[0] == f"make: Docker Compose is missing; {INSTALL}"
    assert not (project / ".env").exists()


@pytest.mark.parametrize("version", ["2.23.0", "v2.20.3", "2.9.12", "1.29.2", "2.23.0-desktop.1"])
@pytest.mark.parametrize("target", ["up", "down"])
def test_make_says_which_version_of_compose_is_too_old(project: Path, target: str, version: str) -> None:
    has_version(project, version)
    done = make(project, target)
    assert done.returncode != 0
    assert done.stderr.splitlines()[0] == f"make: Docker Compose {version} is too old; {INSTALL}"
    assert called(project) == []
    assert not (project / ".env").exists()


@pytest.mark.parametrize("version", ["2.23.1", "v2.24.0-rc.1", "2.40.3-desktop.1", "5.0.0", "dev", ""])
def test_make_takes_a_newer_compose_and_one_without_a_number(project: Path, version: str) -> None:
    has_version(project, version)
    assert make(project, "down").returncode == 0
    assert len(called(project)) == 1


def test_the_least_version_is_that_of_the_document_and_covers_what_the_file_uses() -> None:
    """Since when Compose and the engine know a key: https://docs.docker.com/reference/compose-file/."""
    assert "It takes Docker Engine 25 (`start_interval` of health checks) with Compose 2.23.1 (`content` of configs)" in TEXT
    assert "2.23.1" in INSTALL
    assert any("content" in one for one in FILE["configs"].values())
    assert all("start_interval" in one["healthcheck"] for one in SERVICES.values() if "healthcheck" in one)


def test_the_sample_of_a_part_names_what_that_profile_starts() -> None:
    said = re.search(r"make up PROFILE=([\w-]+) +# ([\w-]+) and what it needs: (.+)", TEXT)
    assert said is not None
    started = {name for name, one in SERVICES.items() if said[1] in one["profiles"]}
    assert started == {said[2], *said[3].split(", ")}


def test_each_command_of_compose_names_the_file_and_services_that_are_there() -> None:
    commands = [one for block in blocks() if block.document == DOCUMENT for one in block.begins("docker")]
    assert len(commands) > 3
    for command in commands:
        assert words(command)[:6] == COMPOSE, command
        rest = [word for word in words(command)[6:] if not word.startswith("--")]
        assert {*rest[1:]} <= {*SERVICES, "NAME"}, command


class Changed(yaml.SafeLoader):
    """Reads an override: a value that is replaced or removed comes with the word for that."""


def _replaced(loader: Changed, node: yaml.Node) -> tuple[str, Any]:
    return "override", loader.construct_sequence(node, deep=True) if isinstance(node, yaml.SequenceNode) else None


Changed.add_constructor("!override", _replaced)
Changed.add_constructor("!reset", lambda *_: ("reset", None))


@pytest.fixture(name="override", scope="module")
def _override() -> dict[str, Any]:
    """The services of the sample of an override."""
    (sample,) = re.findall(r"^```yaml\n(services:.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
    services: dict[str, Any] = yaml.load(sample, Changed)["services"]  # noqa: S506 - a safe one
    return services


def ports(entry: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """The ports that an entry publishes: those of this machine with those of the container."""
    given = entry.get("ports", [])
    for port in given[1] if isinstance(given, tuple) else given:
        host, published, target = port.split(":")
        assert host == "127.0.0.1", port
        yield published, int(target)


def test_the_override_changes_what_is_there(override: dict[str, Any]) -> None:
    for name, entry in override.items():
        assert name in SERVICES
        for key, value in entry.items():
            if isinstance(value, tuple):
                assert key in SERVICES[name], f"{name} has no {key} to {value[0]}"
    assert "LOG_LEVEL" in SERVICES["ai-service"]["environment"]
    assert "entrypoint" not in SERVICES["ai-service"], "its command would be arguments of that"
    (mounted,) = override["ai-service"]["volumes"]
    assert mounted.startswith(f"{SERVICES['ai-service']['build']}/")


def test_the_override_publishes_ports_that_programs_listen_on(override: dict[str, Any]) -> None:
    assert dict(ports(override["api-gateway"])) == {"8080": int(SERVICES["api-gateway"]["environment"]["PORT"])}
    debugged = override["ai-service"]
    assert [f"--inspect=0.0.0.0:{port}" for _, port in ports(debugged)] == [
        word for word in debugged["command"] if word.startswith("--inspect")
    ]


def test_the_local_process_takes_the_place_of_its_container_and_reaches_what_it_needs(override: dict[str, Any]) -> None:
    (name,) = (name for name, entry in override.items() if "image" in entry)
    entry, port = override[name], SERVICES[name]["environment"]["PORT"]
    listen, connect = entry["command"]
    assert listen.split(",")[0] == f"TCP-LISTEN:{port}"
    assert connect == f"TCP:host.docker.internal:{port}"
    assert entry["healthcheck"]["test"][-1] == connect
    assert {*SERVICES[name].keys()} >= {"build", "develop"} == {key for key, value in entry.items() if value == ("reset", None)}
    needs = [other for other, wait in SERVICES[name]["depends_on"].items() if wait.get("required", True)]
    assert needs == [other for other in override if other in ("postgres", "rabbitmq", "redis")]
    assert all(list(ports(override[other])) for other in needs)


def test_the_local_process_gets_the_urls_of_its_container_at_this_machine(
    tmp_path: Path, override: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    (name,) = (name for name, entry in override.items() if "image" in entry)
    monkeypatch.chdir(tmp_path)
    assert main(["env", "--from", str(ROOT / "dist" / "compose" / ".env.example")]) == 0
    (script,) = re.findall(r"^```\n(set -a.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
    done = subprocess.run(["sh", "-ceu", f"{script}\nenv"], cwd=tmp_path, env={}, capture_output=True, text=True, check=True)
    given = dict(line.split("=", 1) for line in done.stdout.splitlines())
    for variable in ("PORT", "DATABASE_URL", "RABBITMQ_URL"):
        there = SERVICES[name]["environment"][variable].partition("?connection_limit")[0]
        here = re.sub(r"\$\{(\w+):\?[^}]*\}", lambda found: given[found[1]], there)
        assert given[variable] == re.sub("@[a-z]+:", "@localhost:", here), variable
