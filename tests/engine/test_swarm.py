"""Castiel as a stack of Swarm, with the commands of its services: the order of its start, secrets, scaling, updates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
import yaml

from tests.cluster.waiting import wait_for
from tests.engine.engine import Engine
from tests.engine.events import ENDED, HEALTHY, STARTED, first
from tests.engine.stacks import Stack
from tests.rendering import CONFIG
from tierwright import pipeline
from tierwright.blueprint import Described


def named(folder: Path) -> Described:
    """Castiel's development values, with the whole command of each service: that of its stand-in."""
    services = pipeline.described(catalogue=CONFIG / "catalogue.yaml", own=CONFIG / "values.yaml").platform.catalogue.services
    overlay = folder / "overlay.yaml"
    overlay.write_text(yaml.safe_dump({"services": {name: {"command": ["/standin"]} for name in services}}))
    return pipeline.described(catalogue=CONFIG / "catalogue.yaml", own=CONFIG / "values.yaml", values=[overlay])


@pytest.fixture(scope="module", name="platform")
def _platform(tmp_path_factory: pytest.TempPathFactory) -> Described:
    return named(tmp_path_factory.mktemp("named"))


@pytest.fixture(scope="module", name="castiel")
def _castiel(
    request: pytest.FixtureRequest, engine: Engine, platform: Described, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """The stack; all of it is ready."""
    request.getfixturevalue("swarm")
    stack = Stack(engine, platform, tmp_path_factory.mktemp("castiel"))
    engine.provide_images(one["image"] for one in stack.services.values())
    stack.make_variables()
    refused = stack.deploy()
    assert "0 nodes have the label castiel.data=true" in refused.stderr
    stack.label()
    done = stack.deploy()
    assert (done.returncode, done.stderr) == (0, "")
    stack.wait_until_ready(timeout=240)
    yield stack
    engine.empty()


@contextmanager
def only(stack: Stack, *services: str) -> Iterator[None]:
    """Whatever happens to the containers of these services, those of all others go on."""

    def others() -> set[tuple[str, str]]:
        return {(one.service, one.identity) for one in stack.engine.containers(stack.name) if one.service not in services}

    before = others()
    yield
    assert others() == before


_READY = re.compile(r"(\S+) ([a-z0-9-]+):[0-9]+ is ready after")


def gates_opened(stack: Stack, service: str) -> dict[str, float]:
    """When a container found each of those that it waits for ready, by its own log."""
    (container,) = stack.containers(service)
    log = stack.engine.docker("logs", "--timestamps", container.identity)
    return {found[2]: datetime.fromisoformat(found[1]).timestamp() for found in map(_READY.match, log.splitlines()) if found}


# These two look at the start itself; what comes after them changes it.


def test_each_program_starts_after_all_that_it_waits_for_is_healthy(castiel: Stack, platform: Described) -> None:
    graph = platform.platform.graph
    healthy = first(castiel.engine.events("castiel"), HEALTHY)
    for name in platform.platform.catalogue.services:
        opened = gates_opened(castiel, name)
        assert opened.keys() == {wait.target for wait in graph.waits(name)}, name
        early = [target for target, at in opened.items() if at < healthy[target]]
        assert not early, f"{name} did not wait for {early}"
        assert max(opened.values()) < healthy[name]


def test_nothing_is_restarted_in_a_start(castiel: Stack) -> None:
    events = castiel.engine.events("castiel")
    assert [event for event in events if event.action == ENDED] == []
    assert sorted(event.service for event in events if event.action == STARTED) == sorted(castiel.services)


def test_no_password_is_to_be_seen_but_programs_have_them_as_variables(castiel: Stack) -> None:
    engine = castiel.engine
    passwords = [one.partition("=")[2] for one in (castiel.folder / ".env").read_text().splitlines() if "PASSWORD=" in one]
    assert passwords
    (planning,) = castiel.containers("planning")
    for text in (engine.docker("service", "inspect", "castiel_planning"), str(planning.description)):
        assert not [one for one in passwords if one in text]
    given = engine.docker("exec", planning.identity, "cat", "/run/secrets/DB_PASSWORD")
    assert given in passwords
    environment = Path(f"/proc/{planning.description['State']['Pid']}/root/proc/1/environ")
    assert given not in environment.read_text()  # that of the engine's init
    # The stand-in has asked Postgres with it, or would not be healthy.
    assert f"postgresql://coder:{given}@postgres:5432/castiel" in program_environment(castiel, "planning")


def program_environment(stack: Stack, service: str) -> str:
    """The variables of the program itself, behind the lines before it."""
    (container,) = stack.containers(service)
    command = "for one in /proc/[0-9]*; do [ \"$(readlink $one/exe)\" != /standin ] || tr '\\0' '\\n' < $one/environ; done"
    return stack.engine.docker("exec", container.identity, "sh", "-c", command)


def test_another_deployment_of_the_same_files_replaces_nothing(castiel: Stack) -> None:
    with only(castiel):
        done = castiel.deploy()
        assert (done.returncode, done.stderr) == (0, "")
        assert "made" not in done.stdout
        castiel.wait_until_ready(timeout=30)


def test_a_service_is_scaled_alone(castiel: Stack) -> None:
    with only(castiel, "ai-service"):
        castiel.engine.docker("service", "scale", "--detach", "castiel_ai-service=3")
        castiel.wait_until_ready(timeout=60)
        assert [one.health for one in castiel.containers("ai-service")] == ["healthy"] * 3


def test_an_update_starts_the_new_task_first(castiel: Stack) -> None:
    (old,) = castiel.containers("messaging")
    with only(castiel, "messaging"):
        castiel.engine.docker("service", "update", "--detach", "--env-add", "LOG_LEVEL=debug", "castiel_messaging")
        wait_for("the update", lambda: castiel.status_of_update("messaging") == "completed", timeout=60)
        (new,) = wait_for("the end of the old task", lambda: castiel.only_container("messaging"), timeout=30)
    assert new.identity != old.identity
    events = [one for one in castiel.engine.events("castiel") if one.service == "messaging"]
    (healthy,) = [one.at for one in events if one.container == new.name and one.action == HEALTHY]
    (ended,) = [one.at for one in events if one.container == old.name and one.action == ENDED]
    assert healthy < ended


def test_a_bad_update_is_rolled_back_and_the_old_task_never_ends(castiel: Stack) -> None:
    before = castiel.containers("workflow")
    with only(castiel, "workflow"):
        castiel.engine.docker("service", "update", "--detach", "--entrypoint", "false", "castiel_workflow")
        wait_for("the rollback", lambda: castiel.status_of_update("workflow") == "rollback_completed", timeout=60)
        castiel.wait_until_ready(timeout=30)
        assert [one.identity for one in castiel.containers("workflow")] == [one.identity for one in before]


def test_postgres_comes_back_with_its_rows_on_the_node_of_its_volume(castiel: Stack) -> None:
    ask = ["sh", "-c", 'PGPASSWORD=$(cat /run/secrets/DB_PASSWORD) psql -qtA -h 127.0.0.1 -U coder -d castiel -c "$0"']
    with only(castiel, "postgres"):
        (postgres,) = castiel.containers("postgres")
        castiel.engine.docker("exec", postgres.identity, *ask, "create table kept as select 42 as row")
        castiel.engine.docker("kill", postgres.identity)

        def running() -> set[str]:
            return {one.identity for one in castiel.containers("postgres")}

        wait_for("another task", lambda: running() - {postgres.identity}, timeout=30)
        castiel.wait_until_ready(timeout=60)
        (postgres,) = castiel.containers("postgres")
        assert castiel.engine.docker("exec", postgres.identity, *ask, "select row from kept") == "42\n"
