"""The engine itself: Compose and Swarm run on it what the images of the Kubernetes node stand in for, and nothing is left."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.remains import take
from tests.cluster.waiting import wait_for
from tests.engine.containers import Container
from tests.engine.engine import Engine
from tests.engine.events import ENDED, HEALTHY, STARTED, first

HERE = Path(__file__).resolve().parent
IMAGES = ("postgres:16", "rabbitmq:3-management", "redis:7-alpine", "busybox:1.37.0", "castiel/gateway:1")
_SERVERS = """\
name: servers
x-often: &often {interval: 30s, start_period: 40s, start_interval: 1s}
services:
  postgres:
    image: postgres:16
    environment: {POSTGRES_PASSWORD: "${PASSWORD:?}"}
    volumes: ["rows:/var/lib/postgresql/data"]
    healthcheck: {<<: *often, test: [CMD, pg_isready, -h, 127.0.0.1, -U, postgres]}
  rabbitmq:
    image: rabbitmq:3-management
    user: "999:999" # a health check as root would write the cookie that the server then cannot read
    healthcheck: {<<: *often, test: [CMD, rabbitmq-diagnostics, -q, check_running]}
  redis:
    image: redis:7-alpine
    command: [redis-server, --protected-mode, "no"]
    healthcheck: {<<: *often, test: [CMD, redis-cli, ping]}
  gateway:
    image: castiel/gateway:1
    environment:
      SERVICE_NAME: gateway
      PORT: "3000"
      START_SECONDS: "1"
      DATABASE_URL: "postgresql://postgres:${PASSWORD:?}@postgres:5432/postgres"
      RABBITMQ_URL: "amqp://guest:guest@rabbitmq:5672"
      REDIS_URL: "redis://redis:6379"
    ports: ["127.0.0.1:8080:3000"]
    read_only: true
    init: true
    healthcheck: {<<: *often, test: [CMD, curl, -fsS, "http://localhost:3000/health/ready"]}
    depends_on:
      postgres: {condition: service_healthy}
      rabbitmq: {condition: service_healthy}
      redis: {condition: service_healthy}
volumes: {rows: {}}
"""
_STACK = """\
x-often: &often {interval: 30s, start_period: 40s, start_interval: 1s}
services:
  reader:
    image: busybox:1.37.0
    command: [sh, -c, "cat /greeting /run/secrets/word; echo; exec sleep 600"]
    user: "1000:1000"
    init: true
    configs: [{source: greeting, target: /greeting}]
    secrets: [word]
    healthcheck: {<<: *often, test: [CMD, grep, -q, open, /run/secrets/word]}
    deploy: {replicas: 2, endpoint_mode: dnsrr}
configs: {greeting: {file: greeting}}
secrets: {word: {file: word}}
"""
_BUILT = """\
name: built
services:
  hello:
    image: castiel/hello:1
    build: ./context
"""


@pytest.fixture(scope="module", autouse=True)
def _images(engine: Engine) -> None:
    engine.provide_images(IMAGES)


@pytest.fixture(autouse=True)
def _emptied(engine: Engine) -> Iterator[None]:
    """A test that fails leaves nothing to the next."""
    yield
    engine.empty()


def test_compose_starts_servers_and_a_service_in_order_and_leaves_nothing(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(_SERVERS)
    environment = {"PASSWORD": "a$trange-one"}
    engine.compose("up", "--wait", "--quiet-pull", folder=tmp_path, environment=environment)
    containers = {one.service: one for one in engine.containers("servers")}
    assert set(containers) == {"postgres", "rabbitmq", "redis", "gateway"}
    assert {name: _state(one) for name, one in containers.items()} == dict.fromkeys(containers, ("running", "healthy", 0))

    events = engine.events("servers")
    started, healthy = first(events, STARTED), first(events, HEALTHY)
    assert started["gateway"] > max(healthy[name] for name in ("postgres", "rabbitmq", "redis"))
    assert containers["gateway"].started == pytest.approx(started["gateway"], abs=1)
    assert not first(events, ENDED)

    with engine.namespace.connect(("127.0.0.1", 8080), timeout=5) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert b'"service":"gateway"' in connection.recv(4096)

    engine.compose("down", "--volumes", folder=tmp_path, environment=environment)
    assert engine.objects() == []
    assert set(first(engine.events("servers"), ENDED)) == set(containers)
    engine.empty()
    assert engine.events("servers") == []  # or the next of this name would begin with them


def test_compose_says_which_variable_is_missing(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(_SERVERS)
    with pytest.raises(RuntimeError, match="required variable PASSWORD is missing a value"):
        engine.compose("up", folder=tmp_path)


def test_compose_builds_an_image_from_one_that_is_loaded(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "context").mkdir()
    (tmp_path / "context" / "Dockerfile").write_text('FROM busybox:1.37.0\nRUN echo built > /made\nCMD ["cat", "/made"]\n')
    (tmp_path / "compose.yaml").write_text(_BUILT)
    engine.compose("build", folder=tmp_path)
    assert engine.docker("run", "--rm", "castiel/hello:1") == "built\n"
    engine.docker("image", "rm", "castiel/hello:1")


@pytest.mark.usefixtures("swarm")
def test_a_stack_of_swarm_has_its_secret_and_its_config_and_leaves_nothing(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "stack.yaml").write_text(_STACK)
    (tmp_path / "greeting").write_text("hello, ")
    (tmp_path / "word").write_text("open sesame")
    engine.docker("stack", "deploy", "--detach=true", "--compose-file", "stack.yaml", "small", folder=tmp_path)
    both = [("running", "healthy", 0)] * 2
    wait_for("both", lambda: [_state(one) for one in engine.containers("small")] == both, timeout=60, explain=engine.explain)
    containers = engine.containers("small")
    assert {one.service for one in containers} == {"reader"}
    assert {engine.docker("logs", one.identity) for one in containers} == {"hello, open sesame\n"}
    assert {line.split()[0] for line in engine.objects()} == {"container", "network", "service", "secret", "config"}

    engine.remove_stack("small")
    assert engine.objects() == []


_OWNER = """
import signal
from tests.engine.engine import Engine
with Engine({name!r}) as engine:
    engine.provide_images(["busybox:1.37.0"])
    engine.docker("run", "--detach", "busybox:1.37.0", "sleep", "600")
    print("up", flush=True)
    signal.pause()
"""


@pytest.fixture
def owner(engine: Engine) -> Iterator[tuple[Engine, subprocess.Popen[str]]]:
    """Another engine with a container, and the process that has it up."""
    other = Engine(f"{engine.name}-2")
    command = [sys.executable, "-c", _OWNER.format(name=other.name)]
    process = subprocess.Popen(command, cwd=HERE.parents[1], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        yield other, process
    finally:
        process.kill()
        process.wait()
        other.clean_up()


def test_an_engine_leaves_nothing_on_the_machine(owner: tuple[Engine, subprocess.Popen[str]]) -> None:
    other, process = owner
    assert {line.split()[0] for line in other.remains()} >= {"process", "namespace", "cgroup", "folder"}
    process.terminate()
    assert process.wait(timeout=30) == 128 + signal.SIGTERM
    assert other.remains() == []


def test_what_a_killed_run_left_is_cleaned_up(owner: tuple[Engine, subprocess.Popen[str]]) -> None:
    other, process = owner
    with pytest.raises(RuntimeError, match=f"an engine called {other.name} is in use, by process {process.pid}"):
        other.clean_up()
    process.kill()
    wait_for("the owner to be gone", lambda: not isinstance(take(other.folder), int), timeout=10)
    assert any(line.startswith("process") for line in other.remains())
    other.clean_up()
    assert other.remains() == []


def test_sigterm_does_afterwards_what_it_did_before(engine: Engine) -> None:
    before = signal.getsignal(signal.SIGTERM)
    Engine(f"{engine.name}-2").clean_up()
    assert signal.getsignal(signal.SIGTERM) == before


def _state(container: Container) -> tuple[str, str, int]:
    return container.status, container.health, container.restarts
