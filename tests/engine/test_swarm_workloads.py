"""Workloads of other kinds in a stack: storage, steps, files, what runs once and what runs at times."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cluster.waiting import wait_for
from tests.engine.engine import Engine
from tests.engine.stacks import Stack
from tierwright import pipeline

CATALOGUE = r"""
name: kinds
tiers: [{name: back}, {name: front}]
secrets:
  optional: {source: provided, keys: [MAY_BE_MISSING], optional: true}
services:
  store:
    tier: back
    port: 8080
    health: {http: /ready}
    compose: {healthTool: wget}
    storage: {rows: /rows}
    prepare: [[sh, -c, "echo prepared as $(id -u) >> /rows/ready"]]
    command: [httpd, -f, -p, "8080", -h, /rows]
  once:
    tier: front
    needs: [store]
    run: once
    secrets: [optional]
    files: {/etc/once/motd: motd}
    command: [sh, -c, 'cat /etc/once/motd; echo "$${MAY_BE_MISSING-no variable}"; wget -qO- "$STORE_SERVICE_URL/ready"']
  nightly:
    tier: front
    schedule: "0 3 * * *"
    command: [sh, -c, echo came by night]
"""  # fmt: skip
VALUES = "public: {host: kinds.example}\ndefaults: {image: {repository: busybox, tag: 1.37.0}}\n"


@pytest.fixture(scope="module", name="kinds")
def _kinds(request: pytest.FixtureRequest, engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    request.getfixturevalue("swarm")
    folder = tmp_path_factory.mktemp("kinds")
    for name, text in {"catalogue.yaml": CATALOGUE, "values.yaml": VALUES, "motd": "$HOME is ${publicUrl}\n"}.items():
        (folder / name).write_text(text)
    stack = Stack(engine, pipeline.described(catalogue=folder / "catalogue.yaml", own=folder / "values.yaml"), folder)
    engine.provide_images(one["image"] for one in stack.services.values())
    stack.make_variables()
    stack.label()
    done = stack.deploy()
    assert (done.returncode, done.stderr) == (0, "")
    yield stack
    engine.empty()


def logs_of(stack: Stack, service: str) -> list[str]:
    """What the containers of a service have said, those that have ended too."""
    found = [one for one in stack.engine.containers(stack.name) if one.service == service]
    return [line for one in found for line in stack.engine.docker("logs", one.identity).splitlines()]


def test_what_runs_once_ends_once_all_that_it_needs_is_there(kinds: Stack) -> None:
    def ended() -> bool:
        states = [(one.status, one.exit_code) for one in kinds.engine.containers(kinds.name) if one.service == "once"]
        return states == [("exited", 0)]

    wait_for("the end of what runs once", ended, timeout=60, explain=kinds.engine.explain)
    waited, *said = logs_of(kinds, "once")[-4:]
    assert waited.startswith("store:8080 is ready after ")
    assert said == ["$HOME is http://kinds.example", "no variable", "prepared as 1000"]


@pytest.mark.parametrize("times", [1, 2])
def test_what_runs_at_times_runs_when_somebody_asks_for_it(kinds: Stack, times: int) -> None:
    assert logs_of(kinds, "nightly") == ["came by night"] * (times - 1)
    kinds.engine.docker("service", "update", "--detach", "--force", "--replicas", "1", "kinds_nightly")
    wait_for("another run", lambda: logs_of(kinds, "nightly") == ["came by night"] * times, timeout=30)


def test_storage_is_there_again_in_another_container(kinds: Stack) -> None:
    def prepared() -> list[str]:
        (store,) = kinds.containers("store")
        return kinds.engine.docker("exec", store.identity, "cat", "/rows/ready").splitlines()

    wait_for("the store", lambda: [one.health for one in kinds.containers("store")] == ["healthy"], timeout=60)
    assert prepared() == ["prepared as 1000"]
    kinds.engine.docker("service", "update", "--detach", "--force", "kinds_store")
    wait_for("the update", lambda: kinds.status_of_update("store") == "completed", timeout=60)
    assert prepared() == ["prepared as 1000"] * 2
